import itertools
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from hypothesis import settings

from eval.bench.service import free_port
from labels.home import Home
from labels.snapshot import take
from labels.starter import starter_rows
from labels.store import Store
from tests.tiny import make_encoder
from training.config import TrainConfig
from training.progress import Progress
from training.registry import Registry

ROOT = Path(__file__).parent.parent

settings.register_profile("framescope", max_examples=40, deadline=None)  # machines may be busy
settings.load_profile("framescope")


def pytest_configure(config):
    config.addinivalue_line("markers", "kills: 30 kills each (make test-kills), minutes")
    config.addinivalue_line("markers", "planted: errors in all starter labels (make test-planted)")
    config.addinivalue_line("markers", "long: half a minute or more (make test-long)")
    config.addinivalue_line("markers", "faults: long ones (make test-faults), minutes")
    config.addinivalue_line("markers", "fuzz: 10,000 cases of schemathesis (make test-fuzz)")
    # In bfloat16 the third place of a score depends on what else is in its batch, so that nothing
    # could be compared closely. tests/serving/test_backends.py tests the engine as it is served.
    os.environ.setdefault("FRAMESCOPE_BACKEND", "openvino-fp32")
    config.addinivalue_line("markers", "writers: many writers at once (make test-store), minutes")


@pytest.fixture(autouse=True)
def sealed(monkeypatch, tmp_path):
    """No test asks a hub, or reads or writes the state of whoever runs it."""

    def no_exec(*arguments):
        pytest.fail(f"this would have put another program in place of the tests: {arguments}")

    monkeypatch.setattr("os.execv", no_exec)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("FRAMESCOPE_HOME", str(tmp_path / "home"))
    for name in ("FRAMESCOPE_DATABASE", "FRAMESCOPE_TOKEN", "FRAMESCOPE_BOUND_TO"):
        monkeypatch.delenv(name, raising=False)


@dataclass(frozen=True)
class Trained:
    """A state folder with a champion that a tiny encoder made of part of the starter corpus."""

    home: Path
    encoder: Path
    version: str

    def registry(self) -> Registry:
        home = Home(self.home)
        return Registry(home, Store.open(f"sqlite:///{self.home / 'labels.db'}"))

    @property
    def bundle(self) -> Path:
        return Home(self.home).bentoml / "models" / "framescope" / self.version


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Trained:
    from eval.retrain import retrain

    folder = tmp_path_factory.mktemp("trained")
    store = Store.open(f"sqlite:///{folder / 'labels.db'}")
    # Under another source, so that they count as a team's own labels beside the starter corpus.
    rows = itertools.islice(starter_rows(), 600)
    store.add(replace(row, source="news") for row in rows)
    snapshot = take(store)
    encoder = make_encoder(folder / "encoder", [row.text for row in snapshot.rows])
    config = TrainConfig(base_model=str(encoder), epochs=1)
    registry = Registry(Home(folder), store)
    done = retrain(snapshot, config, registry, Progress(quiet=True), force=False)
    assert done.challenger
    return Trained(folder, encoder, done.challenger)


@pytest.fixture
def trained_copy(trained, tmp_path) -> Trained:
    """A copy of `trained` that a test may change."""
    folder = tmp_path / "copy"
    shutil.copytree(trained.home, folder)
    return Trained(folder, trained.encoder, trained.version)


@dataclass(frozen=True)
class Service:
    """A running service: where it is, and the state folder it serves."""

    url: str
    home: Path
    process: subprocess.Popen

    def get(self, path: str, **options) -> httpx.Response:
        return httpx.get(self.url + path, timeout=30, **options)

    def post(self, path: str, **options) -> httpx.Response:
        return httpx.post(self.url + path, timeout=60, **options)

    def delete(self, path: str, **options) -> httpx.Response:
        return httpx.delete(self.url + path, timeout=30, **options)


def start_service(home: Path, log: Path, ready: str = "/readyz", **environment: str) -> Service:
    """Start `framescope serve` on a free port, and wait until `ready` answers 200."""
    port = free_port()
    command = [sys.executable, "-m", "cli", "serve", "--home", str(home), "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=out, env={**os.environ, **environment}
        )
    service = Service(f"http://127.0.0.1:{port}", home, process)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if service.get(ready).status_code == 200:
                return service
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    stop_service(service)
    raise RuntimeError(f"the service did not start:\n{log.read_text('utf-8')}")


def stop_service(service: Service) -> None:
    service.process.terminate()
    try:
        service.process.wait(20)
    except subprocess.TimeoutExpired:
        service.process.kill()
        service.process.wait()


@pytest.fixture(scope="session")
def service(trained, tmp_path_factory):
    """A real service on loopback, over a copy of `trained` of its own."""
    folder = tmp_path_factory.mktemp("service")
    shutil.copytree(trained.home, folder / "home")
    running = start_service(folder / "home", folder / "log")
    yield running
    stop_service(running)
