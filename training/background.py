"""Starts a retraining in a process of its own, for who has other things to do.

The service, a watch and `framescope serve --train` all start theirs here.
"""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from labels.home import Home
from labels.rows import utc
from training.retraining import (
    FAILED,
    GIVEN_LOCK,
    RUNNING,
    STARTED_BY,
    STARTING,
    RetrainingError,
    State,
    is_held,
    look,
    read_state,
    take_lock,
    write_state,
)

NICENESS = 10
"""How far a run stands back for others: a process at 0 gets nine times the processor."""


class NotInstalledError(RetrainingError):
    """A service that was packed without what retraining needs."""


def start(
    home: Home, options: Sequence[str] = (), shown: bool = False, by: str | None = None
) -> subprocess.Popen[bytes]:
    """Start `framescope retrain` with these options, at low priority.

    It outlives this process. What it prints goes to `retraining/log.txt` in the state folder, or
    with `shown` to where this process prints. Of several that ask at once, in whatever process,
    one gets its run. `by` is who a promotion is written down as being by, None for the command.

    Raises:
        NotInstalledError: if the packages for retraining are not installed here.
        RetrainingError: if a run is under way.
    """
    command = [sys.executable, _program(), "retrain", "--home", str(home.folder), *options]
    # In this order: to look whether a lock is held is to hold it for an instant.
    if look(home).state != RUNNING and is_held(home.work / "training.lock"):
        raise RetrainingError("a training run (framescope train) is under way; wait for it to end")
    lock = take_lock(home)
    before = read_state(home).answers
    state = State(
        RUNNING, STARTING, started=utc(datetime.now(UTC)), answers=before, host=socket.gethostname()
    )
    child: subprocess.Popen[bytes] | None = None
    try:
        write_state(home, state)
        child = _start(command, home, {GIVEN_LOCK: str(lock), **_named(by)}, lock, shown)
        own = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, child.pid, min(own + NICENESS, 19))
        if child.poll() is None:
            write_state(home, replace(state, pid=child.pid))
        threading.Thread(target=child.wait, name="retraining", daemon=True).start()
    except BaseException as error:
        if child is None:
            write_state(home, State(FAILED, reasons=(str(error),), answers=before))
        else:  # nobody would know of it; it writes down itself that it was cancelled
            child.terminate()
            child.wait()
        raise
    finally:
        os.close(lock)  # the child has it
    return child


def _named(by: str | None) -> dict[str, str]:
    return {} if by is None else {STARTED_BY: by}


def _start(
    command: Sequence[str], home: Home, told: Mapping[str, str], lock: int, shown: bool
) -> subprocess.Popen[bytes]:
    # What cancels it before it can write down that it was cancelled waits until it can.
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        with (home.retraining / "log.txt").open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=None if shown else log,
                stderr=None if shown else log,
                env={**os.environ, **told},
                pass_fds=(lock,),
                # Not a session of its own: Linux would give that a fair share of the processor,
                # whatever its priority. In a group of its own Ctrl-C does not reach it.
                process_group=0,
            )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _program() -> str:
    wanted = ("cli", "eval", "torch")
    found = {name: importlib.util.find_spec(name) for name in wanted}
    if missing := [name for name, spec in found.items() if spec is None]:
        raise NotInstalledError(
            f"retraining is not installed here ({', '.join(missing)} missing); run "
            "framescope retrain where the whole project is, with the same state folder"
        )
    spec = found["cli"]
    assert spec is not None
    assert spec.origin is not None
    return spec.origin
