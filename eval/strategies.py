"""Which texts to label next: by uncertainty, by diversity, and by both.

`docs/decisions/0011-suggest.md` compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""(n_texts, width), each row of length 1."""

CANDIDATES = 10
"""For each text that is wanted, how many of the most uncertain are looked at for diversity."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """What a strategy chooses from: P texts, F frames.

    scores: (P, F), probabilities. thresholds: (F,), within 0..1 and not at its ends. vectors: gives
    the vectors of the texts at some positions; asked for as few as the strategy needs. labelled:
    the vectors of texts that are labelled already.
    """

    scores: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    vectors: Callable[[NDArray[np.int64]], Vectors]
    labelled: Callable[[], Vectors]

    def __len__(self) -> int:
        return len(self.scores)


Strategy = Callable[[Pool, int, np.random.Generator], NDArray[np.int64]]
"""Returns at most n positions, each once, the most useful first."""


def uncertainty(scores: NDArray, thresholds: NDArray) -> NDArray[np.float64]:
    """Return (P, F), 1 where a score is at its frame's threshold, falling to 0 at 0 and at 1."""
    return np.where(scores < thresholds, scores / thresholds, (1 - scores) / (1 - thresholds))


def at_random(pool: Pool, n: int, chance: np.random.Generator) -> NDArray[np.int64]:
    """Draw texts, all with equal chance."""
    return chance.permutation(len(pool))[:n]


def least_margin(pool: Pool, n: int, _: np.random.Generator) -> NDArray[np.int64]:
    """The texts whose most uncertain frame is the most uncertain."""
    return _highest(uncertainty(pool.scores, pool.thresholds).max(axis=1), n)


def mean_margin(pool: Pool, n: int, _: np.random.Generator) -> NDArray[np.int64]:
    """The texts that are the most uncertain on average over frames."""
    return _highest(uncertainty(pool.scores, pool.thresholds).mean(axis=1), n)


def entropy(pool: Pool, n: int, _: np.random.Generator) -> NDArray[np.int64]:
    """The texts with the highest entropy, summed over frames; thresholds do not count."""
    p = pool.scores.clip(1e-9, 1 - 1e-9)
    return _highest(-(p * np.log(p) + (1 - p) * np.log(1 - p)).sum(axis=1), n)


def k_means(pool: Pool, n: int, chance: np.random.Generator) -> NDArray[np.int64]:
    """The text nearest to the centre of each of n clusters."""
    everything = np.arange(len(pool))
    return _centres(pool.vectors(everything), n, np.ones(len(pool)), chance)


def k_centre(pool: Pool, n: int, _: np.random.Generator) -> NDArray[np.int64]:
    """Always the text farthest from all that are labelled or chosen (Sener and Savarese 2018)."""
    vectors = pool.vectors(np.arange(len(pool)))
    labelled = pool.labelled()
    nearest = np.full(len(pool), -1.0)
    for start in range(0, len(labelled), 1000):
        found = (vectors @ labelled[start : start + 1000].T).max(axis=1)
        nearest = np.maximum(nearest, found)
    chosen: list[int] = []
    for _step in range(min(n, len(pool))):
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
        nearest[chosen] = np.inf
    return np.array(chosen, dtype=np.int64)


def weighted_k_means(pool: Pool, n: int, chance: np.random.Generator) -> NDArray[np.int64]:
    """Clusters of the most uncertain texts, weighted by how uncertain (Zhdanov 2019).

    Of `CANDIDATES` times n texts by the mean over frames, the nearest to each cluster's centre.
    """
    weights = uncertainty(pool.scores, pool.thresholds).mean(axis=1)
    candidates = _highest(weights, CANDIDATES * n)
    found = _centres(pool.vectors(candidates), n, weights[candidates], chance)
    return candidates[found]


def badge(pool: Pool, n: int, chance: np.random.Generator) -> NDArray[np.int64]:
    """k-means++ on the gradients of a linear head, were its own decisions right (Ash et al. 2020).

    A gradient is, frame by frame, (score - decision) * vector, so that the product of two is that
    of their residuals times that of their vectors.
    """
    vectors = pool.vectors(np.arange(len(pool)))
    residuals = pool.scores - (pool.scores >= pool.thresholds)
    lengths = (residuals**2).sum(axis=1)
    chosen = [int(lengths.argmax())]
    left = np.full(len(pool), np.inf)
    for _step in range(min(n, len(pool)) - 1):
        last = chosen[-1]
        products = (residuals @ residuals[last]) * (vectors @ vectors[last])
        left = np.minimum(left, (lengths + lengths[last] - 2 * products).clip(0))
        left[chosen] = 0
        if not left.any():
            break
        chosen.append(int(chance.choice(len(pool), p=left / left.sum())))
    return np.array(chosen, dtype=np.int64)


STRATEGIES: Mapping[str, Strategy] = {
    "random": at_random,
    "least-margin": least_margin,
    "mean-margin": mean_margin,
    "entropy": entropy,
    "k-means": k_means,
    "k-centre": k_centre,
    "weighted-k-means": weighted_k_means,
    "badge": badge,
}


def _highest(values: NDArray, n: int) -> NDArray[np.int64]:
    """Positions of the n highest values, the highest first; of equal ones the first."""
    return np.argsort(-values, kind="stable")[:n]


def _centres(
    vectors: Vectors, n: int, weights: NDArray, chance: np.random.Generator
) -> NDArray[np.int64]:
    """The text nearest to each of n clusters' centres, those of the heaviest clusters first."""
    from sklearn.cluster import KMeans

    if len(vectors) <= n:
        return _highest(weights, n)
    seed = int(chance.integers(2**32))
    weights = weights.clip(1e-6)
    model = KMeans(n, n_init=1, max_iter=30, random_state=seed).fit(vectors, sample_weight=weights)
    distances = ((vectors - model.cluster_centers_[model.labels_]) ** 2).sum(axis=1)
    mass = np.bincount(model.labels_, weights, minlength=n)
    nearest = [
        min(np.flatnonzero(model.labels_ == k), key=distances.__getitem__)
        for k in np.argsort(-mass, kind="stable")
        if mass[k]
    ]
    return np.array(nearest, dtype=np.int64)
