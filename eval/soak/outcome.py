"""What a run came to: figures, a table and a plot."""

from __future__ import annotations

from typing import Any

import numpy as np

from eval.plots import FRAME_COLOURS, INK, alone, drawing
from eval.soak.growth import MOST_GROWTH, GrowthError, slope
from eval.soak.run import Soak
from labels.outcome import table

_WINDOWS = 60


def figures(soak: Soak) -> dict[str, Any]:
    """Return everything that was measured; `passed` is whether nothing was wrong."""
    times = [one.at for one in soak.samples]
    slopes: dict[str, Any] = {}
    for name, most in MOST_GROWTH.items():
        values = [getattr(one, name) for one in soak.samples]
        try:
            slopes[name] = slope(times, values, soak.every, most).to_dict()
        except GrowthError as error:
            slopes[name] = {"none": str(error), "too_high": False}
    latencies = {kind: [took for _, took in found] for kind, found in soak.latencies.items()}
    return {
        "seconds": times[-1] if times else 0.0,
        "passed": not soak.failed and not any(one["too_high"] for one in slopes.values()),
        "answers": sum(map(len, latencies.values())),
        "errors": soak.failed,
        "refused": soak.refused,
        "slopes_per_hour": slopes,
        "latency": {kind: _quantiles(found) for kind, found in latencies.items() if found},
        "largest_difference_of_a_score": soak.expected.off,
        "swaps": soak.swaps,
        "first_errors": [
            {"at": at, "kind": kind, "message": words} for at, kind, words in soak.errors
        ],
        "samples": {
            name: [round(float(getattr(one, name)), 3) for one in soak.samples]
            for name in ("at", "memory", "worker", "handles", "threads", "processes", "ready")
        },
    }


def _quantiles(seconds: list[float]) -> dict[str, float]:
    p50, p90, p99 = np.quantile(seconds, [0.5, 0.9, 0.99])
    return {
        "n": len(seconds), "p50": float(p50), "p90": float(p90), "p99": float(p99),
        "most": max(seconds),
    }  # fmt: skip


def lines(found: dict[str, Any]) -> list[str]:
    """Return the figures as a person reads them."""
    rows = [("seconds", "n", "p50", "p90", "p99", "most")]
    for kind, one in found["latency"].items():
        own = [f"{one[name]:.3f}" for name in ("p50", "p90", "p99", "most")]
        rows.append((kind, f"{one['n']:,}", *own))
    said = [
        f"{found['answers']:,} answers in {found['seconds']:,.0f} s, {found['errors']} errors, "
        f"{len(found['swaps'])} swaps, {found['refused']} times asked to come again",
        *table(rows),
    ]
    units = {"memory": "MB of resident memory", "handles": "open file handles"}
    for name, one in found["slopes_per_hour"].items():
        if "none" in one:
            said.append(f"{units[name]}: {one['none']}")
            continue
        verdict = "too high" if one["too_high"] else "within"
        verdict = verdict if one["judged"] else "not judged, too short a run:"
        said.append(
            f"{units[name]}, growth an hour: {one['value']:+.1f} "
            f"[{one['low']:+.1f}, {one['high']:+.1f}], {verdict} {one['most']:g}"
        )
    for one in found["first_errors"][:10]:
        said.append(f"error at {one['at']:.0f} s, {one['kind']}: {one['message']}")
    return said


def plot(soak: Soak, found: dict[str, Any]) -> str:
    """Memory, handles and latencies over time, one above the other; thin lines are swaps."""

    def draw(axes: Any) -> None:
        whole = axes.figure
        axes.remove()
        memory, handles, latency = whole.subplots(3, 1, sharex=True, height_ratios=[3, 1.6, 3])
        minutes = [at / 60 for at in found["samples"]["at"]]
        for panel, name, word in ((memory, "memory", "resident, MB"), (handles, "handles", "")):
            values = found["samples"][name]
            panel.plot(minutes, values, color=FRAME_COLOURS[0], linewidth=1.2)
            panel.set(ylim=(0, max(values, default=1) * 1.15), ylabel=word or "open handles")
        for place, (share, dash) in enumerate(((0.5, "-"), (0.99, (0, (5, 2))))):
            at, values = _windows(soak, share)
            label = f"p{share * 100:.0f}"
            latency.plot(at, values, color=FRAME_COLOURS[place], linestyle=dash, label=label)
        latency.set(xlabel="minutes", ylabel="one text, seconds", ylim=(0, None))
        latency.legend(frameon=False, loc="upper right", ncols=2)
        for panel in (memory, handles, latency):
            panel.grid(axis="y")
            panel.tick_params(length=0)
            for at in found["swaps"]:
                panel.axvline(at / 60, color=INK, linewidth=0.6, alpha=0.25)

    title = "Memory, open handles and latency of the service over time"
    return alone(drawing("soak", title, (7.4, 6.4), draw))


def _windows(soak: Soak, share: float) -> tuple[list[float], list[float]]:
    """A quantile of the latency of single texts in each sixtieth of the run, at its middle."""
    answers = soak.latencies.get("single", [])
    if not answers:
        return [], []
    ends = answers[-1][0]
    parts: list[list[float]] = [[] for _ in range(_WINDOWS)]
    for at, took in answers:
        parts[min(_WINDOWS - 1, int(at / ends * _WINDOWS))].append(took)
    found = [(place, part) for place, part in enumerate(parts) if part]
    minutes = [(place + 0.5) * ends / _WINDOWS / 60 for place, _ in found]
    return minutes, [float(np.quantile(part, share)) for _, part in found]
