import json
from dataclasses import replace

import pytest

from cli import main
from labels.codebook import Frame
from labels.codebook_versions import set_codebook
from labels.home import Home
from labels.rows import ADJUDICATOR
from labels.store import Store
from labels.text import text_id
from tests.labels.samples import VIEWS, made
from tests.tiny import TWO
from tests.training.small import add, promote
from training.registry import Registry

WIDER = replace(VIEWS, version=2, frames=(VIEWS.frames[0], Frame("war", inside=("raids",))))


@pytest.fixture
def home(tmp_path):
    return Home.find(tmp_path / "home")


@pytest.fixture
def run(home, capsys):
    def run(*words):
        assert main(["labels", "check", "--home", str(home.folder), *words]) == 0
        return capsys.readouterr().out

    return run


def test_what_needs_a_look_is_listed(home, run):
    store = Store.open(home.own_database, VIEWS)
    long = "a disputed text " * 9
    store.add(
        [
            made(long, {"war": "pro", "trade": "pro"}, id=7, annotator="ann"),
            made(long, {"trade": "con"}, annotator="bo"),
            made("one", {}, document="a"),
            made("two", {}, document="e"),
        ]
    )
    run()
    store.add(made("three", {}, document=name, annotator=name, id="x") for name in "ae")
    set_codebook(store, WIDER)
    store.add([made("two", {}, document="e", codebook=2)])
    found = json.loads(run("--json"))
    assert found["disputed"] == [
        {"id": text_id(long), "frames": ["trade", "war"], "row": "7", "text": long[:80]}
    ]
    assert [(one["text"], one["row"]) for one in found["bridges"]] == [("three", "x")]
    assert found["outdated"] == [
        {"annotator": "a", "codebook": 1, "answers": 1},
        {"annotator": "ann", "codebook": 1, "answers": 1},
        {"annotator": "annotator", "codebook": 1, "answers": 1},
        {"annotator": "bo", "codebook": 1, "answers": 1},
        {"annotator": "e", "codebook": 1, "answers": 1},
    ]
    assert found["stale"] == {"war": {"marked": 0, "unmarked": 4}}
    lines = run().splitlines()
    assert lines[0] == "1 text disputed"
    assert lines[1] == f"  {text_id(long)}  trade, war: {long[:80]}"
    assert lines[2] == "1 text between train and test, used on neither"
    assert lines[4] == "5 answers given under a codebook before version 2"
    assert lines[10:] == [
        "4 answers stale since a frame's words changed",
        "  war: 0 that mark it, 4 that do not",
        "  write the texts to label again: framescope labels check --out stale.jsonl",
    ]


def test_a_store_in_order_has_nothing(home, run):
    Store.open(home.own_database, VIEWS)
    assert run().splitlines() == [
        "0 texts disputed",
        "0 texts between train and test, used on neither",
        "0 answers given under a codebook before version 1",
        "0 answers stale since a frame's words changed",
    ]


def test_a_dispute_is_settled_by_the_adjudicator(home, run):
    store = Store.open(home.own_database, VIEWS)
    store.add([made("a", {"war": "pro"}, annotator="ann"), made("a", {}, annotator="bo")])
    assert len(json.loads(run("--json"))["disputed"]) == 1
    store.add([made("a", {}, annotator=ADJUDICATOR)])
    assert json.loads(run("--json"))["disputed"] == []


def test_models_are_listed_by_the_codebook_they_were_trained_on(home, run):
    store = Store.open(home.own_database, TWO)
    registry = Registry(home, store)
    add(registry, "v1")
    promote(registry, "v1")
    frames = (replace(TWO.frames[0], definition="Other words."), *TWO.frames[1:])
    newer = replace(TWO, version=TWO.version + 1, frames=frames)
    set_codebook(store, newer)
    add(registry, "v2", newer)
    assert run().splitlines()[-3:] == [
        "2 models, by the codebook they were trained on",
        f"  v1, champion: {TWO.name}, version {TWO.version}; changed since: {TWO.frames[0].name}",
        f"  v2: {TWO.name}, version {newer.version}",
    ]


def test_texts_to_label_again_go_to_a_file(home, run, tmp_path):
    store = Store.open(home.own_database, VIEWS)
    store.add([made("a", {}), made("b", {"war": "pro"})])
    set_codebook(store, WIDER)
    out = run("--out", str(tmp_path / "stale.jsonl"))
    assert f"  1 text to label again written to {tmp_path / 'stale.jsonl'}" in out.splitlines()
    assert json.loads((tmp_path / "stale.jsonl").read_text("utf-8"))["stale"] == ["war"]
