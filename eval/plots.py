"""Plots as inline SVG: text in the page's colour, no fixed background, the same bytes each time."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import escape

FRAME_COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "var(--black)",
)  # fmt: skip
"""Okabe and Ito's colours, told apart by the colour-blind, in the codebook's order of frames.

They are those of the service's page.
"""

_DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)))
INK, _MARK, _PAPER, _BLACK = "#010203", "#010204", "#010205", "#010206"
"""Stand for the page's colours of text, of the model, of the ground and of the eighth frame while
matplotlib draws."""

_PAGE = {
    INK: "currentColor",
    _MARK: "rgb(var(--mark))",
    _PAPER: "var(--paper)",
    _BLACK: FRAME_COLOURS[-1],
}
_SMALL, _SQUARE = (3.1, 2.9), (4.4, 4.0)
"""Sizes in inches of a plot with two others beside it, and with one."""

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.15,
}


def frame_colour(place: int) -> str:
    """Return the colour of the frame at this place in the codebook; past the eighth they repeat."""
    return FRAME_COLOURS[place % len(FRAME_COLOURS)]


def dashes(place: int) -> str:
    """Return the SVG dash pattern of a frame's line, which changes where colours repeat."""
    style = _DASHES[place // len(FRAME_COLOURS) % len(_DASHES)]
    return "none" if isinstance(style, str) else " ".join(str(part * 2) for part in style[1])


def whiskers_plot(
    rows: Sequence[tuple[str, Mapping | None, Mapping | None]],
    name: str,
    title: str,
    ticks: Sequence[float] = (0, 0.2, 0.4, 0.6, 0.8, 1),
) -> str:
    """Dots with whiskers: for each row a label, a figure, and one to compare it with.

    The axis runs from the first to the last of `ticks`.
    """

    def draw(axes) -> None:
        for place, (_, own, other) in enumerate(rows):
            _whisker(axes, own, place - (0.16 if other else 0), _MARK, "o", _MARK)
            _whisker(axes, other, place + 0.16, INK, "s", _PAPER)
        axes.set_yticks(range(len(rows)), [label for label, _, _ in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(ticks[0], ticks[-1])
        axes.set_xticks(ticks)
        axes.tick_params(length=0)
        axes.grid(axis="x")
        axes.spines["left"].set_visible(False)

    paired = any(other for _, _, other in rows)
    return drawing(name, title, (7.4, (0.55 if paired else 0.36) * len(rows) + 0.5), draw)


def periods_plot(
    periods: Sequence[str], lines: Sequence[tuple[int, Sequence[Mapping | None]]], title: str
) -> str:
    """Figures with whiskers, period by period. `lines`: a frame's place, and a figure a period."""

    def draw(axes) -> None:
        for number, (place, line) in enumerate(lines):
            apart = 0.5 * ((number + 0.5) / len(lines) - 0.5)
            known = [(x + apart, figure) for x, figure in enumerate(line) if figure]
            for x, figure in known:
                axes.plot([x, x], [figure["low"], figure["high"]], color=_drawn(place), linewidth=1)
            axes.plot(
                [x for x, _ in known], [figure["value"] for _, figure in known], marker="o",
                markersize=4.5, color=_drawn(place), linewidth=1.4,
                linestyle=_DASHES[place // len(FRAME_COLOURS) % len(_DASHES)],
            )  # fmt: skip
        axes.set_xticks(range(len(periods)), [name.replace(": ", "\n") for name in periods])
        axes.set_xlim(-0.5, len(periods) - 0.5)
        lowest = min((f["low"] for _, line in lines for f in line if f), default=0)
        axes.set_ylim(min(0, lowest) - 0.02, 1.02)
        axes.tick_params(length=0)
        axes.grid(axis="y")

    return drawing("periods", title, (7.4, 3.2), draw)


def curves_plot(curves: Sequence[tuple[int, Mapping[str, Any]]]) -> str:
    """Precision by recall. `curves`: a frame's place in the codebook, `recall`, `precision`."""

    def draw(axes) -> None:
        for place, curve in curves:
            axes.step(
                curve["recall"], curve["precision"], where="post", color=_drawn(place),
                linestyle=_DASHES[place // len(FRAME_COLOURS) % len(_DASHES)], linewidth=1.8,
            )  # fmt: skip
        _unit_square(axes, "recall: share of gold marks found", "precision: share right")

    return drawing("curves", "Precision by recall, a line per frame", _SQUARE, draw)


def curve_plot(place: int, name: str, frame: Mapping[str, Any]) -> str:
    """Precision by recall of one frame, with a dot where its threshold puts it."""

    def draw(axes) -> None:
        curve = frame["curve"]
        axes.step(
            curve["recall"], curve["precision"], where="post", color=_drawn(place), linewidth=1.8
        )
        served = frame["recall"]["value"], frame["precision"]["value"]
        axes.plot(*served, "o", color=INK, markersize=6.5, clip_on=False)
        _unit_square(axes, "recall", "precision")

    return drawing(f"curve-{place}", f"Precision by recall of {name}", _SMALL, draw)


def costs_plot(place: int, name: str, frame: Mapping[str, Any]) -> str:
    """Precision, recall and F1 of one frame at each threshold, the chosen one marked."""

    def draw(axes) -> None:
        costs = frame["thresholds"]
        precision = [float("nan") if one is None else one for one in costs["precision"]]
        for line, style, colour in (
            (precision, (0, (5, 2)), INK), (costs["recall"], (0, (1, 1.5)), INK),
            (costs["f1"], "-", _drawn(place)),
        ):  # fmt: skip
            axes.plot(costs["threshold"], line, color=colour, linestyle=style, linewidth=1.6)
        if frame["threshold"] is not None:
            axes.axvline(frame["threshold"], color=INK, linewidth=1, alpha=0.5)
        _unit_square(axes, "threshold", "")

    return drawing(f"costs-{place}", f"Cost of each threshold of {name}", _SMALL, draw)


def reliability_plot(bins: Sequence[Mapping], before: Sequence[Mapping] | None = None) -> str:
    """Share of positives by mean score, a dot per bin, its area by how many scores fall into it.

    `before`: the bins before calibration, drawn as squares.
    """

    def draw(axes) -> None:
        _reliability(axes, bins, _MARK)
        if before:
            points = [(part["score"], part["share"]) for part in before]
            axes.plot(
                *zip(*points, strict=True), marker="s", markersize=5, color=INK, linewidth=1,
                markerfacecolor=_PAPER, linestyle=(0, (1, 1.5)), clip_on=False,
            )  # fmt: skip
        _unit_square(axes, "score the model gives", "share marked in the gold labels")

    return drawing("reliability", "Reliability: share marked by score", _SQUARE, draw)


def frame_reliability_plot(place: int, name: str, frame: Mapping[str, Any]) -> str:
    """The same of one frame alone."""

    def draw(axes) -> None:
        _reliability(axes, frame["calibration"]["bins"], _drawn(place))
        _unit_square(axes, "score", "share marked")

    return drawing(f"reliability-{place}", f"Reliability of the scores of {name}", _SMALL, draw)


def learning_plot(
    curves: Mapping[str, Mapping[str, Sequence[float]]], targets: Mapping[str, float]
) -> str:
    """Macro-F1 by the number of labels, a line for each strategy, as a document of its own.

    `curves`: name to `labels`, `mean`, `low`, `high`; the first is drawn in the colour of text, and
    its interval as a band. `targets`: heights of the lines across, by what they are called.
    """

    def draw(axes) -> None:
        for place, (name, curve) in enumerate(curves.items()):
            colour = _drawn(place - 1) if place else INK
            axes.plot(
                curve["labels"], curve["mean"], color=colour, label=name, linewidth=1.7,
                linestyle=_DASHES[place % len(_DASHES)],
            )  # fmt: skip
            axes.fill_between(
                curve["labels"], curve["low"], curve["high"], color=colour, alpha=0.12, linewidth=0
            )
        for name, height in targets.items():
            axes.axhline(height, color=INK, linewidth=0.7, alpha=0.5)
            at: dict[str, Any] = {
                "xy": (0.01, height),
                "xycoords": ("axes fraction", "data"),
                "va": "bottom",
            }
            axes.annotate(name, **at, fontsize=8.5)
        axes.set(xlabel="labelled texts", ylabel="macro-F1 on texts never labelled")
        axes.grid()
        axes.tick_params(length=0)
        axes.legend(frameon=False, loc="lower right", handlelength=3.2)

    title = "Macro-F1 by the number of labels, for each strategy"
    return alone(drawing("learning", title, (7.4, 4.6), draw))


def alone(svg: str) -> str:
    """Give a plot the colours that else come from the page around it."""
    style = (
        "<style>svg{color:#1c1c1c;--paper:#fff;--black:#000;--mark:0 114 178}"
        "@media(prefers-color-scheme:dark){svg{color:#e8e8e8;--paper:#111;--black:#fff}}</style>"
    )
    return svg.replace(">", f">{style}", 1) + "\n"


def _drawn(place: int) -> str:
    """The frame's colour as matplotlib may be given it."""
    colour = frame_colour(place)
    return _BLACK if colour == FRAME_COLOURS[-1] else colour


def _reliability(axes, bins: Sequence[Mapping], colour: str) -> None:
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (4, 3)), alpha=0.6)
    whole = sum(part["n"] for part in bins) or 1
    points = [(part["score"], part["share"]) for part in bins]
    across, up = zip(*points, strict=True) if points else ((), ())
    sizes = [25 + 300 * part["n"] / whole for part in bins]
    axes.plot(across, up, color=colour, linewidth=1.2)
    axes.scatter(across, up, s=sizes, color=colour, alpha=0.75, linewidths=0, clip_on=False)


def _whisker(axes, figure: Mapping | None, y: float, colour: str, marker: str, fill: str) -> None:
    if figure is None:
        return
    axes.plot([figure["low"], figure["high"]], [y, y], color=colour, linewidth=1.6, clip_on=False)
    axes.plot(
        [figure["value"]], [y], marker=marker, markersize=6.5, color=colour, clip_on=False,
        markerfacecolor=fill,
    )  # fmt: skip


def _unit_square(axes, across: str, up: str) -> None:
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel=across, ylabel=up)
    axes.set_aspect("equal")
    axes.grid()
    axes.tick_params(length=0)


def drawing(name: str, title: str, size: tuple[float, float], draw: Callable[[Any], None]) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    file = io.StringIO()
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": name}), warnings.catch_warnings():
        # The page's font draws what matplotlib's own, used for measuring only, has no glyph for.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.add_subplot())
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return _inline(file.getvalue(), name, title)


def _inline(drawn: str, name: str, title: str) -> str:
    """Cut the document to its `svg` element, make its ids its own and its ink the page's."""
    svg = drawn[drawn.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = svg.replace("*{stroke", ".plot *{stroke")
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = svg.replace('href="#', f'href="#{name}-').replace("url(#", f"url(#{name}-")
    for drawn_as, colour in _PAGE.items():
        svg = svg.replace(drawn_as, colour)
    return svg.replace("<svg ", f'<svg class="plot" role="img" aria-label="{escape(title)}" ', 1)
