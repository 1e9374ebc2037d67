"""Retraining killed at any moment: the store stays whole, and the next run ends well.

Five kills here; thirty with `pytest -m kills`.
"""

import contextlib
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labels.home import Home
from labels.store import Store
from tests.tiny import TWO, make_encoder, rows
from training.bundle import read_manifest, verify
from training.registry import Registry
from training.retraining import look

ROOT = Path(__file__).parents[2]
KILLED = -signal.SIGKILL
KINDS = ["starting", "fitting", "fine-tuning", "calibrating", "writing", "judging", "deciding"]
"""The first word of each kind of stage, as they follow on one another."""


class Loop:
    """A state folder with few labels, and processes that retrain in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home.find(folder / "home")
        self.registry = Registry(self.home, Store.open(self.home.database, TWO))
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        known = rows(TWO, 80)
        self.registry.store.add(known)
        encoder = make_encoder(folder / "encoder", [row.text for row in known])
        self.words = ["retrain", "--home", str(self.home.folder), "--base-model", str(encoder)]
        self.words += ["--epochs", "2"]
        self.forks = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("fork_server.py"))],
            env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(self.temporary)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def change_labels(self, seed: int) -> None:
        self.registry.store.add(rows(TWO, 2, seed=1000 + seed))

    def start(self) -> int:
        assert self.forks.stdin
        self.forks.stdin.write(json.dumps([str(self.folder / "log"), self.words]) + "\n")
        self.forks.stdin.flush()
        self.code: int | None = None
        return int(self._line())

    def stages(self, child: int) -> Iterator[str]:
        """Yield each stage when it begins, and let the run go on when asked for the next."""
        while self.code is None:
            if (line := self._line()) != "stopped":
                self.code = int(line)
                return
            yield stage_of(self)
            with contextlib.suppress(ProcessLookupError):  # it was killed meanwhile
                os.kill(child, signal.SIGCONT)

    def end(self, child: int) -> int | None:
        """Let a run go on to its end, which may have come; return its exit code."""
        for _ in self.stages(child):
            pass
        return self.code

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    def stop(self) -> None:
        assert self.forks.stdin
        assert self.forks.stdout
        self.forks.stdin.close()
        self.forks.wait(30)
        self.forks.stdout.close()
        self.registry.store.engine.dispose()

    def _line(self) -> str:
        assert self.forks.stdout
        return self.forks.stdout.readline().strip()


@pytest.fixture
def loop(tmp_path):
    loop = Loop(tmp_path)
    yield loop
    loop.stop()


def stage_of(loop: Loop) -> str:
    """The stage of the run under way, without the number of its texts."""
    return re.sub(r" on \d+ texts", "", look(loop.home).stage or "")


def timed(loop: Loop) -> list[tuple[str, float]]:
    """Retrain to the end; return the stages, and the seconds that each took."""
    child = loop.start()
    seen = [(stage, time.monotonic()) for stage in loop.stages(child)]
    assert loop.code in (0, 3), loop.log()
    ends = [at for _, at in seen[1:]] + [time.monotonic()]
    return [(stage, end - at) for (stage, at), end in zip(seen, ends, strict=True)]


def kill(loop: Loop, stages: list[tuple[str, float]], place: int, part: float) -> str | None:
    """Start a run and kill it when `part` of a stage's time is over, 0 being its first moment.

    Of a run that leaves stages out, that is the next one it comes to. Returns the stage it died
    in, or None where it had ended before.
    """
    names = [name for name, _ in stages]
    child = loop.start()
    for stage in loop.stages(child):
        if stage in names and names.index(stage) >= place:
            if part:
                os.kill(child, signal.SIGCONT)
                time.sleep(part * stages[place][1])
            os.kill(child, signal.SIGKILL)
            break
    loop.end(child)
    return stage_of(loop) if loop.code == KILLED else None


def check_whole(loop: Loop, champion: str | None) -> None:
    """What holds at any moment, also just after a kill."""
    with sqlite3.connect(loop.home.folder / "labels.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()
    known = [entry.version for entry in loop.registry.models()]
    for version in known:
        folder = loop.registry.folder(version)
        verify(folder, read_manifest(folder))
    now = loop.registry.champion()
    assert now == champion or (now == known[-1] and loop.registry.gated(now))


def check_clean(loop: Loop) -> None:
    """What holds once a run has ended well: nothing is left of those that were killed."""
    found = look(loop.home)
    assert found.state in ("done", "refused"), loop.log()
    known = {entry.version for entry in loop.registry.models()}
    store = loop.home.bentoml / "models" / "framescope"
    assert {path.name for path in store.iterdir() if path.is_dir()} == known
    assert {path.name for path in loop.home.reports.iterdir()} == known
    assert all(loop.registry.gated(version) for version in known)
    assert [path.name for path in loop.home.work.iterdir()] == ["training.lock"]
    assert not (loop.home.retraining / "tmp").exists()
    assert [path for path in loop.home.folder.rglob(".*") if path.is_file()] == []
    # One file, always the same, is ONNX Runtime's own.
    assert {path.name for path in loop.temporary.iterdir()} <= {".ses"}


def kills(loop: Loop, n: int, end_each: bool) -> list[str]:
    """Kill `n` runs, in each stage in turn; return in which. `end_each`: a run between any two."""
    chance = random.Random(20261122)
    stages = timed(loop)
    check_clean(loop)
    kinds = [name.split()[0] for name, _ in stages]
    assert list(dict.fromkeys(kinds)) == KINDS
    order = chance.sample(range(len(stages)), len(stages))
    found: list[str] = []
    ended = True
    for trial in range(3 * n):
        if ended:
            loop.change_labels(trial)
        champion = loop.registry.champion()
        # Where there are enough, once at the first moment of each stage, and then at any.
        part = 0.0 if end_each and trial < len(stages) else chance.random()
        if killed_in := kill(loop, stages, order[trial % len(stages)], part):
            found.append(killed_in)
        check_whole(loop, champion)
        ended = end_each or not killed_in
        if end_each or len(found) == n:
            assert loop.end(loop.start()) in (0, 3), loop.log()
            check_clean(loop)
        if len(found) == n:
            return found
    raise AssertionError(f"of {3 * n} runs only {len(found)} were killed in time")


@pytest.mark.long
def test_three_kills_one_after_the_other(loop):
    assert len(kills(loop, 3, end_each=False)) == 3


@pytest.mark.kills
def test_thirty_kills_each_followed_by_a_run_that_ends_well(loop):
    found = kills(loop, 30, end_each=True)
    print("killed in:", *sorted(found), sep="\n  ")
    assert {name.split()[0] for name in found} == set(KINDS)
