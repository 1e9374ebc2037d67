"""Shows how far long work is, on stderr, and tells it to whoever keeps a record of it."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tqdm import tqdm

_BAR = "{desc}: {percentage:3.0f}% |{bar:30}| {n_fmt}/{total_fmt} [{postfix}]"
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def span(seconds: float) -> str:
    """Return a time in words, with its two largest units: `2 h 5 min`."""
    left = max(0, round(seconds))
    large = next((place for place, (unit, _) in enumerate(_UNITS) if left >= unit), 3)
    found: list[str] = []
    for unit, name in _UNITS[large : large + 2]:
        count, left = divmod(left, unit)
        if count or not found:
            found.append(f"{count} {name}")
    return " ".join(found)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far planned work is. `percent` is of all of it, and None where nothing was planned.

    `eta_seconds` is None until a stage that counts its steps has made one.
    """

    stage: str
    percent: float | None
    eta_seconds: float | None


class Progress:
    """Stages of long work. On a terminal a bar; elsewhere a line every 15 seconds."""

    def __init__(self, quiet: bool = False, tell: Callable[[Standing], None] | None = None) -> None:
        self.quiet = quiet
        self._tell = tell
        self._plan: list[tuple[str, float]] = []
        self._place = -1
        self._pace: float | None = None  # seconds for a share of 1
        self._first: tuple[float, float] | None = None  # seconds, and what part was done then
        self._bar: tqdm | None = None
        self._name = ""
        self._unit: str | None = None
        self._begun: tuple[float, int] | None = None  # when a step was first told of, and which
        self._shown = 0.0

    def plan(self, stages: Sequence[tuple[str, float]]) -> None:
        """Say which stages will come, in order: how each one's name begins, and its share of time.

        Stages may be left out, and others come between. Shares add up to whatever they do.
        """
        self._plan, self._place = list(stages), -1

    def stage(self, name: str, unit: str | None = None) -> None:
        """Begin a stage, ending the one before. `unit`: what its steps are, to show their rate."""
        self.close()
        self._name, self._unit, self._shown = name, unit, 0.0
        self._first = self._begun = None
        later = range(self._place + 1, len(self._plan))
        self._place = next((k for k in later if name.startswith(self._plan[k][0])), self._place)
        if not self.quiet:
            print(f"{name} ...", file=sys.stderr, flush=True)
        self._told(0.0)

    def advance(self, done: int, total: int) -> None:
        """Say that `done` of `total` steps of the stage are done."""
        self._told(done / total)
        if self.quiet:
            return
        now = time.monotonic()
        self._begun = self._begun or (now, done)
        words = self._pace_words(now, done, total)
        if sys.stderr.isatty():
            if self._bar is None:
                self._bar = tqdm(total=total, initial=done, desc=self._name, bar_format=_BAR)
            self._bar.set_postfix_str(words, refresh=False)
            self._bar.update(done - self._bar.n)
            return
        if now - self._shown >= 15 or done == total:
            self._shown = now
            line = f"{self._name}: {100 * done // total}% ({done}/{total})"
            print(f"{line}, {words}" if words else line, file=sys.stderr, flush=True)

    def _pace_words(self, now: float, done: int, total: int) -> str:
        """Say the rate and the time left, by the steps since the first one that was told of.

        That one was done before, or began with what is done once.
        """
        since, first = self._begun or (now, done)
        if done == first or now <= since:
            return ""
        rate = (done - first) / (now - since)
        shown = [f"{rate:,.{1 if rate < 10 else 0}f} {self._unit}/s"] if self._unit else []
        left = [f"about {span((total - done) / rate)} left"] if done < total else []
        return ", ".join([*shown, *left])

    def close(self) -> None:
        """End the stage."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _told(self, part: float) -> None:
        """Tell how far the work is, `part` of the stage being done."""
        if self._tell is None:
            return
        whole = sum(share for _, share in self._plan)
        if self._place < 0 or not whole:
            self._tell(Standing(self._name, 0.0 if whole else None, None))
            return
        share = self._plan[self._place][1]
        self._measure(part, share)
        done = sum(share for _, share in self._plan[: self._place]) + part * share
        left = None if self._pace is None else self._pace * (whole - done)
        self._tell(Standing(self._name, 100 * done / whole, left))

    def _measure(self, part: float, share: float) -> None:
        """Take the pace from the steps made in this stage; a resumed one begins in its midst."""
        now = time.monotonic()
        if part <= 0:
            return
        if self._first is None:
            self._first = (now, part)
        elif part > self._first[1]:
            self._pace = (now - self._first[0]) / ((part - self._first[1]) * share)
