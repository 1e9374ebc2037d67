import fcntl
import os
import re
import threading
from dataclasses import replace

import numpy as np
import pytest
from filelock import FileLock

from labels.home import Home
from labels.snapshot import Labelled, Snapshot, take_rows
from labels.store import Store
from tests.tiny import TWO, rows
from training.bundle import read_manifest, verify
from training.config import TrainConfig, TrainingError
from training.fit import only_run, train
from training.parts import parts_of
from training.progress import Progress
from training.registry import Registry

QUIET = Progress(quiet=True)
WEIGHTS = (
    "model.safetensors", "heads.safetensors", "baseline/weights.safetensors",
    "baseline/vocabulary.json",
)  # fmt: skip


def labelled(n, group="", side="train", **frames):
    return Labelled(f"p1:{n:04}", f"text number {n}", frames, side, group or f"g{n}")


@pytest.fixture
def registry(tmp_path):
    return Registry(Home.find(tmp_path / "state"), Store.open("sqlite://", TWO))


@pytest.fixture
def no_graph(monkeypatch):
    """Leaves out the slow export, which has tests of its own."""
    monkeypatch.setattr("training.export.export_graph", lambda _, path: path.write_bytes(b"graph"))


@pytest.fixture(scope="module")
def config(encoder):
    return TrainConfig(base_model=str(encoder), epochs=1, batch_size=16, cross_fits=2)


@pytest.fixture(scope="module")
def snapshot():
    found = take_rows(rows(TWO, 120), TWO, test_share=0.2)
    assert len(found.test) > 10
    return found


@pytest.mark.parametrize(
    ("train_side", "expected"),
    [
        ([], "0 labelled texts on the training side"),
        ([labelled(n, a="for") for n in range(19)], "19 labelled texts on the training side"),
        ([labelled(n, "one document", a="for") for n in range(40)], "0 of them to fit on"),
        ([labelled(n) for n in range(40)], "no text on the training side carries a frame"),
    ],
    ids=["none", "too few", "one group", "no frames"],
)
def test_labels_that_do_not_suffice_are_refused(registry, config, train_side, expected):
    tests = [labelled(n, side="test", markets="for") for n in range(100, 200)]
    with pytest.raises(TrainingError) as caught:
        train(Snapshot(TWO, (*train_side, *tests)), config, registry, QUIET)
    assert expected in str(caught.value)
    assert str(caught.value).endswith("import more labels")
    assert not registry.home.work.exists()


def test_encoder_that_cannot_be_loaded_costs_nothing(registry, snapshot, config, no_graph):
    wrong = replace(config, base_model=str(registry.home.folder / "no-such-encoder"))
    expected = f"--base-model {wrong.base_model}: cannot load this encoder"
    with pytest.raises(TrainingError, match=re.escape(expected)):
        train(snapshot, wrong, registry, QUIET)
    assert registry.models() == []
    assert train(snapshot, config, registry, QUIET).version == registry.resolve("latest")


def test_one_training_run_at_a_time(registry, snapshot, config):
    registry.home.work.mkdir(parents=True)
    with (
        FileLock(registry.home.work / "training.lock"),
        pytest.raises(TrainingError) as caught,
    ):
        train(snapshot, config, registry, QUIET)
    assert str(caught.value) == (
        f"another training run is under way in {registry.home.folder}; wait for it to end"
    )


def test_who_only_looks_whether_a_run_is_under_way_does_not_end_it(registry):
    registry.home.work.mkdir(parents=True)
    handle = os.open(registry.home.work / "training.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_SH)  # as `training.retraining.is_held` does for an instant
    letting_go = threading.Timer(0.1, os.close, [handle])
    letting_go.start()
    with only_run(registry):
        letting_go.join()


def trained_on(snapshot, config, registry):
    manifest = train(snapshot, config, registry, QUIET)
    folder = registry.folder(manifest.version)
    return manifest, {name: (folder / name).read_bytes() for name in WEIGHTS}


def test_labels_of_the_test_part_do_not_reach_the_model(snapshot, config, registry, no_graph):
    def turned(row):
        return replace(row, frames={"health": "against"} if "markets" in row.frames else {})

    def with_turned(side):
        rows_ = (turned(row) if row.side == side else row for row in snapshot.rows)
        return replace(snapshot, rows=tuple(rows_))

    manifest, weights = trained_on(snapshot, config, registry)
    other, other_weights = trained_on(with_turned("test"), config, registry)
    assert other.labels_hash != manifest.labels_hash
    assert other.test_hash != manifest.test_hash
    assert other_weights == weights
    assert (other.members, other.held_out) == (manifest.members, manifest.held_out)
    # And the comparison can tell: turned labels of the training side do reach the model.
    last, last_weights = trained_on(with_turned("train"), config, registry)
    assert all(last_weights[name] != weights[name] for name in WEIGHTS[:3])
    assert last.members != manifest.members


def test_bundle_says_what_it_was_made_of(snapshot, config, registry, no_graph):
    manifest = train(snapshot, config, registry, QUIET)
    folder = registry.folder(manifest.version)
    assert read_manifest(folder).labels_hash == manifest.labels_hash == snapshot.labels_hash
    verify(folder, read_manifest(folder))
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{8}", manifest.version)
    assert manifest.config == config.to_dict()
    kept = Snapshot.read(folder / "snapshot.parquet", TWO)
    assert kept.rows == snapshot.rows
    parts = parts_of(snapshot.train, config.held_out_share, config.cross_fits)
    once = [row.text_id for part in parts for row in part.held_out]
    assert list(manifest.held_out.text_ids) == once
    assert sorted(once) == sorted(row.text_id for row in snapshot.train)
    assert np.shape(manifest.held_out.frames) == (len(once), 2)
    assert {name: set(member.calibration.slopes) for name, member in manifest.members.items()} == {
        "ensemble": {"encoder", "linear"}, "baseline": {"linear"},
    }  # fmt: skip
    card = (folder / "README.md").read_text("utf-8")
    assert manifest.version in card
    assert f"fine-tuned on {len(once)} texts, calibrated on each part of them" in card
    assert [line for line in card.splitlines() if line.startswith(("| markets |", "| health |"))]


def test_killed_training_is_resumed_by_the_same_call(snapshot, config, registry, no_graph):
    class Kill(Progress):
        def advance(self, done, total):
            if done == total:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(snapshot, config, registry, Kill(quiet=True))
    assert registry.models() == []
    (run,) = (path for path in registry.home.work.iterdir() if path.is_dir())
    assert list(run.glob("part-0/checkpoint-*"))
    steps = []

    class Count(Progress):
        def advance(self, done, total):
            steps.append(done)

    manifest = train(snapshot, config, registry, Count(quiet=True))
    assert steps[0] > 1
    assert not run.exists()
    unbroken, weights = trained_on(snapshot, config, registry)
    assert unbroken.members == manifest.members
    folder = registry.folder(manifest.version)
    assert {name: (folder / name).read_bytes() for name in WEIGHTS} == weights


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0), ("learning_rate", 0.0), ("head_learning_rate", -1.0), ("batch_size", 0),
        ("max_tokens", 7), ("held_out_share", 0.0), ("held_out_share", 1.0), ("test_share", 1.0),
        ("seed", -1), ("frozen_share", -0.1), ("frozen_share", 1.1), ("cross_fits", 0),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_named(name, value):
    with pytest.raises(TrainingError, match=rf"^settings out of range: {name} is {value}$"):
        TrainConfig(**{name: value})


@pytest.mark.parametrize(
    ("n", "epochs", "steps"),
    [
        (6400, None, 1000),  # five times over 200 batches
        (640, None, 500),  # at most 25 times over 20 batches
        (32_000, None, 3000),  # at least three times over 1000 batches
        (640, 2.5, 50),
        (10, 0.1, 1),
    ],
)
def test_steps_worked_out_by_hand(n, epochs, steps):
    assert TrainConfig(epochs=epochs).steps(n) == steps
