"""Whether one model is better than another on the same paragraphs: a paired bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from eval import intervals
from eval.intervals import Array, Bootstrap, Figure, figure
from eval.judge import Judged, JudgeError


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences, challenger less champion, each with its 95% interval.

    A figure is None where gold marks nothing; `joint` also where the codebook has no stances.
    `verdict` says in words whether macro-F1 differs.
    """

    challenger: str
    champion: str
    n: int
    macro_f1: Figure | None
    per_frame: dict[str, Figure | None]
    joint: Figure | None
    verdict: str

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
    pair = (challenger, champion)
    frames = [intervals.frame_table(judged) for judged in pair]
    value, draws = _difference(frames, bootstrap, intervals.macro_f1)
    macro = figure(float(value), draws, n)
    values, per_frame = _difference(frames, bootstrap, intervals.f1)
    joint = None
    if challenger.codebook.stances:
        marks = [intervals.joint_table(judged) for judged in pair]
        value, draws = _difference(marks, bootstrap, intervals.micro_f1)
        joint = figure(float(value), draws, n)
    return Comparison(
        challenger=_name(challenger),
        champion=_name(champion),
        n=n,
        macro_f1=macro,
        per_frame={
            name: figure(float(values[f]), per_frame[:, f], n)
            for f, name in enumerate(challenger.codebook.frame_names)
        },
        joint=joint,
        verdict=verdict(macro, n),
    )


def verdict(difference: Figure | None, n: int) -> str:
    """Say in words what a difference in macro-F1 on `n` paragraphs means."""
    if difference is None:
        return f"cannot tell at n={n}: no frame is marked in the gold labels"
    value, low, high = (difference[key] for key in ("value", "low", "high"))
    if low > 0:
        return f"better by {value:.3f} [{low:.3f}, {high:.3f}]"
    if high < 0:
        return f"worse by {-value:.3f} [{-high:.3f}, {-low:.3f}]"
    value, low, high = (round(number, 3) + 0.0 for number in (value, low, high))
    return f"cannot tell at n={n}: difference {value:.3f} [{low:.3f}, {high:.3f}]"


def _difference(
    tables: list[Array], bootstrap: Bootstrap, measure: Callable[[Array], Array]
) -> tuple[Array, Array]:
    value, other = (measure(table.sum(axis=0)) for table in tables)
    draws, others = (measure(bootstrap.totals(table)) for table in tables)
    return value - other, draws - others


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


def _name(judged: Judged) -> str:
    return f"{judged.model}, {judged.member}" if judged.member == "baseline" else judged.model
