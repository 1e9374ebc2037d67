"""Several processes that fine-tune one model, as torchrun and accelerate launch start them.

The first, of rank 0, does all that one process would do: it alone reads labels, writes and speaks.
The others take their rows of each batch, and end when it ends, with its exit code.

Gradients go from process to process. All else that they tell each other lies in the launcher's
store of keys, which outlives them:

    job/N     what is fine-tuned as the Nth, in bytes; then these are sent to all
    error     why a process other than the first cannot go on
    end       the exit code of the first
    left/N    that the process of rank N has seen it
"""

import contextlib
import functools
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from training.config import TrainingError

_LOOK = 0.1
"""Seconds between looks into the store."""

_PATIENCE = 10.0
"""Seconds to wait for what the others do within moments, unless they hang."""


_SIZES = ("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE")
"""Where launchers tell how many processes they start, and where Accelerate looks."""


class Share(NamedTuple):
    """Which rows of a batch are this process's: from `rank` on each `size`-th."""

    rank: int = 0
    size: int = 1

    @property
    def own(self) -> slice:
        return slice(self.rank, None, self.size)


class Group:
    """The processes of a run, seen from one of them."""

    def __init__(self) -> None:
        """Wait for all of them.

        Raises:
            TrainingError: if the machine has GPUs, but fewer than processes.
        """
        import torch
        import torch.distributed as dist

        backend = "gloo"
        if torch.cuda.is_available():
            backend = "cpu:gloo,cuda:nccl"
            here, there = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
            if here >= there:
                raise TrainingError(
                    f"{os.environ['LOCAL_WORLD_SIZE']} processes on {socket.gethostname()} and "
                    f"{there} GPUs: start as many processes as GPUs (--nproc-per-node {there})"
                )
            torch.cuda.set_device(here)
        # A connection of its own: others hold theirs while they wait for a key.
        self._store, rank, size = next(dist.rendezvous("env://"))
        self.share = Share(rank, size)
        self._jobs = 0
        dist.init_process_group(backend)

    def send(self, job: bytes) -> None:
        """Hand a job to the other processes, which wait for it."""
        self._store.set(f"job/{self._jobs}", str(len(job)))
        self._jobs += 1
        self._broadcast(bytearray(job))

    def receive(self) -> bytes:
        """Wait for the next job of the first process, for as long as that takes."""
        self._wait(f"job/{self._jobs}", None)
        job = bytearray(int(self._store.get(f"job/{self._jobs}")))
        self._jobs += 1
        self._broadcast(job)
        return bytes(job)

    def all(self, here: bool) -> bool:
        """Whether something holds in all processes; each of them must ask."""
        import torch
        import torch.distributed as dist

        found = torch.tensor(int(here))
        dist.all_reduce(found, dist.ReduceOp.MIN)
        return bool(found)

    @contextlib.contextmanager
    def failing_together(self) -> Iterator[None]:
        """Say why, where another process has ended in the midst of what all do together.

        Raises:
            TrainingError: in place of what a closed connection raises.
        """
        import torch.distributed as dist

        try:
            yield
        except RuntimeError as error:
            if told := self._told():
                raise TrainingError(told) from None
            if isinstance(error, dist.DistError) or "gloo" in str(error):
                raise TrainingError(
                    f"one of the {self.share.size} processes has ended and said nothing, or cannot "
                    "be reached; the launcher says which. Run the same command again: it goes on "
                    "from the last checkpoint"
                ) from None
            raise

    def _told(self) -> str | None:
        with contextlib.suppress(RuntimeError):  # the launcher is gone
            if self._store.check(["error"]):
                return self._store.get("error").decode()
        return None

    def fail(self, why: str) -> None:
        """Let the first process say why this one cannot go on; return where that does not help."""
        import torch.distributed as dist

        rank, size = self.share
        told = f"process {rank + 1} of {size}, on {socket.gethostname()}: {why}"
        with contextlib.suppress(RuntimeError):  # the launcher is gone
            self._store.compare_set("error", "", told)  # the first that fails knows why
        dist.destroy_process_group()  # ends what the others wait for
        time.sleep(_PATIENCE)

    def end(self, code: int) -> None:
        """Let the others end with `code`, which this process is about to end with."""
        # The launcher ends all as soon as one has ended with an error: what there is to say first.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with contextlib.suppress(RuntimeError):  # the launcher is gone, and they with it
            self._store.set("end", str(code))
            for rank in range(1, self.share.size):
                self._wait(f"left/{rank}", _PATIENCE)

    def leave_with_first(self) -> None:
        """From now on end this process when the first ends, whatever it is at."""
        threading.Thread(target=self._leave, name="end of the run", daemon=True).start()

    def _leave(self) -> NoReturn:
        code = 1
        with contextlib.suppress(RuntimeError):  # the launcher is gone
            self._wait("end", None)
            code = int(self._store.get("end"))
            self._store.set(f"left/{self.share.rank}", "")
        os._exit(code)  # the main thread may wait for the others, who wait no more

    def _wait(self, key: str, seconds: float | None) -> None:
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self._store.check([key]) and (deadline is None or time.monotonic() < deadline):
            time.sleep(_LOOK)

    def _broadcast(self, content: bytearray) -> None:
        import torch
        import torch.distributed as dist

        dist.broadcast(torch.frombuffer(content, dtype=torch.uint8), src=0)


@functools.cache
def group() -> Group | None:
    """Return the group that a launcher started this process in, or None where it is alone.

    Raises:
        TrainingError: if it is one of several, but not of torchrun's; and see `Group`.
    """
    size = next((os.environ[name] for name in _SIZES if os.environ.get(name)), "1")
    if size == "1":
        return None
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        raise TrainingError(
            f"this is one of {size} processes, going by {', '.join(_SIZES)}, but torchrun has not "
            "started it; start it with torchrun, or without those variables"
        )
    return Group()


def own_share() -> Share:
    """Return which rows of each batch are this process's: all, where it is alone."""
    found = group()
    return found.share if found else Share()
