"""The figures of parts of the paragraphs: by language, source, length and number of frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from eval.figures import headline
from eval.intervals import Bootstrap, figure
from eval.judge import Judged
from labels.text import words

SMALL = 30
"""A slice of fewer paragraphs says little; the report marks it."""

SHOWN_SOURCES = 20
LENGTHS = (25, 50, 100, 200)
"""Upper edges of the buckets of length, in words."""


def slices(judged: Judged) -> dict[str, list[dict[str, Any]]]:
    """Return the slices by kind: language, source, length, gold_frames.

    Each has `name`, `n`, `small` (fewer than 30 paragraphs), and as figures `macro_f1`, `micro_f1`,
    `stance_accuracy`, `joint_micro_f1` and `exact` (share of paragraphs whose frames are all
    right).
    """
    counts = [_bucket(len(words(row.text))) for row in judged.rows]
    marked = [_marked(int(number)) for number in judged.gold.sum(axis=1)]
    return {
        "language": _cut(judged, _largest_first(judged.languages)),
        "source": _cut(judged, _largest_first(_sources(judged))),
        "length": _cut(judged, counts),
        "gold_frames": _cut(judged, marked),
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
    names = [row.source or "not given" for row in judged.rows]
    sizes = Counter(names)
    shown = set(sorted(sizes, key=lambda name: (-sizes[name], name))[:SHOWN_SOURCES])
    others = f"{len(sizes) - len(shown)} other sources"
    return [name if name in shown else others for name in names]


def _bucket(count: int) -> tuple[int, str]:
    start = 1
    for edge in LENGTHS:
        if count <= edge:
            return edge, f"{start} to {edge} words"
        start = edge + 1
    return start, f"over {LENGTHS[-1]} words"


def _marked(count: int) -> tuple[int, str]:
    return (count, str(count)) if count < 3 else (3, "3 or more")
