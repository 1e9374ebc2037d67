"""The store of labels: texts, where they were found, and every answer given on them."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

import sqlalchemy as sa

from labels import database, schema
from labels.codebook import Codebook
from labels.codebook_versions import served, settle, settled
from labels.errors import StoreError
from labels.insertion import chunks, counting_last, erased, insert_answers, refusal
from labels.rows import ANSWER, LabelledRow, utc


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: rows read, and how many of them were new."""

    rows: int
    stored: int


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One row of `annotations`. `number` orders answers by arrival; `by` is who wrote it.

    `stored` is when it arrived, None where an older release stored it.
    """

    number: int
    text_id: str
    occurrence: str
    annotator: str
    frames: dict[str, str | None]
    at: str
    codebook: int
    kind: str = ANSWER
    by: str | None = None
    sampled: str | None = None
    stored: str | None = None


class Store:
    """One SQL database that serves one codebook. SQLite runs in WAL mode: readers never wait."""

    def __init__(self, engine: sa.Engine, codebook: Codebook) -> None:
        self.engine = engine
        self.codebook = codebook

    @classmethod
    def open(cls, url: str | sa.URL, codebook: Codebook | None = None) -> "Store":
        """Open the database at `url`, making its tables where there are none.

        `codebook` is what a new store will serve; without it, an existing store's own is used.

        Raises:
            StoreError: if the database cannot be opened, is of a newer schema, or serves a
                codebook with other frames or stances.
        """
        engine = database.connect(url)
        place = database.place_of(engine)
        try:
            # Mostly there is nothing to write, and then an import that holds the lock is no matter.
            with database.one_state(engine) as connection:
                current = database.is_current(connection)
                found = settled(connection, codebook, place) if current else None
            if found is None:
                with database.only_writer(engine) as connection:
                    database.prepare(connection)
                    found = settle(connection, codebook, place)
        except sa.exc.DBAPIError as error:
            words = f"{place}: cannot open the database: {error.orig}{database.remedy(error)}"
            raise StoreError(words) from error
        return cls(engine, found)

    def look(self) -> None:
        """Serve the codebook that another process has set since."""
        with self.reading() as connection:
            self.codebook = served(connection) or self.codebook

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the store throughout."""
        with self._named_errors(), database.one_state(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A connection that is the only one to write; all of it happens, or nothing."""
        with self._named_errors(), database.only_writer(self.engine) as connection:
            yield connection

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            place = database.place_of(self.engine)
            said = " ".join(str(error.orig).split())  # PostgreSQL's library breaks its lines
            words = f"{place}: the database refused: {said}{database.remedy(error)}"
            raise StoreError(words) from error
        except sa.exc.TimeoutError as error:  # of the pool: those who have its connections wait
            place = database.place_of(self.engine)
            words = f"{place}: all connections to the database are in use; {database.BUSY}"
            raise StoreError(words) from error

    def add(
        self,
        rows: Iterable[LabelledRow],
        now: datetime | None = None,
        by: str | None = None,
        allow_erased: bool = False,
        anew: bool = False,
    ) -> Imported:
        """Store rows; a row that is already there is passed over. All or nothing.

        `rows` may be a generator: few of them are held at a time, and what it raises undoes all.
        `by` is the name of who writes them, where they wrote over HTTP with a token. A row with no
        time of its own is given `now` (default: the current time), and is the same row as any
        earlier equal answer of its annotator; or with `anew` it is another, which counts after all
        earlier ones, also those dated ahead.

        Raises:
            ErasedError: naming the texts that were erased for good, unless `allow_erased`.
        """
        count = stored = 0
        marks: dict[str, str] = {}
        with self.writing() as connection, database.large_cache(connection):
            # Only now: whoever waited for the lock was not there to be seen before.
            arrival = utc(now or datetime.now(UTC))
            for chunk in chunks(rows):
                count += len(chunk)
                if not allow_erased:
                    marks |= erased(connection, (row.text_id for row in chunk))
                if anew:
                    chunk = _dated(connection, chunk, arrival)
                if not marks:
                    stored += insert_answers(connection, chunk, arrival, by)
            if marks:
                raise refusal(marks)
        return Imported(count, stored)

    def rows(self, *which: sa.ColumnElement[bool]) -> Iterator[LabelledRow]:
        """Every answer ever given, in order of arrival, as the row that was imported.

        `which`: only those of which it holds.
        """
        query = _rows_query().where(*which).order_by(schema.annotations.c.number)
        with self.reading() as connection:
            for found in connection.execute(query.execution_options(yield_per=1000)).mappings():
                yield _row(found)

    def rows_and_places(self) -> Iterator[LabelledRow]:
        """Every answer, as `rows` has it, and then every place that none of them names.

        A place comes with the text's first answer; importing that row after the answers stores the
        place alone.
        """
        a, o = schema.annotations.c, schema.occurrences.c
        first = sa.select(sa.func.min(a.number)).group_by(a.text_id)
        places = (
            _rows_query(a.text_id == o.text_id)
            .where(a.number.in_(first), o.key.not_in(sa.select(a.occurrence)))
            .order_by(o.key)
        )
        with self.reading() as connection:
            for query in (_rows_query().order_by(a.number), places):
                for found in connection.execute(query.execution_options(yield_per=1000)).mappings():
                    yield _row(found)

    def newest(self, limit: int, annotator: str | None = None) -> list[LabelledRow]:
        """The last `limit` answers to arrive, newest first; `annotator`: only this one's."""
        query = _rows_query().order_by(schema.annotations.c.number.desc()).limit(limit)
        if annotator is not None:
            query = query.where(schema.annotations.c.annotator == annotator)
        with self.reading() as connection:
            return [_row(found) for found in connection.execute(query).mappings()]

    def answers(
        self, connection: sa.Connection, *which: sa.ColumnElement[bool]
    ) -> Iterator[StoredAnswer]:
        """Every answer in order of arrival, without its text; or those of which `which` holds."""
        columns = [schema.annotations.c[field.name] for field in fields(StoredAnswer)]
        query = sa.select(*columns).where(*which).order_by(schema.annotations.c.number)
        for found in connection.execute(query.execution_options(yield_per=1000)).mappings():
            yield StoredAnswer(**{**found, "frames": json.loads(found["frames"])})

    def counts(self) -> dict[str, int]:
        """Number of texts, documents, annotators and annotations."""
        a, o = schema.annotations.c, schema.occurrences.c
        wanted = {
            "texts": sa.select(sa.func.count()).select_from(schema.texts),
            "documents": sa.select(sa.func.count(o.document.distinct())),
            "annotators": sa.select(sa.func.count(a.annotator.distinct())),
            "annotations": sa.select(sa.func.count()).select_from(schema.annotations),
        }
        with self.reading() as connection:
            return {name: connection.execute(query).scalar_one() for name, query in wanted.items()}


def _dated(connection: sa.Connection, rows: list[LabelledRow], arrival: str) -> list[LabelledRow]:
    voices = [(row.text_id, row.annotator, row.kind, row.at) for row in rows]
    times = counting_last(connection, voices, arrival)
    return [replace(row, at=at) for row, at in zip(rows, times, strict=True)]


def _rows_query(joined: sa.ColumnElement[bool] | None = None) -> sa.Select:
    """Return the query of answers with their places; or with the places that `joined` says."""
    a, o, t = schema.annotations.c, schema.occurrences.c, schema.texts.c
    columns = (t.text, o.id, o.lang, o.source, o.document, o.date, o.meta)
    answer = (a.frames, a.annotator, a.at, a.codebook, a.sampled, a.kind)
    return (
        sa.select(*columns, *answer)
        .join_from(
            schema.annotations,
            schema.occurrences,
            a.occurrence == o.key if joined is None else joined,
        )
        .join(schema.texts, t.id == a.text_id)
    )


def _row(found: sa.RowMapping) -> LabelledRow:
    loaded = {name: json.loads(found[name]) for name in ("frames", "meta")}
    return LabelledRow(**{**found, **loaded})
