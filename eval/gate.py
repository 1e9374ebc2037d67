"""The gate: what a challenger must show on the frozen test part before it serves."""

from dataclasses import dataclass

from eval.compare import Comparison

MARGIN = 0.02
"""How far below zero the 95% interval of the difference in macro-F1 may reach."""

FRAME_MARGIN = 0.05
"""How far any frame's F1 may fall."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the challenger may serve, and why or why not, in words."""

    passed: bool
    reasons: tuple[str, ...]

    @property
    def text(self) -> str:
        return "; ".join(self.reasons)


def check(comparison: Comparison) -> Decision:
    """Apply the rule: not worse overall beyond doubt, and no frame given up for another.

    Passing needs the lower end of the 95% interval of the paired difference in macro-F1 above
    -MARGIN, and no frame's F1 lower by more than FRAME_MARGIN.
    """
    if comparison.macro_f1 is None:
        return Decision(False, ("the test part has no frame, so nothing can be proven",))
    low, high = comparison.macro_f1["low"], comparison.macro_f1["high"]
    refusals = []
    if low <= -MARGIN:
        shown = f"macro-F1 difference {comparison.macro_f1['value']:+.3f} [{low:+.3f}, {high:+.3f}]"
        kind = "worse" if high < 0 else f"cannot be told from worse at n={comparison.n}"
        refusals.append(f"{kind}: {shown}, its lower end must be above {-MARGIN:+.3f}")
    for name, figure in comparison.per_frame.items():
        if figure is not None and figure["value"] < -FRAME_MARGIN:
            refusals.append(f"{name} falls by {-figure['value']:.3f}, more than {FRAME_MARGIN:.3f}")
    return Decision(not refusals, tuple(refusals or [comparison.verdict]))
