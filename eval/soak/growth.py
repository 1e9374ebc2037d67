"""Memory and open file handles of the service over time, and how fast they grow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import psutil
from scipy import stats

from labels.errors import FramescopeError

MOST_GROWTH = {"memory": 20.0, "handles": 5.0}
"""Per hour: MB of resident memory, and open file handles, of all processes together."""

JUDGED = 20 * 60.0
"""Seconds after the warm-up that a slope must rest on to be judged."""

WARM_UP = 1 / 6
"""The part of the run in which caches and pools come to their size; no slope is told of it."""

_BLOCKS = 6


class GrowthError(FramescopeError):
    """A run too short to tell a slope."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The service at a time, in seconds from the start. `memory`: resident, in MB, all processes.

    What processes share counts in each. `worker`: memory of the largest, which scores.
    """

    at: float
    memory: float
    worker: float
    handles: int
    threads: int
    processes: int
    ready: bool


def sample(process: psutil.Process, began: float, ready: bool) -> Sample:
    """Look at a process and all below it; one that ends meanwhile is left out."""
    memory, handles, threads = [], 0, 0
    for one in (process, *process.children(recursive=True)):
        try:
            with one.oneshot():
                memory.append(one.memory_info().rss / 1e6)
                handles += one.num_fds()
                threads += one.num_threads()
        except psutil.NoSuchProcess:
            continue
    at = time.monotonic() - began
    return Sample(at, sum(memory), max(memory), handles, threads, len(memory), ready)


@dataclass(frozen=True, slots=True)
class Slope:
    """Growth per hour with its 95% interval, from `blocks` means over `seconds`."""

    value: float
    low: float
    high: float
    blocks: int
    seconds: float
    most: float

    @property
    def too_high(self) -> bool:
        """Whether it grows, and by more than it may, over a time long enough to tell."""
        return self.seconds >= JUDGED and self.low > 0 and self.value > self.most

    def to_dict(self) -> dict[str, float | bool]:
        """Return plain values."""
        judged = self.seconds >= JUDGED
        return {**asdict(self), "judged": judged, "too_high": self.too_high}


def slope(times: Sequence[float], values: Sequence[float], block: float, most: float) -> Slope:
    """Fit a line by least squares to the means of blocks, after the warm-up.

    `times` in seconds; `block`: seconds in each, as long as a model serves, since memory goes up
    and down with each swap. Single samples hang together, so that an interval from them would be
    far too narrow. The interval is by Student's t with two degrees less than blocks.

    Raises:
        GrowthError: if there are fewer than six samples after the warm-up.
    """
    at, found = np.asarray(times, float), np.asarray(values, float)
    start = at[0] + (at[-1] - at[0]) * WARM_UP if len(at) else 0.0
    at, found = at[at >= start], found[at >= start]
    if len(at) < _BLOCKS:
        raise GrowthError(f"{len(at)} samples after the warm-up; it takes {_BLOCKS}: run longer")
    seconds = float(at[-1] - at[0])
    long = block if seconds >= _BLOCKS * block else seconds / _BLOCKS
    count = int(round(seconds / long, 9))
    # From the end, so that what is left over is nearest to the warm-up.
    place = count - 1 - np.floor((at[-1] - at) / long).astype(int)
    full = [number for number in range(count) if (place == number).any()]
    hours = [at[place == number].mean() / 3600 for number in full]
    means = [found[place == number].mean() for number in full]
    fit = stats.linregress(hours, means)
    # SciPy gives no number where all means are equal.
    wide = float(stats.t.ppf(0.975, len(full) - 2) * np.nan_to_num(fit.stderr))
    value = float(fit.slope)
    return Slope(value, value - wide, value + wide, len(full), seconds, most)
