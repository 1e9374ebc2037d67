"""What a client raises. All of it is a `ServiceError`, and that is a `FramescopeError`."""

import time
from collections.abc import Sequence
from email.utils import parsedate_to_datetime

import httpx

from labels.errors import FramescopeError

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class ServiceError(FramescopeError):
    """The service answered with an error, or not at all.

    `status` is that of HTTP, None where the request did not get that far. `type` is for programs
    and `message` for people, as the service says them; `docs/http.md` lists the types. `problems`
    has every fault of labels that were sent. `retry_after` is the service's word, in seconds.
    """

    def __init__(
        self,
        status: int | None,
        type: str,
        message: str,
        problems: Sequence[str] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type = type
        self.message = message
        self.problems = tuple(problems)
        self.retry_after = retry_after


class InvalidRequestError(ServiceError):
    """What was sent has a fault, is too large, or is about something that is not there."""


class NotAllowedError(ServiceError):
    """A token is missing or not known, or its role may not do this (401, 403)."""


class ConflictError(ServiceError):
    """Retraining is under way already, there is none to cancel, or a decision stands (409)."""


class UnavailableError(ServiceError):
    """The service has no model yet or is too busy, also after the last trial (429, 503)."""


class UnreachableError(ServiceError):
    """Nothing answered, or not in time, also after the last trial.

    `sent` is False where the request cannot have reached the service; `timed_out` is True where it
    may have, and no answer came in time.
    """

    def __init__(self, message: str, sent: bool, timed_out: bool) -> None:
        super().__init__(None, "unreachable", message)
        self.sent = sent
        self.timed_out = timed_out


_KINDS: dict[int, type[ServiceError]] = {
    **dict.fromkeys((400, 404, 405, 413, 415, 422), InvalidRequestError),
    **dict.fromkeys((401, 403), NotAllowedError),
    409: ConflictError,
    **dict.fromkeys((429, 503), UnavailableError),
}


def error_of(response: httpx.Response) -> ServiceError:
    """Return the error that an answer outside of 2xx is."""
    kind = _KINDS.get(response.status_code, ServiceError)
    try:
        said = response.json()["error"]
        type, message, problems = said["type"], said["message"], said.get("problems") or ()
    except (ValueError, LookupError, TypeError, AttributeError):
        type, message, problems = "error", _foreign(response), ()
    return kind(response.status_code, type, message, problems, _retry_after(response))


def not_understood(response: httpx.Response) -> ServiceError:
    """Return the error that an answer with 2xx is which has not the form it should have."""
    return ServiceError(response.status_code, "not_understood", _foreign(response))


def failed(error: httpx.RequestError | ValueError, url: str) -> ServiceError:
    """Return what it means that a request brought no answer."""
    if isinstance(error, httpx.TransportError):
        return _unreachable(error, url)
    if isinstance(error, httpx.RequestError):
        return ServiceError(None, "not_understood", f"{url} answered what cannot be read: {error}")
    return InvalidRequestError(None, "invalid_request", f"this cannot be sent: {error}")


def _unreachable(error: httpx.TransportError, url: str) -> UnreachableError:
    sent = not isinstance(error, _NOT_SENT)
    timed_out = sent and isinstance(error, httpx.TimeoutException)
    what = "did not answer in time; give a longer timeout" if timed_out else "cannot be reached"
    reason = str(error) or type(error).__name__
    advice = "" if timed_out else "; is the service running there?"
    return UnreachableError(f"{url} {what} ({reason}){advice}", sent, timed_out)


def _foreign(response: httpx.Response) -> str:
    what = f"{response.status_code} {response.reason_phrase}".strip()
    return (
        f"{response.request.url} answered {what}, and not in the form of Framescope's answers; "
        "is it a Framescope service, of a release like the client's?"
    )


def _retry_after(response: httpx.Response) -> float | None:
    """Return the header in seconds, which may be given as a number or a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
