"""Erasing a text for good: its words, its places and its answers, in the database's files too.

The reports kept with the models show some texts; there the words are blanked.

What stays is a mark: the text's id, when, by whom and why. The id is a hash of the words: they
cannot be read from it, but who has them can tell that they were here.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.errors import LabelError
from labels.history import find_text
from labels.rows import utc
from labels.store import Store

_HOLDERS = (schema.queue, schema.sides, schema.annotations, schema.occurrences)
_OF_THE_TEXT = ("text", "sentence", "source")
"""What an example in a report says of its text, beside figures and the text's id."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What is gone. `scrubbed` is false where others held the database, or own its tables, and its
    files may still have the words; they are gone from these after `scrub`."""

    text_id: str
    text: str
    answers: int
    scrubbed: bool


def erase(
    store: Store, given: str, reason: str, by: str | None = None, now: datetime | None = None
) -> Erased:
    """Erase a text, named by its id or by the caller's own id of its row.

    Raises:
        LabelError: if there is no such text, or it is gone already, or no reason is given.
    """
    if not reason.strip():
        raise LabelError("give a reason: it is all that will be known of the text")
    with store.writing() as connection:
        text_id = find_text(connection, given)
        t = schema.texts
        text = connection.execute(sa.select(t.c.text).where(t.c.id == text_id)).scalar()
        if text is None:
            raise LabelError(f"{text_id} is erased already; see framescope labels history")
        a = schema.annotations.c
        count = sa.select(sa.func.count()).select_from(schema.annotations)
        answers = connection.execute(count.where(a.text_id == text_id)).scalar_one()
        for table in _HOLDERS:
            connection.execute(sa.delete(table).where(table.c.text_id == text_id))
        connection.execute(sa.delete(t).where(t.c.id == text_id))
        _blank_in_reports(connection, text_id)
        mark = {"text_id": text_id, "at": utc(now or datetime.now(UTC)), "by": by, "reason": reason}
        connection.execute(sa.insert(schema.erasures), [mark])
    return Erased(text_id, text, answers, scrub(store))


def _blank_in_reports(connection: sa.Connection, text_id: str) -> None:
    """Take the words out of the reports that are kept with the models; their figures stay."""
    own = schema.evaluations.c
    query = sa.select(own.number, own.report).where(own.report.contains(text_id))
    for number, report in connection.execute(query).all():
        blanked = json.dumps(json.loads(report, object_hook=lambda found: _blanked(found, text_id)))
        change = sa.update(schema.evaluations).where(own.number == number)
        connection.execute(change.values(report=blanked))


def _blanked(found: dict[str, Any], text_id: str) -> dict[str, Any]:
    if found.get("text_id") != text_id:
        return found
    return {name: "" if name in _OF_THE_TEXT else value for name, value in found.items()}


def scrub(store: Store) -> bool:
    """Remove what was deleted from the database's files too; return whether all of it is gone.

    SQLite writes the database anew and empties its write-ahead log, which needs a moment without
    readers. PostgreSQL writes the tables anew; its own log and its backups are for its keeper.
    """
    dialect = store.engine.dialect
    assert dialect.loaded_dbapi is not None
    try:
        return _scrubbed(store)
    # The text is erased by then: whoever holds the lock, or a full disk, must not hide that.
    except (sa.exc.DBAPIError, dialect.loaded_dbapi.Error):
        return False


def _scrubbed(store: Store) -> bool:
    with store.engine.connect() as connection:
        # Neither can be done inside a transaction, which SQLAlchemy would begin.
        raw = connection.connection.dbapi_connection
        assert raw is not None
        if store.engine.dialect.name == "postgresql":
            passed_over: list[Any] = []  # a table of another owner is, with no more than a warning
            raw.add_notice_handler(passed_over.append)
            raw.autocommit = True
            try:
                for table in (*_HOLDERS, schema.texts, schema.evaluations):
                    raw.execute(f"VACUUM FULL {table.name}")
            finally:
                raw.autocommit = False
                raw.remove_notice_handler(passed_over.append)
            return not passed_over
        raw.execute("VACUUM")
        busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
