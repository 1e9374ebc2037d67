"""Limits and headers that hold for every request, before any route sees it."""

from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import ApiError
from serving.schemas import MAX_BODY

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class _TooLargeError(Exception):
    pass


class SmallBodies:
    """Refuses a body of more than MAX_BODY bytes, by its declared length or as it arrives."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        read, started = 0, False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MAX_BODY:
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            if declared.isdigit() and int(declared) > MAX_BODY:
                raise _TooLargeError
            await self.app(scope, counted, noted)
        except _TooLargeError:
            if not started:
                message = f"the body is larger than {MAX_BODY:,} bytes; send it in parts"
                body = ApiError(413, "too_large", message).body
                await JSONResponse(body, 413, {"Connection": "close"})(scope, receive, send)


class SecurityHeaders:
    """Lets the page load nothing from elsewhere, and no other site frame it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message | Any) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = _POLICY
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cache-Control"] = "no-cache"  # after an upgrade, no old script is used
            await send(message)

        await self.app(scope, receive, with_headers)
