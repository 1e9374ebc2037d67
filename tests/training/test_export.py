import subprocess
import sys

import numpy as np
import onnxruntime
import pytest
import torch

from labels.codebook import load_codebook
from serving.backends import OnnxBackend, TorchBackend
from serving.scorers import EncoderScorer
from training.bundle import read_manifest
from training.finetune import score
from training.model import FrameClassifier


@pytest.fixture(scope="module")
def scorers(trained):
    """The graph, and the checkpoint it was made from."""
    manifest = read_manifest(trained.bundle)
    engines = (OnnxBackend(trained.bundle), TorchBackend(trained.bundle, manifest.codebook))
    return [
        EncoderScorer(trained.bundle, engine, manifest.codebook, manifest.max_tokens)
        for engine in engines
    ]


@pytest.mark.parametrize(
    "texts",
    [
        ["one"],
        ["🙂"],
        ["a", "a b c d", "a " * 90],
        ["w " * 4000],
        ["w " * 4000, "one"],
        ["日本は半導体を自国で作るべきだ。", "人工智能🙂", "e\u0301cole — naïve", "ﷺ"],
        ["x" * 5000],
        [f"text {n} " * (n + 1) for n in range(40)],
    ],
    ids=[
        "one word", "emoji", "ragged", "too long", "too long and one word", "scripts",
        "one long word", "several batches",
    ],
)  # fmt: skip
def test_graph_equals_checkpoint(scorers, texts):
    graph, checkpoint = (scorer.score(texts) for scorer in scorers)
    np.testing.assert_allclose(graph.logits.frames, checkpoint.logits.frames, atol=1e-4)
    np.testing.assert_allclose(graph.logits.stances, checkpoint.logits.stances, atol=1e-4)
    assert graph.logits.stances.shape == (len(texts), 5, len(load_codebook().stances))
    assert (graph.tokens, graph.truncated) == (checkpoint.tokens, checkpoint.truncated)


def test_texts_are_told_apart(scorers):
    for scorer in scorers:
        found = scorer.score(["the chips of the state", "cooperation in safety", "🙂"]).logits
        assert np.ptp(found.frames, axis=0).max() > 1e-3


def test_padding_changes_nothing(scorers):
    for scorer in scorers:
        alone = scorer.score(["short text"]).logits.frames[0]
        # One long text beside it: both still fit into one batch.
        beside = scorer.score(["short text", "w " * 200]).logits.frames[0]
        np.testing.assert_allclose(alone, beside, atol=1e-4)


def test_text_is_truncated_at_the_models_maximum(scorers, trained):
    most = read_manifest(trained.bundle).max_tokens
    for scorer in scorers:
        longer, same, short = (scorer.score([text]) for text in ("a " * 999, "a " * 700, "a"))
        assert (longer.tokens, longer.truncated) == ([most], [True])
        np.testing.assert_allclose(longer.logits.frames, same.logits.frames, atol=1e-5)
        assert (short.tokens, short.truncated) == ([3], [False])


def test_served_logits_are_those_of_training(scorers, trained):
    from transformers import AutoTokenizer

    codebook = load_codebook()
    model = FrameClassifier.read(trained.bundle, codebook)
    tokenizer = AutoTokenizer.from_pretrained(trained.bundle)
    texts = ["one", "日本 🙂", "Chips for every nation, made at home. " * 60, "e\u0301cole"]
    expected = score(model, tokenizer, texts, codebook, 256)
    found = scorers[0].score(texts).logits
    np.testing.assert_allclose(found.frames, expected.frames, atol=1e-4)
    np.testing.assert_allclose(found.stances, expected.stances, atol=1e-4)


def test_graph_names_its_inputs_and_leaves_their_sizes_open(trained):
    session = onnxruntime.InferenceSession(trained.bundle / "model.onnx")
    assert [(one.name, one.type) for one in session.get_inputs()] == [
        ("input_ids", "tensor(int64)"), ("attention_mask", "tensor(int64)"),
    ]  # fmt: skip
    assert all(isinstance(size, str) for one in session.get_inputs() for size in one.shape)
    (output,) = session.get_outputs()
    assert (output.name, output.type) == ("logits", "tensor(float)")
    assert output.shape[1] == len(load_codebook().outputs)


HUGGING_FACE = """
import sys
from transformers import AutoModel, AutoTokenizer
tokenizer, model = (auto.from_pretrained(sys.argv[1]) for auto in (AutoTokenizer, AutoModel))
hidden = model(**tokenizer(["one", "a b c"], padding=True, return_tensors="pt")).last_hidden_state
names = [model.config.id2label[place] for place in range(len(model.config.id2label))]
print(tuple(hidden.shape)[0], tuple(hidden.shape)[2], *names, sep=",")
"""


def test_hugging_face_loads_the_encoder_with_no_network(trained, tmp_path):
    command = [sys.executable, "-W", "error", "-c", HUGGING_FACE, str(trained.bundle)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    texts, width, *names = done.stdout.strip().split(",")
    assert (texts, width) == ("2", "32")
    assert tuple(names) == load_codebook().outputs


def test_export_leaves_the_model_as_it_was(trained, tmp_path):
    from training.export import export_graph

    codebook = load_codebook()
    model = FrameClassifier.read(trained.bundle, codebook)
    attention = model.encoder.config._attn_implementation
    ids = torch.tensor([[2, 7, 8, 3]])
    before = model(ids, torch.ones_like(ids))
    export_graph(model, tmp_path / "again.onnx")
    assert model.encoder.config._attn_implementation == attention
    assert torch.equal(model(ids, torch.ones_like(ids)), before)
