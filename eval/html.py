"""`report.html` and `index.html` from plain dicts: no outside request, every text escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from eval import plots
from eval.slices import SMALL

REPORT, INDEX = "report.html.j2", "index.html.j2"

OFTEN = 0.9
"""The precision, or recall, that the page says the threshold of."""

_HEADLINE_TITLE = "Headline figures with 95% intervals"
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
    names = report["codebook"]["frames"]
    rows = list(_headline(report))
    curves = [
        (names.index(name), frame["curve"])
        for name, frame in report["frames"]["per_frame"].items()
        if frame
    ]
    before = report["calibration"]["before"]
    drawn = [figure for row in rows for figure in row[1:] if figure]
    return template(REPORT).render(
        report=report,
        rows=rows,
        few=SMALL,
        flat=any(figure["low"] == figure["high"] for figure in drawn),
        colours={name: plots.frame_colour(place) for place, name in enumerate(names)},
        dashes={name: plots.dashes(place) for place, name in enumerate(names)},
        headline_plot=Markup(
            plots.whiskers_plot([row[:3] for row in rows], "headline", _HEADLINE_TITLE)
        ),
        curves_plot=Markup(plots.curves_plot(curves)),
        reliability_plot=Markup(
            plots.reliability_plot(report["calibration"]["bins"], before and before["bins"])
        ),
        pairs_plot=Markup(_pairs_plot(report["annotators"])),
        evidence_plot=Markup(_evidence_plot(report["faithfulness"])),
        details=list(_details(report, names)),
        lineage=list(_flat(report["lineage"])),
        slice_kinds={
            "language": "Language",
            "source": "Source",
            "register": "Register",
            "length": "Length",
            "gold_frames": "Frames marked",
            "date": "Date",
        },
    )


def render_index(index: Mapping[str, Any]) -> str:
    """Return the page that compares the reports of an index as `eval.runs.judge_all` makes it."""
    parts = []
    reports = index["reports"]
    sets = {(entry["data"]["name"], entry["data"]["hash"]): entry["data"] for entry in reports}
    for place, data in enumerate(sets.values()):
        own = [entry for entry in reports if entry["data"] == data]
        rows = [(entry["model"], entry["frames"]["macro_f1"], None) for entry in own]
        title = f"Frames, macro-F1 on {data['name']}"
        plot = Markup(plots.whiskers_plot(rows, f"data-{place}", title))
        frames = list(dict.fromkeys(name for entry in own for name in entry["per_frame"]))
        parts.append({"data": data, "reports": own, "frames": frames, "plot": plot})
    return template(INDEX).render(index=index, parts=parts)


def template(name: str) -> Template:
    """Return a template of this package, with the filters that its pages share."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = {
        "figure": _figure, "small": _small, "change": _change, "number": _number,
        "percent": _percent, "share": _share,
    }  # fmt: skip
    environment.filters.update(filters)
    return environment.get_template(name)


def _headline(report: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any, Any]]:
    """What each figure is called; the model's, its baseline's and the champion's."""
    others = [report["baseline"] or {}, report["champion"] or {}]
    for label, section, key in _HEADLINE:
        if report[section]:
            own = report[section][key]
            baseline, champion = ((other.get(section) or {}).get(key) for other in others)
            yield label, own, baseline, champion


def _pairs_plot(annotators: Mapping[str, Any] | None) -> str:
    """Macro-F1 of the model with each annotator, and of annotators with one another."""
    pairs = annotators["pairs"] if annotators else ()
    rows = [(f"{pair['one']} and {pair['other']}", pair["macro_f1"], None) for pair in pairs]
    return plots.whiskers_plot(rows, "pairs", "Agreement as macro-F1") if rows else ""


def _evidence_plot(found: Mapping[str, Any] | None) -> str:
    """What the sentence named does, beside another one of its text."""
    if not found:
        return ""
    labels = {"deleted": "Score lost without it", "lost": "Frames lost", "alone": "Score alone"}
    rows = [(label, found[key]["top"], found[key]["other"]) for key, label in labels.items()]
    below = any(figure["low"] < 0 for _, *both in rows for figure in both)
    ticks = [-0.2, 0, 0.2, 0.4, 0.6, 0.8, 1] if below else [0, 0.2, 0.4, 0.6, 0.8, 1]
    return plots.whiskers_plot(rows, "evidence", "What the sentence named does", ticks)


def _details(report: Mapping[str, Any], names: list[str]) -> Iterator[dict[str, Any]]:
    for name, frame in report["frames"]["per_frame"].items():
        if frame:
            place = names.index(name)
            drawn = (plots.curve_plot, plots.costs_plot, plots.frame_reliability_plot)
            yield {
                "name": name,
                "frame": frame,
                "place": place,
                "plots": [Markup(draw(place, name, frame)) for draw in drawn],
                "trades": list(_trades(frame)),
            }


def _trades(frame: Mapping[str, Any]) -> Iterator[tuple[str, float | None, Any, Any, Any]]:
    """What the threshold that is served gives, and those that find more or are right more often."""
    served = (frame[key]["value"] for key in ("precision", "recall", "f1"))
    yield "as served", frame["threshold"], *served
    costs = frame["thresholds"]
    steps = list(zip(*(costs[k] for k in ("threshold", "precision", "recall", "f1")), strict=True))
    finding = [step for step in steps if step[2] >= OFTEN]
    right = [step for step in steps if step[1] is not None and step[1] >= OFTEN]
    if finding:
        yield "to find nine in ten", *finding[-1]
    if right:
        yield "to be right nine times in ten", *right[0]


def _figure(value: Mapping[str, Any] | None) -> Markup:
    """A figure with its interval; the interval is set smaller."""
    if value is None:
        return Markup('<span class="quiet">none</span>')
    text = '<span class="figure">{:.2f}</span> <span class="range">{:.2f}–{:.2f}</span>'  # noqa: RUF001
    return Markup(text).format(value["value"], value["low"], value["high"])


def _small(value: Mapping[str, Any] | None) -> Markup:
    """A figure near 0, with one place more."""
    if value is None:
        return _figure(value)
    text = '<span class="figure">{:.3f}</span> <span class="range">{:.3f}–{:.3f}</span>'  # noqa: RUF001
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


def _share(value: float) -> str:
    """A share as a percentage with one place, for shares near 0."""
    return f"{value:.1%}"


def _flat(lineage: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in lineage.items():
        if value == []:
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}, ")
        else:
            listed = isinstance(value, list | tuple)
            yield f"{prefix}{key}", ", ".join(map(str, value)) if listed else str(value)
