"""A database that is locked, gone, damaged, slow or stopped, below a running service."""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from labels.home import Home
from labels.store import Store
from serving.limits import MOST_ASKING
from tests.conftest import Service, Trained, start_service, stop_service
from tests.labels import postgres
from tests.serving.answers import error_of
from tests.serving.watched import Watch, expected
from training.bundle import read_manifest
from training.entries import make_known
from training.registry import Registry

PATIENCE = 2


@pytest.fixture(scope="module")
def served(trained, tmp_path_factory) -> Iterator[Service]:
    """A service of its own, over SQLite."""
    folder = tmp_path_factory.mktemp("store-faults")
    shutil.copytree(trained.home, folder / "home")
    running = start_service(folder / "home", folder / "log", FRAMESCOPE_PATIENCE=str(PATIENCE))
    yield running
    stop_service(running)


@pytest.fixture(scope="module")
def own(trained) -> dict:
    return expected(trained)


def label(service: Service, text: str) -> httpx.Response:
    body = {"annotations": [{"text": text, "frames": {}}]}
    return httpx.post(f"{service.url}/labels", json=body, timeout=120)  # a lock is waited for


def newest(service: Service) -> str:
    return service.get("/labels", params={"limit": 1}).json()["annotations"][0]["text"]


def refused(answer: httpx.Response, words: str) -> bool:
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert error_of(answer)["type"] == "unavailable"
    assert "\n" not in error_of(answer)["message"]
    return words in error_of(answer)["message"]


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the lock of whoever writes, as a long import does."""
    with closing(sqlite3.connect(home / "labels.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_while_another_process_writes_everything_else_goes_on(served, own):
    """More writers than there are threads wait; the page, figures and scores do not."""
    writers = 2 * MOST_ASKING
    with Watch(served, own) as watch, ThreadPoolExecutor(writers) as pool:
        with locked(served.home):
            waiting = [pool.submit(label, served, f"Waits, {n}.") for n in range(writers)]
            time.sleep(PATIENCE + 1)
            began = time.monotonic()
            for path in ("/", "/page/app.js", "/model", "/codebook"):
                assert served.get(path).status_code == 200
            assert served.get("/labels").status_code == 503  # its turn does not come
            assert time.monotonic() - began < PATIENCE + 5
            watch.wait_until_scored()
        answers = [one.result() for one in waiting]
    stored = [answer for answer in answers if answer.status_code == 200]
    busy = [error_of(answer) for answer in answers if answer.status_code == 503]
    assert len(stored) == MOST_ASKING
    assert len(stored) + len(busy) == writers
    assert {error["type"] for error in busy} == {"busy"}
    assert watch.lies == []
    assert watch.seen == [200]
    with closing(sqlite3.connect(served.home / "labels.db")) as other:
        (kept,) = other.execute("SELECT count(*) FROM texts WHERE text LIKE 'Waits, %'").fetchone()
    assert kept == len(stored)


def test_a_database_that_is_moved_away_takes_no_labels_with_it(served, own):
    """SQLite would write on into the file without a name, and lose all with its last connection."""
    file, away = served.home / "labels.db", served.home / "elsewhere"
    away.mkdir()

    def move(here, there):
        for one in list(here.glob("labels.db*")):  # what was written last is in a file beside it
            one.rename(there / one.name)

    assert label(served, "Before it was moved.").status_code == 200
    with Watch(served, own) as watch:
        move(served.home, away)
        assert refused(label(served, "Into nothing."), "unable to open database file")
        assert refused(served.get("/labels"), "no longer there")
        assert not file.exists()
        watch.wait_until_scored()
        file.write_bytes(b"no database at all " * 1000)
        assert refused(label(served, "Into something else."), "the database refused")
        move(away, served.home)
        assert newest(served) == "Before it was moved."
        assert label(served, "After it came back.").status_code == 200
        watch.wait_until_scored()
    assert watch.lies == []
    assert watch.seen == [200]
    assert newest(served) == "After it came back."


def test_a_database_that_is_put_in_its_place_is_the_one_that_is_used(served, tmp_path):
    """As a backup is restored: the old file's connections would write where nobody looks."""
    with closing(sqlite3.connect(served.home / "labels.db")) as source:
        source.execute("VACUUM INTO ?", (str(tmp_path / "copy"),))
    assert label(served, "Not in the copy.").status_code == 200
    (tmp_path / "copy").replace(served.home / "labels.db")
    for end in ("-wal", "-shm"):
        (served.home / f"labels.db{end}").unlink(missing_ok=True)
    assert newest(served) != "Not in the copy."
    assert label(served, "In the copy.").status_code == 200
    with closing(sqlite3.connect(served.home / "labels.db")) as other:
        query = "SELECT count(*) FROM texts WHERE text = 'In the copy.'"
        assert other.execute(query).fetchone() == (1,)


@pytest.mark.faults
def test_who_waits_too_long_for_the_lock_is_told(served, own):
    with locked(served.home), Watch(served, own) as watch:
        began = time.monotonic()
        assert refused(label(served, "Waits a minute."), "another process is writing")
        assert 55 < time.monotonic() - began < 80
    assert watch.lies == []
    assert watch.seen == [200]
    assert label(served, "Waits no more.").status_code == 200


@dataclass
class Server:
    """A PostgreSQL server that can be stopped, started again, and frozen."""

    first: psutil.Process | subprocess.Popen

    def stop(self) -> None:
        """As an administrator does: connections are closed."""
        here = psutil.Process(self.first.pid)
        self.command, self.owner = here.cmdline(), here.username()
        self.first.send_signal(signal.SIGINT)
        self.first.wait(30)

    def start(self) -> None:
        owner = {"user": self.owner} if os.geteuid() == 0 else {}
        self.first = subprocess.Popen(
            self.command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **owner
        )

    def signal(self, number: int) -> None:
        for one in (self.first, *psutil.Process(self.first.pid).children(recursive=True)):
            one.send_signal(number)


@pytest.fixture
def team(trained: Trained, tmp_path) -> Iterator[tuple[Service, Server]]:
    """A service whose store is on PostgreSQL, and that server."""
    programs = postgres.programs()
    if programs is None:
        pytest.skip("needs PostgreSQL's server: install it")
    home = Home(tmp_path / "home")
    shutil.copytree(trained.home, home.folder)
    before = {one.pid for one in psutil.Process().children()}
    with postgres.server(programs) as new, postgres.closing():
        url = new()
        registry = Registry(home, Store.open(url))
        with registry.store.writing() as connection:
            make_known(connection, read_manifest(trained.bundle))
        registry.promote(trained.version, "test", "the first")
        registry.store.engine.dispose()
        own = [one for one in psutil.Process().children() if one.pid not in before]
        server = Server(next(one for one in own if one.name() == "postgres"))
        options = {"FRAMESCOPE_DATABASE": url, "FRAMESCOPE_PATIENCE": str(PATIENCE)}
        service = start_service(home.folder, tmp_path / "log", **options)
        try:
            yield service, server
        finally:
            with suppress(psutil.NoSuchProcess):
                server.signal(signal.SIGCONT)
            stop_service(service)
            with suppress(psutil.NoSuchProcess):
                server.first.send_signal(signal.SIGQUIT)
                server.first.wait(30)


@pytest.mark.faults
def test_a_server_that_is_stopped_and_comes_back_needs_no_restart_of_the_service(team, own):
    service, server = team
    assert label(service, "Before.").status_code == 200
    with Watch(service, own) as watch:
        server.stop()
        for _ in range(3):
            assert refused(label(service, "Meanwhile."), "see whether the server runs")
        assert refused(service.get("/labels"), "connection")
        watch.wait_until_scored()
        server.start()
        deadline = time.monotonic() + 30
        while label(service, "After.").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert newest(service) == "After."
    assert watch.lies == []
    assert watch.seen == [200]


@pytest.mark.faults
def test_a_server_that_hangs_takes_nothing_else_with_it(team, own):
    service, server = team
    assert label(service, "Before.").status_code == 200
    many = 2 * MOST_ASKING
    with Watch(service, own) as watch, ThreadPoolExecutor(many) as pool:
        server.signal(signal.SIGSTOP)
        waiting = [pool.submit(label, service, f"Waits, {n}.") for n in range(many)]
        time.sleep(PATIENCE + 1)
        began = time.monotonic()
        for path in ("/", "/page/app.js", "/model", "/codebook"):
            assert service.get(path).status_code == 200
        assert error_of(service.get("/labels"))["type"] == "busy"
        assert time.monotonic() - began < PATIENCE + 5
        watch.wait_until_scored()
        server.signal(signal.SIGCONT)
        answers = [one.result().status_code for one in waiting]
    assert sorted(answers) == [200] * MOST_ASKING + [503] * (many - MOST_ASKING)
    assert watch.lies == []
    assert watch.seen == [200]
    assert newest(service).startswith("Waits, ")
