"""Several processes write to one store, and some are killed at it.

Small numbers here; the large ones with `pytest -m writers` (make test-store).
"""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labels.store import Store

ROOT = Path(__file__).parents[2]

WRITER = """
import sys
from labels.codebook import Codebook, Frame
from labels.rows import LabelledRow
from labels.store import Store

url, name, count, batch = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
store = Store.open(url, Codebook("topics", 1, (Frame("trade"),)))
for start in range(0, count, batch):
    rows = [
        LabelledRow(f"text {n % 50}", {"trade": None} if n % 3 else {}, name, id=str(n % 50),
                    at=f"2026-05-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}.000000+00:00")
        for n in range(start, start + batch)
    ]
    shared = LabelledRow(f"shared {start}", {"trade": None}, "all")
    print(store.add([*rows, shared]).stored, flush=True)
"""

LONG_IMPORT = """
import sys, time
from labels.insertion import CHUNK
from labels.rows import LabelledRow
from labels.store import Store

def rows():
    for n in range(3 * CHUNK):
        if n == 2 * CHUNK + 1:
            print("two chunks are in", flush=True)
            time.sleep(600)
        yield LabelledRow(f"text {n}", {}, "ann")

Store.open(sys.argv[1]).add(rows())
"""


def start(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def check_all_is_there(url, writers, count, batch):
    """Eight at once: none lost, none doubled, and each one's history whole and in its order."""
    processes = [start(WRITER, url, f"w{n}", count, batch) for n in range(writers)]
    stored = [sum(map(int, one.communicate(timeout=3000)[0].split())) for one in processes]
    assert [one.returncode for one in processes] == [0] * writers
    batches = count // batch
    assert sum(stored) == writers * count + batches
    store = Store.open(url)
    found = {}
    for row in store.rows():
        found.setdefault(row.annotator, []).append((int(row.id or 0), bool(row.frames), row.at))
    assert len(found.pop("all")) == batches
    assert sorted(found) == [f"w{n}" for n in range(writers)]
    for history in found.values():
        assert [(text, marked) for text, marked, _ in history] == [
            (n % 50, bool(n % 3)) for n in range(count)
        ]
        assert [at for _, _, at in history] == sorted({at for _, _, at in history})
    counts = store.counts()
    assert (counts["texts"], counts["annotations"]) == (50 + batches, writers * count + batches)


def check_batches_are_whole(url, kills, seed):
    """A writer is killed again and again: what it was told is stored is there, in whole batches."""
    drawn = random.Random(seed)
    acknowledged = 0
    for number in range(kills):
        writer = start(WRITER, url, f"w{number}", 36_000, 40)
        seen = writer.stdout.readline()
        time.sleep(drawn.uniform(0, 0.3))
        writer.send_signal(signal.SIGKILL)
        seen += writer.communicate()[0]
        whole = [line for line in seen.splitlines(keepends=True) if line.endswith("\n")]
        rows = [row for row in Store.open(url).rows() if row.annotator == f"w{number}"]
        assert len(rows) % 40 == 0
        assert len(rows) // 40 - len(whole) in (0, 1)
        acknowledged += len(whole)
    assert acknowledged >= kills


def test_eight_processes_lose_and_double_nothing(url):
    check_all_is_there(url, writers=8, count=200, batch=20)


@pytest.mark.writers
def test_eight_processes_with_ten_thousand_each(url):
    check_all_is_there(url, writers=8, count=10_000, batch=20)


def test_killed_writer_leaves_whole_batches(url):
    check_batches_are_whole(url, kills=2, seed=1)


@pytest.mark.writers
def test_writers_killed_thirty_times(url):
    check_batches_are_whole(url, kills=30, seed=2)


def test_killed_import_leaves_nothing_and_no_lock(url):
    Store.open(url)
    importing = start(LONG_IMPORT, url)
    assert importing.stdout.readline() == "two chunks are in\n"
    importing.send_signal(signal.SIGKILL)
    importing.communicate()
    store = Store.open(url)
    assert set(store.counts().values()) == {0}
    assert list(store.rows()) == []
