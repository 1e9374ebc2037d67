"""Scoring killed at any moment and begun again: each row once, and the bytes of an unbroken run.

Six kills here; thirty for each output with `pytest -m kills`.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OUTPUTS = ["out.jsonl", "out.csv.gz", "out.parquet", "folder"]


class Runs:
    """Processes that score one corpus: 600 rows with errors and duplicates, in 30 windows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.corpus = folder / "in.jsonl"
        rows = [{"n": n, "text": f"text {n * n % 431}" if n % 50 else ""} for n in range(600)]
        self.corpus.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        self.forks = subprocess.Popen(
            [sys.executable, "-m", "tests.serving.corpus.runner"], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._line() == "ready"

    def start(self, out: Path, pause: float) -> int:
        assert self.forks.stdin
        self.forks.stdin.write(json.dumps([str(out), str(self.corpus), pause]) + "\n")
        self.forks.stdin.flush()
        return int(self._line())

    def code(self) -> int:
        return int(self._line())

    def stop(self) -> str:
        said = self.forks.communicate()[1]
        assert self.forks.returncode == 0
        return said

    def _line(self) -> str:
        assert self.forks.stdout
        return self.forks.stdout.readline().strip()


@pytest.fixture
def runs(tmp_path):
    runs = Runs(tmp_path)
    yield runs
    assert runs.stop() == ""


def content(out: Path) -> dict[str, bytes]:
    errors = out.with_name(f"{out.name}.errors.jsonl")
    files = sorted(out.iterdir()) if out.is_dir() else [out]
    return {path.name.removeprefix("whole-"): path.read_bytes() for path in [*files, errors]}


def kills(runs: Runs, name: str, n: int, chance: random.Random) -> None:
    """Kill `n` runs at random moments, each going on where the last was killed; compare."""
    whole, out = runs.folder / f"whole-{name}", runs.folder / name
    began = time.monotonic()
    runs.start(whole, 0.01)
    assert runs.code() == 0
    took = time.monotonic() - began
    killed = ended = 0
    for _ in range(20 * n):
        child = runs.start(out, 0.01)
        # Mostly within a window or two, so that there is something left for the next one.
        time.sleep(chance.uniform(0, chance.choice([took / 8, took])))
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        killed += runs.code() == -signal.SIGKILL
        if out.exists() and not out.with_name(f"{name}.partial").exists():
            assert content(out) == content(whole)
            ended += 1
            if out.is_dir():
                shutil.rmtree(out)
            else:
                out.unlink()
        if killed == n:
            break
    assert killed == n
    runs.start(out, 0)
    assert runs.code() == 0
    assert content(out) == content(whole)
    assert not [path for path in runs.folder.iterdir() if "partial" in path.name]
    print(f"{name}: {n} kills, {ended} of them or between them a run that had ended")


@pytest.mark.long
def test_six_kills_one_after_the_other(runs):
    chance = random.Random(20261123)
    kills(runs, "out.jsonl", 3, chance)
    kills(runs, "folder", 3, chance)


@pytest.mark.kills
@pytest.mark.parametrize("name", OUTPUTS)
def test_thirty_kills(runs, name):
    kills(runs, name, 30, random.Random(name))
