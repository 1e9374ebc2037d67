"""Whether one model is better than another on the same paragraphs: a paired bootstrap."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypedDict

import numpy as np

from eval import intervals
from eval.intervals import Array, Bootstrap, Figure, figure
from eval.judge import Judged, JudgeError
from eval.mcnemar import McNemar, in_words, mcnemar

QUANTILE = 1.96 + 0.84
"""Standard errors at which a true difference is seen at the 95% level in four cases of five."""

MOST_TEXTS = 5000
"""More than this nobody labels to settle one comparison, so no number is named."""


class CalibrationChange(TypedDict):
    """Expected calibration error of both models, pooled over the frames, and the difference."""

    challenger: float
    champion: float
    difference: Figure | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences, challenger less champion, each with its 95% interval.

    `challenger` and `champion` are versions, `champion_member` is what of that bundle was judged.
    A figure is None where gold marks nothing; `joint` also where the codebook has no stances.
    `standard_error` is the bootstrap's, of the difference in macro-F1. `groups` counts documents or
    near-duplicate groups. `verdict` says in words whether macro-F1 differs, `decisions` on which
    frames McNemar's test finds that single decisions do.
    """

    challenger: str
    champion: str
    champion_member: str
    n: int
    groups: int
    macro_f1: Figure | None
    standard_error: float | None
    per_frame: dict[str, Figure | None]
    mcnemar: dict[str, McNemar]
    joint: Figure | None
    ece: CalibrationChange
    verdict: str
    decisions: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare(challenger: Judged, champion: Judged) -> Comparison:
    """Compare two judgements of the same rows in the same order.

    Both are resampled alike, so what makes a paragraph hard for both cancels out.

    Raises:
        JudgeError: if the rows, their labels or the codebooks differ.
    """
    _check(challenger, champion)
    bootstrap, n = Bootstrap(challenger.groups), len(challenger)
    pair, groups = (challenger, champion), len(set(challenger.groups))
    frames = [intervals.frame_table(judged) for judged in pair]
    value, draws = _difference(frames, bootstrap, intervals.macro_f1)
    macro = figure(float(value), draws, n)
    error = float(np.std(draws[~np.isnan(draws)], ddof=1)) if macro else None
    values, per_frame = _difference(frames, bootstrap, intervals.f1)
    tests, joint = mcnemar(challenger, champion), None
    if challenger.codebook.stances:
        marks = [intervals.joint_table(judged) for judged in pair]
        joint_value, joint_draws = _difference(marks, bootstrap, intervals.micro_f1)
        joint = figure(float(joint_value), joint_draws, n)
    return Comparison(
        challenger=challenger.model,
        champion=champion.model,
        champion_member=champion.member,
        n=n,
        groups=groups,
        macro_f1=macro,
        standard_error=error,
        per_frame={
            name: figure(float(values[f]), per_frame[:, f], n)
            for f, name in enumerate(challenger.codebook.frame_names)
        },
        mcnemar=tests,
        joint=joint,
        ece=_calibration(challenger, champion, bootstrap),
        verdict=verdict(macro, error, n, groups),
        decisions=in_words(tests),
    )


def verdict(difference: Figure | None, standard_error: float | None, n: int, groups: int) -> str:
    """Say in words what a difference in macro-F1 on `n` texts of `groups` documents means.

    Where it cannot tell, it says about how many more labelled texts would (see `more_texts`), or,
    where that is more than anybody labels, within how much the two are alike: the end of the 95%
    interval that is further from zero.
    """
    if difference is None or standard_error is None:
        return f"cannot tell at n={n}: no frame is marked in the gold labels"
    value, low, high = (difference[key] for key in ("value", "low", "high"))
    if groups > 1 and low > 0:
        return f"better by {value:.3f} [{low:.3f}, {high:.3f}]"
    if groups > 1 and high < 0:
        return f"worse by {-value:.3f} [{-high:.3f}, {-low:.3f}]"
    more = more_texts(value, standard_error, n)
    value, low, high = (round(number, 3) + 0.0 for number in (value, low, high))
    advice = f"alike within {max(abs(low), abs(high)):.3f}"
    if groups < 2:
        advice = "all texts are of one document, label some of others"
    elif more <= MOST_TEXTS:
        advice = f"label about {more:,.0f} more"
    return f"cannot tell at n={n}: {advice} (difference {value:.3f} [{low:.3f}, {high:.3f}])"


def more_texts(difference: float, standard_error: float, n: int) -> float:
    """Return about how many more texts would tell a difference from zero; inf where it is zero.

    The usual sample size of a z-test (J. Cohen, Statistical Power Analysis for the Behavioral
    Sciences, 1988): n * (QUANTILE * standard_error / difference)^2 texts in all, at the 95% level
    with a power of 80%, less the `n` that are there; rounded to two digits, at least 1.

    It assumes that the difference seen is the true one, that further texts are like these, as many
    to a document, and so that the standard error falls with the square root of their number. The
    difference seen is itself uncertain, so this is an order of magnitude.
    """
    if difference == 0:
        return math.inf
    more = max(1.0, n * ((QUANTILE * standard_error / difference) ** 2 - 1))
    return float(f"{more:.2g}")


def _difference(
    tables: list[Array], bootstrap: Bootstrap, measure: Callable[[Array], Array]
) -> tuple[Array, Array]:
    value, other = (measure(table.sum(axis=0)) for table in tables)
    draws, others = (measure(bootstrap.totals(table)) for table in tables)
    return value - other, draws - others


def _calibration(challenger: Judged, champion: Judged, bootstrap: Bootstrap) -> CalibrationChange:
    tables = [intervals.calibration_table(judged) for judged in (challenger, champion)]
    own, other = (float(intervals.calibration_error(table.sum(axis=0))) for table in tables)
    value, draws = _difference(tables, bootstrap, intervals.calibration_error)
    difference = figure(float(value), draws, challenger.gold.size)
    return CalibrationChange(challenger=own, champion=other, difference=difference)


def _check(challenger: Judged, champion: Judged) -> None:
    if not challenger.codebook.same_labels(champion.codebook):
        raise JudgeError(
            f"{challenger.model} and {champion.model} have different frames or stances and cannot "
            "be compared; train both with one codebook"
        )
    alike = [row.text_id for row in challenger.rows] == [row.text_id for row in champion.rows]
    pairs = (
        (getattr(judged, name) for judged in (challenger, champion))
        for name in ("gold", "gold_stance")
    )
    if not alike or not all(np.array_equal(*pair) for pair in pairs):
        raise JudgeError(
            f"{challenger.model} was judged on {len(challenger)} rows and {champion.model} on "
            f"{len(champion)} that are not the same, or not in the same order; judge both on one "
            "list of rows"
        )
