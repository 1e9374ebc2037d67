"""Fine-tuning by two processes that torchrun starts, beside the same by one."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file

import cli
from labels.snapshot import Labelled
from tests.tiny import TWO, rows
from training.bundle import read_manifest
from training.config import TrainConfig, TrainingError
from training.finetune import finetune
from training.helping import Job
from training.progress import Progress
from training.ranks import Share, group
from training.whole_batch import PER_PROCESS, OwnRows, WholeBatchDropout

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]

# In bfloat16 the third place of a weight depends on how its batch is shared. The export of the
# graph, which is slow and has tests of its own, is left out.
COMMAND = """
import os, sys
import cli
import training.export, training.finetune

training.finetune.fast_bf16 = lambda: False
training.export.export_graph = lambda _, path: path.write_bytes(b"graph")

def failing(self, *_, **__):
    if self.state.global_step == 3:
        raise OSError(28, "No space left on device", "/some/file")
    return unbroken(self, *_, **__)

if os.environ.get("FAILING_RANK") == os.environ["RANK"]:
    from training.trainer import FrameTrainer
    unbroken, FrameTrainer.compute_loss = FrameTrainer.compute_loss, failing
sys.exit(cli.main())
"""

FINETUNE = """
import sys
from pathlib import Path
from safetensors.torch import save_file
import training.finetune
from labels.outcome import Outcome
from tests.training.test_torchrun import fine_tuned
from training.helping import led

training.finetune.fast_bf16 = lambda: False
led(lambda: Outcome(save_file(fine_tuned(sys.argv[1], Path(sys.argv[2])), sys.argv[3]), ""))
"""


class Run(NamedTuple):
    """What a run under torchrun came to; `said` are its own lines, without torchrun's."""

    home: Path
    code: int
    out: str
    said: list[str]


def torchrun(folder: Path, program: str, *arguments: object, **environment: str):
    """Run a program in two processes; fail if one is left, or their port is still taken."""
    path = folder / "program.py"
    path.write_text(program, "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2",
        "--master-port", port, path, *arguments,
    ]  # fmt: skip
    given = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "FAILING_RANK": ""}
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, env={**os.environ, **given, **environment},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    # All that a run leaves would have its pipes open, so that it would not have come to an end.
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    return done


@pytest.fixture(scope="module")
def asked(encoder, tmp_path_factory) -> list[str]:
    """What `framescope` is told in all runs but for the state folder; a pass of 6 batches."""
    folder = tmp_path_factory.mktemp("asked")
    told = [{"text": row.text, "frames": dict(row.frames)} for row in rows(TWO, 160)]
    (folder / "data.jsonl").write_text("\n".join(map(json.dumps, told)), "utf-8")
    (folder / "two.yaml").write_text(yaml.safe_dump(TWO.to_dict()), "utf-8")
    return [
        "train", "--data", str(folder / "data.jsonl"), "--codebook", str(folder / "two.yaml"),
        "--no-starter", "--base-model", str(encoder), "--epochs", "2",
    ]  # fmt: skip


def trained(folder: Path, asked: list[str], home: Path, **environment: str) -> Run:
    done = torchrun(folder, COMMAND, *asked, "--home", home, **environment)
    ours = ("framescope: ", "fine-tuning", "fitting", "calibrating", "writing the bundle")
    said = [line for line in done.stderr.splitlines() if line.startswith(ours)]
    return Run(home, done.returncode, done.stdout, said)


@pytest.fixture(scope="module")
def failed(asked, tmp_path_factory) -> Run:
    """A run whose second process fails in the midst of the first part."""
    folder = tmp_path_factory.mktemp("failed")
    return trained(folder, asked, folder / "home", FAILING_RANK="1")


@pytest.fixture(scope="module")
def together(failed, asked, tmp_path_factory) -> Run:
    """The same command again, in which nothing fails."""
    folder = tmp_path_factory.mktemp("together")
    shutil.copytree(failed.home, folder / "home")
    return trained(folder, asked, folder / "home")


@pytest.fixture(scope="module")
def alone(asked, tmp_path_factory) -> Path:
    """The bundle of an unbroken run in one process."""
    home = tmp_path_factory.mktemp("alone") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.finetune.fast_bf16", lambda: False)
        patch.setattr("training.export.export_graph", lambda _, path: path.write_bytes(b"graph"))
        assert cli.main([*asked, "--quiet", "--home", str(home)]) == 0
    return bundle(home)


def bundle(home: Path) -> Path:
    (only,) = (path for path in (home / "bentoml/models/framescope").iterdir() if path.is_dir())
    return only


def assert_close(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    """Fail where weights differ by more than 1e-4 of the largest of their kind.

    An attention's scores do not depend on the bias of its keys: it only follows rounding errors.
    """
    assert one.keys() == other.keys()
    for name, own in one.items():
        limit = 1e-6 if name.endswith("key.bias") else 1e-4 * own.abs().max().item()
        assert (own - other[name]).abs().max().item() <= limit, name


def test_failing_process_ends_all_with_one_line(failed):
    assert failed.code == 1
    assert failed.out == ""
    (line,) = (line for line in failed.said if line.startswith("framescope: "))
    assert line.startswith("framescope: process 2 of 2, on ")
    assert line.endswith("OSError: [Errno 28] No space left on device: '/some/file'")


def test_failing_process_leaves_no_bundle_but_checkpoints(failed):
    assert not (failed.home / "bentoml").exists()
    (run,) = (path for path in (failed.home / "work").iterdir() if path.is_dir())
    assert sorted(path.name for path in run.rglob("whole")) == ["whole"] * 2
    assert sorted(path.name for path in (run / "part-0").iterdir()) == [
        "checkpoint-2", "checkpoint-3",
    ]  # fmt: skip


def test_two_processes_go_on_to_the_model_of_one(together, alone):
    assert together.code == 0
    there = bundle(together.home)
    for name in ("model.safetensors", "heads.safetensors"):
        assert_close(load_file(alone / name), load_file(there / name))
    for name in ("vocabulary.json", "weights.safetensors"):
        same = [(folder / "baseline" / name).read_bytes() for folder in (alone, there)]
        assert same[0] == same[1]
    one, two = read_manifest(alone), read_manifest(there)
    assert (one.labels_hash, one.test_hash) == (two.labels_hash, two.test_hash)
    assert one.held_out.text_ids == two.held_out.text_ids
    np.testing.assert_allclose(one.held_out.frames, two.held_out.frames, atol=1e-3)


def test_first_process_alone_speaks(together):
    (line,) = (line for line in together.out.splitlines() if line.startswith("trained "))
    assert line.startswith(f"trained {bundle(together.home).name} on ")
    stages = [line for line in together.said if line.endswith(" ...")]
    assert len(stages) == len(set(stages)) == 2 * 4 + 2
    # Gone on from the third of six batches.
    assert [line for line in together.said if "(part 1 of 4): 100% (6/6)" in line]
    assert not [line for line in together.said if "(part 1 of 4): 16% (1/6)" in line]
    assert [line for line in together.said if "(part 2 of 4): 16% (1/6)" in line]


def test_file_that_cannot_be_read_is_told_once(asked, tmp_path):
    missing = tmp_path / "missing.jsonl"
    run = trained(tmp_path, [asked[0], "--data", str(missing), *asked[3:]], tmp_path / "home")
    assert run.code == 1
    assert run.out == ""
    (line,) = run.said
    assert line.startswith(f"framescope: {missing}: ")


def fine_tuned(encoder: str, work: Path) -> dict[str, torch.Tensor]:
    """Train all layers in batches of 7, which two processes cannot share evenly."""
    from labels.snapshot import take_rows

    config = TrainConfig(base_model=encoder, epochs=2, batch_size=7, frozen_share=0.0)
    labelled = take_rows(rows(TWO, 48), TWO, test_share=0.0).rows
    model, _, _ = finetune(labelled, TWO, config, config.steps(48), work, Progress(quiet=True))
    return {name: weights.detach().clone() for name, weights in model.state_dict().items()}


def test_uneven_shares_of_a_batch_count_by_their_texts(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("training.finetune.fast_bf16", lambda: False)
    done = torchrun(tmp_path, FINETUNE, encoder, tmp_path / "work", tmp_path / "two.safetensors")
    assert done.returncode == 0, done.stderr
    assert_close(
        fine_tuned(str(encoder), tmp_path / "one"), load_file(tmp_path / "two.safetensors")
    )


def test_shares_of_a_batch_by_hand():
    rows_ = [
        {"length": n, "stances": [[0.0, given]], "attention_mask": [1] * n}
        for n, given in ((2, 1.0), (5, 0.0), (3, 0.5))
    ]

    def collate(own):
        longest = max(row["length"] for row in own)
        mask = [row["attention_mask"] + [0] * (longest - row["length"]) for row in own]
        return {"attention_mask": torch.tensor(mask), "n": torch.tensor(len(own))}

    first, second = (OwnRows(collate, Share(rank, 2))(rows_) for rank in (0, 1))
    assert first["attention_mask"].tolist() == [[1, 1, 0, 0, 0], [1, 1, 1, 0, 0]]
    assert second["attention_mask"].tolist() == [[1] * 5]
    # Three texts and one and a half stances, over two processes.
    assert first[PER_PROCESS].tolist() == second[PER_PROCESS].tolist() == [1.5, 0.75]


def test_dropout_takes_out_what_one_process_would():
    values = torch.arange(1.0, 5 * 4 + 1).reshape(5, 4)
    torch.manual_seed(3)
    whole = torch.nn.functional.dropout(values, 0.5)
    assert 0 < (whole == 0).sum() < 20
    for share in (Share(0, 2), Share(1, 2)):
        torch.manual_seed(3)
        with WholeBatchDropout(share, 5):
            own = torch.nn.Dropout(0.5)(values[share.own])
            assert torch.equal(torch.nn.Dropout(0.5).eval()(values), values)
        assert torch.equal(own, whole[share.own])


def test_process_of_another_launcher_is_refused(monkeypatch):
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "4")
    with pytest.raises(TrainingError, match=r"^this is one of 4 processes, going by WORLD_SIZE, "):
        group.__wrapped__()


def test_job_is_read_back_as_it_was():
    row = Labelled(
        "p1:1", "Zölle 关税", {"markets": "for"}, "train", "g", shares={"markets": 0.5},
        disputed=("health",),
    )  # fmt: skip
    job = Job([row], TWO, TrainConfig(epochs=1.5), 7, Path("/some/work"), True, "/some/checkpoint")
    assert Job.from_bytes(job.to_bytes()) == job
