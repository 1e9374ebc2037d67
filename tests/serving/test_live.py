"""Promotions while the service runs, no model at all, and tokens."""

import gc
import itertools
import os
import shutil
import time
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from starlette.testclient import TestClient

from labels.codebook_versions import set_codebook
from labels.home import Home
from labels.store import Store
from serving.api import create_app
from serving.live import Live
from serving.predictor import Predictor
from tests.conftest import start_service, stop_service
from training.bundle import read_manifest, write_manifest
from training.registry import Registry


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


def without_a_number(folder):
    path = folder / "baseline" / "weights.safetensors"
    tensors = load_file(path)
    tensors["intercepts"][0] = np.nan
    save_file(tensors, path)


def without_a_graph(folder):
    (folder / "model.onnx").write_bytes(b"this is no graph")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [(without_a_number, "gives no scores in its warm-up"), (without_a_graph, "cannot be loaded")],
)
def test_a_whole_bundle_that_fails_its_warm_up_is_refused_and_the_old_one_stays(
    second, live, spoil, words
):
    _, version = second
    live.look()
    before = live.serving
    folder = live.registry.folder(version)
    spoil(folder)
    write_manifest(folder, read_manifest(folder))  # the hashes are those of the files
    live.registry.promote(version, "test", "cannot answer")
    live.look()
    assert live.serving is before
    assert version in live.problem
    assert words in live.problem
    assert live.serving.predictor.predict(["One sentence."])


def resident() -> int:
    """Bytes of memory that this process holds now."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.long
def test_the_old_model_is_freed_at_once_and_its_memory_returns(second, live):
    trained, version = second
    live.look()
    held = []
    for swap in range(24):
        if swap == 4:  # caches and pools have their size by now
            start = resident()
        graph = weakref.ref(live.serving.predictor.scorers["encoder"].backend.session)
        live.registry.promote([version, trained.version][swap % 2], "test", "to and fro")
        gc.disable()
        live.look()
        assert graph() is None  # not only once the collector comes by
        gc.enable()
        live.look()
        held.append(live.serving.predictor.model)
    assert held == [version, trained.version] * 12
    if Path("/proc/self/statm").exists():
        assert resident() - start < 30e6  # twenty of them, if each stayed, are 120 MB


def test_whoever_opens_the_page_finds_documents_read_at_once(live):
    app = create_app()
    app.state.live = live
    assert live.reader.resting  # a service that is sent texts alone never needs the process
    assert TestClient(app).get("/").status_code == 200
    ends = time.monotonic() + 60
    while live.reader.resting and time.monotonic() < ends:
        time.sleep(0.01)
    live.reader.warm()
    process = live.reader._process
    TestClient(app).get("/")
    assert live.reader._process is process
    live.reader.rest(0)
    assert live.reader.resting


class Clock:
    """Seconds that pass when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def live(request):
    """`Live` over the copy that the test has, with a clock of its own."""
    models = "second" if "second" in request.fixturenames else "trained_copy"
    found = request.getfixturevalue(models)
    registry = (found[0] if models == "second" else found).registry()
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
    # Ten looks through all objects of all tests so far take as long as everything else here.
    monkeypatch.setattr("serving.memory.leave_out_of_collections", lambda: None)
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


def test_a_report_kept_later_is_told_of(trained_copy, live):
    live.look()
    before = live.serving
    live.look()
    assert live.serving is before
    registry = trained_copy.registry()
    again = {**registry.evaluation(trained_copy.version), "member": "judged again"}
    registry.record(trained_copy.version, "t1:0", again)
    live.look()
    assert live.serving.evaluation["member"] == "judged again"
    assert live.serving.predictor is before.predictor


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


def test_a_codebook_set_elsewhere_is_served_without_a_restart(tmp_path):
    home = Home.find(tmp_path)
    live = Live(home, Store.open(home.own_database))
    old = live.store.codebook
    new = replace(old, version=old.version + 1, guidelines="Read twice.")
    set_codebook(Store.open(home.own_database), new)
    live.look()
    assert live.store.codebook == new
    live.stop()


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
