"""Plots as inline SVG: text in the page's colour, no fixed background, the same bytes each time."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

FRAME_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
"""Okabe and Ito's colours, told apart by the colour-blind, in the codebook's order of frames."""

_DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)))
_INK, _MARK, _PAPER = "#010203", "#010204", "#010205"
"""Stand for the page's colours of text, of the model and of the ground while matplotlib draws."""

_PAGE = {_INK: "currentColor", _MARK: "rgb(var(--mark))", _PAPER: "var(--paper)"}

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _INK,
    "grid.alpha": 0.15,
}


def frame_colour(place: int) -> str:
    """Return the colour of the frame at this place in the codebook; past the fifth they repeat."""
    return FRAME_COLOURS[place % len(FRAME_COLOURS)]


def dashes(place: int) -> str:
    """Return the SVG dash pattern of a frame's line, which changes where colours repeat."""
    style = _DASHES[place // len(FRAME_COLOURS) % len(_DASHES)]
    return "none" if isinstance(style, str) else " ".join(str(part * 2) for part in style[1])


def headline_plot(rows: Sequence[tuple[str, Mapping | None, Mapping | None]]) -> str:
    """Dots with whiskers on 0..1: for each row a label, the model's figure, the baseline's."""

    def draw(axes) -> None:
        for place, (_, own, other) in enumerate(rows):
            _whisker(axes, own, place - (0.16 if other else 0), _MARK, "o", _MARK)
            _whisker(axes, other, place + 0.16, _INK, "s", _PAPER)
        axes.set_yticks(range(len(rows)), [label for label, _, _ in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1])
        axes.tick_params(length=0)
        axes.grid(axis="x")
        axes.spines["left"].set_visible(False)

    title = "Headline figures with 95% intervals"
    return _svg("headline", title, (7.4, 0.55 * len(rows) + 0.5), draw)


def curves_plot(curves: Sequence[tuple[int, Mapping[str, Any]]]) -> str:
    """Precision by recall. `curves`: a frame's place in the codebook, `recall`, `precision`."""

    def draw(axes) -> None:
        for place, curve in curves:
            axes.step(
                curve["recall"], curve["precision"], where="post", color=frame_colour(place),
                linestyle=_DASHES[place // len(FRAME_COLOURS) % len(_DASHES)], linewidth=1.8,
            )  # fmt: skip
        _unit_square(axes, "recall: share of gold marks found", "precision: share right")

    return _svg("curves", "Precision by recall, a line per frame", (4.4, 4.0), draw)


def reliability_plot(bins: Sequence[Mapping[str, Any]]) -> str:
    """Share of positives by mean score, a dot per bin, its area by how many scores fall into it."""

    def draw(axes) -> None:
        axes.plot([0, 1], [0, 1], color=_INK, linewidth=0.8, linestyle=(0, (4, 3)), alpha=0.6)
        whole = sum(part["n"] for part in bins) or 1
        points = [(part["score"], part["share"]) for part in bins]
        across, up = zip(*points, strict=True) if points else ((), ())
        sizes = [25 + 400 * part["n"] / whole for part in bins]
        axes.plot(across, up, color=_MARK, linewidth=1.2)
        axes.scatter(across, up, s=sizes, color=_MARK, alpha=0.75, linewidths=0, clip_on=False)
        _unit_square(axes, "score the model gives", "share marked in the gold labels")

    return _svg("reliability", "Reliability: share marked by score", (4.4, 4.0), draw)


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


def _svg(name: str, title: str, size: tuple[float, float], draw: Callable[[Any], None]) -> str:
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
    return svg.replace("<svg ", f'<svg class="plot" role="img" aria-label="{title}" ', 1)
