"""Shows how far long work is, on stderr."""

import sys
import time

from tqdm import tqdm

_BAR = "{desc}: {percentage:3.0f}% |{bar:30}| {n_fmt}/{total_fmt} [{elapsed}, {remaining} left]"


class Progress:
    """Stages of long work. On a terminal a bar; elsewhere a line every 15 seconds."""

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self._bar: tqdm | None = None
        self._name = ""
        self._started = self._shown = 0.0

    def stage(self, name: str) -> None:
        """Begin a stage, ending the one before."""
        self.close()
        self._name, self._started, self._shown = name, time.monotonic(), 0.0
        if not self.quiet:
            print(f"{name} ...", file=sys.stderr, flush=True)

    def advance(self, done: int, total: int) -> None:
        """Say that `done` of `total` steps of the stage are done."""
        if self.quiet:
            return
        if sys.stderr.isatty():
            if self._bar is None:
                self._bar = tqdm(total=total, initial=0, desc=self._name, bar_format=_BAR)
            self._bar.update(done - self._bar.n)
            return
        now = time.monotonic()
        if now - self._shown >= 15 or done == total:
            self._shown = now
            left = (now - self._started) / max(done, 1) * (total - done)
            line = f"{self._name}: {100 * done // total}% ({done}/{total}), about {left:.0f} s left"
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the stage."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
