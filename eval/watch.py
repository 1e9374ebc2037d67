"""Retraining whenever enough labels have changed, and ending a retraining."""

import argparse
import signal
import sys
import time
from pathlib import Path

from labels.commands import open_store
from labels.home import Home
from labels.outcome import Outcome
from labels.store import Store
from training.background import start
from training.retraining import FAILED, RUNNING, RetrainingError, State, cancel, look

SECONDS_BETWEEN_LOOKS = 5.0
LONGEST_PAUSE = 3600.0
PATIENCE = 60.0
"""Seconds that cancelling waits for a run to end: it does at the end of a batch, or of a step."""

_FLAGS = ("--no-starter", "--warm-start", "--soft-labels")


class Pause:
    """How long a watch waits after a run that failed: twice as long each time, until labels change.

    Most failures come again at once on the same labels. `enough` answers make other labels of them.
    """

    def __init__(self, enough: int = 1) -> None:
        self._enough = enough
        self._length = self._left = 0.0
        self._answers: int | None = None

    def over(self, answers: int) -> bool:
        """Whether to run again, with so many answers in the store."""
        if self._answers is None or answers - self._answers >= self._enough:
            self._length = self._left = 0.0
        return self._left <= 0

    def after(self, failed: bool, answers: int) -> None:
        """Begin anew after a run on labels of so many answers, which failed or not."""
        longer = max(2 * self._length, 2 * SECONDS_BETWEEN_LOOKS)
        self._length = self._left = min(longer, LONGEST_PAUSE) if failed else 0.0
        self._answers = answers

    def sleep(self) -> None:
        """Wait until the next look."""
        time.sleep(SECONDS_BETWEEN_LOOKS)
        self._left -= SECONDS_BETWEEN_LOOKS


def watch(args: argparse.Namespace) -> Outcome:
    """Retrain, in a process of its own, once `args.after` answers have come since the last run.

    Goes on until interrupted. Cancelling a run ends that run alone. A run that failed or died is
    tried again on the same labels, after a while; see `Pause`.

    Raises:
        RetrainingError: if `args.after` is less than 1.
    """
    if args.after < 1:
        raise RetrainingError(f"--after is {args.after}; give a number of answers from 1")
    home, store = Home.find(args.home), open_store(args)
    say(f"watching {home.folder}: retraining after {args.after} changed answers", args.quiet)
    pause = Pause(args.after)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the run, too
    try:
        while True:
            answers = store.counts()["annotations"]
            if due(look(home), store, args.after) and pause.over(answers):
                run_once(home, options(args), args.quiet)
                pause.after(look(home).state == FAILED, answers)
            pause.sleep()
    finally:
        signal.signal(signal.SIGTERM, before)


def due(last: State, store: Store, after: int) -> bool:
    """Whether to retrain: no run is under way, and the last failed or enough has changed since."""
    if last.state == RUNNING:
        return False
    if last.answers is None or last.state == FAILED:
        return True
    return store.counts()["annotations"] - last.answers >= after


def run_once(home: Home, chosen: list[str], quiet: bool) -> None:
    """Run one retraining and say what it comes to; when interrupted, end it."""
    try:
        child = start(home, chosen)
    except RetrainingError as error:  # someone else was faster
        say(str(error), quiet)
        return
    try:
        say("retraining", quiet)
        child.wait()
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
        raise
    ended = look(home)
    say(f"{ended.state}: {'; '.join(ended.reasons)}", quiet)


def options(args: argparse.Namespace) -> list[str]:
    """Return the options of a run as they were given to the watch."""
    found = [name for name in _FLAGS if getattr(args, _field(name))]
    for name in ("--codebook", "--base-model", "--seed", "--epochs"):
        value = getattr(args, _field(name))
        if value is not None:
            found += [name, str(value.absolute() if isinstance(value, Path) else value)]
    return found


def cancel_retraining(home: Home) -> Outcome:
    """End the run under way, and wait until it has ended.

    Raises:
        RetrainingError: if there is none, it runs on another machine, or it does not end.
    """
    cancel(home)
    deadline = time.monotonic() + PATIENCE
    while (state := look(home)).state == RUNNING:
        if time.monotonic() > deadline:
            raise RetrainingError(
                f"the retraining was asked to end and is still {state.stage}; "
                "it ends when that step is done"
            )
        time.sleep(0.1)
    return Outcome({"state": state.state}, f"{state.state}: {'; '.join(state.reasons)}")


def say(words: str, quiet: bool) -> None:
    if not quiet:
        print(words, file=sys.stderr, flush=True)


def _field(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")
