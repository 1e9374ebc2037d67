"""The database below a store: how it is opened, locked, and brought to this release's schema."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"

_LOCK = 70110  # any number, the same in every release: PostgreSQL's lock of whoever writes
_CACHE = 65_536  # KiB that SQLite keeps of its pages
_LARGE_CACHE = 262_144  # the same in a large import, which comes back to every page of the indexes
_WAIT = 60_000  # milliseconds that a writer waits for the lock

_DEAD = {
    "connect_timeout": 10, "keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 4,
    "tcp_user_timeout": 40_000,
}  # fmt: skip
"""Of libpq: seconds until a server's machine is given up, the last in milliseconds."""

BUSY = "another process is writing (an import?); try again when it is done"
_RIGHTS = "let its owner give you the right to read and write it"
_FULL = "others have all connections that the server takes; try again, or raise max_connections"
_REMEDIES = {
    "locked": BUSY,
    "lock timeout": BUSY,
    "is full": "make room on the disk and try again; nothing was stored",
    "disk i/o error": "make room on the disk, or see whether it fails; nothing was stored",
    "no space left": "make room on the server's disk and try again; nothing was stored",
    "readonly": _RIGHTS,
    "permission denied": _RIGHTS,
    "unable to open": "the folder must be there, and yours to write to",
    "not a database": "something else was put in its place; move it away, or restore a backup",
    "malformed": "restore a backup: framescope restore-backup",
    "password": "give the user and password of the database in FRAMESCOPE_DATABASE",
    "does not exist": "make the database and its user first; see FRAMESCOPE_DATABASE",
    "too many clients": _FULL,
    "connection slots": _FULL,
    "connection": "see whether the server runs, and whether FRAMESCOPE_DATABASE names it",
}
"""What an error says, and what to do; the first that fits."""


def connect(url: str | sa.URL) -> sa.Engine:
    """Return the engine for a database URL, of SQLite or PostgreSQL. Nothing is opened yet.

    Raises:
        StoreError: if it is no such URL.
    """
    try:
        # The texts of a statement that fails are for nobody's log.
        engine = sa.create_engine(url, pool_pre_ping=True, hide_parameters=True)
    except (sa.exc.ArgumentError, ImportError) as error:
        raise StoreError(
            f"cannot use the database URL: {error}; "
            "write it as in sqlite:///labels.db or postgresql+psycopg://user@host/name"
        ) from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _tune_sqlite)
        _stay_with_the_file(engine)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    elif engine.dialect.name != "postgresql":
        raise StoreError(
            f"{engine.dialect.name} is not supported; known: ['sqlite', 'postgresql']. "
            "Write the URL as in sqlite:///labels.db or postgresql+psycopg://user@host/name"
        )
    else:
        sa.event.listen(engine, "do_connect", _let_go_of_dead_servers)
    return engine


def place_of(engine: sa.Engine) -> str:
    """Return the URL without its password, for messages."""
    return engine.url.render_as_string(hide_password=True)


@contextmanager
def one_state(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that sees one state of the database throughout."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def only_writer(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that takes the write lock first, so that what it reads stays true."""
    with engine.connect() as connection, connection.begin():
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_WAIT}")
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        yield connection


@contextmanager
def large_cache(connection: sa.Connection) -> Iterator[None]:
    """Let SQLite keep more pages meanwhile: it holds the indexes of a million rows."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql(f"PRAGMA cache_size=-{_LARGE_CACHE}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size=-{_CACHE}")


def remedy(error: sa.exc.DBAPIError) -> str:
    """Return what to do, to be put after the error; "" where nothing is known."""
    found = str(error.orig).casefold()
    return next((f"; {words}" for part, words in _REMEDIES.items() if part in found), "")


def is_current(connection: sa.Connection) -> bool:
    """Whether the database has this release's tables, so that `prepare` has nothing to do."""
    there = set(sa.inspect(connection).get_table_names())
    return set(schema.metadata.tables) <= there and _schema_of(connection) == schema.SCHEMA


def prepare(connection: sa.Connection) -> None:
    """Make the tables of a new database; bring an older one to this release's schema.

    The connection holds the write lock: of two processes one migrates, and the other waits and
    finds it done.

    Raises:
        StoreError: if the database is of a newer schema.
    """
    found = _schema_of(connection)
    if found is not None and found > schema.SCHEMA:
        raise StoreError(
            f"{place_of(connection.engine)}: its schema is {found}, newer than this release reads "
            f"({schema.SCHEMA}); update framescope"
        )
    if found is not None and found < schema.SCHEMA:
        _migrate(connection, found)
    schema.metadata.create_all(connection)
    if found != schema.SCHEMA:
        own = schema.settings
        connection.execute(sa.delete(own).where(own.c.name == "schema"))
        connection.execute(sa.insert(own), [{"name": "schema", "value": str(schema.SCHEMA)}])


def _schema_of(connection: sa.Connection) -> int | None:
    if not sa.inspect(connection).has_table(schema.settings.name):
        return None
    own = schema.settings.c
    value = connection.execute(sa.select(own.value).where(own.name == "schema")).scalar()
    return None if value is None else int(value)


def _migrate(connection: sa.Connection, found: int) -> None:
    # Only here: a service that starts on a current database does without.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    # The number in `settings` is what older releases go by, so it is the one that counts.
    command.stamp(config, f"{found:04}", purge=True)
    command.upgrade(config, f"{schema.SCHEMA:04}")


def _stay_with_the_file(engine: sa.Engine) -> None:
    """Use no file that was removed, and take the one that was put in its place.

    SQLite goes on writing into a file that has no name any more, and what is written is lost with
    the last connection; for a file that is not there it makes an empty one.
    """
    path = engine.url.database
    if not path or path == ":memory:" or path.startswith("file:"):
        return
    known: set[tuple[int, int]] = set()

    def found() -> tuple[int, int] | None:
        try:
            about = os.stat(path)
        except OSError:
            return None
        return about.st_dev, about.st_ino

    def before(*_: Any) -> None:
        if known and found() is None:
            raise sqlite3.OperationalError("unable to open database file: it is no longer there")

    def opened(_: Any, record: Any) -> None:
        if there := found():
            known.add(there)
        record.info["file"] = there

    def taken(_: Any, record: Any, __: Any) -> None:
        if record.info["file"] != found():
            raise sa.exc.DisconnectionError("the file of the database is another one now")

    sa.event.listen(engine, "do_connect", before)
    sa.event.listen(engine, "connect", opened)
    sa.event.listen(engine, "checkout", taken)


def _let_go_of_dead_servers(_: Any, __: Any, ___: Any, options: dict[str, Any]) -> None:
    """Give up on a machine that does not answer; else a thread would wait for it for hours."""
    for name, value in _DEAD.items():
        options.setdefault(name, value)


def _tune_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN, so that BEGIN IMMEDIATE is possible
    pragmas = (
        f"busy_timeout={_WAIT}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON",
        "secure_delete=ON", f"cache_size=-{_CACHE}",
    )  # fmt: skip
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
