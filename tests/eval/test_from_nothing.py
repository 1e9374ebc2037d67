"""The linear baseline as the first champion, and what retraining makes of it."""

import pytest

from eval.bundles import judge_bundle
from eval.commands import summary
from eval.gate import Decision
from eval.retrain import retrain
from labels.home import Home
from labels.snapshot import take
from labels.store import Store
from tests.tiny import TWO, make_encoder, rows
from training.config import TrainConfig
from training.first import train_baseline
from training.progress import Progress
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
    assert (comparison.champion, comparison.n) == (f"{first}, baseline", len(snapshot.test))
    assert registry.champion() == (done.challenger if passed else first)
    assert [one.base_model for one in registry.models()] == [
        "linear baseline", str(config.base_model),
    ]  # fmt: skip
    again = retrain(snapshot, config, registry, QUIET, force=False)
    assert (again.challenger, again.champion) == (None, registry.champion())


def test_its_report_names_it_and_compares_it_with_nothing(state):
    registry, snapshot, _, first = state
    found = judge_bundle(registry.folder(first), None, snapshot.test, "test", "command").report
    assert (found["member"], found["lineage"]["base_model"]) == ("baseline", "linear baseline")
    assert (found["baseline"], found["comparison"]["baseline"]) == (None, None)
    assert found["frames"]["macro_f1"]["value"] > 0.8
    assert summary(found).splitlines()[0].endswith(f"model {first}")
