"""How much may wait to be scored, by how fast texts are scored and how long they may wait."""

import math
import os
from dataclasses import dataclass

from labels.errors import FramescopeError

LONGEST_WAIT = "FRAMESCOPE_LONGEST_WAIT"
"""How many seconds of work may wait, at the measured rate, before requests are refused."""

DEADLINE = "FRAMESCOPE_DEADLINE"
"""Seconds that scoring a request may take in all."""

LONGEST_RETRY = 60
"""Seconds that a refused request is told to wait at most; clients give up on more."""

MOST_REQUESTS = 512
"""Requests that a worker answers at once. Beyond them there would soon be no connection left."""

BATCHES = 4
"""As many full batches may wait however slow they are."""

PARTS = 4
"""A request has no more than this part of the room at a time, so that it leaves some to others."""

_FIRST_RATE = 5000.0
"""Tokens a second, until it has been measured."""

_FADING = 0.95
"""What the weight of a batch in the rate is multiplied by with each one after it."""


_FULL = 0.5
"""A batch is full enough to tell the rate that has this part of the tokens it may have."""

_LEAST = 32
"""Less than this part of the limit is no room worth reading a request for."""


class LimitsError(FramescopeError):
    """A limit that cannot be used."""


class OverloadedError(FramescopeError):
    """Too much waits already. `retry_after`: whole seconds until there should be room."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(f"{message}; ask again in {retry_after} s")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Limits:
    """How long texts may wait, and how long a request may take in all, in seconds."""

    longest_wait: float = 5.0
    deadline: float = 60.0

    @classmethod
    def from_environment(cls) -> "Limits":
        """Read `FRAMESCOPE_LONGEST_WAIT` and `FRAMESCOPE_DEADLINE`.

        Raises:
            LimitsError: if one is not a number above 0.
        """
        return cls(seconds_of(LONGEST_WAIT, 5.0), seconds_of(DEADLINE, 60.0))


@dataclass(eq=False, slots=True)
class Held:
    """A request's room, in tokens; what comes after that is `later`, and waits for its turn."""

    tokens: int = 0
    later: int = 0


class Room:
    """The tokens that may wait. Not safe for threads by itself."""

    def __init__(self, limits: Limits, most: int, limit: int | None = None) -> None:
        """`most`: tokens in a batch; `limit`: tokens that may wait, None is by the rate."""
        self.limits = limits
        self.held = 0
        self.later = 0
        self._most = most
        self._limit = limit
        self._holders: set[Held] = set()
        self._usual = 0.0  # tokens of a request; fades, too
        self._spent = (0.0, 0.0)  # tokens, and the seconds that they took; both fade

    @property
    def rate(self) -> float:
        """Tokens a second, by the last batches."""
        tokens, seconds = self._spent
        return tokens / seconds if tokens > 0 and seconds > 0 else _FIRST_RATE

    @property
    def limit(self) -> int:
        """Tokens that may wait."""
        if self._limit is not None:
            return self._limit
        return max(int(self.rate * self.limits.longest_wait), BATCHES * self._most)

    def full(self, requests: int, others: int = 0) -> bool:
        """Whether so little room is left that hardly any request would be let in.

        `requests`: how many there are at all; `others`: those of them that ask for no scores. The
        rest that hold no room are still being read, and are taken to need as much as the last ones.
        """
        if requests >= MOST_REQUESTS:
            return True
        limit = self.limit
        coming = max(0, requests - others - len(self._holders)) * self._usual
        return self.held + coming > limit - limit // _LEAST

    @property
    def share(self) -> int:
        """Tokens that one request may have waiting at a time."""
        return max(1, self.limit // PARTS)

    def measured(self, tokens: int, seconds: float, most: int) -> None:
        """Take in what a batch took that could have had `most` tokens.

        One that is not full takes longer for each, and says nothing of the rate under load unless
        it was faster all the same.
        """
        if tokens < most * _FULL and tokens < self.rate * seconds:
            return
        before, took = self._spent
        self._spent = before * _FADING + tokens, took * _FADING + seconds

    def seconds(self, tokens: float) -> int:
        """Return in how many seconds, 1 to 60, so many tokens are scored."""
        return max(1, min(LONGEST_RETRY, math.ceil(tokens / self.rate)))

    def hold(self, cost: int) -> Held:
        """Take room for a request of `cost` tokens. There always is some where nothing waits.

        Raises:
            OverloadedError: if there is none, or if the request is a long one and could not be
                scored within the deadline with all that has been let in before it.
        """
        found = self._split(cost)
        over = self.held + found.tokens - self.limit
        if self.held and over > 0:
            raise OverloadedError(
                f"{self.held:,} tokens wait to be scored and this request has about {cost:,}, "
                f"but at most {self.limit:,} may wait",
                self.seconds(over),
            )
        over = int(self.held + self.later + cost - self.rate * self.limits.deadline)
        if self.held and found.later and over > 0:
            raise OverloadedError(
                f"this request of about {cost:,} tokens would not be scored within "
                f"{self.limits.deadline:g} s, with all that waits",
                self.seconds(over),
            )
        self._usual += (1 - _FADING) * (found.tokens - self._usual)
        self._add(found)
        return found

    def keep(self, held: Held, cost: int) -> None:
        """Give back all but what `cost` tokens need, of a request that has that many left."""
        self.release(held)
        left = self._split(cost)
        held.tokens, held.later = left.tokens, left.later
        self._add(held)

    def release(self, held: Held) -> None:
        """Give a request's room back."""
        self.held -= held.tokens
        self.later -= held.later
        held.tokens = held.later = 0
        self._holders.discard(held)

    def _split(self, cost: int) -> Held:
        now = min(cost, self.share)
        return Held(now, cost - now)

    def _add(self, held: Held) -> None:
        self.held += held.tokens
        self.later += held.later
        self._holders.add(held)


def seconds_of(name: str, usual: float) -> float:
    """Return the seconds that an environment variable sets, `usual` where it is not set.

    Raises:
        LimitsError: if it is no number above 0.
    """
    raw = os.environ.get(name) or str(usual)
    try:
        found = float(raw)
    except ValueError:
        found = math.nan
    if not 0 < found < math.inf:
        raise LimitsError(f"{name} is '{raw}'; it must be a number of seconds above 0, such as 10")
    return found
