"""Erasing a text for good: its words, its places and its answers, in the database's files too.

What stays is a mark: the text's id, when, by whom and why. The id is a hash of the words: they
cannot be read from it, but who has them can tell that they were here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from labels import schema
from labels.errors import LabelError
from labels.history import find_text
from labels.rows import utc
from labels.store import Store

_HOLDERS = (schema.queue, schema.sides, schema.annotations, schema.occurrences)


@dataclass(frozen=True, slots=True)
class Erased:
    """What is gone. `scrubbed` is false where others held the database and its files may still
    have the words; they are gone from these after `scrub`."""

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
        mark = {"text_id": text_id, "at": utc(now or datetime.now(UTC)), "by": by, "reason": reason}
        connection.execute(sa.insert(schema.erasures), [mark])
    return Erased(text_id, text, answers, scrub(store))


def scrub(store: Store) -> bool:
    """Remove what was deleted from the database's files too; return whether all of it is gone.

    SQLite writes the database anew and empties its write-ahead log, which needs a moment without
    readers. PostgreSQL writes the tables anew; its own log and its backups are for its keeper.
    """
    with store.engine.connect() as connection:
        # Neither can be done inside a transaction, which SQLAlchemy would begin.
        raw = connection.connection.dbapi_connection
        assert raw is not None
        if store.engine.dialect.name == "postgresql":
            raw.autocommit = True
            for table in (*_HOLDERS, schema.texts):
                raw.execute(f"VACUUM FULL {table.name}")
            raw.autocommit = False
            return True
        raw.execute("VACUUM")
        busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
