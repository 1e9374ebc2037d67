"""A bundle that is damaged under a running service, and a clock that is moved."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from eval.soak.expected import two_models
from labels.snapshot import take
from tests.conftest import Service, start_service, stop_service
from tests.serving.answers import error_of
from tests.serving.processes import children
from tests.serving.shifted import YEAR, Clock
from tests.serving.watched import TEXT, Watch, expected
from training.bundle import BundleError
from training.promotions import add_promotion
from training.registry import Registry


@pytest.fixture(scope="module")
def own(trained) -> dict:
    return expected(trained)


@pytest.fixture
def models(trained, tmp_path) -> tuple[Registry, list[str]]:
    """A state folder of its own with two models, the first of them champion."""
    return two_models(trained.registry(), tmp_path / "home")


@pytest.fixture
def clock(tmp_path) -> Clock:
    try:
        return Clock(tmp_path)
    except FileNotFoundError:
        pytest.skip("needs a C compiler: install cc")


@pytest.fixture
def served(models, tmp_path, request) -> Iterator[Service]:
    """A service over `models`, with the clock that the test has, if it has one."""
    clocked = "clock" in request.fixturenames
    moved = request.getfixturevalue("clock").environment if clocked else {}
    running = start_service(models[0].home.folder, tmp_path / "log", **moved)
    yield running
    stop_service(running)


def until(service: Service, path: str, status: int) -> httpx.Response:
    """Ask until this is answered; a worker that is being replaced answers nobody."""
    deadline = time.monotonic() + 90
    while True:
        try:
            answer = httpx.get(service.url + path, timeout=5)
            if answer.status_code == status:
                return answer
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.1)


def damage(folder: Path) -> None:
    """Leave every file of a bundle there, half of it written over and the rest cut off."""
    for path in folder.rglob("*"):
        if path.is_file():
            size = path.stat().st_size
            with path.open("r+b") as file:
                file.write(b"\x00" * (size // 2))
                file.truncate(size // 2)


@pytest.mark.long
def test_a_bundle_damaged_under_a_running_service_changes_no_answer(served, models, own, tmp_path):
    """Until the worker starts anew: then it says so, and serves once the bundle is restored."""
    registry, (first, second) = models
    copies = tmp_path / "copies"
    shutil.copytree(registry.home.bentoml, copies)
    with Watch(served, own) as watch:
        watch.wait_until_scored()
        damage(registry.folder(first))
        damage(registry.folder(second))
        with pytest.raises(BundleError):
            registry.promote(second, "test", "damaged")
        with registry.store.writing() as connection:
            add_promotion(connection, second, "test", "damaged, and nobody looked")
        time.sleep(3)  # the service has looked at it by now
        watch.wait_until_scored()
    assert watch.lies == []
    assert watch.seen == [200]
    (worker,) = children(served.process.pid)
    os.kill(worker, signal.SIGKILL)
    with Watch(served, own) as watch:
        until(served, "/readyz", 503)
        answer = served.post("/score", json={"texts": [TEXT]})
        assert answer.status_code == 503
        assert error_of(answer)["type"] == "no_model"
        assert second in error_of(answer)["message"]
        assert served.get("/").status_code == 200
        shutil.copytree(copies, registry.home.bentoml, dirs_exist_ok=True)
        registry.promote(first, "test", "restored")
        watch.wait_until_scored()
    assert watch.lies == []
    assert watch.seen[-2:] == [503, 200]


def told(service: Service, frames: dict) -> str:
    """Answer `TEXT` as its annotator does after having thought again; return the time stored."""
    row = {"text": TEXT, "frames": frames, "annotator": "ada"}
    assert service.post("/labels", json={"annotations": [row]}).status_code == 200
    (newest,) = service.get("/labels", params={"limit": 1}).json()["annotations"]
    assert newest["frames"] == frames
    return newest["at"]


def test_a_clock_that_is_moved_changes_no_answer_no_wait_and_no_order(clock, served, models, own):
    registry, (_, second) = models
    answers = [{}, {"safety": "favor"}, {"sovereignty": "against"}, {"cooperation": "favor"}]
    stored = []
    with Watch(served, own) as watch, httpx.Client(base_url=served.url, timeout=10) as kept:
        for frames, years in zip(answers, (0, -1, 10, -1), strict=True):
            clock.move(years * YEAR)
            stored.append(told(served, frames))
            (row,) = [row for row in take(registry.store).rows if row.text == TEXT]
            assert row.frames == frames  # what was said last counts, whatever the clock said
            assert kept.get("/model").status_code == 200
            watch.wait_until_scored()
    assert watch.lies == []
    assert watch.seen == [200]
    assert stored == sorted(stored)
    assert int(stored[2][:4]) >= int(stored[0][:4]) + 9  # the service's clock was moved
    registry.promote(second, "test", "while the clock is behind")
    began = time.monotonic()
    while served.get("/model").json()["model"] != second:
        assert time.monotonic() - began < 30
        time.sleep(0.1)
    began = time.monotonic()
    served.process.terminate()
    assert served.process.wait(20) == 0
    assert time.monotonic() - began < 10
