"""What goes wrong around a service: workers die, it is told to stop, disk and handles run out."""

import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.conftest import ROOT, Service, free_port, start_service, stop_service
from tests.serving.answers import error_of
from tests.serving.processes import children, connected
from tests.serving.watched import Watch, expected

TEXTS = [f"Both states signed the accord on shared testing, number {n}. " * 20 for n in range(8)]
CLIENTS = 8
TAKEN_UP = 0.5
"""Seconds after which a request that was sent is being answered."""


def load(service: Service, stopped: list[float]) -> tuple[int, list[str]]:
    """Ask again and again until refused; return how often it was answered, and what went wrong.

    `stopped`: when the service was told to stop. What was asked later, or just before, may not have
    been taken up; all else is in flight, and must be answered.
    """
    answered, faults = 0, []
    while True:
        began = time.monotonic()
        try:
            with httpx.Client(timeout=30) as client:
                answer = client.post(f"{service.url}/score", json={"texts": TEXTS})
            if answer.status_code == 200 and len(answer.json()["results"]) == len(TEXTS):
                answered += 1
            elif answer.status_code not in (429, 503):
                faults.append(f"{answer.status_code}: {answer.text[:200]}")
        except httpx.TransportError as error:
            if not stopped or began < stopped[0] - TAKEN_UP:
                faults.append(f"in flight: {error!r}")
            return answered, faults


def test_told_to_stop_under_load_it_finishes_what_it_began(trained_copy, tmp_path):
    service = start_service(trained_copy.home, tmp_path / "log")
    stopped: list[float] = []
    half = connected(
        service, b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    )
    try:
        with ThreadPoolExecutor(CLIENTS) as pool:
            asking = [pool.submit(load, service, stopped) for _ in range(CLIENTS)]
            time.sleep(1.5)
            began = time.monotonic()
            stopped.append(began)
            service.process.send_signal(signal.SIGTERM)
            code = service.process.wait(30)
            seconds = time.monotonic() - began
            found = [one.result() for one in asking]
        half.settimeout(1)
        assert b"the service is being stopped" in half.recv(65536)
    finally:
        half.close()
        stop_service(service)
    assert [fault for _, faults in found for fault in faults] == []
    assert sum(answered for answered, _ in found) >= CLIENTS
    assert seconds < 10
    assert code == 0
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")


def test_a_full_disk_is_said_and_leaves_nothing_half_written(trained_copy, tmp_path):
    """A limit on the size of files stands for the disk: what goes past it is not written."""
    service = start_service(trained_copy.home, tmp_path / "log")
    store = trained_copy.registry().store
    try:
        rows = [{"text": f"Text {n} " * 50, "frames": {"safety": "favor"}} for n in range(800)]
        before = store.counts()
        (worker,) = children(service.process.pid)
        limits = resource.prlimit(worker, resource.RLIMIT_FSIZE)
        small = (64 * 1024, limits[1])
        resource.prlimit(worker, resource.RLIMIT_FSIZE, small)
        for path, body in (
            ("/labels", {"annotations": rows}),
            ("/queue", {"texts": [{"text": row["text"]} for row in rows]}),
        ):
            answer = service.post(path, json=body)
            assert answer.status_code == 503
            assert error_of(answer)["type"] == "unavailable"
            assert "\n" not in error_of(answer)["message"]
            assert "room" in error_of(answer)["message"]
            assert answer.headers["retry-after"]
        large = {"file": ("a.txt", ("A paragraph of a document. " * 40 + "\n\n").encode() * 3000)}
        answer = service.post("/documents", files=large)
        assert answer.status_code == 503
        assert "no room on its disk" in error_of(answer)["message"]
        assert service.post("/score", json={"texts": ["a"]}).status_code == 200
        assert service.get("/readyz").status_code == 200
        assert store.counts() == before
        resource.prlimit(worker, resource.RLIMIT_FSIZE, limits)
        assert service.post("/labels", json={"annotations": rows}).status_code == 200
        assert store.counts()["annotations"] == before["annotations"] + len(rows)
    finally:
        stop_service(service)
    log = (tmp_path / "log").read_text("utf-8")
    assert "Text 1 " not in log
    assert json.dumps(rows[0])[:40] not in log


def replaced(service: Service, worker: int) -> bool:
    """Wait until the service is ready without this worker."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            ready = httpx.get(f"{service.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            ready = False
        if ready and not psutil.pid_exists(worker):
            return True
        time.sleep(0.1)
    return False


@contextmanager
def as_first_process(home: Path, log: Path) -> Iterator[Service]:
    """A service whose supervisor is process 1 of its own, as in a container."""
    alone = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        alone[1:1] = ["--user", "--map-root-user"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"]).returncode:
        pytest.skip("needs unshare and the right to use it")
    port = free_port()
    command = [*alone, sys.executable, "-m", "cli", "serve", "--home", str(home)]
    environment = {**os.environ, "BENTOML_CONTAINERIZED": "1"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port)], cwd=ROOT, stdout=out, stderr=out, env=environment
        )
    service = Service(f"http://127.0.0.1:{port}", home, process)
    try:
        assert replaced(service, 2**22 + 1), log.read_text("utf-8")  # there is no such worker
        yield service
    finally:
        stop_service(service)


@pytest.mark.faults
def test_a_worker_that_died_is_replaced_also_where_its_supervisor_is_process_1(
    trained_copy, tmp_path
):
    with as_first_process(trained_copy.home, tmp_path / "log") as service:
        (first,) = children(service.process.pid)
        (worker,) = children(first)
        status = Path(f"/proc/{first}/status").read_text("ascii")
        assert "NSpid:" in status
        assert status.partition("NSpid:")[2].splitlines()[0].split()[-1] == "1"
        with Watch(service, expected(trained_copy)) as watch:
            watch.wait_until_scored()
            os.kill(worker, signal.SIGKILL)
            assert replaced(service, worker)
            watch.wait_until_scored()
        assert watch.lies == []
        assert 503 not in watch.seen
        # Who was in the middle of a request has lost it, and nobody else.
        assert watch.broken <= 2


@pytest.mark.faults
def test_of_two_workers_killed_in_turn_one_always_answers(trained_copy, tmp_path):
    two = {"BENTOML_CONFIG_OPTIONS": "services.framescope.workers=2"}
    service = start_service(trained_copy.home, tmp_path / "log", **two)
    kills, chance = 6, random.Random(7)
    try:
        with Watch(service, expected(trained_copy)) as watch:
            for _ in range(kills):
                watch.wait_until_scored(20)
                worker = chance.choice(children(service.process.pid))
                os.kill(worker, signal.SIGKILL)
                assert replaced(service, worker)
            watch.wait_until_scored(20)
        assert watch.lies == []
        assert watch.broken <= 2 * kills
        assert len(children(service.process.pid)) == 2
    finally:
        stop_service(service)


def test_without_file_handles_it_waits_and_then_goes_on(trained_copy, tmp_path):
    service = start_service(trained_copy.home, tmp_path / "log")
    try:
        (worker,) = children(service.process.pid)
        limits = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        few = psutil.Process(worker).num_fds() + 10
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (few, limits[1]))
        with ExitStack() as stack:
            held: list[socket.socket] = [stack.enter_context(connected(service)) for _ in range(20)]
            time.sleep(2)
            assert psutil.pid_exists(worker)
        assert held
        own = expected(trained_copy)
        with Watch(service, own) as watch:
            watch.wait_until_scored()
        assert watch.lies == []
        assert watch.seen == [200]
        assert children(service.process.pid) == [worker]
    finally:
        stop_service(service)


@pytest.mark.faults
def test_a_worker_whose_supervisor_was_killed_ends_and_frees_the_port(trained_copy, tmp_path):
    service = start_service(trained_copy.home, tmp_path / "log")
    (worker,) = children(service.process.pid)
    service.process.kill()
    service.process.wait()
    psutil.wait_procs([psutil.Process(worker)], timeout=20)
    assert not psutil.pid_exists(worker)
    with pytest.raises(httpx.ConnectError):
        service.get("/livez")
