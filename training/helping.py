"""Runs a command in the first of several processes, while the others help it fine-tune."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from labels.codebook import Codebook
from labels.errors import FramescopeError
from labels.outcome import Outcome
from labels.snapshot import Labelled
from training.config import TrainConfig
from training.progress import Progress
from training.ranks import Group, group


class Job(NamedTuple):
    """What all processes fine-tune together; `checkpoint` is the one the first would go on from."""

    rows: Sequence[Labelled]
    codebook: Codebook
    config: TrainConfig
    steps: int
    work: Path
    bf16: bool
    checkpoint: str | None = None

    def to_bytes(self) -> bytes:
        """Return it as JSON, for `from_bytes`."""
        rows = [{name: getattr(row, name) for name in Labelled.__slots__} for row in self.rows]
        raw = {
            **self._asdict(),
            "rows": [{**row, "frames": dict(row["frames"])} for row in rows],
            "codebook": self.codebook.to_dict(),
            "config": self.config.to_dict(),
            "work": str(self.work),
        }
        return json.dumps(raw, default=dict).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Job":
        """Read what `to_bytes` wrote."""
        raw: dict[str, Any] = json.loads(content)
        rows = [Labelled(**{**row, "disputed": tuple(row["disputed"])}) for row in raw["rows"]]
        codebook, config = Codebook.from_dict(raw["codebook"]), TrainConfig(**raw["config"])
        own = {"rows": rows, "codebook": codebook, "config": config, "work": Path(raw["work"])}
        return cls(**{**raw, **own})


def led(run: Callable[[], Outcome]) -> Outcome:
    """Run a command that fine-tunes: under torchrun in the first process, which the others help.

    They do not come back from here.

    Raises:
        TrainingError: if a process ends before the others, or cannot begin.
    """
    together = group()
    if together is None:
        return run()
    if together.share.rank > 0:
        _help(together)
    code = 1
    try:
        outcome = run()
        code = outcome.code
        return outcome
    finally:
        together.end(code)


def _help(together: Group) -> NoReturn:
    """Fine-tune whatever the first process does, until it ends; say nothing that it can say."""
    together.leave_with_first()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all, and the first answers it
    why = _work(together)
    together.fail(why)
    print(f"framescope: {why}", file=sys.stderr, flush=True)
    os._exit(1)


def _work(together: Group) -> str:
    """Do job after job; return why one failed. What it held, connections too, is let go of."""
    from training.finetune import finetune_together

    try:
        with together.failing_together():
            while True:
                finetune_together(Job.from_bytes(together.receive()), Progress(quiet=True))
    except FramescopeError as error:
        return str(error)
    except Exception as error:
        traceback.print_exc()
        return f"{type(error).__name__}: {error}"
