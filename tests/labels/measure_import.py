"""How fast labels are imported, and in how much memory: python -m tests.labels.measure_import.

The rows are written to a file, which `framescope labels import` then reads in a process of its own,
so that its peak memory is its own. The second import of the same file stores nothing. On a machine
with other work the rate by processor time tells more than that by the clock.
"""

import argparse
import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
FRAMES = ("sovereignty", "neo-colonialism", "safety", "authoritarian control", "cooperation")
STANCES = ("favor", "against", "neutral")


def main() -> None:
    """Make the rows, import them twice, and print rows a second and peak memory of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--annotators", type=int, default=1, help="answers on each text")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file, home = Path(folder, "rows.jsonl"), Path(folder, "home")
        _write(file, args.rows, args.annotators)
        print(f"{args.rows:,} rows, {file.stat().st_size / 2**20:,.0f} MiB")
        for name in ("first import", "the same again"):
            start, before = time.perf_counter(), _used()
            command = [sys.executable, "-m", "cli", "labels", "import", file, "--home", home]
            subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
            seconds = time.perf_counter() - start
            busy = _used() - before
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(
                f"{name}: {seconds:.1f} s, {args.rows / seconds:,.0f} rows/s; of the processor "
                f"{busy:.1f} s, {args.rows / busy:,.0f} rows/s; peak {peak:,.0f} MiB so far"
            )
        with sqlite3.connect(home / "labels.db") as database:
            (count,) = database.execute("SELECT count(*) FROM annotations").fetchone()
            assert count == args.rows, count
        print(f"database {(home / 'labels.db').stat().st_size / 2**20:,.0f} MiB")


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _write(file: Path, rows: int, annotators: int) -> None:
    drawn = random.Random(13)
    words = [f"{a}{b}{c}" for a in "bdfgklmnprstvz" for b in "aeiou" for c in "lmnrst"]
    with file.open("w", encoding="utf-8") as out:
        for number in range(rows):
            who = number % annotators
            if who == 0:
                text = f"{number} " + " ".join(drawn.choices(words, k=40))
            frames = {frame: drawn.choice(STANCES) for frame in drawn.sample(FRAMES, who % 3)}
            row = {
                "id": str(number // annotators), "text": text, "lang": "en",
                "document": f"d{number // 100}", "date": "2026-05-01", "frames": frames,
                "annotator": f"a{who}", "at": f"2026-05-01T{number % 24:02}:00:00Z",
            }  # fmt: skip
            out.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
