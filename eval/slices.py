"""The figures of parts of the paragraphs: by language, source, register, length, frames, date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from eval.figures import headline
from eval.intervals import Bootstrap, figure
from eval.judge import Judged
from labels.text import words

SMALL = 30
"""A slice of fewer paragraphs says little; the report marks it."""

SHOWN_NAMES = 20
LENGTHS = (25, 50, 100, 200)
"""Upper edges of the buckets of length, in words."""

NOT_GIVEN = "not given"
MOST_MONTHS = 18
"""Dates that lie in more months than this are cut by year."""


def slices(judged: Judged, registers: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return the slices by kind: language, source, register, length, gold_frames, date.

    `registers` is by text id. A kind that no row says anything of has no slices: register, date.

    Each has `name`, `n`, `small` (fewer than 30 paragraphs), and as figures `macro_f1`, `micro_f1`,
    `stance_accuracy`, `joint_micro_f1` and `exact` (share of paragraphs whose frames are all
    right).
    """
    counts = [_bucket(len(words(row.text))) for row in judged.rows]
    marked = [_marked(int(number)) for number in judged.gold.sum(axis=1)]
    return {
        "language": _cut(judged, _largest_first(judged.languages)),
        "source": _cut(judged, _pooled(_sources(judged), "other sources")),
        "register": _cut(judged, _pooled(_registers(judged, registers), "other registers")),
        "length": _cut(judged, counts),
        "gold_frames": _cut(judged, marked),
        "date": _cut(judged, _dates(judged)),
    }


def _cut(judged: Judged, keys: Sequence[tuple[int, str]]) -> list[dict[str, Any]]:
    """One slice per key, a key being its place in the order and its name."""
    places: dict[tuple[int, str], list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    return [_slice(key[1], judged.take(places[key])) for key in sorted(places)]


def _largest_first(names: Sequence[str]) -> list[tuple[int, str]]:
    sizes = Counter(names)
    return [(-sizes[name], name) for name in names]


def _slice(name: str, judged: Judged) -> dict[str, Any]:
    bootstrap = Bootstrap(judged.groups)
    found = headline(judged, bootstrap)
    exact = (judged.gold == judged.predicted).all(axis=1)
    draws = bootstrap.totals(np.stack([exact, np.ones(len(judged))], axis=1))
    return {
        "name": name,
        "n": len(judged),
        "small": len(judged) < SMALL,
        "macro_f1": found["frames"]["macro_f1"],
        "micro_f1": found["frames"]["micro_f1"],
        "stance_accuracy": found["stance"] and found["stance"]["accuracy"],
        "joint_micro_f1": found["joint"] and found["joint"]["micro_f1"],
        "exact": figure(float(exact.mean()), draws[:, 0] / draws[:, 1], len(judged)),
    }


def _sources(judged: Judged) -> list[str]:
    return [row.source or NOT_GIVEN for row in judged.rows]


def _registers(judged: Judged, registers: Mapping[str, str]) -> list[str]:
    names = [registers.get(row.text_id, NOT_GIVEN) for row in judged.rows]
    return [] if set(names) == {NOT_GIVEN} else names


def _pooled(names: Sequence[str], others: str) -> list[tuple[int, str]]:
    """The most frequent names, and at the end the rest under one that says how many they are."""
    sizes = Counter(names)
    shown = set(sorted(sizes, key=lambda name: (-sizes[name], name))[:SHOWN_NAMES])
    rest = (0, f"{len(sizes) - len(shown)} {others}")
    return [(-sizes[name], name) if name in shown else rest for name in names]


def _dates(judged: Judged) -> list[tuple[int, str]]:
    """Months, or years where there are too many months, in order; none where no row has a date."""
    dates = [row.date for row in judged.rows]
    if not any(dates):
        return []
    length = len("2026-03")
    if len({date[:length] for date in dates if date}) > MOST_MONTHS:
        length = len("2026")
    return [(0, date[:length]) if date else (1, NOT_GIVEN) for date in dates]


def _bucket(count: int) -> tuple[int, str]:
    start = 1
    for edge in LENGTHS:
        if count <= edge:
            return edge, f"{start} to {edge} words"
        start = edge + 1
    return start, f"over {LENGTHS[-1]} words"


def _marked(count: int) -> tuple[int, str]:
    return (count, str(count)) if count < 3 else (3, "3 or more")
