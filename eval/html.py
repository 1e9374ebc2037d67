"""`report.html` from the report's plain dict: one file, no outside request, every text escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval import plots

TEMPLATE = "report.html.j2"

_HEADLINE = (
    ("Frames, macro-F1", "frames", "macro_f1"),
    ("Frames, micro-F1", "frames", "micro_f1"),
    ("Mean average precision", "frames", "mean_average_precision"),
    ("Stance, macro-F1", "stance", "macro_f1"),
    ("Stance, accuracy", "stance", "accuracy"),
    ("Frame and stance, micro-F1", "joint", "micro_f1"),
)


def render(report: Mapping[str, Any]) -> str:
    """Return the page for a report as `eval.report.report` makes it."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = {"figure": _figure, "change": _change, "number": _number, "percent": _percent}
    environment.filters.update(filters)
    names = report["codebook"]["frames"]
    rows = list(_headline(report))
    curves = [
        (names.index(name), frame["curve"])
        for name, frame in report["frames"]["per_frame"].items()
        if frame
    ]
    return environment.get_template(TEMPLATE).render(
        report=report,
        rows=rows,
        colours={name: plots.frame_colour(place) for place, name in enumerate(names)},
        dashes={name: plots.dashes(place) for place, name in enumerate(names)},
        headline_plot=Markup(plots.headline_plot(rows)),
        curves_plot=Markup(plots.curves_plot(curves)),
        reliability_plot=Markup(plots.reliability_plot(report["calibration"]["bins"])),
        lineage=list(_flat(report["lineage"])),
        slice_kinds={
            "language": "Language",
            "source": "Source",
            "length": "Length",
            "gold_frames": "Frames marked",
        },
    )


def _headline(report: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    baseline = report["baseline"] or {}
    for label, section, key in _HEADLINE:
        if report[section]:
            yield label, report[section][key], (baseline.get(section) or {}).get(key)


def _figure(value: Mapping[str, Any] | None) -> Markup:
    """A figure with its interval; the interval is set smaller."""
    if value is None:
        return Markup('<span class="quiet">none</span>')
    text = '<span class="figure">{:.2f}</span> <span class="range">{:.2f}–{:.2f}</span>'  # noqa: RUF001
    return Markup(text).format(value["value"], value["low"], value["high"])


def _change(value: Mapping[str, Any] | None) -> Markup:
    """A difference with its sign and its interval."""
    if value is None:
        return Markup('<span class="quiet">none</span>')
    numbers = [f"{value[key] + 0.0:+.3f}".replace("-", "−") for key in ("value", "low", "high")]  # noqa: RUF001
    text = '<span class="figure">{}</span> <span class="range">{} to {}</span>'
    return Markup(text).format(*numbers)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _percent(value: float) -> str:
    return f"{value * 100:.0f}%"


def _flat(lineage: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in lineage.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}, ")
        else:
            listed = isinstance(value, list | tuple)
            yield f"{prefix}{key}", ", ".join(map(str, value)) if listed else str(value)
