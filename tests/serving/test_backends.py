"""The engines: the same decisions whichever scores, alone or in a batch."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from serving import backends
from serving.backends import (
    BackendError,
    OnnxBackend,
    OpenVinoBackend,
    TorchBackend,
    open_backend,
)
from serving.predictor import Predictor
from serving.results import Result, TextError
from serving.scorers import EncoderScorer
from training.bundle import read_manifest

pytest.importorskip("openvino")

HARD = {
    "one token": ["a"],
    "emoji": ["🙂", "🏳️‍🌈 👩🏽‍💻", "\u200d"],
    "ragged": ["a", "a b c d", "a " * 90, "The chips of the state. " * 20],
    "10,000 words": ["word " * 10_000, "one"],
    "one long word": ["x" * 5000],
    "mixed scripts": ["日本は半導体を自国で作る。 AI", "人工智能🙂", "e\u0301cole", "ﷺ", "чип"],
    "many": [f"text {n} on the safety of models " * (n % 9 + 1) for n in range(60)],
}  # fmt: skip


@pytest.fixture(scope="module")
def scorers(trained):
    manifest = read_manifest(trained.bundle)
    engines = {
        "onnx": OnnxBackend(trained.bundle),
        "fp32": OpenVinoBackend(trained.bundle, "f32"),
        "default": OpenVinoBackend(trained.bundle),
        "torch": TorchBackend(trained.bundle, manifest.codebook),
    }
    return {
        name: EncoderScorer(trained.bundle, engine, manifest.codebook, manifest.max_tokens)
        for name, engine in engines.items()
    }


@pytest.mark.parametrize("texts", HARD.values(), ids=HARD)
@pytest.mark.parametrize(("engine", "most"), [("fp32", 1e-4), ("default", 0.05), ("torch", 1e-4)])
def test_every_engine_gives_the_logits_of_onnx_runtime(scorers, engine, most, texts):
    expected, found = scorers["onnx"].score(texts), scorers[engine].score(texts)
    np.testing.assert_allclose(found.logits.frames, expected.logits.frames, atol=most)
    np.testing.assert_allclose(found.logits.stances, expected.logits.stances, atol=most)
    assert (found.tokens, found.truncated) == (expected.tokens, expected.truncated)


@pytest.mark.parametrize("engine", ["fp32", "default"])
def test_company_and_padding_change_no_logit(scorers, engine):
    texts = [text for own in HARD.values() for text in own]
    together = scorers[engine].score(texts).logits.frames
    alone = [scorers[engine].score([text]).logits.frames[0] for text in texts]
    np.testing.assert_allclose(together, alone, atol=1e-4 if engine == "fp32" else 0.05)


def test_the_repair_of_sums_is_needed(trained, monkeypatch):
    """If this fails, OpenVINO has mended its fusion, and `_keep_sums_apart` can go."""
    monkeypatch.setattr(backends, "_keep_sums_apart", lambda graph: None)
    with pytest.raises(BackendError, match=r"other logits in a batch than alone"):
        OpenVinoBackend(trained.bundle)


def test_where_openvino_answers_wrongly_onnx_runtime_scores(trained, monkeypatch, caplog):
    monkeypatch.setattr(backends, "_keep_sums_apart", lambda graph: None)
    monkeypatch.delenv("FRAMESCOPE_BACKEND", raising=False)
    codebook = read_manifest(trained.bundle).codebook
    assert isinstance(open_backend(None, trained.bundle, codebook), OnnxBackend)
    assert "ONNX Runtime scores instead" in caplog.text
    with pytest.raises(BackendError):
        open_backend("openvino", trained.bundle, codebook)


def test_the_choice_is_by_name_then_by_environment(trained, monkeypatch):
    codebook = read_manifest(trained.bundle).codebook
    monkeypatch.setenv("FRAMESCOPE_BACKEND", "onnx")
    assert isinstance(open_backend(None, trained.bundle, codebook), OnnxBackend)
    chosen = open_backend("openvino-fp32", trained.bundle, codebook)
    assert isinstance(chosen, OpenVinoBackend)
    assert chosen.precision == "f32"
    with pytest.raises(BackendError, match="no backend 'cuda'; there are: openvino, openvino-fp32"):
        open_backend("cuda", trained.bundle, codebook)
    monkeypatch.setenv("FRAMESCOPE_THREADS", "two")
    with pytest.raises(BackendError, match="FRAMESCOPE_THREADS is 'two'"):
        open_backend("onnx", trained.bundle, codebook)


def test_no_call_is_wider_than_the_model_reads(trained):
    """Positions end there, and an engine that is given more reads past them, or fails."""
    manifest = read_manifest(trained.bundle)
    engine = OpenVinoBackend(trained.bundle, "f32")
    widths = []
    outputs = engine.outputs
    engine.outputs = lambda ids, mask: widths.append(ids.shape[1]) or outputs(ids, mask)
    scorer = EncoderScorer(trained.bundle, engine, manifest.codebook, 21)
    for text in ("a", "a " * 17, "a " * 100):
        scorer.score([text])
    assert widths == [16, 21, 21]


def test_threads_may_score_at_once(scorers):
    texts = [f"text {n} " * (n + 1) for n in range(40)]
    expected = scorers["default"].score(texts).logits.frames
    start = threading.Barrier(4)

    def score(_):
        start.wait()
        return scorers["default"].score(texts).logits.frames

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(score, range(4)):
            np.testing.assert_array_equal(found, expected)


def test_decisions_are_those_of_float32(trained, monkeypatch):
    monkeypatch.delenv("FRAMESCOPE_BACKEND", raising=False)
    texts = [text for own in HARD.values() for text in own]
    default, exact = (
        Predictor.open(trained.bundle, backend=name).predict(texts) for name in (None, "onnx")
    )
    for one, other in zip(default, exact, strict=True):
        found = {frame.label: frame for frame in one.frames}
        for frame in other.frames:
            assert found[frame.label].score == pytest.approx(frame.score, abs=0.01)
            if abs(frame.score - frame.threshold) > 0.01:
                assert found[frame.label].present == frame.present


def test_large_calls_answer_in_order_and_equal_texts_once(trained, monkeypatch):
    monkeypatch.delenv("FRAMESCOPE_BACKEND", raising=False)
    predictor = Predictor.open(trained.bundle)
    texts = [f"text {n % 300} " * (n % 7 + 1) for n in range(1000)] + ["", None, 3]
    seen = []
    score = predictor.score
    monkeypatch.setattr(
        predictor, "score", lambda read, *rest: seen.extend(read) or score(read, *rest)
    )
    answers = predictor.predict(texts)
    assert len(seen) == len({one.sent for one in seen}) == len(set(texts[:1000]))
    assert all(isinstance(answer, TextError) for answer in answers[1000:])
    for place in (0, 299, 300, 777):
        (alone,) = predictor.predict([texts[place]])
        assert isinstance(alone, Result)
        assert answers[place].tokens == alone.tokens
        pairs = zip(answers[place].frames, alone.frames, strict=True)
        assert all(one.score == pytest.approx(other.score, abs=0.01) for one, other in pairs)


def test_openvino_reports_to_nobody():
    code = (
        "import sys; from serving.backends import _openvino; _openvino();"
        "import openvino; openvino.Core();"
        "print([m for m in sys.modules if sys.modules[m] and 'telemetry' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
