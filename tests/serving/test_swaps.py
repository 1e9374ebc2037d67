"""Champions that change under load: no request is lost, and every answer is one model's own."""

import contextlib
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import httpx
import numpy as np

from labels.starter import starter_rows
from serving.live import SECONDS_BETWEEN_LOOKS
from serving.predictor import Predictor
from tests.conftest import Service, start_service, stop_service

CONNECTIONS = 32
SWAPS = int(os.environ.get("FRAMESCOPE_TEST_SWAPS", "4"))
WORKERS = int(os.environ.get("FRAMESCOPE_TEST_WORKERS", "2"))
OUT = os.environ.get("FRAMESCOPE_TEST_SWAPS_OUT")
"""`make test-swaps` sets them for the long run; `OUT` is a file for its figures, as JSON."""

LONG = SWAPS >= 20
"""Times are asserted in the long run alone: it has the machine to itself."""

WARMED = 4
"""Swaps after which caches and pools have their size."""

LOOKS = 5.0
"""Seconds within which a promotion is noticed, loading not counted."""

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


def wait_until_logged(log: Path, words: str, times: int) -> None:
    """Wait until each worker has said something so often; one may get no request for a while."""
    deadline = time.monotonic() + 60
    while log.read_text("utf-8").count(words) < WORKERS * times:
        assert time.monotonic() < deadline, f"a worker never said: {words}"
        time.sleep(0.05)


MODEL_BYTES = 5.6e6  # of memory that each of the two tiny models takes


def resident(process: int) -> int:
    """Bytes of memory that a process and its descendants hold; 0 where the system does not tell."""
    folder, size = Path(f"/proc/{process}"), 0
    with contextlib.suppress(OSError):
        pages = int((folder / "statm").read_text("ascii").split()[1])
        size = pages * os.sysconf("SC_PAGE_SIZE")
        for task in folder.glob("task/*/children"):
            size += sum(resident(int(child)) for child in task.read_text("ascii").split())
    return size


def figures(load: Load, calm, swaps, seconds_to_load: float, held: list[int]) -> dict:
    """What the run came to; times in seconds, memory in bytes at `WARMED` swaps and at the end."""
    before = load.p99(calm)
    during = load.p99([(promoted, all_moved) for promoted, _, all_moved in swaps])
    return {
        "swaps": SWAPS, "workers": WORKERS, "connections": CONNECTIONS,
        "answers": len(load.answers), "faults": len(load.faults),
        "p99_before": before, "p99_during": during,
        "noticed": max(first - promoted for promoted, first, _ in swaps),
        "all_moved": max(all_moved - promoted for promoted, _, all_moved in swaps),
        "to_load_alone": seconds_to_load,
        "resident": held,
    }  # fmt: skip


def test_swaps_under_load_lose_no_request_and_mix_no_models(second, tmp_path, capsys):
    trained, version = second
    registry = trained.registry()
    expected, seconds_to_load = {}, 0.0
    for model in (trained.version, version):
        began = time.monotonic()
        predictor = Predictor.open(registry.folder(model))
        seconds_to_load = max(seconds_to_load, time.monotonic() - began)
        own = [[result.to_dict() for result in predictor.predict(texts)] for texts in BODIES]
        expected[model] = [plain(results) for results in own]
    one, other = expected.values()
    assert not any(map(same, one, other))  # else a mix of models could not be seen
    options = {"BENTOML_CONFIG_OPTIONS": f"services.framescope.workers={WORKERS}"}
    service = start_service(trained.home, tmp_path / "log", **options)
    load = Load(service.url, expected)
    swaps, held = [], []
    try:
        with load.running():
            load.wait_for(trained.version)
            began = time.monotonic()
            time.sleep(2)
            calm = [(began, time.monotonic())]
            for swap, model in zip(range(SWAPS), cycle([version, trained.version]), strict=False):
                if swap == WARMED:
                    held.append(settled_memory(service))
                if model == version:
                    registry.promote(version, "test", "to see it served")
                else:
                    assert registry.rollback("test") == trained.version
                promoted = time.monotonic()
                first, all_moved = load.wait_for(model)
                swaps.append((promoted, first, all_moved))
                times = swap // 2 + 1 + (model == trained.version)  # which was served at first
                wait_until_logged(tmp_path / "log", f"serving model {model}", times)
            if LONG:
                held.append(settled_memory(service))
    finally:
        stop_service(service)
    log = (tmp_path / "log").read_text("utf-8")
    assert load.faults == []
    assert log.count("Service framescope initialized") == WORKERS
    assert log.count(f"serving model {version}") == WORKERS * ((SWAPS + 1) // 2)
    found = figures(load, calm, swaps, seconds_to_load, held)
    if OUT:
        Path(OUT).parent.mkdir(parents=True, exist_ok=True)
        Path(OUT).write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    with capsys.disabled():
        print(f"\n{json.dumps(found)}")
    if LONG:
        assert found["noticed"] < LOOKS + seconds_to_load
        assert found["p99_during"] < 3 * found["p99_before"]
        # The allocator keeps some room of its own; half of the models staying would be more.
        assert held[1] - held[0] < MODEL_BYTES / 2 * (SWAPS - WARMED) * WORKERS


def settled_memory(service: Service) -> int:
    """The service's memory once it has given back that of the model before, which it does late."""
    time.sleep(2 * SECONDS_BETWEEN_LOOKS)
    return resident(service.process.pid)
