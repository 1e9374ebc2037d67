"""Rows into tables: what is there already is passed over, and what was erased is refused."""

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from labels import schema
from labels.errors import LabelError
from labels.rows import LabelledRow, canonical

CHUNK = 2000
"""Rows that are stored at once. SQLite allows 32,766 variables in a statement."""

Row = TypeVar("Row")

_PLACE = ("id", "lang", "source", "document", "date")


class ErasedError(LabelError):
    """Texts that were erased for good."""


def insert_places(
    connection: sa.Connection, rows: Sequence[LabelledRow], allow_erased: bool = False
) -> None:
    """Insert the texts of `rows`, and where they were found.

    Raises:
        ErasedError: if any of the texts was erased, unless `allow_erased`.
    """
    keys = [(row, row.text_id) for row in rows]
    if not allow_erased and (marks := erased(connection, {key for _, key in keys})):
        raise refusal(marks)
    _insert_places(connection, keys)


def insert_answers(
    connection: sa.Connection, rows: Sequence[LabelledRow], arrival: str, by: str | None
) -> int:
    """Insert what is new among `rows`, texts and places too, and return how many answers it was.

    `arrival` is when they are stored, and the time of rows that give none; `by` is who writes them.
    """
    keys = [(row, row.text_id) for row in rows]
    places = _insert_places(connection, keys)
    answers = [row.answer_key_on(key) for row, key in keys]
    known = _known_answers(connection, answers)
    fresh = []
    for (row, text_id), place, key in zip(keys, places, answers, strict=True):
        times = known.setdefault(key, set())
        if (row.at in times) if row.at else times:
            continue
        times.add(row.at or arrival)
        fresh.append(
            {
                "text_id": text_id, "occurrence": place, "key": key, "annotator": row.annotator,
                "frames": json.dumps(row.frames, ensure_ascii=False), "at": row.at or arrival,
                "codebook": row.codebook, "sampled": row.sampled, "kind": row.kind, "by": by,
                "stored": arrival,
            }
        )  # fmt: skip
    if fresh:
        _insert(connection, sa.insert(schema.annotations), fresh)
    return len(fresh)


def erased(connection: sa.Connection, text_ids: Iterable[str]) -> dict[str, str]:
    """Return those of the texts that were erased and are not back, each with its mark in words."""
    e, t = schema.erasures.c, schema.texts.c
    query = (
        sa.select(e.text_id, e.at, e.by, e.reason)
        .join_from(schema.erasures, schema.texts, e.text_id == t.id, isouter=True)
        .where(t.id.is_(None))
        .order_by(e.number)
    )
    marks = {
        key: f"{key} was erased on {at[:10]}{f' by {by}' if by else ''}: {reason}"
        for key, at, by, reason in connection.execute(query)
    }
    return {key: marks[key] for key in text_ids if key in marks} if marks else {}


def refusal(marks: dict[str, str]) -> ErasedError:
    """Return the error that names every mark."""
    texts = f"{len(marks)} text was" if len(marks) == 1 else f"{len(marks)} texts were"
    return ErasedError(
        f"{texts} erased for good, and nothing was stored; leave out what is named here; "
        "where it may come back: framescope labels import --allow-erased",
        list(marks.values()),
    )


def chunks(rows: Iterable[Row], size: int = CHUNK) -> Iterator[list[Row]]:
    """Yield rows in lists of `size`, the last one shorter."""
    iterator = iter(rows)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def _insert_places(connection: sa.Connection, keys: Sequence[tuple[LabelledRow, str]]) -> list[str]:
    """Insert texts and places, and return the key of each row's place."""
    texts = {key: {"id": key, "text": row.text} for row, key in keys}
    _insert_missing(connection, schema.texts, texts)
    places = []
    found: dict[str, dict[str, Any]] = {}
    for row, text_id in keys:
        key = row.occurrence_key_on(text_id)
        places.append(key)
        if key not in found:
            own = {name: getattr(row, name) for name in _PLACE}
            meta = canonical(dict(row.meta)) if row.meta else "{}"
            found[key] = {"key": key, "text_id": text_id, "meta": meta, **own}
    _insert_missing(connection, schema.occurrences, found)
    return places


def _insert_missing(
    connection: sa.Connection, table: sa.Table, wanted: dict[str, dict[str, Any]]
) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    if wanted:
        statement = dialect.insert(table).on_conflict_do_nothing()
        _insert(connection, statement, list(wanted.values()))


def _insert(
    connection: sa.Connection, statement: sa.Insert, rows: Sequence[dict[str, Any]]
) -> None:
    """Insert rows of plain strings and numbers.

    SQLAlchemy would look at every value of every row for what it has to convert, which takes as
    long as storing them; there is nothing to convert here.
    """
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(rows[0]))
    order = getattr(compiled, "positiontup", None)
    values = [tuple(row[name] for name in order) for row in rows] if order else list(rows)
    connection.exec_driver_sql(compiled.string, values)


def _known_answers(connection: sa.Connection, keys: list[str]) -> dict[str, set[str]]:
    columns = schema.annotations.c
    known: dict[str, set[str]] = {}
    query = sa.select(columns.key, columns.at).where(columns.key.in_(keys))
    for key, at in connection.execute(query):
        known.setdefault(key, set()).add(at)
    return known
