"""What uvicorn leaves unbounded on a connection, and BentoML leaves open to whoever asks.

uvicorn bounds the headers of a request (16 KiB, by h11) and the wait for the next request (5 s). It
waits for ever for the first one, for headers that come byte by byte and for a client that does not
read, and takes any number of connections. BentoML has no option for any of this, so the service
puts `Bounded` in the place where uvicorn looks for its protocol.

BentoML writes each path that is asked for into its log, line breaks included, and keeps figures on
each path for ever. It is shown the route instead: what is under a route's pattern is one path.
"""

import asyncio
import os
from typing import Any

import h11
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from serving.errors import ApiError, response, secure
from serving.limits import PATH, SecurityHeaders, seconds_for
from serving.overload import LimitsError, Room
from serving.shedding import SCORING, refusal

CONNECTIONS = "FRAMESCOPE_CONNECTIONS"
"""How many connections a worker takes at once."""

_CONNECTIONS = "800"  # a process may usually have 1,024 files open, and needs some for itself
_OWN_OF_BENTOML = ("/livez", "/readyz", "/healthz", "/metrics", "/schema.json")
_ELSEWHERE = "/elsewhere"


def bound(app: FastAPI, room: Room | None = None) -> None:
    """Let `Bounded` serve an app, and what BentoML adds to it.

    `room`: while it is full, requests to score are refused before they are read.

    Raises:
        LimitsError: if a limit that is set in the environment cannot be used.
    """
    raw = os.environ.get(CONNECTIONS) or _CONNECTIONS
    if not raw.isdecimal() or not int(raw):
        raise LimitsError(f"{CONNECTIONS} is '{raw}'; it must be a whole number, such as 800")
    seconds_for(0)
    Bounded.most = int(raw)
    Bounded.routes = [compile_path(pattern)[:2] for pattern in _patterns(app)]
    Bounded.room = room


def _patterns(app: FastAPI) -> list[str]:
    found = [one.path for one in iter_route_contexts(app.routes) if one.path]
    known = [path for path in found if not path.startswith("/{")]
    return [*_OWN_OF_BENTOML, "/page/{file:path}", *known]


class Bounded(H11Protocol):
    """One connection. Who is too slow, or one too many, is told so and let go of.

    Headers must come within `FRAMESCOPE_PATIENCE` seconds (default: 10); what is left of an answer
    must be read within the time that `seconds_for` gives for its size.
    """

    room: Room | None = None
    routes: Any = ()
    most = int(_CONNECTIONS)
    others = 0
    """Requests under way, on all connections, that ask for no scores."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.app: Any = SecurityHeaders(_ByRoute(self.app, self.routes))
        self._headers: asyncio.TimerHandle | None = None
        self._answer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most:
            words = f"{self.most} connections are open, the most allowed; try again later"
            self._refuse(ApiError(503, "busy", words))
        else:
            self._wait_for_headers()

    def data_received(self, data: bytes) -> None:
        room, answer = self.room, None
        if room and room.full(len(self.tasks), Bounded.others) and self._between_requests():
            answer = refusal(room, data)
        if answer:
            self._say_at_once(answer)
        else:
            super().data_received(data)
            self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._headers, self._answer):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        if self._answer:
            self._answer.cancel()
        super().resume_writing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait_for_reader()

    def shutdown(self) -> None:
        """Finish what was asked whole; a body that still comes would keep the rest waiting."""
        if self.conn.their_state is h11.SEND_BODY:
            self._refuse(ApiError(503, "unavailable", "the service is being stopped; ask again"))
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Refuse what h11 cannot read, in the form of every other error."""
        unread, _ = self.conn.trailing_data
        if len(unread) > self.conn._max_incomplete_event_size:
            words = f"the headers are larger than {self.conn._max_incomplete_event_size:,} bytes"
            self._refuse(ApiError(431, "too_large", words))
        else:
            self._refuse(ApiError(400, "error", "this is no request of HTTP/1.1"))

    def _should_upgrade(self) -> bool:
        return False  # no route is a web socket

    def _between_requests(self) -> bool:
        """Whether what comes next begins a request, and who sends it reads its answers."""
        unread = self.conn.trailing_data[0] or self.transport.get_write_buffer_size()
        return self.conn.our_state is h11.IDLE and not unread and not self.transport.is_closing()

    def _say_at_once(self, answer: bytes) -> None:
        """Answer a whole request that h11 is not told of, and wait for the next one."""
        if self._headers:
            self._headers.cancel()
            self._headers = None
        self._unset_keepalive_if_required()
        self.transport.write(answer)
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _wait_for_headers(self) -> None:
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            if self._headers:
                self._headers.cancel()
                self._headers = None
        elif self._headers is None:
            self._headers = self.loop.call_later(seconds_for(0), self._too_slow)

    def _too_slow(self) -> None:
        words = f"the headers did not come within {seconds_for(0):g} seconds"
        self._refuse(ApiError(408, "too_slow", words))

    def _wait_for_reader(self) -> None:
        if self._answer:
            self._answer.cancel()
        if left := self.transport.get_write_buffer_size():
            self._answer = self.loop.call_later(seconds_for(left), self._abort_if_unread)

    def _abort_if_unread(self) -> None:
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    def _refuse(self, error: ApiError) -> None:
        """Answer outside of any request, where that can still be done, and close."""
        if self.transport.is_closing():
            return
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = response(error, {"Connection": "close"})
            secure(answer.headers)
            head = h11.Response(status_code=answer.status_code, headers=answer.raw_headers)
            for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
        self._wait_for_reader()


class _ByRoute:
    """Shows an app the pattern of a request's route as its path; `serving.limits` knows the path.

    A content type that is no ASCII is refused: BentoML's log of requests would fail on it.
    """

    def __init__(self, app: ASGIApp, routes: Any) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        kinds = [value for name, value in scope["headers"] if name == b"content-type"]
        if not all(kind.isascii() for kind in kinds):
            words = "the header Content-Type holds what is no ASCII"
            answer = response(ApiError(400, "error", words), {"Connection": "close"})
            await answer(scope, receive, send)
            return
        path = scope["path"]
        found = (known for pattern, known in self.routes if pattern.match(path))
        other = scope["method"] != "POST" or path not in SCORING
        Bounded.others += other
        try:
            await self.app({**scope, "path": next(found, _ELSEWHERE), PATH: path}, receive, send)
        finally:
            Bounded.others -= other
