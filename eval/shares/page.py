"""The page of `framescope aggregate --html`, and its figures for a paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from eval import plots
from eval.html import template
from eval.shares import charts
from eval.shares.columns import are_periods, periods_between
from eval.shares.examples import Example, chosen, example, read_examples
from eval.shares.grouping import OVERALL, Grouping, group_by
from eval.shares.result import Shares
from eval.shares.tally import FRAME, OWN, POOLED, UNCORRECTED, Row
from labels.disk import written_whole

PAGE = "shares.html.j2"

MOST = 40
"""Groups that are shown; the table has all of them."""

MOST_PERIODS = 240


def write_page(found: Shares, path: Path) -> None:
    """Write the page, which asks nothing of any other file or host.

    Raises:
        WriteError: if the file cannot be written.
    """
    with written_whole(path) as file:
        file.write(render(found).encode("utf-8", "replace"))


def write_figures(found: Shares, folder: Path) -> list[Path]:
    """Write every figure as an SVG document of its own; return their paths."""
    drawn = {"overall": charts.overall(found.of(OVERALL))}
    frames = list(found.corpus.frames)
    for by, groups in found.groups.items():
        rows = _by_group(found, by)
        if are_periods(by, groups) and len(groups) > 1:
            every = periods_between(groups)
            for place, frame in enumerate(frames):
                own = {group: rows[group, frame] for group in groups}
                name = f"{by}-{_named(frame)}"
                drawn[name] = charts.trend(name, place, frame, every, own)
                if lines := _stance_lines(found, by, frame):
                    name = f"{name}-stances"
                    drawn[name] = charts.stances(name, place, frame, every, lines)
        elif by != OVERALL:
            name = f"frames-by-{_named(by)}"
            drawn[name] = charts.heat(name, f"Frames by {by}", _largest(found, by), rows)
    if len(frames) > 1:
        drawn["together"] = charts.together("together", frames, _together(found))
    drawn |= {one["name"]: str(one["plot"]) for one in _comparisons(found)}
    paths = []
    for name, svg in drawn.items():
        paths.append(folder / f"{name}.svg")
        with written_whole(paths[-1]) as file:
            file.write(plots.alone(svg).encode("utf-8"))
    return paths


def render(found: Shares) -> str:
    """Return the page."""
    frames = list(found.corpus.frames)
    rows = found.of(OVERALL)
    kinds = [row["correction"] for row in found.rows if row["of"] != FRAME]
    return template(PAGE).render(
        rows=rows,
        paragraphs=rows[0]["paragraphs"],
        documents=rows[0]["documents"],
        labels=rows[0]["labels"],
        models=found.corpus.models,
        codebooks=found.corpus.codebooks,
        notes=found.notes,
        corrected=rows[0]["correction"],
        pooled=POOLED in kinds,
        uncorrected=UNCORRECTED in kinds,
        colours={name: plots.frame_colour(place) for place, name in enumerate(frames)},
        overall_plot=Markup(charts.overall(rows)),
        stances=_stance_rows(found),
        comparisons=list(_comparisons(found)),
        frames=frames,
        parts=list(_parts(found)),
        together=_together(found).tolist() if len(frames) > 1 else [],
        counts=(found.corpus.decided > 0).sum(axis=1).tolist(),
    )


def _comparisons(found: Shares) -> Iterator[dict[str, Any]]:
    """Each question with its rows and their plot."""
    asked = dict.fromkeys(row["question"] for row in found.comparisons)
    for number, question in enumerate(asked, start=1):
        name = f"differences-{number}"
        rows = [row for row in found.comparisons if row["question"] == question]
        plot = Markup(charts.differences(name, rows))
        yield {"name": name, "question": question, "rows": rows, "plot": plot}


def _parts(found: Shares) -> Iterator[dict[str, Any]]:
    """One part of the page for each grouping."""
    frames = list(found.corpus.frames)
    for number, (by, groups) in enumerate(found.groups.items()):
        dated = are_periods(by, groups)
        rows = _by_group(found, by)
        shown = groups[-MOST_PERIODS:] if dated else _largest(found, by)
        name = f"by{number}"
        plots_of = []
        if dated and len(shown) > 1:
            every = periods_between(shown)
            for place, frame in enumerate(frames):
                own = {group: rows[group, frame] for group in shown}
                lines = _stance_lines(found, by, frame)
                plots_of.append({
                    "frame": frame,
                    "trend": Markup(charts.trend(
                        f"{name}-{place}", place, frame, every, own, shown
                    )),
                    "stances": Markup(charts.stances(
                        f"{name}-s{place}", place, frame, every, lines
                    )) if lines else "",
                })  # fmt: skip
        most = max((row["share"] or 0.0 for row in rows.values()), default=0.0) or 1.0
        yield {
            "by": by,
            "name": name,
            "overall": by == OVERALL,
            "dated": dated,
            "groups": shown,
            "hidden": len(groups) - len(shown),
            "rows": rows,
            "plots": plots_of,
            "stances_counted": any(
                row["correction"] == UNCORRECTED
                for row in found.rows
                if row["by"] == by and row["of"] == FRAME
            ),
            "most": most,
            "examples": _examples(found, by, shown),
        }


def _examples(found: Shares, by: str, shown: list[str]) -> dict[tuple[str, str], list[Example]]:
    """Examples by group and frame."""
    grouping = group_by(found.corpus, by)
    wanted = {label: place for place, label in enumerate(shown)}
    kept = np.array([wanted.get(label, len(shown)) for label in grouping.labels], dtype=np.intp)
    asked = Grouping(by, [(label,) for label in shown], grouping.row, kept[grouping.group])
    places = chosen(found.corpus, asked, len(shown))
    cells = read_examples(
        found.source, found.corpus, (row for own in places.values() for row in own)
    )
    frames = found.corpus.frames
    return {
        (shown[group], frames[frame]): [example(cells[row], frames[frame]) for row in own]
        for (group, frame), own in places.items()
    }


def _by_group(found: Shares, by: str) -> dict[tuple[str, str], Row]:
    return {(row["group"], row["frame"]): row for row in found.of(by)}


def _largest(found: Shares, by: str) -> list[str]:
    """The groups with most paragraphs, at most `MOST`, in the order of their names."""
    sizes = {row["group"]: row["paragraphs"] for row in found.of(by)}
    kept = sorted(sizes, key=lambda group: (-sizes[group], group))[:MOST]
    return [group for group in found.groups[by] if group in set(kept)]


def _stance_lines(found: Shares, by: str, frame: str) -> dict[str, dict[str, Row]]:
    return {
        stance: {row["group"]: row for row in found.of(by, stance, FRAME) if row["frame"] == frame}
        for stance in found.corpus.stances
    }


def _stance_rows(found: Shares) -> list[dict[str, Any]]:
    """For each frame its stances, as shares of the paragraphs that carry it."""
    listed = []
    for frame in found.corpus.frames:
        own: Mapping[str, Row] = {
            stance: row
            for stance in found.corpus.stances
            for row in found.of(OVERALL, stance, FRAME)
            if row["frame"] == frame and row["share"] is not None
        }
        if own:
            sure = all(row["correction"] == OWN for row in own.values())
            listed.append({"frame": frame, "stances": own, "corrected": sure})
    return listed


def _together(found: Shares) -> np.ndarray:
    """Of the paragraphs counted with one frame, the share counted with another: (F, F)."""
    marks = (found.corpus.decided > 0).astype(np.float64)
    both = marks @ marks.T
    with np.errstate(invalid="ignore", divide="ignore"):
        table = both / np.diag(both)[:, None]
    np.fill_diagonal(table, np.nan)
    return table


def _named(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name)
