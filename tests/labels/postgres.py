"""A PostgreSQL server for the tests: thrown away afterwards, on a free port of loopback."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import sqlalchemy as sa

from eval.bench.service import free_port


def programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, the newest there is, or None."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_release)
    return debian[-1].parent if debian else None


@contextmanager
def server(folder: Path) -> Iterator[Callable[[], str]]:
    """Run a server; yields what returns the URL of a new database.

    They are schemas of one database: PostgreSQL writes 300 files for every database.
    """
    # PostgreSQL refuses to run as root.
    owner = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    data = Path(tempfile.mkdtemp(prefix="framescope-postgres-"))
    if owner:
        shutil.chown(data, **owner)
    try:
        initdb = [folder / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-N", "-E", "UTF8"]
        initdb += ["--no-locale"]
        subprocess.run(initdb, check=True, capture_output=True, cwd="/", **owner)
        port = free_port()
        run = [folder / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", ""]
        run += ["-c", "fsync=off"]  # the machine will not lose its power in a test
        with (data / "log").open("wb") as log:
            process = subprocess.Popen(run, stdout=log, stderr=log, cwd="/", **owner)
        try:
            yield _maker(port, process, data / "log")
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(30)
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def closing() -> Iterator[None]:
    """Close what PostgreSQL connections are made meanwhile; one left open would warn."""
    made: list[psycopg.Connection] = []

    def note(connection, _):
        if isinstance(connection, psycopg.Connection):
            made.append(connection)

    sa.event.listen(sa.pool.Pool, "connect", note)
    try:
        yield
    finally:
        sa.event.remove(sa.pool.Pool, "connect", note)
        for connection in made:
            connection.close()


def _maker(port: int, process: subprocess.Popen, log: Path) -> Callable[[], str]:
    where = f"host=127.0.0.1 port={port} user=tester"
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(f"{where} dbname=postgres").close()
            break
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.1)
    numbers = count(1)

    def new() -> str:
        name = f"labels{next(numbers)}"
        with psycopg.connect(f"{where} dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        options = f"options=-csearch_path%3D{name}"
        return f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres?{options}"

    return new


def _release(path: Path) -> int:
    name = path.parent.parent.name
    return int(name) if name.isdigit() else 0
