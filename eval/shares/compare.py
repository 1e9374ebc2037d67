"""Differences between groups, with intervals that hold the classifier's errors, and p values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import stats

from eval.shares.estimate import Corrected, Counted
from eval.shares.grouping import OVERALL, Cells, Grouping, cells_of, group_by
from eval.shares.intervals import LEVEL, Array, contrast, divide
from eval.shares.pooled import Errors, errors
from eval.shares.questions import Question
from eval.shares.reading import Corpus
from eval.shares.sample import Sample
from eval.shares.sources import SharesError
from eval.shares.tally import (
    ENOUGH_DOCUMENTS,
    ENOUGH_LABELS,
    OWN,
    POOLED,
    UNCORRECTED,
    Counting,
)

ALPHA = 0.05
_LEAST = 1e-9

Limits = Callable[[float], tuple[float, float, float]]
"""Level to value, low and high of a difference."""


def compare(
    corpus: Corpus, sample: Sample | None, questions: Sequence[Question]
) -> list[dict[str, Any]]:
    """Return a row for each question and frame, with p values corrected for all of them.

    The correction is Benjamini and Hochberg's (1995): of the differences called proven, at most one
    in twenty is expected to be none.

    Raises:
        SharesError: if a side has no row, or a row is on two sides.
    """
    rows = []
    everywhere = cells_of(corpus, group_by(corpus, OVERALL))
    for question in questions:
        cells = cells_of(corpus, _grouping(corpus, question))
        # What pooled error rates are told from: all labels, those on no side as a group more.
        side = np.full(len(corpus), len(cells.grouping.keys), dtype=np.intp)
        side[cells.grouping.row] = cells.grouping.group
        around = replace(everywhere, unit_group=side[everywhere.unit_row])
        signs = np.array([sign for _, sign in question.cells()])
        for place in range(len(corpus.frames)):
            counting = Counting(corpus, sample, cells, place)
            marked = around.labelled(corpus, place, counting.truth > 0)
            documents = around.document[marked.cluster]
            rates = errors(marked, counting.claims(), documents, around.unit_text)
            rows.append(_row(question, counting, rates, signs))
    if rows:
        adjusted = stats.false_discovery_control([row["p"] for row in rows], method="bh")
        for row, p in zip(rows, adjusted, strict=True):
            row["p_adjusted"] = float(p)
            row["words"] = words(row, len(rows))
    return rows


def _grouping(corpus: Corpus, question: Question) -> Grouping:
    row, group = [], []
    keys: list[tuple[str, ...]] = []
    taken = np.zeros(len(corpus), dtype=int)
    for place, (side, _) in enumerate(question.cells()):
        inside = side.rows(corpus)
        if not inside.any():
            raise SharesError(f"no paragraph has '{side.text}' in '{question.text}'")
        taken += inside
        row.append(np.flatnonzero(inside))
        group.append(np.full(inside.sum(), place, dtype=np.intp))
        keys.append((side.text,))
    if (taken > 1).any():
        raise SharesError(
            f"{(taken > 1).sum():,} paragraphs are on more than one side of '{question.text}'; "
            "write sides that exclude each other"
        )
    return Grouping(question.text, keys, np.concatenate(row), np.concatenate(group))


def _row(question: Question, counting: Counting, rates: Errors, signs: Array) -> dict[str, Any]:
    shares = [row for row in counting.rows() if row["stance"] is None]
    limits, kind = _limits(counting, rates, signs)
    value, low, high = limits(LEVEL)
    own = [
        {"group": row["group"], **{key: row[key] for key in ("paragraphs", "labels")}}
        for row in shares
    ]
    for place, side in enumerate(own):
        side["share"] = float(_levels(counting, rates, kind)[place])
        if len(own) == 2:
            side["group"] = question.sides[place].text
    found = {
        "question": question.text, "frame": counting.frame, "difference": value, "low": low,
        "high": high, "correction": kind, "p": p_value(limits), "sides": own,
        "within": f", {question.within[0].text}" if len(question.within) == 1 else "",
    }  # fmt: skip
    return {**found, **_ratio(counting, kind)}


def _kind(found: Corrected, rates: Errors) -> str:
    enough = (found.labels >= ENOUGH_LABELS) & (found.labelled_clusters >= ENOUGH_DOCUMENTS)
    if enough.all():
        return OWN
    labels = rates.found.labels + rates.claimed.labels
    return POOLED if labels >= ENOUGH_LABELS and rates.usable else UNCORRECTED


def _limits(counting: Counting, rates: Errors, signs: Array) -> tuple[Limits, str]:
    """How the difference is told: all sides alike, so that no two corrections are subtracted."""
    found = counting.corrected
    kind = _kind(found, rates)
    if kind == POOLED:
        return (lambda level: rates.contrast(found.counted, signs, level)), kind
    estimate: Corrected | Counted = found if kind == OWN else found.counted
    common = _common(found, counting.cells) if kind == OWN else np.eye(len(signs))

    def limits(level: float) -> tuple[float, float, float]:
        told = contrast(estimate.share, estimate.limits(level), signs, common)
        value, low, high = (float(end) for end in told)
        return value, low, high

    return limits, kind


def _common(found: Corrected, cells: Cells) -> Array:
    """Correlations of the sides' shares, (G, G): those of documents that are on several sides."""
    groups = len(found.joint)
    table = np.zeros((groups, int(cells.document.max()) + 1))
    table[cells.owner, cells.document] = found.influence
    products = table @ table.T
    scale = np.sqrt(np.diag(products))
    together = divide(products, np.outer(scale, scale))
    np.fill_diagonal(together, 1.0)
    return together


def _levels(counting: Counting, rates: Errors, kind: str) -> Array:
    found = counting.corrected
    if kind == OWN:
        return found.share
    if kind == UNCORRECTED:
        return found.counted.share
    return rates.share(found.counted.share)


def _ratio(counting: Counting, kind: str) -> dict[str, float | None]:
    """The second side's share over the first's, of two sides: limits of logarithms joined."""
    none = dict.fromkeys(("ratio", "ratio_low", "ratio_high"))
    found = counting.corrected
    if len(found.joint) != 2 or kind == POOLED:
        return none
    estimate = found if kind == OWN else found.counted
    (first, second), (low, high) = estimate.share, estimate.limits()
    if first <= 0 or second <= 0 or not (low > 0).all():
        return none
    below = np.hypot(np.log(second / low[1]), np.log(high[0] / first))
    above = np.hypot(np.log(high[1] / second), np.log(first / low[0]))
    value = second / first
    return {
        "ratio": float(value), "ratio_low": float(value * np.exp(-below)),
        "ratio_high": float(value * np.exp(above)),
    }  # fmt: skip


def p_value(limits: Limits) -> float:
    """Return the p that fits the interval: 1 less the level at which it ends at 0."""
    value, *_ = limits(LEVEL)
    if value == 0:
        return 1.0
    least, most = np.log(_LEAST), 0.0
    for _ in range(40):
        middle = (least + most) / 2
        _, low, high = limits(1 - float(np.exp(middle)))
        if low <= 0 <= high:
            least = middle
        else:
            most = middle
    return float(np.exp(most))


def words(row: dict[str, Any], asked: int) -> str:
    """Return a comparison as a sentence."""
    low, high = 100 * row["low"], 100 * row["high"]
    told = f"95% interval {low:+.1f} to {high:+.1f}; p = {row['p']:.2g}"
    if asked > 1:
        told += f", {row['p_adjusted']:.2g} after correction for {asked} comparisons"
    points = 100 * row["difference"]
    sides = [f"{100 * side['share']:.1f}% where {side['group']}" for side in row["sides"]]
    if len(sides) == 2:
        said = f"{row['frame']}{row['within']}: {sides[0]}, {sides[1]}"
        change = f"{abs(points):.1f} points {'more' if points > 0 else 'fewer'}"
    else:
        said = f"{row['frame']}: {'; '.join(sides)}"
        change = f"the change differs by {points:+.1f} points"
    if row["p"] > ALPHA:
        change += ", which cannot be told from none"
    elif row["p_adjusted"] > ALPHA:
        change += f", which alone would be proven, and among {asked} comparisons is not"
    return f"{said}: {change} ({told}){_MARKS[row['correction']]}"


_MARKS = {
    OWN: "",
    POOLED: "; pooled: it is assumed that the classifier errs alike on all sides",
    UNCORRECTED: "; uncorrected: the classifier's own count, its errors are in no interval",
}
