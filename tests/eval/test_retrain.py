"""The loop on a tiny encoder: nothing to do, promotion, refusal, and what a kill leaves."""

import json
import shutil
from dataclasses import replace

import pytest

import cli
from eval.bundles import behaviours_of
from eval.datasets import frozen_test_part
from eval.gate import Decision, Earlier
from eval.judge import JudgeError
from eval.lineage import Seen
from eval.retrain import Retrained, champion_behaviours, retrain
from labels.home import Home
from labels.rows import LabelledRow
from labels.snapshot import take
from serving.predictor import Predictor
from training.bundle import read_manifest
from training.config import TrainConfig
from training.entries import make_known
from training.progress import Progress
from training.registry import Registry, RegistryError
from training.retraining import look


def run(trained, force=False, quiet=True, **settings):
    registry = trained.registry()
    config = TrainConfig(base_model=str(trained.encoder), epochs=1, cross_fits=1, **settings)
    return retrain(take(registry.store), config, registry, Progress(quiet), force)


def run_killed_at(place, trained, monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(place, killed)
        with pytest.raises(KeyboardInterrupt):
            run(trained)


def new_labels(trained, n=12):
    rows = [
        LabelledRow(f"Number {k}: the two sides will share tests.", {"cooperation": "favor"})
        for k in range(n)
    ]
    trained.registry().store.add(rows)


def test_the_first_model_is_promoted_and_judged(trained):
    registry = trained.registry()
    assert registry.champion() == trained.version
    (promotion,) = registry.history()
    assert promotion.reason.startswith("there was no champion")
    report = registry.evaluation(trained.version)
    assert report["data"]["n"] == len(take(registry.store).test)
    folder = trained.home / "reports" / trained.version
    assert json.loads((folder / "report.json").read_text("utf-8"))["model"] == trained.version
    assert "<svg" in (folder / "report.html").read_text("utf-8")


def test_unchanged_labels_need_nothing(trained_copy):
    done = run(trained_copy)
    assert (done.challenger, done.report) == (None, None)
    assert done.decision.text.startswith("labels have not changed since")
    assert len(trained_copy.registry().models()) == 1


def test_changed_labels_make_a_challenger_judged_on_the_same_rows(trained_copy):
    new_labels(trained_copy)
    done = run(trained_copy)
    registry = trained_copy.registry()
    assert done.challenger not in (None, trained_copy.version)
    comparison = done.report["comparison"]["champion"]
    assert comparison["n"] == len(take(registry.store).test)
    expected = done.challenger if done.decision.passed else trained_copy.version
    assert registry.champion() == expected
    assert run(trained_copy).challenger is None


def test_a_challenger_that_loses_behaviours_does_not_serve(trained_copy):
    registry = trained_copy.registry()
    report = registry.evaluation(trained_copy.version)
    perfect = [{**own, "passed": own["n"]} for own in report["behaviours"]]
    registry.record(trained_copy.version, "t1:0", {**report, "behaviours": perfect})
    new_labels(trained_copy)
    done = run(trained_copy)
    assert not done.decision.passed
    own = next(own for own in done.report["behaviours"] if own["name"] == "denial")
    assert (
        f"denial holds in {own['passed']} of 20 cases, the champion's in 20, needed: 18"
        in done.decision.reasons
    )
    assert registry.champion() == trained_copy.version
    assert Predictor.load(home=trained_copy.home).model == trained_copy.version


def test_a_champion_that_was_judged_on_other_cases_is_judged_again(trained, monkeypatch):
    asked = []

    def ask(predictor):
        asked.append(predictor.model)
        return behaviours_of(predictor)

    monkeypatch.setattr("eval.retrain.behaviours_of", ask)
    registry = trained.registry()
    stored = registry.evaluation(trained.version)["behaviours"]
    same = [{**own, "passed": 0} for own in stored]
    assert champion_behaviours(trained.version, same, registry) == stored
    assert asked == []
    # As many cases, but others; then stored ones that do not say which they were.
    other = [{**own, "cases": "b1:0"} for own in same]
    assert champion_behaviours(trained.version, other, registry) == stored
    assert asked == [trained.version]
    old = [{name: own[name] for name in own if name != "cases"} for own in same]
    monkeypatch.setattr(Registry, "evaluation", lambda *_: {"behaviours": old})
    assert champion_behaviours(trained.version, stored, registry) == stored
    assert asked == [trained.version] * 2
    assert champion_behaviours(trained.version, None, registry) is None


@pytest.mark.long
def test_the_command_exits_3_when_the_gate_refuses(trained_copy, monkeypatch, capsys):
    monkeypatch.setattr("eval.retrain.check", lambda *_: Decision(False, ("worse: made so",)))
    new_labels(trained_copy)
    options = ["--home", str(trained_copy.home), "--base-model", str(trained_copy.encoder)]
    # The starter corpus would make this a long run; the copy holds part of it already.
    code = cli.main(["retrain", "--no-starter", "--epochs", "1", "--quiet", *options])
    assert code == 3
    assert f"refused, {trained_copy.version} stays champion: worse" in capsys.readouterr().out


def test_a_model_trained_but_not_judged_is_judged_next_time(trained_copy, monkeypatch):
    new_labels(trained_copy)

    run_killed_at("eval.retrain.judge_bundle", trained_copy, monkeypatch)
    registry = trained_copy.registry()
    assert registry.champion() == trained_copy.version
    left = registry.models()[-1].version
    done = run(trained_copy)
    assert done.challenger == left
    assert len(registry.models()) == 2


@pytest.mark.long
def test_a_kill_before_the_promotion_loses_neither(trained_copy, monkeypatch):
    new_labels(trained_copy)

    monkeypatch.setattr("eval.retrain.check", lambda *_: Decision(True, ("proven",)))
    run_killed_at("training.registry.add_promotion", trained_copy, monkeypatch)
    registry = trained_copy.registry()
    assert registry.champion() == trained_copy.version
    done = run(trained_copy)
    assert registry.champion() == done.challenger == registry.models()[-1].version


@pytest.mark.long
def test_a_champion_that_changed_meanwhile_is_not_overwritten(trained_copy, monkeypatch):
    new_labels(trained_copy)
    registry = trained_copy.registry()

    def promoted_by_hand(*_):
        registry.promote(registry.models()[-1].version, "someone", "by hand")
        return Decision(True, ("proven",))

    monkeypatch.setattr("eval.retrain.check", promoted_by_hand)
    with pytest.raises(RegistryError, match="became champion while"):
        run(trained_copy)
    assert registry.history()[-1].by == "someone"


def spoil(folder):
    with (folder / "model.onnx").open("r+b") as file:
        file.seek(1000)
        file.write(b"spoiled")


@pytest.mark.parametrize("damage", [spoil, shutil.rmtree], ids=["changed", "not here"])
def test_an_unreadable_champion_is_not_replaced_unproven(trained_copy, damage, capsys):
    damage(trained_copy.bundle)
    new_labels(trained_copy)
    options = ["--home", str(trained_copy.home), "--base-model", str(trained_copy.encoder)]
    assert cli.main(["retrain", "--no-starter", "--epochs", "1", "--quiet", *options]) == 1
    said = capsys.readouterr().err
    assert f"champion {trained_copy.version} cannot be read" in said
    for way in ("models import FILE", "models rollback", "models promote MODEL --reason TEXT"):
        assert f"framescope {way}" in said
    registry = trained_copy.registry()
    assert [model.version for model in registry.models()] == [trained_copy.version]
    assert registry.champion() == trained_copy.version


def same_settings(trained, monkeypatch):
    """Models of `trained` count as trained with the settings of `run`, and nothing is trained."""
    found = [model.version for model in trained.registry().models()]
    monkeypatch.setattr(Registry, "trained_with", lambda *_: found)

    def asked(*_, **__):
        raise InterruptedError("trains")

    monkeypatch.setattr("eval.retrain.train", asked)


def test_a_champion_promoted_by_hand_is_not_compared_with_itself(trained_copy, monkeypatch):
    registry = trained_copy.registry()
    monkeypatch.setattr(Registry, "gated", lambda *_: False)  # promoted by hand
    same_settings(trained_copy, monkeypatch)
    assert run(trained_copy).decision.text == (
        f"labels have not changed since {trained_copy.version} was trained on them"
    )
    with pytest.raises(InterruptedError):
        run(trained_copy, force=True)
    assert len(registry.history()) == 1


def unjudged_copy(trained):
    """Put a second model into the registry, that the gate has not decided on."""
    registry, version = trained.registry(), "20990101-000000-00000000"
    shutil.copytree(trained.bundle, registry.folder(version))
    manifest = replace(read_manifest(trained.bundle), version=version)
    with registry.store.writing() as connection:
        make_known(connection, manifest)
    return version


def test_force_trains_where_a_model_waits_to_be_judged(trained_copy, monkeypatch):
    unjudged_copy(trained_copy)
    same_settings(trained_copy, monkeypatch)
    with pytest.raises(InterruptedError):
        run(trained_copy, force=True)


def test_a_damaged_unjudged_model_is_set_aside(trained_copy, monkeypatch, capsys):
    left = unjudged_copy(trained_copy)
    spoil(trained_copy.registry().folder(left))
    same_settings(trained_copy, monkeypatch)
    # As after labels have changed: else there is nothing to do.
    monkeypatch.setattr("eval.retrain._nothing_new", lambda *_: None)
    with pytest.raises(InterruptedError):
        run(trained_copy, quiet=False)
    assert f"{left} was trained but never judged, and is set aside" in capsys.readouterr().err


def test_a_promotion_is_by_who_asked_for_it(trained_copy, monkeypatch):
    left = unjudged_copy(trained_copy)
    same_settings(trained_copy, monkeypatch)
    monkeypatch.setattr("eval.retrain._nothing_new", lambda *_: None)
    line = [Earlier("v1", 1, -0.5, {})]
    monkeypatch.setattr("eval.retrain.earlier_champions", lambda _: line)
    given = []

    def check(*of):
        given.extend(of)
        return Decision(True, ("proven",))

    monkeypatch.setattr("eval.retrain.check", check)
    registry, config = trained_copy.registry(), TrainConfig(base_model=str(trained_copy.encoder))
    retrain(take(registry.store), config, registry, Progress(quiet=True), False, by="maria")
    newest = registry.history()[-1]
    assert (newest.version, newest.by, newest.reason) == (left, "maria", "proven")
    assert given[3] is line


def test_an_answer_that_comes_while_labels_are_taken_counts_as_new(trained_copy, monkeypatch):
    before = trained_copy.registry().store.counts()["annotations"]

    def take_and_miss(store, starter):
        found = take(store, starter=starter)
        new_labels(trained_copy, 1)
        return found

    monkeypatch.setattr("eval.commands.take", take_and_miss)
    done = Retrained(None, trained_copy.version, Decision(True, ("nothing new",)), None)
    monkeypatch.setattr("eval.retrain.retrain", lambda *_: done)
    assert cli.main(["retrain", "--no-starter", "--home", str(trained_copy.home)]) == 0
    assert look(Home(trained_copy.home)).answers == before


@pytest.mark.long
def test_rows_the_champion_was_trained_on_are_left_out(trained_copy, monkeypatch):
    new_labels(trained_copy)
    test = take(trained_copy.registry().store).test
    ids = [row.text_id for row in test]
    monkeypatch.setattr("eval.retrain.seen_in_training", lambda *_: Seen(ids[:3], ids[3:5]))
    done = run(trained_copy)
    assert done.report["data"]["n"] == len(test) - 5


@pytest.mark.long
def test_the_report_has_the_annotators_and_registers_of_the_test_part(trained_copy):
    registry = trained_copy.registry()
    texts = [row.text for row in take(registry.store).test[:3]]
    registry.store.add(
        LabelledRow(text, {"cooperation": "favor"}, name, meta={"register": "speech"})
        for text in texts
        for name in ("ann", "ben")
    )
    done = run(trained_copy)
    answered = frozen_test_part(registry.store).answered
    assert len(answered) >= len(texts)
    assert done.report["annotators"]["texts"] == len(answered)
    (speech,) = [own for own in done.report["slices"]["register"] if own["name"] == "speech"]
    assert speech["n"] == len(texts)
    assert {"ann", "ben"} <= set(done.report["annotators"]["names"])


@pytest.mark.long
def test_force_trains_on_the_same_labels(trained_copy):
    done = run(trained_copy, force=True, seed=5)
    assert done.challenger not in (None, trained_copy.version)


def test_without_a_test_part_nothing_can_be_judged(trained_copy):
    registry = trained_copy.registry()
    snapshot = take(registry.store)
    empty = replace(snapshot, rows=tuple(snapshot.train))
    config = TrainConfig(base_model=str(trained_copy.encoder))
    with pytest.raises(JudgeError, match="no labelled text is on the test side"):
        retrain(empty, config, registry, Progress(quiet=True), force=False)
