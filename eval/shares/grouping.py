"""Which rows belong to which group, and the documents and labels in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.shares.columns import Column
from eval.shares.estimate import Labelled, Places, Scored
from eval.shares.reading import Corpus
from eval.shares.sources import SharesError

OVERALL = "all"
CROSSED = "+"
"""Joins the columns of a crossing, as in `source+month`."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups by one thing, or by several crossed. A row that has several of it is in each.

    keys: for each group, its value of each column. row, group: (P,). outside: rows in no group.
    """

    name: str
    keys: list[tuple[str, ...]]
    row: Places
    group: Places
    outside: int = 0

    @property
    def labels(self) -> list[str]:
        return [" / ".join(key) or OVERALL for key in self.keys]


def parts_of(by: Sequence[str]) -> list[str]:
    """Return the columns that groupings are made of, each once."""
    return list(dict.fromkeys(part for name in by for part in name.split(CROSSED)))


def group_by(corpus: Corpus, name: str) -> Grouping:
    """Group the rows by a column, or by several as in `source+month`; `all` puts all in one.

    Raises:
        SharesError: if no row has a value.
    """
    row = np.arange(len(corpus), dtype=np.intp)
    place = np.zeros(len(corpus), dtype=np.intp)
    keys: list[tuple[str, ...]] = [()]
    for part in [] if name == OVERALL else name.split(CROSSED):
        column = corpus.columns[part]
        row, value, values = _exploded(column, row)
        place, keys = _crossed(place[value[0]], keys, value[1], values)
    if not len(row):
        raise SharesError(f"no row has a value of '{name}', so there is nothing to group by")
    order = sorted(range(len(keys)), key=keys.__getitem__)
    rank = np.empty(len(keys), dtype=np.intp)
    rank[order] = np.arange(len(keys))
    outside = len(corpus) - len(np.unique(row))
    return Grouping(name, [keys[at] for at in order], row, rank[place], outside)


def _exploded(column: Column, row: Places) -> tuple[Places, tuple[Places, Places], list[str]]:
    """Rows as often as they have values; which of `row` each was, and the value's place."""
    own = column.places[row]
    kept = np.flatnonzero(own >= 0)
    if not any(isinstance(value, tuple) for value in column.values):
        return row[kept], (kept, own[kept].astype(np.intp)), column.values
    places: dict[str, int] = {}
    lists = [
        np.array([places.setdefault(one, len(places)) for one in value], dtype=np.intp)
        for value in column.values
    ]
    starts = np.cumsum([0, *map(len, lists)])
    counts = np.diff(starts)[own[kept]]
    source = np.repeat(kept, counts)
    offset = np.arange(len(source)) - np.repeat(np.cumsum(counts) - counts, counts)
    flat = np.concatenate([*lists, np.empty(0, dtype=np.intp)])
    return row[source], (source, flat[starts[own[source]] + offset]), list(places)


def _crossed(
    place: Places, keys: list[tuple[str, ...]], value: Places, values: list[str]
) -> tuple[Places, list[tuple[str, ...]]]:
    found, codes = np.unique(place * max(len(values), 1) + value, return_inverse=True)
    return codes, [(*keys[code // len(values)], str(values[code % len(values)])) for code in found]


@dataclass(frozen=True, slots=True)
class Cells:
    """A grouping with its documents, and the labelled texts in each group.

    document: (C,), of each cluster. unit_text, unit_group, unit_cluster, unit_row, unit_weight:
    (U,), a labelled text in a group, the first row that has it there and how many have.
    """

    grouping: Grouping
    cluster: Places
    owner: Places
    document: Places
    unit_text: NDArray
    unit_group: Places
    unit_cluster: Places
    unit_row: Places
    unit_weight: NDArray[np.float64]

    def scored(self, corpus: Corpus, frame: int) -> Scored:
        decided = corpus.decided[frame][self.grouping.row]
        group = self.grouping.group
        return Scored(group, self.cluster, self.owner, decided, len(self.grouping.keys))

    def labelled(self, corpus: Corpus, frame: int, truth: NDArray[np.bool_]) -> Labelled:
        """truth: (L,), whether each labelled text carries what is counted."""
        decided = corpus.decided[frame][self.unit_row]
        own = truth[self.unit_text] if len(truth) else np.empty(0, dtype=bool)
        return Labelled(self.unit_group, self.unit_cluster, decided, own, self.unit_weight)


def cells_of(corpus: Corpus, grouping: Grouping) -> Cells:
    """Find the documents and the labelled texts of each group."""
    documents = int(corpus.cluster.max()) + 1
    pair = grouping.group * documents + corpus.cluster[grouping.row]
    found, cluster = np.unique(pair, return_inverse=True)
    has = np.flatnonzero(corpus.text[grouping.row] >= 0)
    texts = int(corpus.text.max()) + 1
    unit = grouping.group[has] * max(texts, 1) + corpus.text[grouping.row[has]]
    _, first, weight = np.unique(unit, return_index=True, return_counts=True)
    place = has[first]
    row = grouping.row[place]
    return Cells(
        grouping, cluster, found // documents, found % documents, corpus.text[row],
        grouping.group[place], cluster[place], row, weight.astype(np.float64),
    )  # fmt: skip
