"""The run itself: clients, swaps and samples beside each other, until the time is over."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil

from eval.soak.clients import KINDS, Ask, Asker, RefusedError, Served
from eval.soak.expected import Expected, WrongError
from eval.soak.growth import Sample, sample
from training.registry import Registry

KEPT = 200
"""Errors that are kept in words; all are counted."""

_LONGEST_SWAP = 60.0
_NAP = 0.5


@dataclass
class Soak:
    """One run. Times are seconds since `began`; `latencies`: by kind, when and how long.

    `errors`: when, of which kind and in which words; `failed`: how many there were. `refused`: how
    often a client was told to come again, which is no error: the machine may have others to serve.
    """

    url: str
    process: psutil.Process
    registry: Registry
    versions: list[str]
    expected: Expected
    seconds: float
    every: float
    tell: Callable[[str], None]
    began: float = 0.0
    latencies: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    errors: list[tuple[float, str, str]] = field(default_factory=list)
    failed: int = 0
    refused: int = 0
    samples: list[Sample] = field(default_factory=list)
    swaps: list[float] = field(default_factory=list)

    async def run(self) -> None:
        """Ask until the time is over, or SIGINT or SIGTERM comes."""
        self.began = time.monotonic()
        over, served = asyncio.Event(), Served(self.versions[0])
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, over.set)
        loop.call_later(self.seconds, over.set)
        self.latencies = {kind: [] for kind in KINDS}
        work: list[Coroutine[Any, Any, None]] = [self._watch(over), self._swap(over, served)]
        for kind, (ask, count, rest) in KINDS.items():
            askers = [Asker(self.url, self.expected, served, f"{kind}{k}") for k in range(count)]
            work += [self._keep_asking(over, kind, ask, one, rest) for one in askers]
        try:
            await asyncio.gather(*work)
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def _keep_asking(
        self, over: asyncio.Event, kind: str, ask: Ask, asker: Asker, rest: float
    ) -> None:
        async with asker.client:
            while not over.is_set():
                began = time.monotonic()
                try:
                    await ask(asker)
                except RefusedError as refused:
                    self.refused += 1
                    await _nap(over, refused.again)
                # Whatever the service sends, the others go on, and the report says what it was.
                except (WrongError, httpx.HTTPError, OSError, ValueError, LookupError) as error:
                    self._fail(kind, error)
                    await _nap(over, _NAP)
                else:
                    now = time.monotonic()
                    self.latencies[kind].append((now - self.began, now - began))
                await _nap(over, rest)

    async def _swap(self, over: asyncio.Event, served: Served) -> None:
        """Make the other model champion, again and again, and wait until it answers."""
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as client:
            while not await _nap(over, self.every):
                version = self.versions[(len(self.swaps) + 1) % 2]
                served.promoted(version)
                self.swaps.append(time.monotonic() - self.began)
                words = f"swap {len(self.swaps)}"
                try:
                    await asyncio.to_thread(self.registry.promote, version, "soak", words)
                    async with asyncio.timeout(_LONGEST_SWAP):
                        while (await client.get("/model")).json()["model"] != version:
                            await asyncio.sleep(0.2)
                except (httpx.HTTPError, TimeoutError, ValueError, LookupError) as error:
                    self._fail("swap", error)
                served.seen()

    async def _watch(self, over: asyncio.Event) -> None:
        """Take samples, ask whether the service is ready, and say every minute how it goes."""
        pause, told = max(0.5, self.seconds / 1000), 0.0
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as client:
            worker = _workers(self.process)
            while True:
                ready = await self._ready(client)
                found = await asyncio.to_thread(sample, self.process, self.began, ready)
                self.samples.append(found)
                if (now := _workers(self.process)) != worker:
                    self._fail("process", WrongError(f"processes {worker} are now {now}"))
                    worker = now
                if found.at - told >= 60:
                    told = found.at
                    self._tell(found)
                if await _nap(over, pause):
                    return

    async def _ready(self, client: httpx.AsyncClient) -> bool:
        try:
            status = (await client.get("/readyz")).status_code
        except httpx.HTTPError as error:
            self._fail("readyz", error)
            return False
        if status != 200:
            self._fail("readyz", WrongError(f"/readyz: {status}"))
        return status == 200

    def _fail(self, kind: str, error: Exception) -> None:
        self.failed += 1
        if len(self.errors) < KEPT:
            words = f"{type(error).__name__}: {error}"
            self.errors.append((time.monotonic() - self.began, kind, words[:400]))
            self.tell(f"{kind}: {words[:200]}")

    def _tell(self, now: Sample) -> None:
        answers = sum(len(found) for found in self.latencies.values())
        self.tell(
            f"{now.at:,.0f} s: {answers:,} answers, {self.failed} errors, "
            f"{self.refused} refused, {len(self.swaps)} swaps, "
            f"{now.memory:,.0f} MB, {now.handles} handles"
        )


def _workers(process: psutil.Process) -> list[int]:
    """The processes that BentoML watches over. The reader of documents is a child of theirs."""
    return sorted(one.pid for one in process.children())


async def _nap(over: asyncio.Event, seconds: float) -> bool:
    """Wait so long, or until the run is over; return whether it is."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), seconds)
    return over.is_set()
