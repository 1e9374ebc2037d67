"""When a challenger may start from the champion's weights, and that it then does."""

import math
import shutil
from dataclasses import replace

import pytest
import torch

from eval.retrain import _from_champion
from eval.warm import why_not_warm
from labels.home import Home
from labels.snapshot import Snapshot, take_rows
from labels.store import Store
from tests.tiny import NINE, TWO, make_encoder, rows
from training.bundle import HeldOut, read_manifest, write_manifest
from training.config import TrainConfig
from training.fit import train
from training.model import FrameClassifier, load_encoder
from training.progress import Progress
from training.registry import Registry


@pytest.fixture(autouse=True)
def one_part(monkeypatch):
    """Few texts, dealt as many are: a share held out once."""
    monkeypatch.setattr("training.parts.ENOUGH_TO_CALIBRATE", 1)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return take_rows(rows(TWO, 100), TWO, test_share=0.2)


@pytest.fixture(scope="module")
def champion(snapshot, tmp_path_factory):
    """The bundle of a champion, and the settings it was trained with."""
    folder = tmp_path_factory.mktemp("warm")
    encoder = make_encoder(folder / "encoder", [row.text for row in snapshot.rows])
    config = TrainConfig(base_model=str(encoder), epochs=2, held_out_share=0.2)
    registry = Registry(Home.find(folder / "home"), Store.open("sqlite://", TWO))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.parts.ENOUGH_TO_CALIBRATE", 1)
        patch.setattr("training.export.export_graph", lambda _, path: path.write_bytes(b"graph"))
        manifest = train(snapshot, config, registry, Progress(quiet=True))
    return registry.folder(manifest.version), config


def test_a_warm_start_has_the_champions_weights_and_is_recorded(champion, snapshot):
    folder, config = champion
    assert why_not_warm(folder, snapshot, config) is None
    warm = _from_champion(folder, snapshot, config, Progress(quiet=True))
    assert warm == replace(config, warm_start=str(folder))
    known = FrameClassifier.read(folder, TWO).state_dict()
    begun, tokenizer = load_encoder(warm, TWO)
    assert all(torch.equal(own, known[name]) for name, own in begun.state_dict().items())
    assert len(tokenizer) == known["encoder.embeddings.word_embeddings.weight"].shape[0]
    fresh = load_encoder(config, TWO)[0].state_dict()
    assert not torch.equal(fresh["frames.weight"], known["frames.weight"])


def test_a_challenger_is_trained_from_it_and_says_so(champion, snapshot, tmp_path, monkeypatch):
    folder, config = champion
    monkeypatch.setattr("training.export.export_graph", lambda _, path: path.write_bytes(b"graph"))
    registry = Registry(Home.find(tmp_path), Store.open("sqlite://", TWO))
    warm = replace(config, warm_start=str(folder), learning_rate=1e-9, head_learning_rate=1e-9)
    manifest = train(snapshot, warm, registry, Progress(quiet=True))
    assert manifest.config["warm_start"] == str(folder)
    assert manifest.base_model == config.base_model
    # At rates of next to nothing it stays where it began.
    trained = FrameClassifier.read(registry.folder(manifest.version), TWO).state_dict()
    for name, known in FrameClassifier.read(folder, TWO).state_dict().items():
        torch.testing.assert_close(trained[name], known, atol=1e-5, rtol=0)


def test_it_starts_afresh_where_it_must_and_says_why(champion, snapshot, capsys):
    folder, config = champion
    other = replace(config, base_model="another")
    assert _from_champion(folder, snapshot, other, Progress()) == other
    said = capsys.readouterr().err
    assert said.startswith(f"not starting from champion {folder.name}: its base model is ")


def test_reasons_against_it(champion, snapshot, monkeypatch):
    folder, config = champion
    nine = take_rows(rows(NINE, 40), NINE, test_share=0.2)
    assert why_not_warm(folder, nine, config) == "its codebook has other frames or stances"
    turned = {"train": "test", "test": "train"}
    leaked = replace(
        snapshot, rows=tuple(replace(row, side=turned[row.side]) for row in snapshot.rows)
    )
    assert why_not_warm(folder, leaked, config) == "it was trained on texts of the test part"
    n = len(snapshot.train)  # each text is a group of its own, taken in the same order
    now, then = math.ceil(0.6 * n), math.ceil(0.2 * n)
    why = why_not_warm(folder, snapshot, replace(config, held_out_share=0.6))
    assert why == f"it was fitted on {now - then} of the {now} held-out texts"
    monkeypatch.setattr("training.parts.ENOUGH_TO_CALIBRATE", 300)
    assert (why_not_warm(folder, snapshot, config) or "").startswith("of so few labels")


def started_from(folder, before, held_out, to):
    """A bundle that says it was started from another and calibrated on `held_out`."""
    shutil.copytree(folder, to)
    manifest = read_manifest(folder)
    config = {**manifest.config, "warm_start": before and str(before)}
    scores = tuple((0.5, 0.5) for _ in held_out)
    write_manifest(to, replace(manifest, config=config, held_out=HeldOut(held_out, scores)))
    return to


def test_what_the_champion_was_started_from_counts_too(champion, snapshot, tmp_path):
    folder, config = champion
    held_out = read_manifest(folder).held_out.text_ids
    others = tuple(row.text_id for row in snapshot.train if row.text_id not in held_out)
    # The last two were calibrated on the texts that are held out now; the first was fitted on them.
    first = started_from(folder, None, others, tmp_path / "first")
    second = started_from(folder, first, held_out, tmp_path / "second")
    third = started_from(folder, second, held_out, tmp_path / "third")
    n = len(held_out)
    assert (
        why_not_warm(third, snapshot, config) == f"it was fitted on {n} of the {n} held-out texts"
    )
    # The state folder has moved, with the bundles beside one another as before.
    write_manifest(
        third,
        replace(read_manifest(third), config={**config.to_dict(), "warm_start": "/away/second"}),
    )
    assert (
        why_not_warm(third, snapshot, config) == f"it was fitted on {n} of the {n} held-out texts"
    )
    shutil.rmtree(first)
    why = why_not_warm(third, snapshot, config) or ""
    assert why.startswith("what it was itself started from cannot be read: ")
    assert "first: no bundle here" in why
