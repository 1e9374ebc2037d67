"""Charts of shares as SVG, in the style of the reports."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from eval.plots import FRAME_COLOURS, INK, drawing, frame_colour, whiskers_plot
from eval.shares.tally import OWN, UNCORRECTED, Row
from labels.text import shortened

LONGEST_NAME = 34
_STANCES = ((0, (1, 0)), (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)))
_WIDE, _LABELS = (5.2, 2.4), 6
_STEPS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 1.0)


def colour(place: int) -> str:
    """Return a frame's colour as matplotlib may be given it; the eighth is that of text."""
    found = frame_colour(place)
    return INK if found == FRAME_COLOURS[-1] else found


def overall(rows: Sequence[Row]) -> str:
    """Shares of all paragraphs in percent, corrected, beside what the classifier counts."""
    most = max((max(row["high"], row["counted_high"]) for row in rows), default=0.0)
    drawn = []
    for row in rows:
        counted = None
        if row["correction"] != UNCORRECTED:
            counted = _percent(row["counted"], row["counted_low"], row["counted_high"])
        drawn.append((row["frame"], _percent(row["share"], row["low"], row["high"]), counted))
    ticks = [round(100 * tick, 1) for tick in _ticks(most)]
    return whiskers_plot(drawn, "overall", "Share of paragraphs by frame, in percent", ticks)


def _printable(text: str) -> str:
    """XML has no way to write control characters."""
    return "".join(c if c.isprintable() else " " for c in text)


def _percent(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": 100 * value, "low": 100 * low, "high": 100 * high}


def trend(
    name: str, place: int, frame: str, periods: Sequence[str], rows: Mapping[str, Row],
    links: Sequence[str] = (),
) -> str:  # fmt: skip
    """One frame's share over time, with its interval as a band.

    Hollow points are pooled or uncorrected. A period without a row is a gap. links: periods of
    which each point leads to `#NAME-PLACE`, its place in them.
    """

    def draw(axes: Any) -> None:
        values = np.array([_cells(rows.get(period)) for period in periods]).T
        across, shade = np.arange(len(periods)), colour(place)
        axes.fill_between(across, values[1], values[2], color=shade, alpha=0.2, linewidth=0)
        axes.plot(across, values[0], color=shade, linewidth=1.4)
        for own in (True, False):
            at = [
                x for x, period in enumerate(periods)
                if period in rows and (rows[period]["correction"] == OWN) is own
            ]  # fmt: skip
            face = shade if own else "none"
            points = axes.scatter(at, values[0][at], s=26, color=shade, facecolor=face, zorder=3)
            if links:
                points.set_urls([f"#{links.index(periods[x])}" for x in at])
        _time_axis(axes, periods, float(np.nanmax(values[2], initial=0.0)))

    drawn = drawing(name, f"Share of paragraphs with {frame} over time", _WIDE, draw)
    return drawn.replace(' target="_blank"', "")


def stances(
    name: str, place: int, frame: str, periods: Sequence[str],
    lines: Mapping[str, Mapping[str, Row]],
) -> str:  # fmt: skip
    """The stances of one frame over time, as shares of the paragraphs that carry it."""

    def draw(axes: Any) -> None:
        for number, (stance, rows) in enumerate(lines.items()):
            values = np.array([_cells(rows.get(period)) for period in periods]).T
            style = {"color": colour(place), "linestyle": _STANCES[number % len(_STANCES)]}
            axes.plot(range(len(periods)), values[0], linewidth=1.6, label=stance, **style)
            if not number:  # the bands of several lie on top of each other
                band = {"color": colour(place), "alpha": 0.15, "linewidth": 0}
                axes.fill_between(range(len(periods)), values[1], values[2], **band)
        _time_axis(axes, periods, 1.0)
        axes.legend(
            frameon=False, ncols=len(lines), loc="lower left", bbox_to_anchor=(0, 1),
            borderaxespad=0.1, handlelength=2.6,
        )  # fmt: skip

    return drawing(name, f"Stances of {frame} over time", _WIDE, draw)


def heat(name: str, title: str, groups: Sequence[str], rows: Mapping[Any, Row]) -> str:
    """Shares of frames by group, for a paper: darker is more."""
    frames = list(dict.fromkeys(frame for _, frame in rows))
    table = np.array([[_cells(rows.get((g, f)))[0] for f in frames] for g in groups])
    return _squares(name, title, groups, frames, table)


def together(name: str, frames: Sequence[str], table: np.ndarray) -> str:
    """Of the paragraphs with the frame of the row, the share with that of the column."""
    return _squares(name, "Frames that occur together", frames, frames, table)


def differences(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The differences of one question in points, with their intervals."""
    most = max(max(abs(row["low"]), abs(row["high"])) for row in rows)
    reach = 100 * next((step for step in _STEPS if step >= most), 2.0)
    drawn = [
        (row["frame"], _percent(row["difference"], row["low"], row["high"]), None) for row in rows
    ]
    ticks = [round(reach * part, 1) for part in (-1, -0.5, 0, 0.5, 1)]
    return whiskers_plot(
        drawn, name, f"Differences in points: {_printable(rows[0]['question'])}", ticks
    )


def _squares(
    name: str, title: str, down: Sequence[str], across: Sequence[str], table: np.ndarray
) -> str:
    most = float(np.nanmax(table, initial=0.0)) or 1.0
    names = [shortened(_printable(name), LONGEST_NAME) for name in down]

    def draw(axes: Any) -> None:
        for y, line in enumerate(table):
            for x, value in enumerate(line):
                if np.isnan(value):
                    continue
                shade = 0.55 * value / most
                axes.fill([x, x + 1, x + 1, x], [y, y, y + 1, y + 1], color=colour(0), alpha=shade)
                axes.text(x + 0.5, y + 0.5, f"{100 * value:.0f}", ha="center", va="center")
        axes.set_xticks(np.arange(len(across)) + 0.5, [n.replace(" ", "\n") for n in across])
        axes.set_yticks(np.arange(len(down)) + 0.5, names)
        axes.set(xlim=(0, len(across)), ylim=(len(down), 0))
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)

    longest = max(map(len, names))
    size = (0.6 + 0.1 * longest + 1.15 * len(across), 1.1 + 0.3 * len(down))
    return drawing(name, title, size, draw)


def _cells(row: Row | None) -> tuple[float, float, float]:
    if row is None or row["share"] is None:
        return (float("nan"),) * 3
    return row["share"], row["low"], row["high"]


def _time_axis(axes: Any, periods: Sequence[str], most: float) -> None:
    ticks = _ticks(most)
    step = max(1, -(-len(periods) // _LABELS))
    axes.set_xticks(range(0, len(periods), step), periods[::step])
    axes.set(xlim=(-0.4, len(periods) - 0.6), ylim=(0, ticks[-1]))
    axes.set_yticks(ticks, [f"{100 * tick:g}%" for tick in ticks])
    axes.tick_params(length=0, pad=6)
    axes.grid(axis="y")


def _ticks(most: float) -> list[float]:
    """At most six round numbers from 0, the last of them no less than `most`."""
    step = next((s for s in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2) if s * 5 >= most), 0.2)
    return [round(step * n, 3) for n in range(max(math.ceil(round(most / step, 6)), 1) + 1)]
