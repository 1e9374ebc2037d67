import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, DistilBertConfig, DistilBertModel, set_seed

from tests.tiny import TWO
from training.config import TrainConfig, TrainingError
from training.finetune import encode, finetune, last_checkpoint, score
from training.model import FrameClassifier, load_encoder
from training.progress import Progress

ROOT = Path(__file__).parents[2]

# 48 texts in batches of 8 and 3.3 times over them: 20 steps, 6 in a pass, a checkpoint every 3.
STEPS = 20


class KilledError(Exception):
    pass


class KilledAtStep(Progress):
    """Ends a run after a number of steps, before that step could be saved."""

    def __init__(self, step: int) -> None:
        super().__init__(quiet=True)
        self.step = step

    def advance(self, done, total):
        assert total == STEPS
        if done == self.step:
            raise KilledError


@pytest.fixture(scope="session")
def config(encoder) -> TrainConfig:
    return TrainConfig(base_model=str(encoder), epochs=3.3, batch_size=8, frozen_share=2 / 3)


@pytest.fixture
def run(two, config, tmp_path):
    """Fine-tune with checkpoints in a folder of the test's own."""

    def run_(progress=None, work="work", **changes):
        settings = replace(config, **changes)
        return finetune(
            two.rows, TWO, settings, settings.steps(48), tmp_path / work,
            progress or Progress(quiet=True),
        )  # fmt: skip

    return run_


@pytest.fixture(scope="session")
def unbroken(two, config, tmp_path_factory):
    """The weights of a run that nothing disturbed."""
    work = tmp_path_factory.mktemp("unbroken")
    return weights(finetune(two.rows, TWO, config, config.steps(48), work, Progress(quiet=True))[0])


def weights(model: FrameClassifier) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def same(one, other) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_encoded_rows_hold_tokens_and_positions(two, config):
    _, tokenizer = load_encoder(config, TWO)
    rows = [
        replace(two.rows[0], text="price", frames={}),
        replace(two.rows[0], text="price " * 99, frames={"health": "against"}),
        replace(two.rows[0], text="doctor", frames={"markets": "for", "health": "against"}),
    ]
    data = encode(rows, TWO, tokenizer, 12)
    assert data["length"][:] == [3, 12, 3]
    assert [len(ids) for ids in data["input_ids"]] == [3, 12, 3]
    assert [sum(mask) for mask in data["attention_mask"]] == [3, 12, 3]
    assert {ids[0] for ids in data["input_ids"]} == {tokenizer.cls_token_id}
    assert {ids[-1] for ids in data["input_ids"]} == {tokenizer.sep_token_id}
    assert data["place"][:] == [0, 1, 2]
    assert data["frames"][:] == [[0, 0], [0, 1], [1, 1]]
    assert data["stances"][:] == [[[0, 0], [0, 0]], [[0, 0], [0, 1]], [[1, 0], [0, 1]]]


def test_scores_come_in_the_order_of_the_texts(two, config):
    model, tokenizer = load_encoder(config, TWO)
    texts = [*(row.text for row in two.rows[:40]), "price", "doctor " * 400]
    found = score(model, tokenizer, texts, TWO, 64)
    assert (found.frames.shape, found.stances.shape) == ((42, 2), (42, 2, 2))
    for place in (0, 17, 40, 41):
        alone = score(model, tokenizer, [texts[place]], TWO, 64)
        np.testing.assert_allclose(found.frames[place], alone.frames[0], atol=1e-5)
        np.testing.assert_allclose(found.stances[place], alone.stances[0], atol=1e-5)
    assert np.ptp(found.frames[:, 0]) > 1e-3


def test_same_labels_and_seed_give_the_same_model(two, config, run, unbroken):
    torch.manual_seed(99)
    np.random.seed(99)
    model, tokenizer, _ = run()
    assert same(weights(model), unbroken)
    texts = [row.text for row in two.rows]
    once = score(model, tokenizer, texts, TWO, 64)
    fresh = FrameClassifier(model.encoder, TWO)
    fresh.load_state_dict(unbroken)
    again = score(fresh, tokenizer, texts, TWO, 64)
    np.testing.assert_array_equal(once.frames, again.frames)
    np.testing.assert_array_equal(once.stances, again.stances)


def test_another_seed_gives_another_model(run, unbroken):
    assert not same(weights(run(seed=14)[0]), unbroken)


def unchanged(config, after) -> set[str]:
    """Names of the weights that training left as they were."""
    set_seed(config.seed)
    before = weights(load_encoder(config, TWO)[0])
    assert before.keys() == after.keys()
    return {name for name in before if torch.equal(before[name], after[name])}


def test_training_changes_all_weights_but_those_of_the_lower_layers(config, unbroken):
    # One of two layers is frozen. The pooler of the checkpoint is not used, and has no gradient.
    lower = ("encoder.embeddings.", "encoder.encoder.layer.0.", "encoder.pooler.")
    assert unchanged(config, unbroken) == {name for name in unbroken if name.startswith(lower)}
    assert [name for name in unbroken if name.startswith("encoder.encoder.layer.1.")]


def test_without_frozen_layers_all_weights_change_but_word_vectors(config, run):
    after = weights(run(frozen_share=0.0)[0])
    assert {name for name in unchanged(config, after) if "pooler" not in name} == {
        "encoder.embeddings.word_embeddings.weight"
    }


def test_encoder_of_another_build_is_trained_whole(two, config, tmp_path):
    AutoTokenizer.from_pretrained(config.encoder).save_pretrained(tmp_path / "other")
    shape = DistilBertConfig(vocab_size=1500, dim=32, n_layers=3, n_heads=2, hidden_dim=64)
    DistilBertModel(shape).save_pretrained(tmp_path / "other")
    settings = replace(config, base_model=str(tmp_path / "other"), frozen_share=1.0)
    model, tokenizer, _ = finetune(
        two.rows, TWO, settings, settings.steps(48), tmp_path / "work", Progress(quiet=True)
    )
    assert unchanged(settings, weights(model)) == {"encoder.embeddings.word_embeddings.weight"}
    found = score(model, tokenizer, ["price", "doctor"], TWO, 64)
    assert np.isfinite(found.frames).all()


def test_run_with_too_many_texts_to_keep_ends_up_the_same(two, run, monkeypatch):
    monkeypatch.setattr("training.finetune.fast_bf16", lambda: False)
    model, tokenizer, _ = run(work="kept")
    monkeypatch.setattr("training.layers.MOST_KEPT", 0)
    other, _, _ = run(work="computed")
    texts = [row.text for row in two.rows]
    one, two_ = (score(m, tokenizer, texts, TWO, 64) for m in (model, other))
    np.testing.assert_allclose(one.frames, two_.frames, atol=1e-4)
    np.testing.assert_allclose(one.stances, two_.stances, atol=1e-4)


def test_killed_run_with_too_many_texts_to_keep_goes_on_to_the_same_weights(run, monkeypatch):
    monkeypatch.setattr("training.layers.MOST_KEPT", 0)
    whole = weights(run(work="whole")[0])
    with pytest.raises(KilledError):
        run(KilledAtStep(10))
    assert same(weights(run()[0]), whole)


@pytest.mark.parametrize(
    ("step", "kept"),
    [(2, None), (4, 3), (7, 6), (10, 9), (20, 18)],
    ids=["before any checkpoint", "first pass", "end of a pass", "second pass", "last step"],
)
def test_killed_run_goes_on_to_the_same_weights(run, unbroken, tmp_path, step, kept):
    with pytest.raises(KilledError):
        run(KilledAtStep(step))
    found = last_checkpoint(tmp_path / "work")
    assert found == (str(tmp_path / "work" / f"checkpoint-{kept}") if kept else None)
    assert same(weights(run()[0]), unbroken)


def test_resumed_run_does_not_start_over(run, tmp_path):
    with pytest.raises(KilledError):
        run(KilledAtStep(10))
    steps = []

    class Count(Progress):
        def advance(self, done, total):
            steps.append(done)

    run(Count(quiet=True))
    assert steps == list(range(10, 21))


def test_finished_run_that_was_not_yet_written_is_kept(run, unbroken):
    run()
    assert same(weights(run()[0]), unbroken)


def test_checkpoint_cut_short_is_passed_over(run, unbroken, tmp_path):
    with pytest.raises(KilledError):
        run(KilledAtStep(10))
    torn = tmp_path / "work" / "checkpoint-12"
    shutil.copytree(tmp_path / "work" / "checkpoint-9", torn)
    (torn / "whole").unlink()
    (torn / "trainer_state.json").unlink()
    (torn / "model.safetensors").write_bytes(b"half of it")
    assert last_checkpoint(tmp_path / "work") == str(tmp_path / "work" / "checkpoint-9")
    assert same(weights(run()[0]), unbroken)


KILLED_FOR_GOOD = """
import os, signal, sys
from pathlib import Path
from labels.snapshot import take_rows
from tests.tiny import TWO, rows
from training.config import TrainConfig
from training.finetune import finetune
from training.progress import Progress

class Kill(Progress):
    def advance(self, done, total):
        if done == 11:
            os.kill(os.getpid(), signal.SIGKILL)

labelled = take_rows(rows(TWO, 48), TWO, test_share=0.0).rows
config = TrainConfig(base_model=sys.argv[1], epochs=3.3, batch_size=8, frozen_share=2 / 3)
finetune(labelled, TWO, config, config.steps(48), Path(sys.argv[2]), Kill(quiet=True))
"""


def test_run_killed_in_another_process_goes_on_here(run, unbroken, config, tmp_path):
    command = [sys.executable, "-c", KILLED_FOR_GOOD, config.encoder, str(tmp_path / "work")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert last_checkpoint(tmp_path / "work") == str(tmp_path / "work" / "checkpoint-9")
    assert same(weights(run()[0]), unbroken)


def test_written_model_reads_back(two, run, tmp_path):
    model, tokenizer, _ = run()
    (tmp_path / "model").mkdir()
    model.write(tmp_path / "model")
    back = FrameClassifier.read(tmp_path / "model", TWO)
    assert same(weights(back), weights(model))
    texts = [row.text for row in two.rows]
    one, other = (score(m, tokenizer, texts, TWO, 64) for m in (model, back))
    np.testing.assert_array_equal(one.frames, other.frames)


@pytest.mark.parametrize("what", ["absent", "empty", "file"])
def test_encoder_that_cannot_be_loaded_is_named(config, tmp_path, what):
    place = tmp_path / what
    if what == "empty":
        place.mkdir()
    if what == "file":
        place.write_text("no encoder")
    with pytest.raises(TrainingError) as caught:
        load_encoder(replace(config, base_model=str(place)), TWO)
    message = str(caught.value)
    assert message.startswith(f"--base-model {place}: cannot load this encoder: ")
    assert "Give a folder that holds one (nothing is downloaded" in message
    assert message.endswith("or leave the option out")
    assert "\n" not in message
