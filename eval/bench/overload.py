"""What the service still answers when more comes than it can: `framescope bench --overload`."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.bench.service import BenchError, Running, own_server
from labels.outcome import table
from serving.overload import Limits

TIMES = (3, 10)
"""How many times the capacity is offered."""

GOALS = {3: 0.85, 10: 0.70}
"""Answers of 200 a second, as a share of the capacity."""

CONNECTIONS = 700
"""At most as many are opened, of the 800 that a worker takes."""


def measure_overload(
    home: Path, texts: Sequence[str], work: Path, rounds: int, seconds: float
) -> dict[str, Any]:
    """Return `figures` and their `rounds`, each with what came of the capacity and of `TIMES`.

    The capacity is what 64 connections get that send as soon as they are answered. It is measured
    in every round, right before more is offered; shares are of the same round. Answers count once
    the queue has had time to fill.
    """
    file = work / "texts.json"
    file.write_text(json.dumps(list(texts)), "utf-8")
    found = []
    with own_server(home, file).running(work / "service.log") as service:
        _offered(service, seconds=seconds / 2, settle=0, connections=64)
        for _ in range(rounds):
            alone = _offered(service, seconds=seconds, settle=seconds / 4, connections=64)
            own: dict[str, Any] = {"capacity": alone}
            for times in TIMES:
                own[str(times)] = _offered(
                    service,
                    rate=times * alone["goodput"],
                    seconds=2 * seconds,
                    settle=seconds / 2,
                    connections=CONNECTIONS,
                )
            found.append(own)
    medians = figures(found)
    for one in (one for own in found for one in own.values()):
        del one["latencies"], one["refused"]
    return {"rounds": found, "deadline": Limits.from_environment().deadline, **medians}


def overload_table(found: dict[str, Any]) -> list[str]:
    """Return the lines of a table for people."""
    rows = [("offered", "goodput", "goal", "p99 of 200s", "p50 of 429s", "not sent", "generator")]
    for times in TIMES:
        own = found["overload"][str(times)]
        rows.append(
            (
                f"{times} times the capacity", f"{own['goodput']:.2f} of it", f"{GOALS[times]:.2f}",
                f"{own['p99']:.1f} s of {found['deadline']:g} s", f"{1000 * own['refused']:.0f} ms",
                f"{own['unsent']:.0%}", f"{own['generator']:.0%} of the cores",
            )
        )  # fmt: skip
    return [f"capacity: {found['capacity']:.0f} texts/s", *table(rows)]


def figures(rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return `capacity`, texts a second, and `overload`, what came of each of `TIMES`.

    Medians over rounds; `p99` and `refused` (a median) in seconds, `unsent` of what was due.

    `generator`: the part of all cores that it took, which the service could not have.
    """
    overload = {}
    for times in map(str, TIMES):
        every = [
            {
                "goodput": own[times]["goodput"] / own["capacity"]["goodput"],
                "p99": float(np.quantile(own[times]["latencies"], 0.99)),
                "refused": statistics.median(own[times]["refused"] or [0.0]),
                "unsent": own[times]["unsent"] / _due(own[times]),
                "generator": own[times]["cpu"] / len(os.sched_getaffinity(0)),
                "lost": own[times]["closed"],
            }
            for own in rounds
        ]
        overload[times] = {name: statistics.median(own[name] for own in every) for name in every[0]}
    capacity = statistics.median(own["capacity"]["goodput"] for own in rounds)
    return {"capacity": capacity, "overload": overload}


def _due(own: dict[str, Any]) -> int:
    return max(1, sum(own["statuses"].values()) + own["unsent"])


def _offered(service: Running, **options: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "eval.bench.offered", service.url, str(service.server.texts)]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BenchError(f"the load generator failed: {done.stderr[-1000:]}")
    found = json.loads(done.stdout)
    if not found["latencies"]:
        raise BenchError(f"no request was answered with 200, but {found['statuses']}")
    return found
