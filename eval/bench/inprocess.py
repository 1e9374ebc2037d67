"""Scoring in this process, by the service's predictor and by others, in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from eval.bench.plan import Plan
from eval.intervals import frame_table, macro_f1
from eval.judge import Judged, judge
from labels.snapshot import Labelled
from serving.backends import OnnxBackend
from serving.predictor import Predictor
from serving.scorers import EncoderScorer
from training.bundle import ENCODER

PIPELINE_BATCHES = (1, 2, 8, 32)


def throughputs(
    predictor: Predictor, folder: Path, standard: Path, texts: Sequence[str], plan: Plan
) -> dict[str, Any]:
    """Return paragraphs a second of each way, `{name: [one a round]}`, and `pipeline_batch`.

    `framescope` is the predictor as it is served, both models and results included, and
    `framescope_fp32` the same in float32; `pipeline` Transformers' text-classification in float32
    on the same encoder with a standard head, at its best batch size; `onnxruntime` the encoder's
    graph in float32, texts sorted by length.
    """
    pipeline = _pipeline(standard)
    few = texts[: max(8, len(texts) // 4)]
    rates = {}
    for size in PIPELINE_BATCHES:
        pipeline(few[:4], batch_size=size)
        rates[size] = _rate(partial(pipeline, few, batch_size=size), len(few))
    best = max(rates, key=rates.__getitem__)
    exact = Predictor.open(folder, backend="openvino-fp32")
    graph = EncoderScorer(
        folder, OnnxBackend(folder), predictor.codebook, predictor.manifest.max_tokens
    )
    ways: dict[str, Callable[[], Any]] = {
        "framescope": lambda: predictor.predict(texts),
        "framescope_fp32": lambda: exact.predict(texts),
        "onnxruntime": lambda: graph.score(texts),
        "pipeline": lambda: pipeline(texts, batch_size=best),
    }
    for name in ("framescope", "framescope_fp32", "onnxruntime"):
        ways[name]()
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(plan.rounds):
        names = list(ways)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            found[name].append(_rate(ways[name], len(texts)))
    return {**found, "pipeline_batch": best}


def forward_seconds(predictor: Predictor, texts: Sequence[str]) -> list[float]:
    """Return how long the raw forward pass of each paragraph takes, alone, tokens made before."""
    encoder = predictor.scorers[ENCODER]
    assert isinstance(encoder, EncoderScorer)
    found = []
    for encoding in encoder.read(texts):
        ids = np.array([encoding.ids], dtype=np.int64)
        mask = np.ones_like(ids)
        began = time.perf_counter()
        encoder.backend.outputs(ids, mask)
        found.append(time.perf_counter() - began)
    return found


def changed_decisions(
    predictor: Predictor, folder: Path, rows: Sequence[Labelled]
) -> dict[str, Any]:
    """Compare what is served with float32: `share` of decisions that change, of `n`.

    A decision is a frame of a text, present or not. `score` is the largest difference of a score;
    `company` the share that changes when each text is scored alone, on at most 200 of them;
    `macro_f1` and `macro_f1_fp32` are against the rows' own labels.
    """
    served = judge(predictor, rows)
    exact = judge(Predictor.open(folder, backend="onnx"), rows)
    few = range(min(200, len(rows)))
    alone = np.concatenate([judge(predictor, [rows[place]]).predicted for place in few])
    return {
        "share": float((served.predicted != exact.predicted).mean()),
        "n": int(served.predicted.size),
        "score": float(np.abs(served.scores - exact.scores).max()),
        "company": float((served.predicted[: len(few)] != alone).mean()),
        "macro_f1": _macro_f1(served),
        "macro_f1_fp32": _macro_f1(exact),
    }


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return `p50` and `p99` in milliseconds, and the `mean`."""
    p50, p99 = np.quantile(seconds, [0.5, 0.99]) * 1000
    return {"p50": float(p50), "p99": float(p99), "mean": 1000 * statistics.fmean(seconds)}


def standard_model(folder: Path, into: Path, max_tokens: int | None) -> Path:
    """Write the bundle's encoder with a standard head, which is not trained, for other tools.

    Its outputs mean nothing; it costs what a model for sequence classification costs.
    """
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    from training.model import quiet

    quiet()
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
    model.config.problem_type = "multi_label_classification"
    model.save_pretrained(into)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    # Not every peer can be told how much of a text to read.
    tokenizer.model_max_length = max_tokens or tokenizer.model_max_length
    tokenizer.save_pretrained(into)
    return into


def _pipeline(standard: Path) -> Callable[..., Any]:
    from transformers import pipeline

    made = pipeline("text-classification", model=str(standard), device="cpu", top_k=None)
    return lambda texts, **more: made(list(texts), truncation=True, **more)


def _rate(run: Callable[[], Any], count: int) -> float:
    began = time.perf_counter()
    run()
    return count / (time.perf_counter() - began)


def _macro_f1(judged: Judged) -> float:
    return float(macro_f1(frame_table(judged).sum(axis=0)))
