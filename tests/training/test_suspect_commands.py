"""`framescope labels suspects` on small labels with errors planted in them."""

import json
from dataclasses import replace

import numpy as np
import pytest

import cli
from labels.formats.files import read_labels
from labels.home import Home
from labels.snapshot import take
from labels.store import Store
from tests.tiny import NINE, TWO, rows
from tests.training.small import made, writer
from training.bundle import HeldOut
from training.out_of_fold import champion_scores, out_of_fold
from training.progress import Progress
from training.registry import Registry

OTHER = {"for": "against", "against": "for"}


def turned(row, k):
    """A copy with an error: the stance of its frame, or its frame, is the other one."""
    (frame, stance), *_ = row.frames.items()
    if k % 2:
        return replace(row, frames={**row.frames, frame: OTHER[stance]})
    rest = {name: own for name, own in row.frames.items() if name != frame}
    added = {} if "health" in row.frames else {"health": stance}
    return replace(row, frames=rest or added)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A state folder with 400 texts, 20 of whose labels are wrong; and the ids of those."""
    home = tmp_path_factory.mktemp("suspects")
    own = rows(TWO, 400)
    wrong = set(range(0, 400, 20))
    labels = [turned(row, k // 20) if k in wrong else row for k, row in enumerate(own)]
    Store.open(f"sqlite:///{home / 'labels.db'}", TWO).add(labels)
    return home, {labels[k].text_id for k in wrong}


def ask(home, capsys, *more):
    code = cli.main(["labels", "suspects", "--home", str(home), "--quiet", "--json", *more])
    assert code == 0
    return json.loads(capsys.readouterr().out)


def test_planted_errors_are_listed_first(planted, capsys):
    home, wrong = planted
    found = ask(home, capsys, "-n", "20")
    assert (found["texts"], found["by_champion"], found["left_out"]) == (400, 0, {})
    listed = found["suspects"]
    assert len(listed) == 20
    assert sum(one["text_id"] in wrong for one in listed) / 20 >= 0.6
    assert {one["suspected"] for one in listed} >= {"missing", "should not be there", "stance"}
    assert [one["quality"] for one in listed] == sorted(one["quality"] for one in listed)
    stance = next(one for one in listed if one["suspected"] == "stance")
    assert stance["instead"] == OTHER[stance["stance"]]
    assert stance["label"][stance["frame"]] == stance["stance"]


@pytest.mark.parametrize("name", ["again.csv", "again.jsonl"])
def test_the_file_holds_labelled_rows_with_the_reasons(planted, capsys, tmp_path, name):
    home, _ = planted
    found = ask(home, capsys, "-n", "12", "--out", str(tmp_path / name))
    back = read_labels(tmp_path / name, TWO, annotator="maria")
    ids = dict.fromkeys(one["text_id"] for one in found["suspects"])
    assert [row.text_id for row in back] == list(ids)
    assert {row.annotator for row in back} == {"maria"}
    for row in back:
        own = [one for one in found["suspects"] if one["text_id"] == row.text_id]
        assert row.frames == own[0]["label"]
        assert row.meta["reason"] == "; ".join(one["reason"] for one in own)
        assert row.meta["quality"] == own[0]["quality"]


def test_by_frame_as_many_of_each(planted, capsys):
    home, _ = planted
    listed = ask(home, capsys, "-n", "2", "--by-frame")["suspects"]
    assert [one["frame"] for one in listed] == ["markets", "markets", "health", "health"]


def test_the_text_says_what_is_suspected(planted, capsys):
    home, wrong = planted
    assert cli.main(["labels", "suspects", "--home", str(home), "-n", "3"]) == 0
    said = capsys.readouterr()
    assert "400 texts scored by models that have not seen their labels" in said.out
    assert sum(key in said.out for key in wrong) >= 1
    assert "label: " in said.out
    assert "scoring them by models that have not seen them" in said.err


def test_scores_are_not_of_models_that_saw_the_text():
    """A label that nothing in the text bears out is contradicted, not repeated."""
    store = Store.open("sqlite://", NINE)
    store.add(rows(NINE, 200))
    found = list(take(store).rows)
    scores = out_of_fold(found, NINE, 13, Progress(quiet=True)).frames
    again = [replace(found[0], frames={}), *found[1:]]
    changed = out_of_fold(again, NINE, 13, Progress(quiet=True)).frames
    # Only calibration, which is fitted on all texts, sees the text's own label.
    np.testing.assert_allclose(changed[0], scores[0], atol=0.05)
    frame = NINE.frame_names.index(next(iter(found[0].frames)))
    assert changed[0, frame] > 0.5


def test_few_labels_or_none(tmp_path, capsys):
    store = Store.open(f"sqlite:///{tmp_path / 'labels.db'}", TWO)
    arguments = ["labels", "suspects", "--home", str(tmp_path), "--quiet"]
    assert cli.main(arguments) == 1
    assert "holds no resolved labels; import some with" in capsys.readouterr().err
    store.add(rows(TWO, 40))
    assert cli.main(arguments) == 0
    said = capsys.readouterr().out
    assert "health: nothing can be said: 40 texts are labelled, at least 60 are needed" in said
    with pytest.raises(SystemExit):
        cli.main([*arguments, "-n", "0"])
    assert "argument -n: 0 is no whole number from 1" in capsys.readouterr().err


def test_scores_that_the_champion_keeps_are_taken(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'labels.db'}", TWO)
    registry = Registry(Home(tmp_path), store)
    assert champion_scores(registry, TWO) == {}
    manifest = replace(made("v1"), held_out=HeldOut(("p1:x", "p1:y"), ((0.1, 0.9), (0.2, 0.8))))
    registry.add(manifest, writer(manifest))
    registry.promote("v1", "maria", "a reason")
    found = champion_scores(registry, TWO)
    assert {key: scores.tolist() for key, scores in found.items()} == {
        "p1:x": [0.1, 0.9], "p1:y": [0.2, 0.8],
    }  # fmt: skip
    assert champion_scores(registry, NINE) == {}
