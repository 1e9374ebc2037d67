"""Whether `/readyz` tells the truth while something goes wrong, and answers stay right."""

import threading
import time
from dataclasses import dataclass, field

import httpx

from serving.predictor import Predictor
from tests.conftest import Service, Trained

TEXT = "Both states signed the accord on shared testing, and no chips will cross the border."


def expected(trained: Trained) -> dict:
    """What the champion says of `TEXT`."""
    (found,) = Predictor.open(trained.bundle).predict([TEXT])
    return found.to_dict()


def is_right(answer: httpx.Response, own: dict) -> bool:
    """Whether an answer of `/score` is the one that is expected; the sixth place may differ."""
    (found,) = answer.json()["results"]
    scores = {frame["label"]: frame["score"] for frame in own["frames"]}
    near = all(abs(frame["score"] - scores[frame["label"]]) < 2e-6 for frame in found["frames"])
    return near and found["tokens"] == own["tokens"]


@dataclass
class Watch:
    """Asks `/readyz`, `/score` and `/readyz` again, without a pause, until it is stopped.

    `lies`: where both said the same, and what was scored between them says the opposite. A
    connection that breaks is no lie: it is in `broken`. `seen`: what `/readyz` said, in order,
    None where nobody answered; the same thing twice counts once.
    """

    service: Service
    own: dict
    lies: list[str] = field(default_factory=list)
    seen: list[int | None] = field(default_factory=list)
    scored: int = 0
    broken: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            before, answer, after = self._ready(), self._score(), self._ready()
            if answer is None:
                self.broken += 1
                continue
            good = answer.status_code == 200
            if good and not is_right(answer, self.own):
                self.lies.append(f"a wrong answer: {answer.text[:300]}")
            if before == after == 200 and not good and answer.status_code != 429:
                self.lies.append(f"ready, but {answer.status_code}: {answer.text[:300]}")
            if before == after == 503 and good:
                self.lies.append("not ready, but it scores")
            self.scored += good

    def _ready(self) -> int | None:
        try:
            status = httpx.get(f"{self.service.url}/readyz", timeout=10).status_code
        except httpx.TransportError:
            status = None
        if self.seen[-1:] != [status]:
            self.seen.append(status)
        return status

    def _score(self) -> httpx.Response | None:
        try:
            return httpx.post(f"{self.service.url}/score", json={"texts": [TEXT]}, timeout=30)
        except httpx.TransportError:
            return None

    def wait_until_scored(self, more: int = 3, seconds: float = 60) -> None:
        """Wait until so many more answers have come."""
        wanted, deadline = self.scored + more, time.monotonic() + seconds
        while self.scored < wanted:
            assert time.monotonic() < deadline, f"no answers; /readyz said {self.seen}"
            time.sleep(0.02)
