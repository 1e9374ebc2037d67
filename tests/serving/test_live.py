"""Promotions while the service runs, no model at all, and tokens."""

import itertools
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from labels.snapshot import take
from serving.live import Live
from serving.predictor import Predictor
from tests.conftest import start_service, stop_service
from training.config import TrainConfig
from training.progress import Progress
from training.registry import Registry


@pytest.fixture
def second(trained_copy):
    """`trained_copy` with a second model, not yet champion."""
    registry = trained_copy.registry()
    config = TrainConfig(base_model=str(trained_copy.encoder), epochs=1, cross_fits=1, seed=99)
    from training.fit import train

    manifest = train(take(registry.store), config, registry, Progress(quiet=True))
    return trained_copy, manifest.version


def test_promotions_are_served_without_a_restart_or_a_lost_request(second, tmp_path):
    trained, version = second
    service = start_service(trained.home, tmp_path / "log")
    answers: list[tuple[int, str | None]] = []
    done = threading.Event()

    def ask_until_done() -> None:
        body = {"texts": ["Both sides agreed to share test results."]}
        with httpx.Client(timeout=30) as client:
            while not done.is_set():
                answer = client.post(f"{service.url}/score", json=body)
                answers.append((answer.status_code, answer.json().get("model")))

    def wait_for(model: str) -> None:
        since, deadline = len(answers), time.monotonic() + 20
        while (200, model) not in answers[since:]:
            assert time.monotonic() < deadline, f"{model} was never served"
            time.sleep(0.05)

    try:
        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask_until_done) for _ in range(4)]
            try:
                wait_for(trained.version)
                trained.registry().promote(version, "test", "to see it served")
                wait_for(version)
                assert trained.registry().rollback("test") == trained.version
                wait_for(trained.version)
            finally:
                done.set()
            for one in asking:
                one.result()
    finally:
        stop_service(service)
    assert set(answers) == {(200, trained.version), (200, version)}


def test_a_damaged_bundle_is_refused_and_the_old_one_stays(second):
    trained, version = second
    registry = trained.registry()
    live = Live(registry.home, registry.store)
    live.look()
    registry.promote(version, "test", "damaged")
    with (registry.folder(version) / "model.onnx").open("r+b") as file:
        file.seek(1000)
        file.write(b"spoiled")
    live.look()
    assert live.serving
    assert live.serving.predictor.model == trained.version
    assert "model.onnx" in (live.problem or "")
    registry.rollback("test")
    live.look()
    assert live.problem is None
    live.stop()


class Clock:
    """Seconds that pass when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def live(trained_copy):
    registry = trained_copy.registry()
    live = Live(registry.home, registry.store, Clock())
    yield live
    live.stop()


def test_a_bundle_restored_from_a_copy_is_served_without_a_restart(trained_copy, live, tmp_path):
    graph = trained_copy.bundle / "model.onnx"
    shutil.copy(graph, tmp_path / "copy.onnx")
    graph.write_bytes(b"spoiled")
    live.look()
    assert "model.onnx" in live.problem
    assert "restore the bundle from a copy" in live.problem
    shutil.copy(tmp_path / "copy.onnx", graph)
    live.look()
    assert live.serving is None  # not before the wait is over: a check reads the whole bundle
    live._clock.now += 2
    live.look()
    assert live.serving.predictor.model == trained_copy.version
    assert live.problem is None


def test_waits_grow_to_a_minute(live, monkeypatch):
    trials = []

    def fail(_):
        trials.append(live._clock.now)
        raise OSError("Too many open files")

    monkeypatch.setattr(Predictor, "open", fail)
    for _ in range(400):
        live.look()
        live._clock.now += 1
    waits = [after - before for before, after in itertools.pairwise(trials)]
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60, 60, 60]
    assert live.problem.endswith("cannot be loaded: OSError: Too many open files")


def test_a_service_starts_whatever_fails_and_serves_once_it_passes(live, monkeypatch, caplog):
    def fail(_):
        raise RuntimeError("the disk is away")

    with monkeypatch.context() as patch:
        patch.setattr(Registry, "champion", fail)
        live.start()
        assert live.problem == "cannot tell the champion: RuntimeError: the disk is away"
        assert "the disk is away" in caplog.text
    live.look()
    assert live.serving
    assert live.problem is None


def test_another_champion_does_not_wait_for_a_refused_one(second, live):
    trained, version = second
    graph = trained.bundle / "model.onnx"
    graph.write_bytes(b"spoiled")
    live.look()
    assert live.serving is None
    trained.registry().promote(version, "test", "the other is damaged")
    live.look()
    assert live.serving.predictor.model == version


def test_without_a_model_the_service_says_so(tmp_path):
    service = start_service(tmp_path / "empty", tmp_path / "log", ready="/livez")
    try:
        assert service.get("/readyz").status_code == 503
        answer = service.post("/score", json={"texts": ["x"]})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"
        message = answer.json()["error"]["message"]
        assert message == "there is no model yet; train one with: framescope retrain"
        assert service.get("/codebook").status_code == 200
    finally:
        stop_service(service)


def test_with_a_token_only_its_holder_writes_and_reads_labels(trained_copy, tmp_path):
    service = start_service(trained_copy.home, tmp_path / "log", FRAMESCOPE_TOKEN="s3cret")
    body = {"annotations": [{"text": "x", "frames": {}}]}
    try:
        refused = service.post("/labels", json=body)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        wrong = {"authorization": "Bearer s3cre"}
        assert service.post("/labels", json=body, headers=wrong).status_code == 401
        right = {"authorization": "Bearer s3cret"}
        assert service.post("/labels", json=body, headers=right).status_code == 200
        assert service.get("/labels").status_code == 401
        assert service.get("/labels").headers["www-authenticate"] == "Bearer"
        assert service.get("/labels", headers=right).json()["annotations"][0]["text"] == "x"
    finally:
        stop_service(service)
