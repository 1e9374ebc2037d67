"""Champions that change under load: no request is lost, and every answer is one model's own."""

import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice

import httpx
import numpy as np

from labels.starter import starter_rows
from serving.predictor import Predictor
from tests.conftest import start_service, stop_service

CONNECTIONS = 32
SWAPS = int(os.environ.get("FRAMESCOPE_TEST_SWAPS", "4"))
WORKERS = int(os.environ.get("FRAMESCOPE_TEST_WORKERS", "2"))
"""CONTRIBUTING.md says how to run more swaps, on one worker, and what they show."""

TEXTS = [row.text for row in islice(starter_rows(), 700, 712)]
BODIES = [TEXTS[:1], TEXTS[1:4], TEXTS[4:6], TEXTS[6:12]]
SETTLED = 200
"""Answers by the new model, one after the other, after which no worker has the old one any more."""


def plain(results) -> list:
    """Return results as JSON has them, with the scores apart from the rest, in a fixed order."""
    found = json.loads(json.dumps(results))
    for result in found:
        result["frames"].sort(key=lambda frame: frame["label"])
        for frame in result["frames"]:
            shares = frame["stance"].pop("scores")
            result.setdefault("numbers", []).extend([frame.pop("score"), *shares.values()])
    return found


def same(one: list, other: list) -> bool:
    """Whether results are alike; the last of six places may differ with the batch."""
    numbers = [[value for result in own for value in result["numbers"]] for own in (one, other)]
    rest = [[{**result, "numbers": None} for result in own] for own in (one, other)]
    return rest[0] == rest[1] and bool(np.allclose(*numbers, rtol=0, atol=2e-6))


@dataclass
class Load:
    """Requests without a pause over many connections, each answer held against the model's own.

    `answers`: when each came, after how many seconds, by which model; `faults`: what went wrong.
    """

    url: str
    expected: dict[str, list[list]]
    answers: list[tuple[float, float, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self):
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            asking = [pool.submit(self._ask, place) for place in range(CONNECTIONS)]
            try:
                yield
            finally:
                self.done.set()
            for one in asking:
                one.result()

    def _ask(self, start: int) -> None:
        with httpx.Client(timeout=60) as client:
            for place in islice(cycle(range(len(BODIES))), start % len(BODIES), None):
                if self.done.is_set():
                    return
                began = time.monotonic()
                try:
                    answer = client.post(f"{self.url}/score", json={"texts": BODIES[place]})
                    seconds = time.monotonic() - began
                    found = answer.json()
                    alike = same(plain(found["results"]), self.expected[found["model"]][place])
                except (httpx.HTTPError, KeyError, ValueError) as error:
                    self.faults.append(f"{type(error).__name__}: {error}")
                    continue
                if answer.status_code != 200 or not alike:
                    self.faults.append(f"{answer.status_code}: {found['model']}, texts {place}")
                self.answers.append((began + seconds, seconds, found["model"]))

    def wait_for(self, model: str) -> tuple[float, float]:
        """Wait until all answers are the model's; return when its first and its last-to-be came."""
        since, deadline = len(self.answers), time.monotonic() + 60
        while True:
            named = [name == model for *_, name in self.answers[since:]]
            if len(named) >= SETTLED and all(named[-SETTLED:]):
                last_old = max((k for k, own in enumerate(named) if not own), default=-1)
                return self.answers[since + named.index(True)][0], self.answers[
                    since + last_old + 1
                ][0]
            assert time.monotonic() < deadline, f"{model} was never served by all"
            assert not self.faults, self.faults[:3]
            time.sleep(0.05)

    def p99(self, spans: list[tuple[float, float]]) -> float:
        """The 99th percentile, in seconds, of the answers that came in any of these spans."""
        taken = [
            seconds
            for at, seconds, _ in self.answers
            if any(low <= at <= high for low, high in spans)
        ]
        return float(np.percentile(taken, 99))


def test_swaps_under_load_lose_no_request_and_mix_no_models(second, tmp_path, capsys):
    trained, version = second
    registry = trained.registry()
    expected = {}
    for model in (trained.version, version):
        predictor = Predictor.open(registry.folder(model))
        own = [[result.to_dict() for result in predictor.predict(texts)] for texts in BODIES]
        expected[model] = [plain(results) for results in own]
    one, other = expected.values()
    assert not any(map(same, one, other))  # else a mix of models could not be seen
    options = {"BENTOML_CONFIG_OPTIONS": f"services.framescope.workers={WORKERS}"}
    service = start_service(trained.home, tmp_path / "log", **options)
    load = Load(service.url, expected)
    swaps = []
    try:
        with load.running():
            load.wait_for(trained.version)
            began = time.monotonic()
            time.sleep(2)
            calm = [(began, time.monotonic())]
            for _, model in zip(range(SWAPS), cycle([version, trained.version]), strict=False):
                if model == version:
                    registry.promote(version, "test", "to see it served")
                else:
                    assert registry.rollback("test") == trained.version
                promoted = time.monotonic()
                first, all_moved = load.wait_for(model)
                swaps.append((promoted, first, all_moved))
    finally:
        stop_service(service)
    log = (tmp_path / "log").read_text("utf-8")
    assert load.faults == []
    assert log.count("Service framescope initialized") == WORKERS
    assert log.count(f"serving model {version}") == WORKERS * ((SWAPS + 1) // 2)
    before = load.p99(calm)
    during = load.p99([(promoted, all_moved) for promoted, _, all_moved in swaps])
    noticed = max(all_moved - promoted for promoted, _, all_moved in swaps)
    with capsys.disabled():
        print(
            f"\n{SWAPS} swaps on {WORKERS} worker(s) under {CONNECTIONS} connections: "
            f"{len(load.answers)} answers, {len(load.faults)} faults; p99 {before * 1000:.0f} ms "
            f"before, {during * 1000:.0f} ms from promotion to the last worker's swap; "
            f"all moved within {noticed:.1f} s"
        )
