"""Servers side by side: in each round every one of them is loaded, and so is this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from eval.bench.inprocess import forward_seconds, quantiles
from eval.bench.plan import Plan
from eval.bench.service import Running, Server, start_generator
from serving.predictor import Predictor


def measure_servers(
    own: Server,
    peers: Mapping[str, Server],
    predictor: Predictor,
    texts: Sequence[str],
    plan: Plan,
    work: Path,
) -> dict[str, Any]:
    """Return `service`, `forward` and `peers`, the last with each one's requests a second.

    All servers stay up; what is not being asked waits. Raw scoring is done in this process beside
    one that takes as much of a core as the generator did. A single request over HTTP, and the
    forward pass of the same text, are timed in turn as well.
    """
    starts = _starts(own, plan.starts - 1, work)
    with ExitStack() as stack:
        service = stack.enter_context(own.running(work / "service.log"))
        ready = service.resident
        others = {
            name: stack.enter_context(server.running(work / f"{name}.log"))
            for name, server in peers.items()
        }
        rounds = _Rounds(service, others, predictor, texts, plan)
        rounds.run()
        sent = service.load(connections=plan.connections, seconds=600, requests=plan.requests)
        after = service.resident
    answers = [*rounds.loads, sent]
    answered = sum(len(found["latencies"]) for found in answers)
    own_figures = {
        "start": [*starts, service.seconds],
        "http": rounds.rates["framescope"],
        "raw": rounds.rates["raw"],
        "generator_share": rounds.share,
        "loaded": rounds.loaded,
        "single": quantiles(rounds.singles),
        "resident_mb": {"ready": ready, "after": after, "requests": answered},
        "failed": sum(found["failed"] for found in answers),
    }
    return {
        "service": own_figures,
        "forward": quantiles(rounds.forward),
        "peers": {name: rounds.rates[name] for name in others},
    }


def _starts(own: Server, count: int, work: Path) -> list[float]:
    found = []
    for _ in range(count):
        with own.running(work / "service.log") as service:
            found.append(service.seconds)
    return found


class _Rounds:
    """What is measured in turn, each kind in another order in each round."""

    def __init__(
        self,
        service: Running,
        others: Mapping[str, Running],
        predictor: Predictor,
        texts: Sequence[str],
        plan: Plan,
    ) -> None:
        self.service, self.others = service, others
        self.predictor, self.texts, self.plan = predictor, texts, plan
        self.rates: dict[str, list[float]] = {name: [] for name in ("framescope", "raw", *others)}
        self.loads: list[dict[str, Any]] = []
        self.loaded: list[dict[str, float]] = []
        self.singles: list[float] = []
        self.forward: list[float] = []
        self.share = 0.0

    def run(self) -> None:
        """Warm up, then measure."""
        few = self.texts[: self.plan.singles]
        for running in (self.service, *self.others.values()):
            running.load(connections=self.plan.connections, seconds=self.plan.probe)
        forward_seconds(self.predictor, few)
        ways: list[Callable[[], None]] = [self._own, self._raw, self._single]
        ways += [self._other(name) for name in self.others]
        self._own(keep=False)  # for the share that the generator takes
        for number in range(self.plan.rounds):
            first = number % len(ways)
            for way in ways[first:] + ways[:first]:
                way()

    def _own(self, keep: bool = True) -> None:
        found = self.service.load(connections=self.plan.connections, seconds=self.plan.seconds)
        self.share = found["share"]
        self.loads.append(found)
        if keep:
            self.rates["framescope"].append(found["rate"])
            self.loaded.append(quantiles(found["latencies"]))

    def _raw(self) -> None:
        beside = start_generator(share=self.share, seconds=600)
        try:
            self.predictor.predict(self.texts[:16])
            done, began = 0, time.perf_counter()
            while (passed := time.perf_counter() - began) < self.plan.seconds:
                done += len(self.predictor.predict(self.texts))
        finally:
            beside.kill()
            beside.communicate()
        self.rates["raw"].append(done / passed)

    def _single(self) -> None:
        count = self.plan.singles
        found = self.service.load(connections=1, seconds=600, requests=count)
        self.loads.append(found)
        self.singles += found["latencies"]
        self.forward += forward_seconds(self.predictor, self.texts[:count])

    def _other(self, name: str) -> Callable[[], None]:
        def measure() -> None:
            options = {"connections": self.plan.connections, "seconds": self.plan.seconds}
            self.rates[name].append(self.others[name].load(**options)["rate"])

        return measure
