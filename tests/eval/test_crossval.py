"""Folds by hand, and the recipe cross-validated on a tiny encoder."""

import json
from collections import Counter

import numpy as np
import pytest

import cli
from eval.crossval import crossvalidate, folds_of, join
from eval.judge import JudgeError, judge
from labels.snapshot import take_rows
from tests.eval.fakes import ANSWERS, ROWS, FakePredictor, labelled
from tests.tiny import TWO, make_encoder, rows
from training.config import TrainConfig
from training.progress import Progress


def test_a_group_stays_in_one_fold():
    own = [labelled(f"text {k}", {}, group=f"g{k // 3}") for k in range(60)]
    fold = folds_of(own, 5, "group")
    assert [len(set(fold[k : k + 3])) for k in range(0, 60, 3)] == [1] * 20
    assert Counter(fold) == dict.fromkeys(range(5), 12)
    assert folds_of(own, 5, "group") == fold


def test_a_source_stays_in_one_fold_and_folds_are_filled_alike():
    sizes = {"a": 6, "b": 3, "c": 2, "d": 1}
    own = [
        labelled(f"{name}{k}", {}, source=name, group=f"{name}{k}")
        for name, size in sizes.items()
        for k in range(size)
    ]
    # The largest first, each into the fold that holds least: 6 against 3 + 2 + 1.
    assert folds_of(own, 2, "source") == [0] * 6 + [1] * 6


def test_a_row_without_a_source_goes_by_its_group():
    own = [labelled(text, {}, group="one group") for text in ("x", "y")]
    own.append(labelled("z", {}, source="s"))
    fold = folds_of(own, 2, "source")
    assert fold[0] == fold[1] != fold[2]


def test_more_folds_than_groups_are_refused():
    with pytest.raises(JudgeError, match="5 folds by source need as many of them; there are 4"):
        folds_of(ROWS, 5, "source")


def test_judgements_are_joined_in_order():
    whole = judge(FakePredictor(ANSWERS), ROWS)
    missing = {text: answer for text, answer in ANSWERS.items() if text != "four"}
    joined = join(
        [judge(FakePredictor(ANSWERS), ROWS[:2]), judge(FakePredictor(missing), ROWS[2:])]
    )
    assert joined.model == "2 folds"
    assert joined.rows == whole.rows
    assert joined.thresholds == whole.thresholds
    assert list(joined.unscored) == [3]
    np.testing.assert_array_equal(joined.scores[:3], whole.scores[:3])
    np.testing.assert_array_equal(joined.gold_stance, whole.gold_stance)


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    """Labelled rows, and an encoder that knows their words."""
    folder = tmp_path_factory.mktemp("crossval")
    own = rows(TWO, 90)
    encoder = make_encoder(folder / "encoder", [row.text for row in own])
    return take_rows(own, TWO, test_share=0.2), encoder


def test_every_row_is_judged_once_by_a_model_that_has_not_seen_it(labels, tmp_path, monkeypatch):
    snapshot, encoder = labels
    config = TrainConfig(base_model=str(encoder), epochs=1, cross_fits=1)
    found = crossvalidate(snapshot, config, 3, "group", tmp_path, Progress(quiet=True))
    for member in ("ensemble", "baseline"):
        keys = [row.text_id for row in found[member].rows]
        assert sorted(keys) == sorted(row.text_id for row in snapshot.rows)
        assert found[member].member == member
    # What was trained is not trained again, as after a kill, and comes to the same.
    monkeypatch.setattr("eval.crossval.train", lambda *_: pytest.fail("trained again"))
    again = crossvalidate(snapshot, config, 3, "group", tmp_path, Progress(quiet=True))
    np.testing.assert_array_equal(again["ensemble"].scores, found["ensemble"].scores)


def test_the_command_writes_a_report_of_one_language(trained, tmp_path, capsys):
    out = tmp_path / "report"
    code = cli.main(
        ["crossvalidate", "--home", str(trained.home), "--no-starter", "--folds", "2", "--by",
         "group", "--lang", "en", "--base-model", str(trained.encoder), "--epochs", "0.2",
         "--out", str(out), "--quiet", "--json"]
    )  # fmt: skip
    report = json.loads(capsys.readouterr().out)
    assert code == 0
    assert report["model"] == "2 folds"
    assert set(report["data"]["languages"]) == {"en"}
    assert report["lineage"]["rows_seen_in_training"] == 0
    assert (out / "report.html").exists()
    assert not (out / "work").exists()
