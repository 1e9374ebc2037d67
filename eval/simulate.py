"""How many labels a strategy needs: labels that are there are given out in batches, and counted.

A run begins with one batch drawn at random. In each round a linear head is fitted on what is
labelled, judged on texts that are never labelled, and the strategy chooses the next batch by the
head's scores. What is frozen, the vectors, costs nothing again, so that runs take seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from threadpoolctl import threadpool_limits

from eval.intervals import LEVEL
from eval.strategies import Pool, Strategy, Vectors
from labels.errors import FramescopeError

REACHED = 0.9
"""The part of the score of a head that is fitted on all labels which counts as reached."""

_C = 10.0
_THRESHOLD = 0.5


class SimulationError(FramescopeError):
    """Labels that a strategy cannot be tried on."""


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Labelled texts: `vectors` and `gold` to choose from, the others to judge on.

    vectors: (P, width), rows of length 1; gold: (P, F), 0 or 1.
    """

    vectors: Vectors
    gold: NDArray[np.int64]
    test_vectors: Vectors
    test_gold: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What a strategy came to. labels: (rounds,), counts; scores: (runs, rounds), macro-F1."""

    labels: NDArray[np.int64]
    scores: NDArray[np.float64]

    def needed(self, target: float) -> list[int | None]:
        """Return each run's number of labels from which two rounds in a row reach `target`."""
        found: list[int | None] = []
        for run in self.scores >= target:
            twice = np.flatnonzero(run[:-1] & run[1:])
            found.append(int(self.labels[twice[0]]) if len(twice) else None)
        return found


class Head:
    """A logistic regression for each frame; a round's fit begins at the last one's weights."""

    def __init__(self, n_frames: int) -> None:
        self.models = [
            LogisticRegression(
                C=_C, class_weight="balanced", max_iter=300, tol=1e-3, warm_start=True
            )
            for _ in range(n_frames)
        ]
        self._fitted = [False] * n_frames

    def fit(self, vectors: Vectors, gold: NDArray[np.int64]) -> None:
        """Fit on texts; a frame that all or none of them carry is left as it was."""
        for f, model in enumerate(self.models):
            if len(np.unique(gold[:, f])) == 2:
                model.fit(vectors, gold[:, f])
                self._fitted[f] = True

    def scores(self, vectors: Vectors) -> NDArray[np.float64]:
        """Return probabilities (P, F), 0.5 for a frame that could not be learned yet."""
        found = np.full((len(vectors), len(self.models)), _THRESHOLD)
        for f, model in enumerate(self.models):
            if self._fitted[f]:
                found[:, f] = model.predict_proba(vectors)[:, 1]
        return found

    def judge(self, corpus: Corpus) -> float:
        """Return macro-F1 on the texts to judge on; a frame not learned yet is never marked."""
        predicted = self.scores(corpus.test_vectors) > _THRESHOLD
        return float(f1_score(corpus.test_gold, predicted, average="macro", zero_division=0))


def full_score(corpus: Corpus) -> float:
    """Return macro-F1 of a head that is fitted on all labels."""
    head = Head(corpus.gold.shape[1])
    with threadpool_limits(1):
        head.fit(corpus.vectors, corpus.gold)
        return head.judge(corpus)


def simulate(
    corpus: Corpus,
    strategy: Strategy,
    seeds: Iterable[int],
    batch: int = 50,
    most: int = 1000,
    random_share: float = 0.0,
) -> Curves:
    """Run a strategy once for each seed, with a batch at a time until `most` texts are labelled.

    `random_share` of each batch is drawn at random, the strategy chooses the rest. Equal seeds
    begin with the same texts, whatever the strategy.

    Raises:
        SimulationError: if there are fewer than `most` texts.
    """
    if len(corpus.gold) < most:
        raise SimulationError(f"{len(corpus.gold)} labelled texts to choose from; needed: {most}")
    counts = np.arange(batch, most + 1, batch)
    with threadpool_limits(1):
        runs = [_run(corpus, strategy, seed, counts, random_share) for seed in seeds]
    return Curves(counts, np.array(runs))


def _run(
    corpus: Corpus, strategy: Strategy, seed: int, counts: NDArray, random_share: float
) -> list[float]:
    chance = np.random.default_rng(seed)
    labelled = chance.permutation(len(corpus.gold))[: counts[0]]
    head, scores = Head(corpus.gold.shape[1]), []
    for count in counts:
        if count > len(labelled):
            fresh = _choose(corpus, head, labelled, strategy, count, random_share, chance)
            labelled = np.concatenate([labelled, fresh])
        head.fit(corpus.vectors[labelled], corpus.gold[labelled])
        scores.append(head.judge(corpus))
    return scores


def _choose(
    corpus: Corpus, head: Head, labelled: NDArray, strategy: Strategy, count: int,
    random_share: float, chance: np.random.Generator,
) -> NDArray[np.int64]:  # fmt: skip
    rest = chance.permutation(np.setdiff1d(np.arange(len(corpus.gold)), labelled))
    wanted = int(count) - len(labelled)
    n_drawn = round(wanted * random_share)
    drawn, rest = rest[:n_drawn], np.sort(rest[n_drawn:])
    if n_drawn == wanted:
        return drawn
    chosen = strategy(_pool(corpus, head, rest, labelled), wanted - n_drawn, chance)
    return np.concatenate([drawn, rest[chosen]])


def _pool(corpus: Corpus, head: Head, rest: NDArray, labelled: NDArray) -> Pool:
    return Pool(
        scores=head.scores(corpus.vectors[rest]),
        thresholds=np.full(corpus.gold.shape[1], _THRESHOLD),
        vectors=lambda places: corpus.vectors[rest[places]],
        labelled=lambda: corpus.vectors[labelled],
    )


def mean_figure(values: Sequence[float]) -> dict[str, Any]:
    """Return the mean over runs with its interval by Student's t, and the number of runs."""
    mean = float(np.mean(values))
    half = 0.0
    if len(values) > 1 and (spread := float(stats.sem(values))):
        half = spread * float(stats.t.ppf((1 + LEVEL) / 2, len(values) - 1))
    return {"value": mean, "low": mean - half, "high": mean + half, "n": len(values)}
