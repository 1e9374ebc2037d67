import json
from pathlib import Path

import pytest

from labels import commands, file_commands
from labels.codebook import DEFAULT_CODEBOOK, load_codebook
from labels.errors import LabelError, StoreError
from labels.formats.files import read_labels
from labels.snapshot import take
from labels.store import Store
from tests.labels.samples import VIEWS

CODEBOOK = """
name: views
version: {version}
frames: [trade, war]
stances: [pro, con]
"""


@pytest.fixture
def codebook_file(tmp_path):
    (tmp_path / "views.yaml").write_text(CODEBOOK.format(version=1))
    return tmp_path / "views.yaml"


@pytest.fixture
def run(arguments, codebook_file):
    """Run a command on a store that serves the codebook `views`."""

    def run(command, **given):
        return command(arguments(codebook=codebook_file, **given))

    return run


@pytest.fixture
def file(tmp_path):
    """Write lines of a JSONL file: values, or text as it is."""

    def file(name: str, *lines) -> Path:
        texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        (tmp_path / name).write_text("\n".join(texts), "utf-8")
        return tmp_path / name

    return file


def line(text, frames=None, **columns):
    return {"text": text, "frames": frames or {}, **columns}


def stored(own_home):
    return list(Store.open(f"sqlite:///{own_home / 'labels.db'}").rows())


def test_import_stores_all_files(run, file, own_home):
    one = file("one.jsonl", line("a", {"war": "pro"}), line("b"))
    two = file("two.jsonl", line("c", annotator="bo"))
    done = run(file_commands.import_labels, files=[one, two], annotator="ann")
    assert done.code == 0
    assert done.data == {
        "rows": 3,
        "stored": 3,
        "already": 0,
        "without_at": 3,
        "notes": [],
        "problems": [],
    }
    assert done.text.splitlines() == [
        f"{one}: 2 rows read", f"{two}: 1 row read", "3 rows stored, 0 already there",
    ]  # fmt: skip
    found = [(row.text, row.annotator) for row in stored(own_home)]
    assert found == [("a", "ann"), ("b", "ann"), ("c", "bo")]


def test_importing_again_says_what_is_not_counted(run, file, own_home):
    path = file("one.jsonl", line("a"), line("b", at="2026-01-01"))
    run(file_commands.import_labels, files=[path])
    done = run(file_commands.import_labels, files=[path])
    assert (done.data["stored"], done.data["already"], done.data["without_at"]) == (0, 2, 1)
    assert done.text.splitlines()[1:] == [
        "0 rows stored, 2 already there",
        "1 row without 'at': where it equals an earlier answer of the same annotator, "
        "it is not counted again",
    ]
    assert len(stored(own_home)) == 2


def test_one_bad_row_keeps_all_files_out_and_every_problem_is_listed(run, file, own_home, tmp_path):
    good = file("good.jsonl", line("a"))
    bad = file("bad.jsonl", line("b"), "{", line("c", {"wra": "pro"}, lang="?"))
    many = file("many.jsonl", *["?"] * 60)
    missing = tmp_path / "missing.csv"
    done = run(file_commands.import_labels, files=[good, bad, many, missing])
    assert done.code == 1
    lines = done.text.splitlines()
    assert len(lines) == len(done.data["problems"]) + 1 == 3 + 60 + 1 + 1
    assert lines[0].startswith(f"{bad}: line 2: not JSON: ")
    assert lines[1] == f"{bad}: line 3: frames: unknown frames ['wra']; known: ['trade', 'war']"
    assert lines[2].startswith(f"{bad}: line 3: lang: '?' is no language tag")
    assert lines[62].startswith(f"{many}: line 60: not JSON: ")
    assert lines[63] == f"{missing}: cannot read the file: No such file or directory"
    assert lines[64] == "64 problems in 3 files; nothing was stored"
    assert done.data["problems"][63]["file"] == str(missing)
    assert (done.data["rows"], done.data["stored"]) == (0, 0)
    assert stored(own_home) == []


def test_import_in_another_format_than_the_name(run, file):
    path = file("labels.txt", "text,frames", "a,{}")
    assert run(file_commands.import_labels, files=[path], format="csv").data["stored"] == 1
    assert run(file_commands.import_labels, files=[path]).data["already"] == 1
    path = file("other.txt", "nothing known")
    done = run(file_commands.import_labels, files=[path])
    assert "cannot tell the format from the name" in done.text


def test_partial_import_stores_the_rest_and_lists_the_others(run, file, own_home, tmp_path):
    mixed = file("mixed.jsonl", line("a"), "{", line("c", {"wra": "pro"}), line("d"))
    done = run(file_commands.import_labels, files=[mixed, tmp_path / "no.csv"], partial=True)
    assert done.code == 0
    assert (done.data["rows"], done.data["stored"]) == (2, 2)
    assert [entry["problem"].split(":")[0] for entry in done.data["problems"]] == [
        "line 2", "line 3", "cannot read the file",
    ]  # fmt: skip
    lines = done.text.splitlines()
    assert lines[3:] == [
        f"{mixed}: 2 rows read", f"{tmp_path / 'no.csv'}: 0 rows read",
        "3 problems; what has one was left out", "2 rows stored, 0 already there",
    ]  # fmt: skip
    assert [row.text for row in stored(own_home)] == ["a", "d"]


def test_what_a_tool_says_beside_its_labels_is_told(run, file):
    tasks = [
        {"text": "a", "accept": ["war:pro"], "answer": "accept", "_annotator_id": "ann"},
        {"text": "b", "accept": [], "answer": "ignore"},
    ]
    path = file("tasks.jsonl", *tasks)
    done = run(file_commands.import_labels, files=[path])
    note = "tasks answered 'ignore' passed over"
    assert done.data["notes"] == [{"file": str(path), "note": note}]
    assert done.text.splitlines()[:2] == [f"{path}: 1 row read", f"{path}: {note}"]


def test_map_says_what_other_labels_stand_for(run, file, own_home, tmp_path):
    path = file("ann.jsonl", {"text": "a", "label": ["Krieg +", "Unsure"]})
    done = run(file_commands.import_labels, files=[path])
    assert (done.code, "unknown labels ['Krieg +', 'Unsure']; known: the" in done.text) == (1, True)
    (tmp_path / "map.yaml").write_text("'Krieg +': war:pro\nUnsure: null\n")
    run(file_commands.import_labels, files=[path], map=tmp_path / "map.yaml")
    assert [(row.annotator, row.frames) for row in stored(own_home)] == [("ann", {"war": "pro"})]


def test_export_for_label_studio_brings_its_configuration(run, file, tmp_path):
    run(file_commands.import_labels, files=[file("one.jsonl", line("a", {"war": "pro"}))])
    out = tmp_path / "tasks.json"
    done = run(file_commands.export_labels, out=out, format="label-studio")
    assert done.data["config"] == str(tmp_path / "tasks.config.xml")
    assert (tmp_path / "tasks.config.xml").read_text().startswith("<View>")
    assert run(file_commands.import_labels, files=[out]).data["already"] == 1


def test_import_of_nothing_is_an_error(run):
    with pytest.raises(LabelError, match="nothing to import: name a file, or give --starter"):
        run(file_commands.import_labels)


def test_starter_needs_its_own_codebook(run):
    with pytest.raises(LabelError, match="other frames or stances than 'views'; leave out"):
        run(file_commands.import_labels, starter=True)


def test_starter_and_files_are_imported_together(arguments, file):
    path = file("one.jsonl", line("a", {"safety": "favor"}))
    done = file_commands.import_labels(arguments(files=[path], starter=True))
    assert (done.data["rows"], done.data["stored"]) == (23245, 23245)
    assert "starter corpus: 23,244 rows read" in done.text


def test_store_is_the_one_of_the_home_given(arguments, codebook_file, tmp_path):
    store = commands.open_store(arguments(home=tmp_path / "other", codebook=codebook_file))
    assert store.codebook == load_codebook(codebook_file)
    assert (tmp_path / "other" / "labels.db").is_file()
    with pytest.raises(StoreError, match="serves the codebook 'views'"):
        commands.open_store(arguments(home=tmp_path / "other", codebook=DEFAULT_CODEBOOK))


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_export_of_every_answer_imports_unchanged(run, file, own_home, tmp_path, format):
    path = file("one.jsonl", line("a", {"war": "pro"}, id=1, note="x"), line("a", annotator="bo"))
    run(file_commands.import_labels, files=[path])
    out = tmp_path / f"out.{format}"
    done = run(file_commands.export_labels, out=out)
    assert done.data == {"out": str(out), "rows": 2}
    assert done.text == f"2 rows written to {out}"
    assert read_labels(out, VIEWS) == stored(own_home)
    assert run(file_commands.import_labels, files=[out]).data["stored"] == 0


def test_export_of_resolved_labels_leaves_out_disputes(run, file, tmp_path):
    answers = [
        line("a", {"war": "pro"}, id=1, lang="en"), line("a", {"war": "pro"}, annotator="bo"),
        line("b", {"war": "pro"}), line("b", annotator="bo"),
    ]  # fmt: skip
    run(file_commands.import_labels, files=[file("one.jsonl", *answers)])
    out = tmp_path / "out.csv"
    done = run(file_commands.export_labels, out=out, resolved=True)
    assert done.data == {"out": str(out), "rows": 1, "disputed": 1, "bridges": 0}
    assert done.text == f"1 row written to {out}; left out: 1 disputed, 0 bridges"
    (row,) = read_labels(out, VIEWS)
    assert (row.text, row.frames, row.annotator) == ("a", {"war": "pro"}, "resolved")
    assert row.meta["side"] in ("train", "test")


def test_export_to_an_unknown_format_writes_nothing(run, tmp_path):
    with pytest.raises(LabelError, match="cannot tell the format"):
        run(file_commands.export_labels, out=tmp_path / "out.pdf")
    assert not (tmp_path / "out.pdf").exists()


def test_status_counts(run, file, arguments, own_home):
    answers = [
        line("a", {"war": "pro"}, lang="en", document="d"),
        line("a", {"war": "pro"}, annotator="bo"),
        line("b", {"war": "con", "trade": "pro"}, lang="zh", document="e"), line("c"),
        line("f", {"war": "pro"}), line("f", annotator="bo"),
    ]  # fmt: skip
    run(file_commands.import_labels, files=[file("one.jsonl", *answers)])
    done = run(commands.status)
    data = done.data
    assert [data[name] for name in ("texts", "documents", "annotators", "annotations")] == [
        4,
        2,
        2,
        6,
    ]
    assert [data[name] for name in ("resolved", "disputed", "bridges")] == [3, 1, 0]
    assert data["train"] + data["test"] == 3
    assert data["frames"] == {
        "trade": {"texts": 1, "stances": {"pro": 1, "con": 0}},
        "war": {"texts": 2, "stances": {"pro": 1, "con": 1}},
    }
    assert sum(data["languages"].values()) == 3
    assert data["languages"]["zh"] == 1
    assert data["labels_hash"] == take(commands.open_store(arguments())).labels_hash
    assert done.text.splitlines()[0] == f"{own_home}: codebook views, version 1"
    assert "frame  texts  pro  con\ntrade      1    1    0\nwar        2    1    1\n" in done.text
    assert "texts        4\ndocuments    2\nannotators   2\nannotations  6\n" in done.text


def test_status_of_an_empty_store(run):
    done = run(commands.status)
    assert done.data["texts"] == done.data["resolved"] == 0
    assert done.data["languages"] == {}


def test_check_of_files_stores_nothing(run, file, own_home):
    good = file("good.jsonl", line("a"), line("b"))
    done = run(file_commands.check_files, files=[good])
    assert (done.code, done.data) == (0, {"files": {str(good): 2}, "problems": []})
    assert done.text == f"{good}: 2 rows, no problems"
    bad = file("bad.jsonl", line(""))
    done = run(file_commands.check_files, files=[good, bad])
    assert done.code == 1
    assert done.data == {
        "files": {str(good): 2},
        "problems": [{"file": str(bad), "problem": "line 1: the text is empty"}],
    }
    assert done.text.splitlines() == [
        f"{bad}: line 1: the text is empty", "1 problem in 1 file; 1 file in order",
    ]  # fmt: skip
    assert stored(own_home) == []
