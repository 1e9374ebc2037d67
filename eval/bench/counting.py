"""Scores a corpus and says what it took: `python -m eval.bench.counting score|count BUNDLE IN OUT`.

With `count` the models give their answers at once, so that all else can be seen: reading, tokens,
languages, results, writing; and each different text must come exactly once.
"""

import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labels.codebook import Codebook
from serving.corpus.local import LocalEngine
from serving.corpus.score import Job, score_corpus
from serving.predictor import Predictor
from serving.scorers import EncoderScorer, Scored, Scorer
from training.bundle import ENCODER, read_manifest
from training.logits import split_outputs
from training.progress import Progress


class CountingBackend:
    """Gives zeros at once. `texts`: how many it was given."""

    batch_tokens = 2**16
    call_tokens = 0
    at_once = 1
    step = 1

    def __init__(self, codebook: Codebook) -> None:
        self._outputs = len(codebook.outputs)
        self.texts = 0

    def outputs(self, input_ids: NDArray, attention_mask: NDArray) -> NDArray[np.float32]:
        self.texts += len(input_ids)
        return np.zeros((len(input_ids), self._outputs), dtype=np.float32)


class CountingScorer:
    """Stands for a model that needs no tokens."""

    def __init__(self, codebook: Codebook) -> None:
        self._codebook = codebook

    def score(self, texts: Sequence[str]) -> Scored:
        zeros = np.zeros((len(texts), len(self._codebook.outputs)), dtype=np.float32)
        none = [False] * len(texts)
        return Scored(split_outputs(zeros, self._codebook), [0] * len(texts), none)


def counting_predictor(bundle: Path) -> tuple[Predictor, CountingBackend]:
    """Return the predictor of a bundle with models that only count."""
    manifest = read_manifest(bundle)
    backend = CountingBackend(manifest.codebook)
    encoder = EncoderScorer(bundle, backend, manifest.codebook, manifest.max_tokens)
    scorers: dict[str, Scorer] = {
        name: encoder if name == ENCODER else CountingScorer(manifest.codebook)
        for name in manifest.members[manifest.main].calibration.slopes
    }
    return Predictor(manifest, scorers), backend


def main(what: str, bundle: str, corpus: str, out: str) -> None:
    """Score, and print JSON with `rows`, `seconds` and `memory_mb`, the most that was resident."""
    began = time.perf_counter()
    if what == "count":
        predictor, backend = counting_predictor(Path(bundle))
    else:
        predictor, backend = Predictor.open(Path(bundle)), None
    done = score_corpus(Job((corpus,), out), predictor, LocalEngine(predictor), Progress())
    if backend and backend.texts != done.texts:
        raise SystemExit(f"{done.texts} different texts, but {backend.texts} were scored")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = time.perf_counter() - began
    print(json.dumps({"rows": done.rows, "seconds": seconds, "memory_mb": most}))


if __name__ == "__main__":
    main(*sys.argv[1:])
