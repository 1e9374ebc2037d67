"""The pool: texts without a label, read from files, of which the next to label are chosen."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from labels import schema
from labels.duplicates import near_duplicates
from labels.errors import FramescopeError
from labels.insertion import erased
from labels.split import draw
from labels.store import Store
from labels.text import normalise, text_id
from serving.corpus.inputs import expanded, told_apart
from serving.corpus.rows import text_rows

MOST = 20_000
"""Texts of a pool that are looked at; of a larger one, as many drawn at random."""

UNREADABLE, KNOWN, ERASED, REPEATED, ALIKE = LEFT_OUT = (
    "not readable", "in the store already", "erased", "repeated", "near-duplicates",
)  # fmt: skip
"""Why texts of the files are not in the pool."""


class PoolError(FramescopeError):
    """Files from which nothing can be suggested."""


@dataclass(frozen=True, slots=True)
class PoolText:
    """A text that may be labelled. `cells`: the row of the file, in plain values.

    `side`: where its label will count, as far as that is known before: train, test or bridge.
    """

    text: str
    text_id: str
    cells: Mapping[str, Any]
    side: str


@dataclass(frozen=True, slots=True)
class TextPool:
    """The texts to choose from; how many were read, looked at, and left out for which reason."""

    texts: tuple[PoolText, ...]
    read: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)


def read_pool(
    files: Sequence[Path], column: str, store: Store, chance: np.random.Generator, most: int = MOST
) -> TextPool:
    """Return the texts of files, without those that a label would say little new on.

    Left out are the texts of the store (labelled, or waiting in the queue), their near-duplicates,
    those that were erased for good, and of near-duplicates in the pool all but one. Of more than
    `most` new texts, `most` are drawn at random, all with equal chance, so that a random share of
    the pool stays one.

    Raises:
        PoolError: if no row has the column.
        LabelError: if a file cannot be read, or not from some place on.
    """
    counts: Counter[str] = Counter()
    known = _texts(store)
    with tempfile.TemporaryDirectory() as scratch:
        fresh = _fresh(files, column, known, _erased(store), counts, Path(scratch))
        kept = _drawn(fresh, most, chance)
    read = counts.pop("read", 0)
    if not counts.pop("with text", 0):
        raise PoolError(
            f"no row of {', '.join(map(str, files))} has a text in a column '{column}'. "
            "Name the one that holds the text with --text"
        )
    alike = _alike(known, kept)
    counts[ALIKE] += len(alike)
    sides = _sides(store)
    texts = tuple(
        PoolText(text, key, cells, _side(key, cells, sides))
        for key, (text, cells) in kept.items()
        if key not in alike
    )
    return TextPool(texts, read, {why: counts[why] for why in LEFT_OUT})


_Kept = dict[str, tuple[str, dict[str, Any]]]


def _fresh(
    files: Sequence[Path],
    column: str,
    known: Mapping[str, str],
    gone: Collection[str],
    counts: Counter[str],
    scratch: Path,
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield id, text and cells of what is not known, counting on the way."""
    seen: set[str] = set()
    inputs = told_apart(expanded(files)[0])
    for row in text_rows(inputs, column, scratch)[1]:
        counts["read"] += 1
        counts["with text"] += column in row.cells
        if row.fault:
            counts[UNREADABLE] += 1
            continue
        text = row.cells[column]
        key = text_id(text)
        if key in known:
            counts[KNOWN] += 1
        elif key in gone:
            counts[ERASED] += 1
        elif key in seen:
            counts[REPEATED] += 1
        else:
            seen.add(key)
            yield key, normalise(text), row.cells


def _drawn(
    rows: Iterator[tuple[str, str, dict[str, Any]]], most: int, chance: np.random.Generator
) -> _Kept:
    """Keep `most` rows of a stream of unknown length by chance (Vitter 1985, algorithm R)."""
    kept: list[tuple[str, str, dict[str, Any]]] = []
    for place, row in enumerate(rows):
        if place < most:
            kept.append(row)
        elif (drawn := int(chance.integers(place + 1))) < most:
            kept[drawn] = row
    return {key: (text, cells) for key, text, cells in kept}


def _alike(known: Mapping[str, str], kept: _Kept) -> set[str]:
    """Ids of the texts kept that are near-duplicates of a known text, or of one kept before."""
    found: set[str] = set()
    for one, other in near_duplicates({**known, **{key: text for key, (text, _) in kept.items()}}):
        if other in kept and one not in found:
            found.add(other)
    return found


def _texts(store: Store) -> dict[str, str]:
    query = sa.select(schema.texts.c.id, schema.texts.c.text)
    with store.reading() as connection:
        return dict(connection.execute(query).all())


def _erased(store: Store) -> set[str]:
    with store.reading() as connection:
        marked = connection.execute(sa.select(schema.erasures.c.text_id)).scalars().all()
        return set(erased(connection, marked))


def _sides(store: Store) -> dict[str, str]:
    """Document to the side its texts are on."""
    o, s = schema.occurrences.c, schema.sides.c
    query = (
        sa.select(o.document, s.side)
        .join_from(schema.occurrences, schema.sides, o.text_id == s.text_id)
        .where(o.document.is_not(None))
        .distinct()
    )
    with store.reading() as connection:
        return dict(connection.execute(query).all())


def _side(key: str, cells: Mapping[str, Any], sides: Mapping[str, str]) -> str:
    """The side that `labels.split.assign` will give a text that is nothing's near-duplicate."""
    document = cells.get("document")
    if not isinstance(document, str) or not document:
        return draw(f"n:{key}")
    return sides.get(document) or draw(f"d:{document}")
