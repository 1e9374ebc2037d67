"""What goes wrong inside a request: told without a traceback, and logged without a text."""

import logging
import traceback

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import ApiError, response

logger = logging.getLogger("bentoml.framescope")


class BrokenOffError(Exception):
    """An answer that has begun and cannot be ended; the server closes its connection."""


class Faults:
    """Answers 500 to what nothing else has caught.

    Starlette would do so too, and then hand the error on to the server, which writes its message
    into the log. A message may quote the text that it is about.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            await self.app(scope, receive, noting)
        except Exception as error:
            logger.error("a request failed: %s", without_messages(error))
            if begun:
                raise BrokenOffError("an answer broke off; the lines above say where") from None
            await response(ApiError(500, "internal", own_fault(error)))(scope, receive, send)


def own_fault(error: BaseException) -> str:
    """Return what a client is told of an error that is the service's own."""
    return f"an error of the service itself ({type(error).__name__}); its log says more"


def without_messages(error: BaseException) -> str:
    """Return the names of an error and of what led to it, and where they were raised."""
    found: list[str] = []
    one: BaseException | None = error
    while one is not None and len(found) < 10:
        places = "".join(traceback.format_tb(one.__traceback__))
        found.append(f"{type(one).__name__}\n{places}")
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "from ".join(found)
