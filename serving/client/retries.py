"""When a client asks again, and after how long."""

import random
from typing import Any

from tenacity import (
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from serving.client.errors import UnavailableError, UnreachableError

LONGEST_WAIT = 60.0
"""Seconds. Where the service asks for a longer wait, its error is raised at once."""

_BACK_OFF = wait_exponential(multiplier=0.5, max=10.0) + wait_random(0.0, 0.5)


def policy(retries: int, stores: bool) -> dict[str, Any]:
    """Return the arguments of tenacity's `Retrying` for a request.

    Asked again is what the service refused for now (429, 503), what never reached it, and, where
    the request does not store anything, what was cut off on the way. A request that took too long
    is not asked again: the service may still be at work on it.
    """

    def worth_it(error: BaseException) -> bool:
        if isinstance(error, UnavailableError):
            return (error.retry_after or 0.0) <= LONGEST_WAIT
        if isinstance(error, UnreachableError):
            return not error.sent or not (stores or error.timed_out)
        return False

    return {
        "stop": stop_after_attempt(retries + 1),
        "wait": wait,
        "retry": retry_if_exception(worth_it),
        "reraise": True,
    }


def wait(state: RetryCallState) -> float:
    """Return seconds to the next trial: what the service asks for, else 0.5, 1, 2 ... up to 10.

    Up to half a second is added at random, so that clients that were refused together do not come
    back together.
    """
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, UnavailableError) else None
    return _BACK_OFF(state) if asked is None else asked + random.uniform(0.0, 0.5)
