"""Do two sets of texts differ by more than chance? By whole documents, effects as shares of texts.

Every effect lies from 0 to 1 and says which share of the texts would have to be other ones for the
two sets to be alike, at the least:

- of numbers, the largest gap between the two cumulative shares (Kolmogorov and Smirnov), or, one
  way only, how far the share of low ones here exceeds that there;
- of kinds, half the sum of differences between shares (total variation);
- of a classifier that tells the two sets apart, 2 AUC - 1 (Gini): where a share e of one set is
  unmistakably other, and the rest alike, the best AUC is (1 + e) / 2.

Chance is what is left when whole documents are dealt to the two sides at random (Good, Permutation
Tests, 2000); intervals are those of documents drawn anew on each side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from eval.intervals import LEVEL, Figure

DEALS = 999
"""Deals of the documents at random; p is then a multiple of 0.001."""

DRAWS = 500
"""Resamples of the documents for an interval."""

_AT_ONCE = 4_000_000
"""Numbers held at a time."""

Weights = NDArray[np.float32]
Statistic = Callable[[Weights, Weights], NDArray[np.float64]]
"""From how often each text counts on either side, (resamples, n) both, to (resamples,)."""


class Sides:
    """Which of n texts are here and which there, in that order, by documents.

    is_here: (n,). dealt: (1 + deals, n), the same, and then with the documents dealt to the sides
    anew. drawn: (draws, n), how often a text is drawn with its document, each side by itself.
    """

    def __init__(
        self, here: Sequence[str], there: Sequence[str], seed: int, deals: int = DEALS
    ) -> None:
        names = [*((True, name) for name in here), *((False, name) for name in there)]
        places = {name: place for place, name in enumerate(dict.fromkeys(names))}
        group = np.array([places[name] for name in names])
        group_here = np.array([is_here for is_here, _ in places])
        chance = np.random.default_rng(seed)
        self.is_here = group_here[group]
        self.dealt = _dealt(group_here, deals, chance)[:, group]
        self.drawn = _drawn(group_here, chance)[:, group]

    def differ(self, statistic: Statistic) -> Difference:
        """Return how far the two sides differ by a statistic from 0 to 1."""
        dealt = np.concatenate([statistic(own, 1 - own) for own in _parts(self.dealt)])
        return difference(dealt, self.resampled(statistic)[1:], len(self.is_here))

    def resampled(self, statistic: Statistic) -> NDArray[np.float64]:
        """Return a statistic's value, and after it those of the resamples."""
        rows = np.concatenate([np.ones((1, len(self.is_here)), np.uint8), self.drawn])
        there = ~self.is_here
        return np.concatenate([statistic(own * self.is_here, own * there) for own in _parts(rows)])


def _dealt(group_here: NDArray, deals: int, chance: np.random.Generator) -> NDArray[np.bool_]:
    return np.stack([group_here, *(chance.permutation(group_here) for _ in range(deals))])


def _drawn(group_here: NDArray, chance: np.random.Generator) -> NDArray[np.uint8]:
    found = np.zeros((DRAWS, len(group_here)), dtype=np.uint8)
    for own in (np.flatnonzero(group_here), np.flatnonzero(~group_here)):
        for row in found:
            row += np.bincount(chance.choice(own, len(own)), minlength=len(row)).astype(np.uint8)
    return found


def _parts(rows: NDArray) -> Iterator[Weights]:
    step = max(1, _AT_ONCE // rows.shape[1])
    for start in range(0, len(rows), step):
        yield rows[start : start + step].astype(np.float32)


class Difference(NamedTuple):
    """An effect from 0 to 1 with its interval, and how often chance gives as large a one."""

    effect: Figure
    p: float


def difference(dealt: NDArray, drawn: NDArray, n: int) -> Difference:
    """Return the effect `dealt[0]`, its p by the other deals, its interval by the draws.

    Draws of an effect that cannot be below 0 lie too high, and the effect itself lies too high by
    as much. The lower end is therefore that of the basic interval, which takes off what the draws
    add, and the upper one that of the percentile interval (Davison and Hinkley 1997, ch. 5).
    """
    value, chance = max(float(dealt[0]), 0.0), dealt[1:]
    highest = float(np.quantile(drawn, (1 + LEVEL) / 2))
    low, high = np.clip([min(2 * value - highest, value), max(highest, value)], 0, 1)
    effect = Figure(value=value, low=float(low), high=float(high), n=n)
    return Difference(effect, float((1 + (chance >= value - 1e-12).sum()) / (1 + len(chance))))


def gap(values: NDArray) -> Statistic:
    """Return the statistic of Kolmogorov and Smirnov on numbers (n,)."""
    below = _below(values)
    return lambda here, there: np.abs(below(here) - below(there)).max(axis=1)


def shortfall(values: NDArray) -> Statistic:
    """Return by how much the cumulative share here exceeds that there, at the most."""
    below = _below(values)
    return lambda here, there: (below(here) - below(there)).max(axis=1)


def _below(values: NDArray) -> Callable[[Weights], NDArray[np.float64]]:
    """Give, for weights (resamples, n), their cumulative share up to each distinct number."""
    order = np.argsort(values, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(values[order])), len(values) - 1)
    return lambda weights: _cumulative(weights[:, order])[:, ends]


def _cumulative(weights: Weights) -> NDArray[np.float64]:
    found = weights.cumsum(axis=1, dtype=np.float64)
    return found / found[:, -1:]


def variation(kinds: Sequence[str]) -> Statistic:
    """Return the total variation between the shares of kinds (n,)."""
    names, place = np.unique(np.asarray(kinds), return_inverse=True)
    marks = (place[:, np.newaxis] == np.arange(len(names))).astype(np.float32)

    def statistic(here: Weights, there: Weights) -> NDArray[np.float64]:
        return np.abs(_means(here, marks) - _means(there, marks)).sum(axis=1) / 2

    return statistic


def gini(scores: NDArray) -> Statistic:
    """Return 2 AUC - 1 of one score (n,), higher for texts that are here."""
    below = _below(scores)

    def statistic(here: Weights, there: Weights) -> NDArray[np.float64]:
        own, up_to = np.diff(below(here), axis=1, prepend=0.0), below(there)
        before = np.concatenate([np.zeros((len(own), 1)), up_to[:, :-1]], axis=1)
        return (own * (before + up_to)).sum(axis=1) - 1

    return statistic


def gini_of_each(scores: NDArray, sides: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return 2 AUC - 1 of each row of scores (rows, n) for its own sides (rows, n)."""
    n_here = sides.sum(axis=1)
    ranks = np.where(sides, rankdata(scores, axis=1), 0).sum(axis=1)
    wins = ranks - n_here * (n_here + 1) / 2
    return 2 * wins / (n_here * (sides.shape[1] - n_here)) - 1


def mean_difference(values: NDArray) -> Statistic:
    """Return the mean of numbers (n,) here less the mean there."""
    column = np.asarray(values, dtype=np.float64)[:, np.newaxis]
    return lambda here, there: (_means(here, column) - _means(there, column))[:, 0]


def _means(weights: Weights, table: NDArray) -> NDArray[np.float64]:
    totals = weights.sum(axis=1, keepdims=True, dtype=np.float64)
    return (weights.astype(np.float64) @ table) / totals


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted for there being several (Holm 1979)."""
    found = [1.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(np.argsort(p_values, kind="stable")):
        highest = max(highest, (len(p_values) - rank) * p_values[place])
        found[place] = min(1.0, highest)
    return found
