"""The gate: what a challenger must show on the frozen test part before it serves.

Five rules, all of which must hold. `docs/decisions/0006-gate.md` says why these, and why so much.

1. Not worse overall beyond doubt: the lower end of the 95% interval of the paired difference in
   macro-F1, by a bootstrap over documents, lies above -MARGIN.
2. No frame given up for another: no frame's F1 falls by more than FRAME_MARGIN.
3. Scores that mean what they say: the expected calibration error, pooled over the frames, is at
   most ECE_BOUND, or at most ECE_MARGIN above the champion's.
4. It behaves as the codebook says, where that is the project's own: no behaviour's rate of cases
   that hold (eval/behaviours.yaml) lies more than BEHAVIOUR_MARGIN below the champion's.
5. No slide in small steps: where macro-F1, or a frame's F1, falls at all, it lies at most MARGIN,
   or FRAME_MARGIN, below the best of the last ROUNDS champions before the present one. How far
   those were above it is the sum of what each promotion since was measured to change.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.compare import MOST_TEXTS, CalibrationChange, Comparison, more_texts

MARGIN = 0.02
FRAME_MARGIN = 0.05
ECE_BOUND = 0.05
ECE_MARGIN = 0.02
BEHAVIOUR_MARGIN = 0.10
ROUNDS = 5

NO_CHAMPION = "there was no champion"

Behaviours = Sequence[Mapping[str, Any]]
"""What `eval.behaviours.judge_behaviours` gives."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What has changed from an earlier champion to the present one, over so many promotions.

    Sums of the differences that each was judged by, on the same texts for both sides at the time.
    """

    version: str
    promotions: int
    macro_f1: float
    per_frame: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the challenger may serve, and why or why not, in words."""

    passed: bool
    reasons: tuple[str, ...]

    @property
    def text(self) -> str:
        return "; ".join(self.reasons)


def check(
    comparison: Comparison,
    behaviours: Behaviours | None = None,
    champions: Behaviours | None = None,
    earlier: Sequence[Earlier] = (),
) -> Decision:
    """Apply the rules to a challenger beside the champion, and to what is known of those before it.

    `behaviours` and `champions` are of the same cases, as their hashes say, or None both for a
    codebook that is not the project's own. A refusal gives every reason, each with its figures and
    what is needed; a pass gives the verdict.
    """
    refusals = [
        *_overall(comparison),
        *_frames(comparison),
        *_calibration(comparison.ece),
        *_behaviours(behaviours or (), champions or ()),
        *_slide(comparison, earlier),
    ]
    return Decision(not refusals, tuple(refusals or [comparison.verdict]))


def check_first(ece: float, behaviours: Behaviours | None = None) -> Decision:
    """Let the first model serve: there is nothing to compare it with, and none serves better.

    The reasons name what would hold it up: a calibration error above ECE_BOUND, and the behaviours
    that have failing cases.
    """
    reasons = [NO_CHAMPION]
    if ece > ECE_BOUND:
        reasons.append(f"calibration error {ece:.3f}, above {ECE_BOUND:.3f}")
    failing = [
        f"{own['name']} {own['n'] - own['passed']} of {own['n']}"
        for own in behaviours or ()
        if own["passed"] < own["n"]
    ]
    if failing:
        reasons.append(f"behaviours with failing cases: {', '.join(failing)}")
    return Decision(True, tuple(reasons))


def _overall(comparison: Comparison) -> Iterator[str]:
    difference, error = comparison.macro_f1, comparison.standard_error
    if difference is None or error is None:
        yield (
            "nothing can be proven on a test part without a frame, needed: labelled texts there "
            "that carry one"
        )
        return
    if comparison.groups < 2:
        yield (
            "nothing can be proven on a test part of one document, needed: labelled texts of "
            "others there"
        )
        return
    value, low, high = (difference[key] for key in ("value", "low", "high"))
    if low > -MARGIN:
        return
    kind = "worse" if high < 0 else f"cannot be told from worse at n={comparison.n}"
    yield (
        f"{kind}: macro-F1 difference {value:+.3f} [{low:+.3f}, {high:+.3f}], needed: lower end "
        f"above {-MARGIN:+.3f}, {_way_there(value + MARGIN, error, comparison.n)}"
    )


def _way_there(room: float, error: float, n: int) -> str:
    """What would bring the lower end up by `room`, from where the difference is now."""
    if room <= 0:
        return "which more labels do not give while the difference stays"
    more = more_texts(room, error, n)
    if more > MOST_TEXTS:
        return f"which would take over {MOST_TEXTS:,} more texts on the test side"
    return f"which about {more:,.0f} more texts on the test side give if the difference stays"


def _frames(comparison: Comparison) -> Iterator[str]:
    for name, figure in comparison.per_frame.items():
        if figure is not None and figure["value"] < -FRAME_MARGIN:
            found = comparison.mcnemar[name]
            yield (
                f"{name} falls by {-figure['value']:.3f} [{-figure['high']:.3f}, "
                f"{-figure['low']:.3f}] in F1, wrong on {found['n_worse']} texts that the champion "
                f"has right and right on {found['n_better']} that it has wrong, needed: a fall of "
                f"at most {FRAME_MARGIN:.3f}"
            )


def _calibration(found: CalibrationChange) -> Iterator[str]:
    own, other = found["challenger"], found["champion"]
    if own > ECE_BOUND and own > other + ECE_MARGIN:
        allowed = max(ECE_BOUND, other + ECE_MARGIN)
        yield (
            f"calibration error {own:.3f}, the champion's is {other:.3f}, needed: at most "
            f"{allowed:.3f}"
        )


def _behaviours(behaviours: Behaviours, champions: Behaviours) -> Iterator[str]:
    held = {other["name"]: other["passed"] for other in champions}
    for own in behaviours:
        before, n = held[own["name"]], own["n"]
        # Rounded, so that a fall of just the margin passes whatever the floats make of it.
        needed = math.ceil(round(before - BEHAVIOUR_MARGIN * n, 6))
        if own["passed"] < needed:
            yield (
                f"{own['name']} holds in {own['passed']} of {n} cases, the champion's in {before}, "
                f"needed: {needed}"
            )


def _slide(comparison: Comparison, earlier: Sequence[Earlier]) -> Iterator[str]:
    macro = comparison.macro_f1
    if macro and macro["value"] < 0:
        before = [(one.macro_f1, one) for one in earlier]
        yield from _fallen("macro-F1", macro["value"], before, MARGIN)
    for name, figure in comparison.per_frame.items():
        if figure and -FRAME_MARGIN <= figure["value"] < 0:  # below that it is refused already
            before = [(one.per_frame[name], one) for one in earlier]
            yield from _fallen(f"{name} in F1", figure["value"], before, FRAME_MARGIN)


def _fallen(
    what: str, change: float, before: Sequence[tuple[float, Earlier]], margin: float
) -> Iterator[str]:
    """Say since which champion a figure has fallen the furthest, where that is too far."""
    fallen, since = min(before, default=(0.0, None), key=lambda one: one[0])
    if since and fallen + change < -margin:
        yield (
            f"{what} falls by {-change:.3f}, and by {-(fallen + change):.3f} since {since.version} "
            f"was champion, {since.promotions} promotion(s) ago, needed: at most {margin:.3f} over "
            f"up to {ROUNDS} promotions and this one"
        )
