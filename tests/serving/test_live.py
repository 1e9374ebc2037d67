"""Promotions while the service runs, no model at all, and tokens."""

import time

import pytest

from eval.retrain import retrain
from labels.snapshot import take
from serving.live import Live
from tests.conftest import start_service, stop_service
from training.config import TrainConfig
from training.progress import Progress


@pytest.fixture
def second(trained_copy):
    """`trained_copy` with a second model, not yet champion."""
    registry = trained_copy.registry()
    config = TrainConfig(base_model=str(trained_copy.encoder), epochs=1, seed=99)
    from training.fit import train

    manifest = train(take(registry.store), config, registry, Progress(quiet=True))
    return trained_copy, manifest.version


def test_a_promotion_is_served_without_a_restart(second, tmp_path):
    trained, version = second
    service = start_service(trained.home, tmp_path / "log")
    try:
        body = {"texts": ["Both sides agreed to share test results."]}
        assert service.post("/score", json=body).json()["model"] == trained.version
        trained.registry().promote(version, "test", "to see it served")
        deadline = time.monotonic() + 10
        while (found := service.post("/score", json=body)).json()["model"] != version:
            assert found.status_code == 200
            assert time.monotonic() < deadline, "the promotion was not noticed"
            time.sleep(0.2)
        assert trained.registry().rollback("test") == trained.version
    finally:
        stop_service(service)


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


def test_with_a_token_only_its_holder_writes(trained_copy, tmp_path):
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
    finally:
        stop_service(service)


def test_a_retrained_champion_needs_no_new_service(trained_copy):
    registry = trained_copy.registry()
    config = TrainConfig(base_model=str(trained_copy.encoder), epochs=1)
    done = retrain(take(registry.store), config, registry, Progress(quiet=True), force=False)
    assert done.challenger is None
    assert "labels have not changed" in done.decision.text
