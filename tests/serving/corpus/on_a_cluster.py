"""Scores a file in this process, then on a local Ray cluster one worker of which is killed.

Arguments: the bundle, the input, a folder for the two outputs. How many workers were killed goes
into `killed` there.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil

from serving.corpus.answers import Telling
from serving.corpus.cluster import ClusterEngine
from serving.corpus.local import LocalEngine
from serving.corpus.score import Job, score_corpus
from serving.corpus.spool import Limits
from serving.predictor import Predictor
from training.progress import Progress


def kill_one(killed: list[int], parts: Path) -> None:
    """Kill a worker process once the first window is done."""
    while not (parts.exists() and list(parts.iterdir())):
        time.sleep(0.01)
    for process in psutil.process_iter():
        if process.name().startswith("ray::MapWorker"):
            process.send_signal(signal.SIGKILL)
            killed.append(process.pid)
            return


def main(bundle: Path, given: Path, folder: Path) -> None:
    predictor = Predictor.open(bundle, backend="openvino-fp32")
    os.environ["FRAMESCOPE_BACKEND"] = "openvino-fp32"
    options = {"telling": Telling(named=True), "limits": Limits(rows=40)}
    here = Job((given,), folder / "here.jsonl", **options)
    score_corpus(here, predictor, LocalEngine(predictor), Progress(quiet=True))
    killed: list[int] = []
    there = Job((given,), folder / "there.jsonl", **options)
    parts = folder / "there.jsonl.partial" / "parts"
    threading.Thread(target=kill_one, args=(killed, parts), daemon=True).start()
    engine = ClusterEngine(bundle, "local", workers=2)
    score_corpus(there, predictor, engine, Progress(quiet=True))
    (folder / "killed").write_text(str(len(killed)), "utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
