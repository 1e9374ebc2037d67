import json

import pytest

from cli import main
from labels.home import Home
from labels.store import Store
from tests.labels.samples import VIEWS, made

FRAMES = """
name: views
version: {version}
frames:
  - name: trade
    definition: {definition}
  - war
stances: [pro, con]
"""


@pytest.fixture
def home(tmp_path):
    home = Home.find(tmp_path / "home")
    store = Store.open(home.own_database, VIEWS)
    store.add([made("a", {"trade": "pro"}), made("b", {"war": "con"})])
    return home


@pytest.fixture
def run(home, capsys):
    def run(*words, code=0):
        assert main(["codebook", *map(str, words), "--home", str(home.folder)]) == code
        found = capsys.readouterr()
        return found.err if code else found.out

    return run


@pytest.fixture
def edited(tmp_path):
    def edited(version, definition="On trade."):
        path = tmp_path / "edited.yaml"
        path.write_text(FRAMES.format(version=version, definition=definition), "utf-8")
        return path

    return edited


def test_an_edit_is_refused_under_the_same_version(run, edited):
    assert "write 'version: 2' in the file" in run("set", edited(1), code=1)
    assert len(json.loads(run("history", "--json"))) == 1


def test_an_edit_is_set_and_told(run, edited):
    assert run("set", edited(2), "--by", "maria", "--note", "it was bare").splitlines() == [
        "version 2 of 'views' is served from now on",
        "frame 'trade': definition",
        "  + On trade.",
        "'trade': may be stale now: answers that mark it 1, that do not 1",
        "list them: framescope labels check --out stale.jsonl",
        "ask again: framescope labels queue stale.jsonl --batch relabel",
    ]
    assert run("set", edited(2)) == "nothing has changed\n"
    lines = run("history").splitlines()
    assert lines[0].split() == ["version", "since", "by", "note"]
    assert lines[2].endswith("maria  it was bare")
    found = json.loads(run("history", "--json"))
    assert [(one["version"], one["by"]) for one in found] == [(1, None), (2, "maria")]


def test_versions_and_files_are_compared(run, edited):
    run("set", edited(2))
    expected = [
        "'views' version 1 to 'views' version 2",
        "frame 'trade': definition",
        "  + On trade.",
    ]
    assert run("diff").splitlines() == run("diff", 1, 2).splitlines() == expected
    lines = run("diff", 2, edited(3, "On goods.")).splitlines()
    assert lines[1:] == ["frame 'trade': definition", "  - On trade.", "  + On goods."]
    assert json.loads(run("diff", 2, 2, "--json"))["changes"] == []
    assert "no version 7 was ever served here; there are [1, 2]" in run("diff", 7, code=1)


def test_a_version_is_shown(run, edited):
    run("set", edited(2))
    assert "On trade." in run("show")
    assert "On trade." not in run("show", 1)
    assert json.loads(run("show", 1, "--json"))["version"] == 1


@pytest.fixture
def new(tmp_path):
    (tmp_path / "new.yaml").write_text("{name: new, version: 2, frames: [commerce, war]}")
    (tmp_path / "map.yaml").write_text("rename: {trade: commerce}")
    return ["--to", tmp_path / "new.yaml", "--map", tmp_path / "map.yaml", "--into"]


def test_labels_are_carried_over(run, new, tmp_path):
    lines = run("migrate", *new, tmp_path / "new").splitlines()
    assert lines[0] == f"2 answers read, 2 carried over to {tmp_path / 'new'}"
    rows = Store.open(Home.find(tmp_path / "new").own_database).rows()
    assert [dict(row.frames) for row in rows] == [{"commerce": None}, {"war": None}]
    assert "there are labels here already" in run("migrate", *new, tmp_path / "new", code=1)


def test_with_a_teams_database_a_folder_is_not_enough(run, new, home, tmp_path, monkeypatch):
    database = home.own_database.render_as_string()
    monkeypatch.setenv("FRAMESCOPE_DATABASE", database)
    assert "give the URL of an empty database" in run("migrate", *new, tmp_path / "new", code=1)
    assert "2 carried over" in run("migrate", *new, f"sqlite:///{tmp_path / 'new.db'}")
