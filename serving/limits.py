"""Limits and headers that hold for every request, before any route sees it."""

from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import ApiError, response, secure
from serving.schemas import MAX_BODY, MAX_UPLOAD


def most_bytes(path: str, headers: Headers) -> int:
    """Return how many bytes a request's body may have: more for a file with a document."""
    return MAX_UPLOAD if is_form(headers) and path == "/documents" else MAX_BODY


def is_form(headers: Headers) -> bool:
    """Return whether a request is a form with files; media types have no case (RFC 9110, 8.3.1)."""
    return headers.get("content-type", "").lower().startswith("multipart/form-data")


class SmallBodies:
    """Refuses a body of more bytes than allowed, by its declared length or as it arrives.

    The body is read whole before the app is asked, since parsers turn what a stream raises into an
    error of their own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        most = most_bytes(scope["path"], headers)
        declared = headers.get("content-length", "0")
        size = int(declared) if declared.isdecimal() else 0
        body, more = bytearray(), True
        while more and max(size, len(body)) <= most:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if max(size, len(body)) > most:
            words = f"the body is larger than {most:,} bytes; send it in parts"
            answer = response(ApiError(413, "too_large", words), {"Connection": "close"})
            await answer(scope, receive, send)
            return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self.app(scope, replay, send)


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
