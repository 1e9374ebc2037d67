"""95% intervals by a bootstrap over groups, so that paragraphs of one document count as one draw.

Percentile bootstrap (Efron and Tibshirani 1993, ch. 13) of clusters: groups are drawn with
replacement, each with all its paragraphs. A measure that is a function of sums is computed from
each group's sums, so that 1,000 resamples are one matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from eval.judge import Judged

RESAMPLES = 1000
SEED = 0
LEVEL = 0.95
BINS = 10

_AT_ONCE = 4_000_000
"""Numbers held at a time where every paragraph has a weight of its own in every resample."""

Array = NDArray[np.float64]


class Figure(TypedDict):
    """A value with its interval. `n` is how many paragraphs or decisions it is computed on."""

    value: float
    low: float
    high: float
    n: int


def figure(value: float | None, draws: Array, n: int) -> Figure | None:
    """Return a value with the percentile interval of its resampled `draws` (resamples,).

    Draws that are undefined (NaN: no gold positive was drawn) are left out. The interval is widened
    to hold the value where the resamples lie to one side of it. None where there is no value.
    """
    if value is None or np.isnan(value):
        return None
    known = draws[~np.isnan(draws)]
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(known, [tail, 1 - tail]) if known.size else (value, value)
    return Figure(value=float(value), low=float(min(low, value)), high=float(max(high, value)), n=n)


class Bootstrap:
    """The same draws of groups for every measure, so that differences are paired.

    Draws depend on the seed and on the set of groups, not on the order of the paragraphs.
    """

    def __init__(self, groups: Sequence[str], resamples: int = RESAMPLES, seed: int = SEED) -> None:
        names, self._group = np.unique(np.asarray(groups, dtype=object), return_inverse=True)
        self._groups, self.resamples = len(names), resamples
        random = np.random.default_rng(seed)
        counts = (
            np.bincount(random.integers(0, self._groups, self._groups), minlength=self._groups)
            for _ in range(resamples)
        )
        self._weights = np.stack([row.astype(np.uint16) for row in counts])

    def totals(self, table: NDArray) -> Array:
        """Sum a table (paragraphs, ...) over the paragraphs of each resample: (resamples, ...)."""
        flat = np.asarray(table, dtype=np.float64).reshape(len(table), -1)
        sums = np.zeros((self._groups, flat.shape[1]))
        np.add.at(sums, self._group, flat)
        totals = np.concatenate([part @ sums for part in self._parts(self._groups)])
        return totals.reshape(self.resamples, *np.shape(table)[1:])

    def average_precision(self, gold: NDArray[np.bool_], scores: Array) -> Array:
        """Average precision of one frame, gold and scores (paragraphs,), in each resample."""
        order = np.argsort(-scores, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
        marks, group = gold[order].astype(np.float64), self._group[order]
        draws = []
        for part in self._parts(len(scores)):
            weights = part[:, group]
            hits = np.cumsum(weights * marks, axis=1)[:, ends]
            listed = np.cumsum(weights, axis=1)[:, ends]
            precision = divide(hits, listed, 0.0)
            gained = np.diff(hits, axis=1, prepend=0.0)
            draws.append(divide((precision * gained).sum(axis=1), hits[:, -1]))
        return np.concatenate(draws)

    def _parts(self, width: int) -> Iterator[Array]:
        step = max(1, _AT_ONCE // width)
        for start in range(0, self.resamples, step):
            yield self._weights[start : start + step].astype(np.float64)


def divide(top: Array, bottom: Array, otherwise: float = np.nan) -> Array:
    """Divide; `otherwise` where the bottom is 0."""
    whole = np.asarray(bottom, dtype=np.float64)
    empty = np.full(np.broadcast_shapes(np.shape(top), whole.shape), otherwise)
    return np.divide(top, whole, out=empty, where=whole != 0)


def frame_table(judged: Judged) -> Array:
    """Hits, predicted and gold marks of each paragraph, per frame: (P, 3, F)."""
    gold, predicted = judged.gold, judged.predicted
    return np.stack([gold & predicted, predicted, gold], axis=1).astype(np.float64)


def stance_table(judged: Judged) -> Array:
    """The same per stance, over the frames that gold marks: (P, 3, S)."""
    stances = np.arange(len(judged.codebook.stances))
    gold = judged.gold_stance[..., None] == stances
    predicted = (judged.stance[..., None] == stances) & judged.gold[..., None]
    return np.stack([gold & predicted, predicted, gold], axis=1).sum(axis=2).astype(np.float64)


def joint_table(judged: Judged) -> Array:
    """The same over all frames, a hit being frame and stance both right: (P, 3, 1)."""
    hits = judged.gold & judged.predicted & (judged.stance == judged.gold_stance)
    counts = [marks.sum(axis=1) for marks in (hits, judged.predicted, judged.gold)]
    return np.stack(counts, axis=1)[..., None].astype(np.float64)


def calibration_table(judged: Judged) -> Array:
    """Positives less scores, and how many scores, per bin of the score: (P, 2, bins)."""
    edges = np.linspace(0, 1, BINS + 1)[1:-1]
    inside = np.searchsorted(edges, judged.scores)[..., None] == np.arange(BINS)
    gaps = (judged.gold - judged.scores)[..., None] * inside
    return np.stack([gaps.sum(axis=1), inside.sum(axis=1)], axis=1)


def f1(totals: Array) -> Array:
    """F1 of totals (..., 3, K) per column: (..., K). NaN where gold marks nothing."""
    hits, predicted, gold = (totals[..., place, :] for place in range(3))
    return np.where(gold > 0, divide(2 * hits, predicted + gold), np.nan)


def precision(totals: Array) -> Array:
    """Share of the predicted marks that are right, 0 where there are none: (..., K)."""
    return np.where(
        totals[..., 2, :] > 0, divide(totals[..., 0, :], totals[..., 1, :], 0.0), np.nan
    )


def recall(totals: Array) -> Array:
    """Share of the gold marks that were found: (..., K). NaN where there are none."""
    return divide(totals[..., 0, :], totals[..., 2, :])


def macro_f1(totals: Array) -> Array:
    """Mean F1 over the columns that gold marks: (...)."""
    return mean_known(f1(totals))


def micro_f1(totals: Array) -> Array:
    """F1 of the columns added up: (...)."""
    return f1(totals.sum(axis=-1, keepdims=True))[..., 0]


def calibration_error(totals: Array) -> Array:
    """Expected calibration error of totals (..., 2, bins): (...)."""
    return divide(np.abs(totals[..., 0, :]).sum(axis=-1), totals[..., 1, :].sum(axis=-1))


def mean_known(values: Array) -> Array:
    """Mean over the last axis of what is not NaN; NaN where nothing is known."""
    return divide(np.nansum(values, axis=-1), np.sum(~np.isnan(values), axis=-1))
