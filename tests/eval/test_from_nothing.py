"""The linear baseline as the first champion, and what retraining makes of it."""

from dataclasses import replace

import pytest

from eval.bundles import judge_bundle
from eval.commands import summary
from eval.gate import Decision
from eval.retrain import retrain
from labels.home import Home
from labels.snapshot import take
from labels.store import Store
from tests.tiny import TWO, make_encoder, rows
from tests.training.small import made, writer
from training.config import TrainConfig
from training.first import train_baseline
from training.progress import Progress
from training.prune import prune
from training.registry import Registry

QUIET = Progress(quiet=True)


@pytest.fixture
def state(tmp_path):
    """A registry whose champion is the baseline, its labels, a recipe, and that champion."""
    store = Store.open("sqlite://", TWO)
    store.add(rows(TWO, 120))
    snapshot, registry = take(store), Registry(Home.find(tmp_path / "state"), store)
    encoder = make_encoder(tmp_path / "encoder", [row.text for row in snapshot.rows])
    config = TrainConfig(base_model=str(encoder), epochs=1)
    first = train_baseline(snapshot, config, registry, QUIET).version
    registry.promote(first, "test", "to answer first")
    return registry, snapshot, config, first


@pytest.mark.long
@pytest.mark.parametrize("passed", [True, False])
def test_retraining_takes_it_for_the_champion_to_beat(state, monkeypatch, passed):
    registry, snapshot, config, first = state
    compared = []

    def check(comparison, *_):
        compared.append(comparison)
        return Decision(passed, ("decided so",))

    monkeypatch.setattr("eval.retrain.check", check)
    done = retrain(snapshot, config, registry, QUIET, force=False)
    assert done.challenger not in (None, first)  # though no label has changed
    (comparison,) = compared
    found = (comparison.champion, comparison.champion_member, comparison.n)
    assert found == (first, "baseline", len(snapshot.test))
    assert registry.champion() == (done.challenger if passed else first)
    assert [one.base_model for one in registry.models()] == [
        "linear baseline", str(config.base_model),
    ]  # fmt: skip
    grounds = registry.grounds()
    assert grounds[1] is None
    if passed:
        assert (grounds[2].over, grounds[2].n) == (first, len(snapshot.test))
    again = retrain(snapshot, config, registry, QUIET, force=False)
    assert (again.challenger, again.champion) == (None, registry.champion())
    why = f"labels have not changed since {done.challenger} was trained on them"
    if not passed:
        why += (
            f"; the gate has decided on it and the linear baseline {first} is champion; promote it "
            f"all the same with: framescope models promote {done.challenger}, or train on them "
            "again with: framescope retrain --force"
        )
    assert again.decision.text == why


def test_a_pruned_model_of_the_same_labels_is_said_to_be_pruned(state):
    registry, snapshot, config, first = state
    judged = replace(made("v1"), labels_hash=snapshot.labels_hash)
    registry.add(judged, writer(judged))
    registry.conclude("v1", "t1:0", {}, first, None)
    assert "v1" in prune(registry, "maria", keep=0).removed
    done = retrain(snapshot, config, registry, QUIET, force=False)
    assert done.challenger is None
    assert done.decision.text == (
        "labels have not changed since v1 was trained on them; v1 was pruned on "
        f"{registry.entry('v1').pruned.at[:10]} and the linear baseline {first} is champion; bring "
        "it back from a copy with: framescope models import FILE, or train on them again with: "
        "framescope retrain --force"
    )


def test_its_report_names_it_and_compares_it_with_nothing(state):
    registry, snapshot, _, first = state
    found = judge_bundle(registry.folder(first), None, snapshot.test, "test", "command").report
    assert (found["member"], found["lineage"]["base_model"]) == ("baseline", "linear baseline")
    assert (found["baseline"], found["comparison"]["baseline"]) == (None, None)
    assert found["frames"]["macro_f1"]["value"] > 0.8
    assert summary(found).splitlines()[0].endswith(f"model {first}")
