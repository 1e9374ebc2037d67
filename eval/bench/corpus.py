"""Scoring a corpus: its rate beside that of the engine alone, its memory, and what workers add."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

from eval.bench.service import BenchError
from serving.corpus.cluster import ClusterEngine
from serving.corpus.local import Answered, Engine, LocalEngine
from serving.corpus.score import Job, score_corpus
from serving.corpus.spool import Limits
from serving.predictor import Predictor
from serving.scorers import EncoderScorer
from training.bundle import ENCODER
from training.progress import Progress

_SLICE = 2048
_FEW = 20_000
"""Rows, at most, with which memory is measured and workers are compared."""

_WINDOWS = 16
"""Where workers are compared: enough for two of them to be busy to the end."""


def write_corpus(path: Path, texts: Sequence[str], rows: int) -> None:
    """Write rows of JSON Lines: the texts again and again, each time with another number."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            text = f"{texts[number % len(texts)]} {number}"
            row = {"id": number, "outlet": f"outlet {number % 40}", "text": text}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def measure_corpus(
    predictor: Predictor, bundle: Path, texts: Sequence[str], rows: int, counted: int,
    work: Path, progress: Progress,
) -> dict[str, Any]:  # fmt: skip
    """Return rows a second, memory in MB, and the run that only counts.

    `rates`: of a file of rows to a file of scores (`corpus`), and of forward passes of the encoder
    alone, tokens made before, on the same texts: every other one `before` and the rest `after`, so
    that a machine that grows slower or faster does so for both. `workers`: rows a second on a local
    Ray cluster with one and two workers of one processor each, its start left out; null where Ray
    is missing.
    """
    corpus, few = work / "corpus.jsonl", min(rows, _FEW)
    write_corpus(corpus, texts, rows)
    said = [json.loads(line)["text"] for line in corpus.open(encoding="utf-8")]
    predictor.predict(said[:256])
    rates: dict[str, float] = {}
    progress.stage("the engine, before")
    rates["before"] = len(said[::2]) / _engine_seconds(predictor, said[::2])
    progress.stage("the corpus")
    rates["corpus"] = rows / _corpus_seconds(predictor, LocalEngine(predictor), corpus, work)
    progress.stage("the engine, after")
    rates["after"] = len(said[1::2]) / _engine_seconds(predictor, said[1::2])
    progress.stage("memory")
    write_corpus(corpus, texts, few)
    real = _child("score", bundle, corpus, work)
    found: dict[str, Any] = {"rows": rows, "rates": rates, "memory": real}
    found["workers"] = None
    if importlib.util.find_spec("ray"):
        progress.stage("one worker and two")
        found["workers"] = {
            n: _worker_rate(predictor, bundle, corpus, work, few, n) for n in (1, 2)
        }
    progress.stage(f"counting {counted:,} rows")
    write_corpus(corpus, texts, counted)
    found["counting"] = _child("count", bundle, corpus, work)
    return {**found, "ratios": ratios(found)}


def ratios(found: dict[str, Any]) -> dict[str, float]:
    """Return the corpus's rate of the engine's, and what a second worker adds, of 1."""
    rates = found["rates"]
    engine = 2 / (1 / rates["before"] + 1 / rates["after"])
    result = {"corpus_vs_engine": rates["corpus"] / engine}
    if workers := found["workers"]:
        result["efficiency_of_two_workers"] = workers[2] / (2 * workers[1])
    return result


def corpus_table(found: dict[str, Any]) -> list[str]:
    """Return the figures as lines."""
    counting, memory = found["counting"], found["memory"]
    names = {"before": "the engine, before", "corpus": "the corpus", "after": "the engine, after"}
    lines = [f"{words:26} {found['rates'][name]:,.1f} rows/s" for name, words in names.items()]
    lines += [f"{name:26} {value:.3f}" for name, value in found["ratios"].items()]
    lines += [
        f"{memory['rows']:,} rows with the model: at most {memory['memory_mb']:,.0f} MB",
        f"{counting['rows']:,} rows with an engine that only counts: at most "
        f"{counting['memory_mb']:,.0f} MB, {counting['rows'] / counting['seconds']:,.0f} rows/s",
    ]
    return lines


def _engine_seconds(predictor: Predictor, texts: Sequence[str]) -> float:
    encoder = predictor.scorers[ENCODER]
    assert isinstance(encoder, EncoderScorer)
    order, total = sorted(texts, key=len), 0.0
    for start in range(0, len(order), _SLICE):
        encoded = encoder.read(order[start : start + _SLICE])
        began = time.perf_counter()
        encoder.score_read(encoded)
        total += time.perf_counter() - began
    return total


def _corpus_seconds(predictor: Predictor, engine: Engine, corpus: Path, work: Path) -> float:
    job = Job((corpus,), work / "scored.parquet")
    began = time.perf_counter()
    score_corpus(job, predictor, engine, Progress(quiet=True))
    return time.perf_counter() - began


def _worker_rate(
    predictor: Predictor, bundle: Path, corpus: Path, work: Path, rows: int, workers: int
) -> float:
    """Rows a second from the moment that each worker has done its first window."""
    import ray

    ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False)
    engine = _Timed(ClusterEngine(bundle, workers=workers))
    limits = Limits(rows=max(1, rows // _WINDOWS))
    job = Job((corpus,), work / "scored.parquet", limits=limits)
    score_corpus(job, predictor, engine, Progress(quiet=True))
    at, done = zip(*engine.seen, strict=True)
    return sum(done[workers:]) / (at[-1] - at[workers - 1])


class _Timed:
    """An engine; `seen`: when each window came back, and of how many rows it was."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.seen: list[tuple[float, int]] = []

    def windows(self, *asked: Any, **named: Any) -> Generator[Answered, None, None]:
        for window, answers in self.engine.windows(*asked, **named):
            self.seen.append((time.perf_counter(), len(window.rows)))
            yield window, answers


def _child(what: str, bundle: Path, corpus: Path, work: Path) -> dict[str, Any]:
    """Score in a process of its own, whose memory is that of scoring alone."""
    words = [what, str(bundle), str(corpus), str(work / "scored.parquet")]
    command = [sys.executable, "-m", "eval.bench.counting", *words]
    with Popen(command, stdout=PIPE, env=os.environ, text=True) as child:
        said = child.communicate()[0]
    if child.returncode:
        raise BenchError(f"{' '.join(command)} ended with {child.returncode}")
    return json.loads(said.splitlines()[-1])
