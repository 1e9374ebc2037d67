import pytest

from labels.disk import WriteError, sync_folder, written_whole


def test_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(WriteError, match=r"file/a\.csv: cannot write here: "),
        written_whole(tmp_path / "file" / "a.csv"),
    ):
        pass
    with (
        pytest.raises(WriteError, match="this is a folder; name a file in it"),
        written_whole(tmp_path),
    ):
        pass


def test_what_fails_on_the_way_leaves_nothing(tmp_path):
    def write():
        with written_whole(tmp_path / "a") as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_synced_with_all_below(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_text("x", "utf-8")
    synced = []
    monkeypatch.setattr("os.fsync", synced.append)
    sync_folder(tmp_path)
    assert len(synced) == 3
