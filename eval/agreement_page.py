"""The page of `framescope labels agreement --html`: no outside request, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from eval import plots
from eval.html import template
from labels.codebook import Codebook

PAGE = "agreement.html.j2"

_ALPHA = (-1, -0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1)
"""Ticks of the axis of alphas, from the last that none lies below; -0.2 where all are higher."""

_BIAS = (0.1, 0.2, 0.5, 1)
"""How far the axis of biases runs to either side: the first of these that holds them all."""


def render(data: Mapping[str, Any], codebook: Codebook) -> str:
    """Return the page for what `framescope labels agreement --json` prints."""
    names = codebook.frame_names
    alphas = {name: _shown(one) for name, one in data["frames"].items()}
    if data["stance"]:
        alphas["stance"] = _shown(data["stance"])
    rows = [(name, one, None) for name, one in alphas.items()]
    return template(PAGE).render(
        data=data,
        alphas=alphas,
        names=list(alphas),
        colours={name: plots.frame_colour(place) for place, name in enumerate(names)},
        alpha_plot=Markup(
            plots.whiskers_plot(rows, "alpha", "Alpha with 95% intervals", _ticks(alphas.values()))
        ),
        periods_plot=Markup(_periods(data["over_time"], names)),
        bias_plots=[Markup(plot) for plot in _bias_plots(data["bias"], names)],
        pairs=[{**part, "alpha": _alphas(part)} for part in data["pairs"]],
        periods=[{**part, "alpha": _alphas(part)} for part in data["over_time"]],
    )


def _ticks(alphas: Iterable[Mapping[str, Any] | None]) -> Sequence[float]:
    lowest = min((one["low"] for one in alphas if one), default=0.0)
    first = max((tick for tick in _ALPHA if tick <= min(lowest, -0.2)), default=_ALPHA[0])
    return [tick for tick in _ALPHA if tick >= first]


def _shown(one: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A figure that has an interval, or None."""
    return None if one["value"] is None or one["low"] is None else one


def _alphas(part: Mapping[str, Any]) -> dict[str, Mapping[str, Any] | None]:
    found = {name: _shown(one) for name, one in part["frames"].items()}
    return {**found, "stance": _shown(part["stance"])} if part["stance"] else found


def _periods(parts: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    if len(parts) < 2:
        return ""
    lines = [
        (place, [_shown(part["frames"][name]) for part in parts])
        for place, name in enumerate(names)
    ]
    return plots.periods_plot([part["period"] for part in parts], lines, "Alpha over time")


def _bias_plots(bias: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    found = [one for own in bias.values() for one in own.values()]
    most = max((abs(one[end]) for one in found for end in ("low", "high")), default=0)
    reach = next((one for one in _BIAS if most <= one), _BIAS[-1])
    ticks = (-reach, -reach / 2, 0, reach / 2, reach)
    for place, frame in enumerate(names):
        rows = [(name, own[frame], None) for name, own in bias.items()]
        if rows:
            title = f"Bias of each annotator on {frame}"
            yield plots.whiskers_plot(rows, f"bias-{place}", title, ticks)
