import gzip
import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import replace

import psycopg
import pytest
import sqlalchemy as sa

from cli import main
from labels import schema
from labels.database import connect
from labels.home import Home
from labels.rows import LabelledRow
from labels.store import Store
from tests.labels import postgres
from training.archive import write_archive
from training.backup import ABOUT, BackupError, back_up, dump_command, restore_backup
from training.registry import Registry


@pytest.fixture(scope="module")
def packed(trained, tmp_path_factory):
    """A backup of a state folder with a champion and a report."""
    folder = tmp_path_factory.mktemp("packed")
    home = Home(folder / "state")
    shutil.copytree(trained.home, home.folder)
    home.reports.joinpath("one").mkdir(parents=True)
    home.reports.joinpath("one", "report.json").write_text("{}")
    home.work.mkdir(exist_ok=True)
    home.work.joinpath("half").touch()
    out = folder / "state.tar.gz"
    back_up(home, Store.open(home.own_database), out)
    return home, out


def test_restored_state_is_the_same(packed, tmp_path, trained):
    home, file = packed
    new = Home.find(tmp_path / "new")
    made = restore_backup(file, new)
    assert made.database == "sqlite"
    old_store, new_store = Store.open(home.own_database), Store.open(new.own_database)
    assert list(new_store.rows()) == list(old_store.rows())
    assert new_store.counts()["annotations"] > 500
    old, restored = Registry(home, old_store), Registry(new, new_store)
    assert restored.champion() == old.champion() == trained.version
    assert restored.history() == old.history()
    for path in old.folder(trained.version).rglob("*"):
        if path.is_file():
            same = new.folder / path.relative_to(home.folder)
            assert same.read_bytes() == path.read_bytes()
    assert (new.reports / "one" / "report.json").read_text() == "{}"
    assert not new.work.exists()


def test_backup_while_another_writes_is_one_state(packed, tmp_path):
    home = Home(tmp_path / "busy")
    shutil.copytree(packed[0].folder, home.folder)
    store, other = Store.open(home.own_database), Store.open(home.own_database)
    before = store.counts()
    with other.writing() as connection:
        connection.exec_driver_sql("UPDATE annotations SET annotator = 'half a change'")
        back_up(home, store, tmp_path / "busy.tar.gz")
    new = Home.find(tmp_path / "new")
    restore_backup(tmp_path / "busy.tar.gz", new)
    assert Store.open(new.own_database).counts() == before


def test_model_saved_while_packing_is_not_named(packed, tmp_path, trained, monkeypatch):
    home = Home(tmp_path / "saving")
    shutil.copytree(packed[0].folder, home.folder)
    latest = home.bentoml / "models" / "framescope" / "latest"
    latest.write_text("20990101-saved")

    def write_later(file, parts):
        latest.write_text("20990102-saved")
        write_archive(file, parts)

    monkeypatch.setattr("training.backup.write_archive", write_later)
    back_up(home, Store.open(home.own_database), tmp_path / "saving.tar.gz")
    new = Home.find(tmp_path / "new")
    restore_backup(tmp_path / "saving.tar.gz", new)
    assert (new.bentoml / "models" / "framescope" / "latest").read_text() == trained.version


def test_the_command_for_postgresql_has_no_password():
    for driver in ("", "+psycopg"):
        url = f"postgresql{driver}://ann:secret@db.example:5433/labels?sslmode=require"
        assert dump_command(Store(connect(url), None)) == (
            "pg_dump --format=custom --file=labels.dump "
            "'postgresql://ann@db.example:5433/labels?sslmode=require'"
        )


@pytest.fixture
def databases():
    """The URLs of two new databases of a PostgreSQL server, and the folder of its programs."""
    if (programs := postgres.programs()) is None:
        pytest.skip("PostgreSQL's server programs are not installed (Debian: postgresql)")
    with postgres.server(programs) as new, postgres.closing():
        server = sa.make_url(new()).set(query={})
        admin = server.set(drivername="postgresql").render_as_string()
        with psycopg.connect(admin, autocommit=True) as connection:
            for name in ("old", "new"):
                connection.execute(f"CREATE DATABASE {name}")
        yield [server.set(database=name).render_as_string() for name in ("old", "new")], programs


def moved(registry, url):
    """The labels, models and promotions of a state folder in another database."""
    store = Store.open(url, registry.store.codebook)
    store.add(registry.store.rows())
    for table in (schema.models, schema.promotions):
        with registry.store.reading() as source, store.writing() as target:
            rows = [dict(row) for row in source.execute(sa.select(table)).mappings()]
            target.execute(sa.insert(table), rows)
    return store


def test_the_printed_commands_bring_a_database_back(
    trained_copy, databases, tmp_path, monkeypatch, capsys
):
    (old, new), programs = databases
    before = moved(trained_copy.registry(), old)
    out, home = tmp_path / "state.tar.gz", tmp_path / "new"

    def printed(url, *words):
        monkeypatch.setenv("FRAMESCOPE_DATABASE", url)
        assert main([*map(str, words), "--json"]) == 0
        return json.loads(capsys.readouterr().out)["database_command"]

    commands = [
        printed(old, "backup", out, "--home", trained_copy.home),
        printed(new, "restore-backup", out, "--home", home),
    ]
    path = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    for command in commands:
        subprocess.run(command, shell=True, cwd=tmp_path, env=path, check=True, capture_output=True)
    restored = Store.open(new)
    assert restored.counts() == before.counts()
    assert list(restored.rows()) == list(before.rows())
    assert restored.codebook == before.codebook
    registry = Registry(Home(home), restored)
    assert registry.champion() == trained_copy.version
    assert (registry.folder(trained_copy.version) / "manifest.json").is_file()
    assert restored.add([LabelledRow("a new one", {})]).stored == 1
    again = subprocess.run(commands[1], shell=True, cwd=tmp_path, env=path, capture_output=True)
    assert again.returncode != 0  # a database that holds labels is left alone
    assert restored.counts()["annotations"] == before.counts()["annotations"] + 1


def test_restoring_without_a_database_says_which_is_needed(packed, tmp_path, monkeypatch, capsys):
    made = replace(restore_backup(packed[1], Home.find(tmp_path / "a")), database="postgresql")
    monkeypatch.setattr("training.backup_commands.restore_backup", lambda *_: made)
    assert main(["restore-backup", str(packed[1]), "--home", str(tmp_path / "b")]) == 0
    said = capsys.readouterr().out
    assert "a new one, which FRAMESCOPE_DATABASE then names" in said
    assert "--dbname='postgresql://user@host/new-database' labels.dump" in said


def test_folder_that_holds_something_is_left_alone(packed, tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(BackupError, match="holds something; give --home a folder that is new"):
        restore_backup(packed[1], Home(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_database_that_would_be_passed_over_is_not_restored(packed, tmp_path, monkeypatch):
    monkeypatch.setenv("FRAMESCOPE_DATABASE", "sqlite://")
    new = Home.find(tmp_path / "new")
    with pytest.raises(BackupError, match=r"FRAMESCOPE_DATABASE is set, .*: unset it"):
        restore_backup(packed[1], new)
    assert list(new.folder.iterdir()) == []


def test_an_empty_variable_is_no_database(packed, tmp_path, monkeypatch):
    monkeypatch.setenv("FRAMESCOPE_DATABASE", "")
    assert restore_backup(packed[1], Home.find(tmp_path / "new")).database == "sqlite"


def test_unfinished_files_of_a_report_are_left_out(packed, tmp_path):
    home = Home(tmp_path / "busy")
    shutil.copytree(packed[0].folder, home.folder)
    (home.reports / "v").mkdir(parents=True)
    for name in ("report.json", ".report.json.x1"):
        (home.reports / "v" / name).write_text("{}")
    made = back_up(home, Store.open(home.own_database), tmp_path / "busy.tar.gz")
    assert [name for name in made.files if name.startswith("reports/v")] == [
        "reports/v/report.json"
    ]


def changed(file, out, name, content):
    """A copy of a backup in which one member is another."""
    with tarfile.open(file) as old, tarfile.open(out, "w:gz") as new:
        for member in old:
            data = old.extractfile(member)
            if member.name == name:
                (out.parent / "member").write_bytes(content(data.read()))
                new.add(out.parent / "member", name)
            else:
                new.addfile(member, data)
    return out


def outside(about):
    found = json.loads(about)
    found["files"]["reports/../../x"] = [1, "0"]
    return json.dumps(found).encode()


def journal(about):
    found = json.loads(about)
    found["files"]["labels.db-journal"] = [1, "0"]
    return json.dumps(found).encode()


def newer(about):
    return json.dumps({**json.loads(about), "format": 2}).encode()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("labels.db", lambda old: bytes([old[0] ^ 1]) + old[1:], "labels.db is damaged"),
        ("labels.db", lambda old: old[:-1], "not a whole backup"),
        (ABOUT, outside, "'reports/../../x' is no part of a state folder"),
        (ABOUT, journal, "'labels.db-journal' is no part of a state folder"),
        (ABOUT, newer, r"backup format 2 is newer than this release reads \(1\)"),
        (ABOUT, lambda old: b"[]", "not a whole backup"),
    ],
)
def test_damaged_backup_leaves_nothing(packed, tmp_path, name, content, words):
    bad = changed(packed[1], tmp_path / "bad.tar.gz", name, content)
    new = Home.find(tmp_path / "new")
    with pytest.raises(BackupError, match=words):
        restore_backup(bad, new)
    assert list(new.folder.iterdir()) == []
    assert not list(tmp_path.glob(".new*"))


def test_backup_cut_short_is_refused(packed, tmp_path):
    (tmp_path / "bad.tar.gz").write_bytes(packed[1].read_bytes()[:-5000])
    with pytest.raises(BackupError, match="not a whole backup"):
        restore_backup(tmp_path / "bad.tar.gz", Home.find(tmp_path / "new"))


def test_commands_back_up_and_restore(tmp_path, capsys):
    home, new, out = tmp_path / "state", tmp_path / "new", tmp_path / "state.tar.gz"
    Store.open(Home.find(home).own_database).add([LabelledRow("a", {})])
    assert main(["backup", str(out), "--home", str(home)]) == 0
    assert "state.tar.gz: labels, models: 0, files: 1" in capsys.readouterr().out
    assert main(["restore-backup", str(out), "--home", str(new)]) == 0
    assert "new: labels, models: 0, files: 1, as they were at 20" in capsys.readouterr().out
    assert Store.open(Home(new).own_database).counts()["annotations"] == 1
    assert main(["backup", str(tmp_path / "state.zip"), "--home", str(home)]) == 1
    assert "give a file that ends in .tar.gz or .tgz" in capsys.readouterr().err
    with gzip.open(out) as unpacked:
        assert unpacked.read(100).startswith(ABOUT.encode())
