"""The retraining of a state folder: one at a time, how far it is, and how to end it.

retraining/state.json    how far the run is, or what the last one came to; see `State`
retraining/lock          held by the run; the system lets go of it when the run dies
retraining/log.txt       what a run that was started by `start` has to say
retraining/tmp/          what is temporary, so that a killed run leaves nothing elsewhere
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labels.disk import WriteError, written_whole
from labels.errors import FramescopeError
from labels.home import Home
from labels.rows import utc

if TYPE_CHECKING:
    from training.progress import Standing

IDLE, RUNNING, DONE = "idle", "running", "done"
REFUSED, FAILED, CANCELLED = "refused", "failed", "cancelled"

STARTING = "starting"
DECIDING = "deciding"
"""The stage from which on a run is not cancelled any more: it lasts no longer than a commit."""

GIVEN_LOCK = "FRAMESCOPE_RETRAINING_LOCK"
"""The number of the open file that a run inherits its lock by, from whoever started it."""

STARTED_BY = "FRAMESCOPE_RETRAINING_BY"
"""The name of whoever asked for a run over HTTP; see `background.start`."""

_SECONDS_BETWEEN_WRITES = 1.0
_SILENCE = 0.5
"""Seconds to wait for a word of a run that holds the lock: it takes it before it writes its first
state and lets go of it after its last, which is over in an instant as a rule."""

_LOCK_WAIT = 1.0
"""Seconds to try for the lock: who looks whether it is held, holds it for an instant itself."""


class RetrainingError(FramescopeError):
    """A retraining that cannot be started or ended as asked."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a run is, or what the last one came to. Times are UTC.

    `reasons` are those of the gate's decision, or why a run failed or had nothing to do.
    `answers` counts the answers in the store when the run took its labels; `pid` and `host` say
    where it runs; `died` is True of a run that ended without a word.
    """

    state: str = IDLE
    stage: str | None = None
    percent: float | None = None
    eta_seconds: float | None = None
    started: str | None = None
    ended: str | None = None
    challenger: str | None = None
    champion: str | None = None
    promoted: bool = False
    reasons: Sequence[str] = ()
    answers: int | None = None
    pid: int | None = None
    host: str | None = None
    died: bool = False


def look(home: Home) -> State:
    """Return how far the run under way is, or what the last one came to, whoever started it."""
    lock, deadline = home.retraining / "lock", time.monotonic() + _SILENCE
    state, held = read_state(home), is_held(lock)
    while held and state.state != RUNNING and time.monotonic() < deadline:
        time.sleep(0.01)
        state, held = read_state(home), is_held(lock)
    if held:
        return state if state.state == RUNNING else State(RUNNING, STARTING, answers=state.answers)
    if state.state != RUNNING:
        return state
    again = read_state(home)  # it may have ended between the two looks
    if again.state != RUNNING:
        return again
    why = f"the run died while {again.stage}; the next one goes on from what it has left"
    return replace(again, state=FAILED, eta_seconds=None, reasons=(why,), died=True)


class Retraining:
    """A run of this process. As a context it writes down how it ends, whatever ends it.

    SIGTERM ends it as Ctrl-C does, in the main thread by a KeyboardInterrupt.
    """

    def __init__(self, home: Home) -> None:
        """Take the lock. `by` is who asked for the run, where that was another than its user.

        Raises:
            RetrainingError: if another run is under way.
        """
        self.home = home
        self.by = os.environ.pop(STARTED_BY, None)
        self._lock = take_lock(home)
        self._entered = self._cancelled = False
        self._written = 0.0
        self._signals: dict[int, Any] = {}
        self._temporary = home.retraining / "tmp"
        shutil.rmtree(self._temporary, ignore_errors=True)
        for left in home.retraining.glob(".state.json.*"):
            left.unlink(missing_ok=True)
        self.state = State(
            RUNNING, STARTING, started=_now(), answers=read_state(home).answers,
            pid=os.getpid(), host=socket.gethostname(),
        )  # fmt: skip
        # At once, and without a number: what a run that died has left names another process.
        write_state(home, replace(self.state, pid=None))

    def __enter__(self) -> "Retraining":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._signals[number] = signal.signal(number, self._cancel)
        self._temporary.mkdir()
        self._tempdir, tempfile.tempdir = tempfile.tempdir, str(self._temporary)
        write_state(self.home, self.state)
        if self._signals:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})  # see `background.start`
        self._entered = True
        return self

    def __exit__(self, _: object, error: BaseException | None, *__: object) -> None:
        self._ignore_signals()
        try:
            tempfile.tempdir = self._tempdir
            shutil.rmtree(self._temporary, ignore_errors=True)
            if error is not None:
                self._ended_by(error)
            write_state(self.home, replace(self.state, eta_seconds=None, ended=_now()))
        finally:
            os.close(self._lock)
            for number, handler in self._signals.items():
                signal.signal(number, handler)

    def tell(self, standing: "Standing") -> None:
        """Write down how far the run is; at most once a second within a stage.

        Raises:
            KeyboardInterrupt: if it was cancelled in a place where that could not be raised.
        """
        if standing.stage == DECIDING:
            self._ignore_signals()
        elif self._cancelled:
            raise KeyboardInterrupt
        news = standing.stage != self.state.stage
        self.state = replace(self.state, **asdict(standing))
        if news or time.monotonic() - self._written >= _SECONDS_BETWEEN_WRITES:
            self._written = time.monotonic()
            with contextlib.suppress(OSError, WriteError):  # no reason to end the run
                write_state(self.home, self.state)

    def note(self, **known: Any) -> None:
        """Keep what has become known: `answers`, or what the run comes to."""
        self.state = replace(self.state, **known)

    def _cancel(self, *_: object) -> None:
        self._cancelled = True
        if self._entered:  # else `tell` raises it, when there is a context to leave
            raise KeyboardInterrupt

    def _ignore_signals(self) -> None:
        for number in self._signals:
            signal.signal(number, signal.SIG_IGN)

    def _ended_by(self, error: BaseException) -> None:
        if isinstance(error, KeyboardInterrupt):
            why = f"cancelled while {self.state.stage}; the next run goes on from there"
            self.note(state=CANCELLED, reasons=(why,))
        else:
            known = isinstance(error, FramescopeError)
            why = str(error) if known else f"{type(error).__name__}: {error}"
            self.note(state=FAILED, reasons=(why,))


def cancel(home: Home, patience: float = 10.0) -> None:
    """Ask the run under way to end; it does so within moments, keeping its work.

    `patience` is how many seconds to wait for a run that has only just been started.

    Raises:
        RetrainingError: if there is none, or it runs on another machine.
    """
    deadline = time.monotonic() + patience
    while (state := look(home)).state == RUNNING:
        if state.host not in (None, socket.gethostname()):
            raise RetrainingError(
                f"the retraining runs on '{state.host}', not here; end it there with: "
                "framescope retrain --cancel"
            )
        if state.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(state.pid, signal.SIGTERM)
            return
        if time.monotonic() > deadline:
            raise RetrainingError("the retraining is only just starting; try again in a moment")
        time.sleep(0.1)
    raise RetrainingError(f"no retraining is under way in {home.folder}")


def take_lock(home: Home) -> int:
    """Return the open lock, held by this process, or taken over from the one that started it.

    Raises:
        RetrainingError: if a run is under way.
    """
    home.retraining.mkdir(parents=True, exist_ok=True)
    path = home.retraining / "lock"
    if (given := _given_lock(path)) is not None:
        return given
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    deadline = time.monotonic() + _LOCK_WAIT
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(0.02)
                continue
            os.close(handle)
            raise RetrainingError(_under_way(look(home))) from None
        return handle


def is_held(lock: Path) -> bool:
    """Whether a process holds a lock."""
    try:
        handle = os.open(lock, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def write_state(home: Home, state: State) -> None:
    """Write `state.json`; only who holds the lock may."""
    with written_whole(home.retraining / "state.json") as file:
        file.write(json.dumps(asdict(state), ensure_ascii=False, indent=1).encode("utf-8"))


def read_state(home: Home) -> State:
    """Return what `state.json` holds; one that cannot be read counts as none."""
    try:
        raw = json.loads((home.retraining / "state.json").read_text("utf-8"))
        known = {field.name for field in fields(State)}
        return State(**{name: value for name, value in raw.items() if name in known})
    except (OSError, ValueError, AttributeError):
        return State()


def _given_lock(path: Path) -> int | None:
    given = os.environ.pop(GIVEN_LOCK, "")
    try:
        if not (given and os.path.samestat(os.fstat(int(given)), path.stat())):
            return None
    except (OSError, ValueError):
        return None
    os.set_inheritable(int(given), False)
    return int(given)


def _under_way(state: State) -> str:
    far = "" if state.percent is None else f", {state.percent:.0f}%"
    since = f" since {state.started}" if state.started else ""
    return (
        f"a retraining is under way{since} ({state.stage}{far}); wait for it to end, or end it "
        "with: framescope retrain --cancel"
    )


def _now() -> str:
    return utc(datetime.now(UTC))
