"""Rows into tables: what is there already is passed over, and what was erased is refused."""

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from labels import schema
from labels.errors import LabelError
from labels.rows import DECISION, PLACE, LabelledRow, canonical, utc

CHUNK = 2000
"""Rows that are stored at once. SQLite allows 32,766 variables in a statement."""

Row = TypeVar("Row")

_LAST = datetime.max.replace(tzinfo=UTC)
_place = attrgetter(*PLACE)
_ANSWER = (
    "text_id", "occurrence", "annotator", "frames", "at", "codebook", "sampled", "key", "kind",
    "by", "stored",
)  # fmt: skip


class ErasedError(LabelError):
    """Texts that were erased for good: `text_ids`, each with its mark in words among `problems`."""

    def __init__(self, summary: str, marks: dict[str, str]) -> None:
        super().__init__(summary, list(marks.values()))
        self.text_ids = list(marks)


def insert_places(
    connection: sa.Connection, rows: Sequence[LabelledRow], allow_erased: bool = False
) -> None:
    """Insert the texts of `rows`, and where they were found.

    Raises:
        ErasedError: if any of the texts was erased, unless `allow_erased`.
    """
    keys = [row.text_id for row in rows]
    if not allow_erased and (marks := erased(connection, keys)):
        raise refusal(marks)
    _insert_places(connection, rows, keys)


def insert_answers(
    connection: sa.Connection, rows: Sequence[LabelledRow], arrival: str, by: str | None
) -> int:
    """Insert what is new among `rows`, texts and places too, and return how many answers it was.

    `arrival` is when they are stored, and the time of rows that give none; `by` is who writes them.
    """
    keys = [row.text_id for row in rows]
    places = _insert_places(connection, rows, keys)
    answers = [row.answer_key_on(key) for row, key in zip(rows, keys, strict=True)]
    known = _known_answers(connection, answers)
    fresh = []
    for row, text_id, place, key in zip(rows, keys, places, answers, strict=True):
        times = known.setdefault(key, set())
        if (row.at in times) if row.at else times:
            continue
        at = row.at or arrival
        times.add(at)
        frames = _frames(tuple(row.frames.items()))
        fresh.append(
            (
                text_id, place, row.annotator, frames, at, row.codebook, row.sampled, key, row.kind,
                by, arrival,
            )
        )  # fmt: skip
    _insert(connection, sa.insert(schema.annotations), _ANSWER, fresh)
    return len(fresh)


def counting_last(
    connection: sa.Connection, answers: Sequence[tuple[str, str, str, str | None]], now: str
) -> list[str]:
    """Return a time for each answer at which it counts after all that were given before.

    `answers` are of text id, annotator, kind and time, in the order in which they are to count.
    One that has a time keeps it. For the others it is `now`, or just after what the annotator has
    said of the text with a later date; for a decision also just after every other decision.
    """
    a = schema.annotations.c
    newest: dict[tuple[str, str | None], str] = {}
    for part in chunks(dict.fromkeys(text_id for text_id, _, _, _ in answers)):
        query = sa.select(a.text_id, a.annotator, a.kind, sa.func.max(a.at))
        query = query.where(a.text_id.in_(part)).group_by(a.text_id, a.annotator, a.kind)
        for text_id, annotator, kind, at in connection.execute(query):
            _note_time(newest, text_id, annotator, kind, at)
    times = []
    for text_id, annotator, kind, own in answers:
        before = [newest.get((text_id, annotator), "")]
        if kind == DECISION:
            before.append(newest.get((text_id, None), ""))
        at = own or max([now, *(_just_after(one) for one in before if one)])
        _note_time(newest, text_id, annotator, kind, at)
        times.append(at)
    return times


def _just_after(at: str) -> str:
    moment = datetime.fromisoformat(at)
    # An older release stored the last moment there is. The row that arrives later counts then.
    return at if moment == _LAST else utc(moment + timedelta(microseconds=1))


def _note_time(
    newest: dict[tuple[str, str | None], str], text_id: str, annotator: str, kind: str, at: str
) -> None:
    """Note the newest of an annotator on a text and, without a name, of all decisions there."""
    for who in [annotator, None] if kind == DECISION else [annotator]:
        newest[text_id, who] = max(newest.get((text_id, who), ""), at)


@lru_cache(maxsize=4096)
def _frames(pairs: tuple[tuple[str, str | None], ...]) -> str:
    return json.dumps(dict(pairs), ensure_ascii=False)


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
        marks,
    )


def chunks(rows: Iterable[Row], size: int = CHUNK) -> Iterator[list[Row]]:
    """Yield rows in lists of `size`, the last one shorter."""
    iterator = iter(rows)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def _insert_places(
    connection: sa.Connection, rows: Sequence[LabelledRow], keys: Sequence[str]
) -> list[str]:
    """Insert texts and places, and return the key of each row's place."""
    texts = {key: (key, row.text) for row, key in zip(rows, keys, strict=True)}
    _insert_missing(connection, schema.texts, ("id", "text"), texts)
    places = []
    found: dict[str, tuple[Any, ...]] = {}
    for row, text_id in zip(rows, keys, strict=True):
        key = row.occurrence_key_on(text_id)
        places.append(key)
        if key not in found:
            meta = canonical(dict(row.meta)) if row.meta else "{}"
            found[key] = (key, text_id, *_place(row), meta)
    _insert_missing(connection, schema.occurrences, ("key", "text_id", *PLACE, "meta"), found)
    return places


def _insert_missing(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    wanted: dict[str, tuple[Any, ...]],
) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).on_conflict_do_nothing()
    _insert(connection, statement, columns, list(wanted.values()))


def _insert(
    connection: sa.Connection,
    statement: sa.Insert,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Insert rows of plain strings and numbers; `columns` are theirs, in the table's order.

    SQLAlchemy would look at every value of every row for what it has to convert, which takes as
    long as storing them; there is nothing to convert here.
    """
    if not rows:
        return
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    if compiled.positional:
        connection.exec_driver_sql(compiled.string, rows)
    else:
        named = [dict(zip(columns, row, strict=True)) for row in rows]
        connection.exec_driver_sql(compiled.string, named)


def _known_answers(connection: sa.Connection, keys: Sequence[str]) -> dict[str, set[str]]:
    """Return when each of these answers was given, as far as they are stored.

    Not through SQLAlchemy, which would look at every key.
    """
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    query = f"SELECT key, at FROM annotations WHERE key IN ({', '.join([mark] * len(keys))})"
    known: dict[str, set[str]] = {}
    for key, at in connection.exec_driver_sql(query, tuple(keys)):
        known.setdefault(key, set()).add(at)
    return known
