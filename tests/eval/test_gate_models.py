"""The gate on real models, tiny ones: what it refuses, and the words it gives for it."""

import random
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from eval.retrain import Retrained, retrain
from labels.codebook import Codebook, Frame
from labels.home import Home
from labels.snapshot import Snapshot, take
from labels.store import Store
from tests.tiny import make_encoder, rows
from training.config import TrainConfig
from training.first import train_baseline
from training.progress import Progress
from training.registry import Registry

pytestmark = pytest.mark.long

FOUR = Codebook("four-topics", 1, tuple(map(Frame, ("markets", "health", "law", "science"))))


@dataclass(frozen=True)
class Shop:
    """A state folder of its own, and the labels in it."""

    registry: Registry
    snapshot: Snapshot
    encoder: Path

    @property
    def settings(self) -> TrainConfig:
        return TrainConfig(base_model=str(self.encoder), epochs=1, cross_fits=1)

    def start(self, snapshot: Snapshot) -> str:
        """Make a linear model champion, as in a new state folder."""
        made = train_baseline(snapshot, self.settings, self.registry, Progress(quiet=True))
        self.registry.promote(made.version, "test", "the first")
        return made.version

    def retrain(self, snapshot: Snapshot) -> Retrained:
        return retrain(snapshot, self.settings, self.registry, Progress(quiet=True), force=False)


@pytest.fixture
def shop(tmp_path) -> Shop:
    store = Store.open(f"sqlite:///{tmp_path / 'labels.db'}", FOUR)
    store.add(rows(FOUR, 300))
    snapshot = take(store)
    encoder = make_encoder(tmp_path / "encoder", [row.text for row in snapshot.rows])
    return Shop(Registry(Home(tmp_path), store), snapshot, encoder)


def shuffled(snapshot: Snapshot) -> Snapshot:
    """The training side's labels dealt out anew among its texts; the test part stays."""
    labels = [row.frames for row in snapshot.train]
    random.Random(0).shuffle(labels)
    fresh = iter(labels)
    train = {row.text_id: replace(row, frames=next(fresh)) for row in snapshot.train}
    return replace(snapshot, rows=tuple(train.get(row.text_id, row) for row in snapshot.rows))


def spoiled(snapshot: Snapshot, *names: str) -> Snapshot:
    """A coin thrown on the training side for whether a text carries each frame named."""
    coin = random.Random(0)

    def spoil(frames):
        kept = {name: None for name in frames if name not in names}
        return kept | {name: None for name in names if coin.random() < 0.5}

    rows = (
        replace(row, frames=spoil(row.frames)) if row.side == "train" else row
        for row in snapshot.rows
    )
    return replace(snapshot, rows=tuple(rows))


def fall(comparison, name) -> str:
    figure, test = comparison["per_frame"][name], comparison["mcnemar"][name]
    return (
        f"{name} falls by {-figure['value']:.3f} [{-figure['high']:.3f}, {-figure['low']:.3f}] in "
        f"F1, wrong on {test['n_worse']} texts that the champion has right and right on "
        f"{test['n_better']} that it has wrong, needed: a fall of at most 0.050"
    )


def test_trained_on_shuffled_labels_it_is_refused(shop):
    champion = shop.start(shop.snapshot)
    done = shop.retrain(shuffled(shop.snapshot))
    found = done.report["comparison"]["champion"]
    macro = found["macro_f1"]
    assert macro["high"] < -0.3
    assert not done.decision.passed
    assert done.decision.reasons[:5] == (
        f"worse: macro-F1 difference {macro['value']:+.3f} [{macro['low']:+.3f}, "
        f"{macro['high']:+.3f}], needed: lower end above -0.020, which more labels do not give "
        "while the difference stays",
        *(fall(found, name) for name in FOUR.frame_names),
    )
    # A model that knows nothing may still say so in its scores, and then only this is not wrong.
    assert all(reason.startswith("calibration error") for reason in done.decision.reasons[5:])
    assert shop.registry.champion() == champion
    assert shop.registry.gated(done.challenger)


def test_worse_on_one_frame_it_is_refused_though_better_overall(shop):
    champion = shop.start(spoiled(shop.snapshot, "law", "science"))
    done = shop.retrain(spoiled(shop.snapshot, "health"))
    found = done.report["comparison"]["champion"]
    assert found["verdict"].startswith("better by 0.")
    assert found["macro_f1"]["low"] > 0
    assert found["mcnemar"]["health"]["n_worse"] > found["mcnemar"]["health"]["n_better"]
    assert (done.decision.passed, done.decision.text) == (False, fall(found, "health"))
    assert shop.registry.champion() == champion
