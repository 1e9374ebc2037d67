"""The bundle of the linear baseline alone, which answers first in an empty state folder."""

import pytest
from filelock import FileLock

from labels.home import Home
from labels.snapshot import take_rows
from labels.store import Store
from serving.predictor import Predictor
from tests.tiny import TWO, rows
from training.bundle import BASELINE, BundleError, read_manifest, verify
from training.config import TrainConfig, TrainingError
from training.first import train_baseline
from training.fit import train
from training.progress import Progress
from training.registry import Registry

QUIET = Progress(quiet=True)


@pytest.fixture
def registry(tmp_path):
    return Registry(Home.find(tmp_path / "state"), Store.open("sqlite://", TWO))


@pytest.fixture(scope="module")
def snapshot():
    return take_rows(rows(TWO, 120), TWO, test_share=0.2)


def test_it_is_the_baseline_that_a_fine_tuned_model_is_compared_with(
    registry, snapshot, encoder, monkeypatch
):
    monkeypatch.setattr("training.export.export_graph", lambda _, path: path.write_bytes(b"graph"))
    config = TrainConfig(base_model=str(encoder), epochs=1)
    tuned = train(snapshot, config, registry, QUIET)
    alone = train_baseline(snapshot, config, registry, QUIET)
    assert alone.members == {BASELINE: tuned.members[BASELINE]}
    for name in ("weights.safetensors", "vocabulary.json"):
        one, other = (registry.folder(own.version) / BASELINE / name for own in (tuned, alone))
        assert one.read_bytes() == other.read_bytes()
    assert (alone.labels_hash, alone.test_hash) == (tuned.labels_hash, tuned.test_hash)
    # And yet no model of that recipe: what retrain looks for is not found.
    assert registry.trained_with(snapshot.labels_hash, config.to_dict()) == [tuned.version]


def test_its_bundle_holds_no_encoder_and_answers_as_the_baseline(registry, snapshot):
    made = train_baseline(snapshot, TrainConfig(), registry, QUIET)
    folder = registry.folder(made.version)
    found = read_manifest(folder)
    verify(folder, found)
    assert sorted(found.files) == [
        "README.md", "baseline/vocabulary.json", "baseline/weights.safetensors",
        "snapshot.parquet",
    ]  # fmt: skip
    assert (found.main, found.base_model, found.max_tokens) == (
        "baseline", "linear baseline", None,
    )  # fmt: skip
    predictor = Predictor.open(folder)
    assert (predictor.model, predictor.member) == (made.version, "baseline")
    right = 0
    for row, answer in zip(
        snapshot.test, predictor.predict([row.text for row in snapshot.test]), strict=True
    ):
        present = {frame.label: frame.stance.label for frame in answer.frames if frame.present}
        right += present == row.frames
        assert answer.truncated is False
    assert right > 0.8 * len(snapshot.test)
    with pytest.raises(BundleError, match="no member 'ensemble' in this bundle; there are: base"):
        Predictor.open(folder, "ensemble")
    card = (folder / "README.md").read_text("utf-8")
    assert "The linear baseline alone (TF-IDF and logistic regression, no encoder)" in card
    assert "all of a text is read" in card


def test_it_needs_labels_and_no_other_run_beside_it(registry, snapshot):
    few = take_rows(rows(TWO, 12), TWO, test_share=0.0)
    with pytest.raises(TrainingError, match="12 labelled texts on the training side"):
        train_baseline(few, TrainConfig(), registry, QUIET)
    registry.home.work.mkdir(parents=True)
    with (
        FileLock(registry.home.work / "training.lock"),
        pytest.raises(TrainingError, match="another training run is under way"),
    ):
        train_baseline(snapshot, TrainConfig(), registry, QUIET)
    assert registry.models() == []


def test_it_leaves_what_a_killed_fine_tuning_can_go_on_from(registry, snapshot):
    checkpoint = registry.home.work / "run" / "part-0" / "checkpoint-7"
    checkpoint.mkdir(parents=True)
    train_baseline(snapshot, TrainConfig(), registry, QUIET)
    assert checkpoint.is_dir()
