"""Folds by hand, and the recipe cross-validated on a tiny encoder."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import cli
from eval.crossval import crossvalidate, folds_of, join, units, working_folder
from eval.judge import JudgeError, judge
from eval.lineage import Seen, trained_on
from eval.mistakes import least_certain_right
from eval.schema import Report
from labels.rows import LabelledRow
from labels.snapshot import Snapshot, take_rows
from labels.text import text_id
from tests.eval.fakes import ANSWERS, ROWS, FakePredictor, codebook, labelled
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


def test_sources_with_a_document_in_common_are_one():
    places = [("b", "g1"), ("a", "g1"), ("c", "g2"), (None, "g2"), (None, "g3"), ("d", "g4")]
    own = [
        labelled(f"{k}", {}, source=source, group=group) for k, (source, group) in enumerate(places)
    ]
    assert units(own, "source") == ["a", "a", "c", "c", "g3", "d"]
    assert units(own, "group") == ["g1", "g1", "g2", "g2", "g3", "g4"]
    fold = folds_of(own, 2, "source")
    assert fold[0] == fold[1]
    assert fold[2] == fold[3]


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


def test_joined_rows_keep_the_thresholds_they_were_decided_by():
    one, other = FakePredictor(ANSWERS), FakePredictor(ANSWERS)
    other.thresholds = {"a": 0.5, "b": 0.75}
    joined = join([judge(one, ROWS[:2]), judge(other, ROWS[2:])])
    assert joined.thresholds == {"a": 0.5}  # of b there is none that all were decided by
    # The scores of b are 0.6, 0.2, 0.7, 0.1.
    assert joined.margins[:, 1] == pytest.approx([0.1, 0.3, 0.05, 0.65])
    first = next(own for own in least_certain_right(joined) if own["frame"] == "b")
    assert (first["text"], first["score"]) == ("three", 0.7)


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    """Labelled rows, and an encoder that knows their words."""
    folder = tmp_path_factory.mktemp("crossval")
    own = rows(TWO, 90)
    encoder = make_encoder(folder / "encoder", [row.text for row in own])
    return take_rows(own, TWO, test_share=0.2), encoder


@pytest.mark.long
def test_every_row_is_judged_once_by_a_model_that_has_not_seen_it(labels, tmp_path, monkeypatch):
    snapshot, encoder = labels
    config = TrainConfig(base_model=str(encoder), epochs=1, cross_fits=1)
    found, seen, manifest = crossvalidate(
        snapshot, config, 3, "group", tmp_path, Progress(quiet=True)
    )
    assert seen == ([], [])
    assert manifest.config == config.to_dict()
    fold = folds_of(snapshot.rows, 3, "group")
    for k in range(3):
        (bundle,) = (tmp_path / f"fold-{k}").glob("bentoml/models/framescope/*/")
        others = zip(snapshot.rows, fold, strict=True)
        assert trained_on(bundle) == {row.text_id for row, own in others if own != k}
    for member in ("ensemble", "baseline"):
        keys = [row.text_id for row in found[member].rows]
        assert sorted(keys) == sorted(row.text_id for row in snapshot.rows)
        assert found[member].member == member
    # What was trained is not trained again, as after a kill, and comes to the same.
    monkeypatch.setattr("eval.crossval.train", lambda *_: pytest.fail("trained again"))
    again, *_ = crossvalidate(snapshot, config, 3, "group", tmp_path, Progress(quiet=True))
    np.testing.assert_array_equal(again["ensemble"].scores, found["ensemble"].scores)


@pytest.mark.parametrize("by", ["group", "source"])
def test_disputed_texts_are_kept_from_who_judges_their_group(by, monkeypatch, tmp_path):
    own = [
        labelled(f"text {k}", {}, group=f"g{k}", source=f"s{k // 2}", side="train")
        for k in range(8)
    ]
    disputed = [
        labelled("of g0", {}, group="g0", source="s9", disputed=("a",), side="train"),
        labelled("of s3", {}, group="g9", source="s3", disputed=("a",), side="test"),
        labelled("alone", {}, group="g8", source="s8", disputed=("a",), side="test"),
        labelled("of both", {}, group="g7", source="s7", disputed=("a",), side="bridge"),
    ]
    snapshot = Snapshot(codebook(), tuple(own), contested=tuple(disputed))
    fits = []

    def remember(apart, *_):
        fits.append(apart)
        return tmp_path

    monkeypatch.setattr("eval.crossval._trained", remember)
    monkeypatch.setattr("eval.crossval.seen_in_training", lambda *_: Seen(["x"], ["y"]))
    monkeypatch.setattr("eval.crossval.Predictor.open", lambda *_: FakePredictor({}))
    monkeypatch.setattr("eval.crossval.read_manifest", lambda _: None)
    found, seen, _ = crossvalidate(snapshot, TrainConfig(), 4, by, tmp_path, Progress(quiet=True))
    assert seen == (["x"] * 4, ["y"] * 4)
    names = {row.group for row in found["ensemble"].rows}
    assert names == {f"{by[0]}{k}" for k in range(8 if by == "group" else 4)}
    for apart in fits:
        sides = {row.text: row.side for row in (*apart.rows, *apart.contested)}
        assert sides["of g0"] == sides["text 0"]
        assert sides["of s3"] == (sides["text 6"] if by == "source" else "train")
        assert sides["alone"] == "train"
        assert sides["of both"] == "bridge"


def test_a_folder_that_is_not_its_own_is_not_touched(tmp_path):
    theirs = tmp_path / "crossvalidation-work"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("mine", "utf-8")
    with pytest.raises(JudgeError, match="was not made by framescope crossvalidate"):
        working_folder(tmp_path)
    assert [path.name for path in theirs.iterdir()] == ["thesis.txt"]
    own = working_folder(tmp_path / "out")
    assert working_folder(tmp_path / "out") == own  # to go on after a kill


@pytest.mark.long
def test_the_command_writes_a_report_of_one_language(trained_copy, tmp_path, capsys):
    trained, out = trained_copy, tmp_path / "report"
    (out / "work").mkdir(parents=True)
    suggested = LabelledRow("A strategy asked for this one.", {}, lang="en", sampled="suggested")
    trained.registry().store.add([suggested, replace(suggested, text="Et celle-ci.", lang="fr")])
    code = cli.main(
        ["crossvalidate", "--home", str(trained.home), "--no-starter", "--folds", "2", "--by",
         "group", "--lang", "en-GB", "--base-model", str(trained.encoder), "--epochs", "0.2",
         "--out", str(out), "--quiet", "--json"]
    )  # fmt: skip
    report = json.loads(capsys.readouterr().out)
    assert code == 0
    assert report["model"] == "2 folds"
    assert set(report["data"]["languages"]) == {"en"}
    assert report["lineage"]["rows_seen_in_training"] == 0
    assert report["lineage"]["rows_nearly_seen_in_training"] == 0
    assert report["lineage"]["test_hash"] == report["data"]["hash"]
    assert {"code", "packages", "seed", "judged_with"} <= report["lineage"].keys()
    assert report["data"]["suggested_left_out"] == 1
    texts = {one["text_id"] for one in report["errors"] + report["least_certain"]}
    assert text_id(suggested.text) not in texts
    Report.model_validate(report)
    assert (out / "report.html").exists()
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "report.json", "work"]
