"""The store of labels: texts, where they were found, and every answer given on them."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.codebook import Codebook, load_codebook
from labels.errors import StoreError
from labels.rows import LabelledRow, canonical, utc

CHUNK = 500  # SQLite allows 32,766 variables in a statement


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: rows read, and how many of them were new."""

    rows: int
    stored: int


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One row of `annotations`. `number` orders answers by arrival."""

    number: int
    text_id: str
    occurrence: str
    annotator: str
    frames: dict[str, str | None]
    at: str
    codebook: int


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
        try:
            engine = sa.create_engine(url)
        except (sa.exc.ArgumentError, ImportError) as error:
            raise StoreError(
                f"cannot use the database URL: {error}; "
                "write it as in sqlite:///labels.db or postgresql+psycopg://user@host/name"
            ) from error
        place = engine.url.render_as_string(hide_password=True)
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _tune_sqlite)
            sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        try:
            with engine.connect() as connection, _writing(connection):
                schema.metadata.create_all(connection)
                return cls(engine, _settle(connection, codebook, place))
        except sa.exc.DBAPIError as error:
            raise StoreError(f"{place}: cannot open the database: {error.orig}") from error

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the store throughout."""
        with self._named_errors(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A connection that is the only one to write; all of it happens, or nothing."""
        with self._named_errors(), self.engine.connect() as connection, _writing(connection):
            yield connection

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            place = self.engine.url.render_as_string(hide_password=True)
            raise StoreError(f"{place}: the database refused: {error.orig}") from error

    def add(self, rows: Iterable[LabelledRow], now: datetime | None = None) -> Imported:
        """Store rows; a row that is already there is passed over. All or nothing.

        A row with no time of its own is given `now` (default: the current time), and is the same
        row as any earlier equal answer of its annotator.
        """
        arrival = utc(now or datetime.now(UTC))
        count = stored = 0
        with self.writing() as connection:
            for chunk in _chunks(rows, CHUNK):
                count += len(chunk)
                stored += _add_chunk(connection, chunk, arrival)
        return Imported(count, stored)

    def rows(self) -> Iterator[LabelledRow]:
        """Every answer ever given, in order of arrival, as the row that was imported."""
        query = _rows_query().order_by(schema.annotations.c.number)
        with self.reading() as connection:
            for found in connection.execute(query.execution_options(yield_per=1000)).mappings():
                yield _row(found)

    def newest(self, limit: int) -> list[LabelledRow]:
        """The last `limit` answers to arrive, newest first."""
        query = _rows_query().order_by(schema.annotations.c.number.desc()).limit(limit)
        with self.reading() as connection:
            return [_row(found) for found in connection.execute(query).mappings()]

    def answers(self, connection: sa.Connection) -> Iterator[StoredAnswer]:
        """Every answer in order of arrival, without its text."""
        names = ("number", "text_id", "occurrence", "annotator", "frames", "at", "codebook")
        columns = [schema.annotations.c[name] for name in names]
        query = sa.select(*columns).order_by(schema.annotations.c.number)
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


def _rows_query() -> sa.Select:
    a, o, t = schema.annotations.c, schema.occurrences.c, schema.texts.c
    columns = (t.text, o.id, o.lang, o.source, o.document, o.date, o.meta)
    answer = (a.frames, a.annotator, a.at, a.codebook, a.sampled)
    return (
        sa.select(*columns, *answer)
        .join_from(schema.annotations, schema.occurrences, a.occurrence == o.key)
        .join(schema.texts, t.id == a.text_id)
    )


def _row(found: sa.RowMapping) -> LabelledRow:
    loaded = {name: json.loads(found[name]) for name in ("frames", "meta")}
    return LabelledRow(**{**found, **loaded})


def _tune_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN, so that BEGIN IMMEDIATE is possible
    for pragma in ("busy_timeout=60000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def _writing(connection: sa.Connection) -> Iterator[None]:
    """A transaction that takes the write lock first, so that what it reads stays true."""
    with connection.begin():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(70110)")
        yield


def _settle(connection: sa.Connection, wanted: Codebook | None, url: str) -> Codebook:
    """Return the codebook the store serves, after writing down a new or edited one."""
    found: dict[str, str] = dict(connection.execute(sa.select(schema.settings)).all())
    number = int(found.get("schema", schema.SCHEMA))
    if number > schema.SCHEMA:
        raise StoreError(
            f"{url}: its schema is {number}, newer than this release reads ({schema.SCHEMA}); "
            "update framescope"
        )
    kept = Codebook.from_dict(json.loads(found["codebook"])) if "codebook" in found else None
    if wanted is None:
        wanted = kept if kept and not _succeeds(load_codebook(), kept) else load_codebook()
    if kept and not kept.same_labels(wanted):
        raise StoreError(
            f"{url}: this state folder serves the codebook '{kept.name}' with the frames "
            f"{list(kept.frame_names)} and stances {list(kept.stance_names)}; '{wanted.name}' has "
            f"{list(wanted.frame_names)} and {list(wanted.stance_names)}. "
            "Set FRAMESCOPE_HOME to another folder for it"
        )
    if kept is None or _succeeds(wanted, kept):
        values = {"schema": str(schema.SCHEMA), "codebook": canonical(wanted.to_dict())}
        connection.execute(sa.delete(schema.settings))
        connection.execute(
            sa.insert(schema.settings), [{"name": k, "value": v} for k, v in values.items()]
        )
    return wanted


def _succeeds(codebook: Codebook, kept: Codebook) -> bool:
    """Whether a codebook is an edited form of the one that is kept."""
    edited = codebook.name == kept.name and codebook.version > kept.version
    return edited and codebook.same_labels(kept)


def _add_chunk(connection: sa.Connection, rows: list[LabelledRow], arrival: str) -> int:
    """Insert what is new among `rows` and return how many answers that were."""
    new_texts = {row.text_id: row.text for row in rows}
    _insert_missing(connection, schema.texts, "id", new_texts, lambda k: {"text": new_texts[k]})
    places = {row.occurrence_key: row for row in rows}
    _insert_missing(connection, schema.occurrences, "key", places, lambda k: _occurrence(places[k]))
    known = _known_answers(connection, [row.answer_key for row in rows])
    fresh = []
    for row in rows:
        key = row.answer_key
        times = known.setdefault(key, set())
        if (row.at in times) if row.at else times:
            continue
        times.add(row.at or arrival)
        fresh.append(
            {
                "text_id": row.text_id, "occurrence": row.occurrence_key, "key": key,
                "annotator": row.annotator, "frames": json.dumps(row.frames, ensure_ascii=False),
                "at": row.at or arrival, "codebook": row.codebook, "sampled": row.sampled,
            }
        )  # fmt: skip
    if fresh:
        connection.execute(sa.insert(schema.annotations), fresh)
    return len(fresh)


def _occurrence(row: LabelledRow) -> dict[str, Any]:
    names = ("text_id", "id", "lang", "source", "document", "date")
    return {**{name: getattr(row, name) for name in names}, "meta": canonical(dict(row.meta))}


def _insert_missing(connection, table: sa.Table, key: str, wanted: Iterable[str], value) -> None:
    keys = list(dict.fromkeys(wanted))
    column = table.c[key]
    there = set(connection.execute(sa.select(column).where(column.in_(keys))).scalars())
    if missing := [{key: name, **value(name)} for name in keys if name not in there]:
        connection.execute(sa.insert(table), missing)


def _known_answers(connection: sa.Connection, keys: list[str]) -> dict[str, set[str]]:
    columns = schema.annotations.c
    known: dict[str, set[str]] = {}
    query = sa.select(columns.key, columns.at).where(columns.key.in_(keys))
    for key, at in connection.execute(query):
        known.setdefault(key, set()).add(at)
    return known


def _chunks(rows: Iterable[LabelledRow], size: int) -> Iterator[list[LabelledRow]]:
    chunk: list[LabelledRow] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
