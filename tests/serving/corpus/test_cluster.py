"""The same rows from a Ray cluster, also when a worker is lost."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from serving.corpus.cluster import ClusterError, Share, shares

ROOT = Path(__file__).parents[3]


def node(cpus, gpus=0, alive=True):
    return {"Alive": alive, "Resources": {"CPU": cpus, "GPU": gpus, "memory": 1}}


@pytest.mark.parametrize(
    ("nodes", "wanted", "on_gpu", "share"),
    [
        ([node(2)], None, False, Share(1, {"num_cpus": 2})),
        ([node(2)], 2, False, Share(2, {"num_cpus": 1})),
        ([node(16), node(6), node(8, alive=False)], None, False, Share(5, {"num_cpus": 4})),
        ([node(2), node(2), node(0)], None, False, Share(2, {"num_cpus": 2})),
        ([node(16), node(6)], 3, False, Share(3, {"num_cpus": 6})),
        ([node(16, 4), node(16, 4)], None, True, Share(8, {"num_gpus": 1})),
        ([node(16, 4)], None, False, Share(4, {"num_cpus": 4})),
        ([node(8)], None, True, Share(2, {"num_cpus": 4})),
    ],
)
def test_nodes_are_parted_among_workers(nodes, wanted, on_gpu, share):
    assert shares(nodes, wanted, on_gpu) == share


@pytest.mark.parametrize(
    ("nodes", "wanted", "on_gpu", "words"),
    [
        ([node(2)], 3, False, "--workers 3, but the cluster has 2 CPUs"),
        ([node(2, 1)], 2, True, "--workers 2, but the cluster has 1 GPUs"),
    ],
)
def test_too_many_workers(nodes, wanted, on_gpu, words):
    with pytest.raises(ClusterError, match=re.escape(words)):
        shares(nodes, wanted, on_gpu)


@pytest.mark.long
def test_a_cluster_that_loses_a_worker_gives_the_rows_of_one_process(trained, tmp_path):
    texts = [f"Text {n % 170} says that data must stay at home. " * (1 + n % 5) for n in range(400)]
    rows = [{"text": text if n % 60 else "", "n": n} for n, text in enumerate(texts)]
    given = tmp_path / "in.jsonl"
    given.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    words = ["tests.serving.corpus.on_a_cluster", str(trained.bundle), str(given), str(tmp_path)]
    # Into a file: what is left of a cluster would hold pipes open.
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=ROOT, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        try:
            code = process.wait(300)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert code == 0, (tmp_path / "log").read_text("utf-8")
    assert (tmp_path / "killed").read_text("utf-8") == "1"
    for name in ("{}.jsonl", "{}.jsonl.errors.jsonl"):
        here, there = (tmp_path / name.format(word) for word in ("here", "there"))
        assert here.read_bytes() == there.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == []
