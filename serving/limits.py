"""Limits and headers that hold for every request, before any route sees it."""

import asyncio
import re
from contextlib import suppress
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import ApiError, response, secure
from serving.overload import seconds_of
from serving.schemas import MAX_BODY, MAX_UPLOAD

PATIENCE = "FRAMESCOPE_PATIENCE"
"""How many seconds a client may take for headers, and at first for all else. Default: 10."""

SLOWEST = 16 * 2**10
"""Bytes in a second that a client must send, or read, after that."""

MAX_HELD = 256 * 2**20
"""Bytes of bodies that a worker holds at once; who comes then is asked to come again."""

MOST_ASKING = 12
"""Requests that ask the database at once.

Each needs one of the 15 connections of SQLAlchemy's pool, and so does the look for promotions.
"""

PATH = "framescope.path"
"""Where a request's scope has its path, if `path` is that of its route (`serving.connections`)."""

_ASKS_THE_DATABASE = re.compile(r"/(?:labels|queue|disputes|models|retrain|reports|me)(?:/|$)")
_SLOW = "the database is slow, or another process is writing to it; try again later"
_BUSY = "too many large bodies are being sent at once; try again later"


def seconds_for(size: int) -> float:
    """Return how long a client may take to send or to read so many bytes.

    Raises:
        LimitsError: if `FRAMESCOPE_PATIENCE` is no number above 0.
    """
    return seconds_of(PATIENCE, 10.0) + size / SLOWEST


def most_bytes(path: str, headers: Headers) -> int:
    """Return how many bytes a request's body may have: more for a file with a document."""
    return MAX_UPLOAD if is_form(headers) and path == "/documents" else MAX_BODY


def is_form(headers: Headers) -> bool:
    """Return whether a request is a form with files; media types have no case (RFC 9110, 8.3.1)."""
    return headers.get("content-type", "").lower().startswith("multipart/form-data")


class SmallBodies:
    """Refuses a body of more bytes than allowed, by its declared length or as it arrives.

    The body is read whole before the app is asked, since parsers turn what a stream raises into an
    error of their own. It must come within the time that `seconds_for` gives for what has come; and
    all bodies together are held to `MAX_HELD`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = {**scope, "path": scope.get(PATH, scope["path"])}
        body = bytearray()
        try:
            try:
                await self._read(scope, receive, body)
            except ApiError as error:
                self._held -= len(body)
                body.clear()
                await _refuse(error, scope, receive, send)
                return
            await self.app(scope, _replay(bytes(body), receive), send)
        finally:
            self._held -= len(body)

    async def _read(self, scope: Scope, receive: Receive, body: bytearray) -> None:
        """Read a body into `body`.

        Raises:
            ApiError: 408, 413 or 503 where it is not taken, 499 if the client has gone.
        """
        headers = Headers(scope=scope)
        most = most_bytes(scope["path"], headers)
        declared = headers.get("content-length", "0")
        size = int(declared) if declared.isdecimal() else 0
        began, more = asyncio.get_running_loop().time(), True
        try:
            async with asyncio.timeout(None) as limit:
                while more and max(size, len(body)) <= most:
                    limit.reschedule(began + seconds_for(len(body)))
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ApiError(499, "error", "the client has gone")
                    part = message.get("body", b"")
                    body += part
                    self._held += len(part)
                    more = message.get("more_body", False)
                    if more and self._held > MAX_HELD:
                        raise ApiError(503, "busy", _BUSY)
        except TimeoutError as error:
            words = f"the body did not come within {seconds_for(len(body)):.0f} seconds"
            raise ApiError(408, "too_slow", words) from error
        if max(size, len(body)) > most:
            words = f"the body is larger than {most:,} bytes; send it in parts"
            raise ApiError(413, "too_large", words)


class AnswersInTime:
    """Answers 503 where no answer has begun within `timeout` seconds of the last of the body.

    How long a body itself may take is for `SmallBodies` to say.

    In the place of BentoML's own, which keeps its timer after an answer, and with it all that the
    request held: 80 MB at 170 requests a second, for 90 seconds each.
    """

    def __init__(self, app: ASGIApp, timeout: float) -> None:
        self.app = app
        self.timeout = timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = asyncio.timeout(self.timeout)
        clock = asyncio.get_running_loop().time

        def end(when: float | None) -> None:
            if limit.when() is not None and not limit.expired():
                limit.reschedule(when)

        async def coming() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                end(clock() + self.timeout)
            return message

        async def begun(message: Message) -> None:
            end(None)
            await send(message)

        try:
            async with limit:
                await self.app(scope, coming, begun)
        except TimeoutError:
            if not limit.expired():
                raise
            words = f"not answered within {self.timeout:g} s; ask again later"
            await response(ApiError(503, "timed_out", words))(scope, receive, send)


class TakingTurns:
    """Lets few requests ask the database at a time; the others wait a while for their turn.

    One that is slow, locked or gone would take every thread else, and the page with them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._places = asyncio.Semaphore(MOST_ASKING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _ASKS_THE_DATABASE.match(scope["path"]):
            await self.app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(seconds_for(0)):
                await self._places.acquire()
        except TimeoutError:
            await response(ApiError(503, "busy", _SLOW))(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        finally:
            self._places.release()


async def _refuse(error: ApiError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer who is still sending, and read on for a while, so that the answer is seen.

    A connection that is closed with bytes unread is reset, and the answer lost with it (RFC 9112,
    9.6). Who was too slow has had their time. Who has gone sees nothing.
    """

    async def unfinished(message: Message) -> None:
        await send({**message, "more_body": True})

    answer = response(error, {"Connection": "close"})
    if error.status in (408, 499):
        await answer(scope, receive, send)
        return
    await answer(scope, receive, unfinished)
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds_for(0)):
            while (await receive()).get("more_body"):
                pass
    await send({"type": "http.response.body"})


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


class HeadAsGet:
    """Answers HEAD as GET (RFC 9110, 9.3.2); the server leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self.app(scope, receive, send)


class SecurityHeaders:
    """Lets the page load nothing from elsewhere, and no other site frame it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message | Any) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, with_headers)
