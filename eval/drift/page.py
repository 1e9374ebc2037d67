"""The page of `framescope drift --html`: no outside request, every text escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from eval import plots
from eval.html import template

PAGE = "drift.html.j2"

_SIZE = (3.4, 2.2)
"""Inches of a histogram, with another beside it."""


def render(report: Mapping[str, Any], column: str) -> str:
    """Return the page for what `framescope drift --json` prints; `column` holds the texts."""
    names = list(report["frames"])
    rows = [(sign["what"], sign["effect"], None) for sign in report["signs"]]
    ticks = (0, 0.2, 0.4, 0.6, 0.8, 1)
    return template(PAGE).render(
        report=report,
        column=column,
        colours={name: plots.frame_colour(place) for place, name in enumerate(names)},
        signs_plot=Markup(plots.whiskers_plot(rows, "signs", "Signs of drift", ticks)),
        histograms=[
            (name, Markup(histogram(place, name, report["frames"][name]["histogram"])))
            for place, name in enumerate(names)
        ],
    )


def histogram(place: int, name: str, shares: Mapping[str, Sequence[float]]) -> str:
    """Return the shares of texts by score: bars here, a stepped line in the training."""

    colour = plots.frame_colour(place)

    def draw(axes: Any) -> None:
        here, there = shares["here"], shares["training"]
        edges = [k / len(here) for k in range(len(here) + 1)]
        axes.bar(
            edges[:-1], here, width=1 / len(here), align="edge", alpha=0.75, linewidth=0,
            color=colour if colour.startswith("#") else plots.INK,
        )  # fmt: skip
        axes.stairs(there, edges, color=plots.INK, linewidth=1.6)
        axes.set(xlim=(0, 1), xlabel="score", ylabel="share of texts")
        axes.tick_params(length=0)
        axes.grid(axis="y")
        axes.set_axisbelow(True)

    return plots.drawing(f"scores-{place}", f"Scores of {name}, here and there", _SIZE, draw)
