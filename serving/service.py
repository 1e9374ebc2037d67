"""The BentoML service: the app of `serving.api`, with the champion loaded and watched.

`bentofile.yaml` names it; `framescope serve` starts it. The process that watches over the workers
imports this module as well, before they are started, and needs none of the app: so the worker alone
imports that, when it is ready to.
"""

import asyncio
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import bentoml
import bentoml._internal.server.http.traffic as traffic
import uvicorn.protocols.http.auto

from serving.memory import keep_memory_together
from serving.overload import Limits

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class _App:
    """Hands requests on to the app, which is there before the first one."""

    made: "ASGIApp"

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        await self.made(scope, receive, send)


def _bounded(*args: Any, **kwargs: Any) -> asyncio.Protocol:
    from serving.connections import Bounded

    return Bounded(*args, **kwargs)


def _in_time(app: "ASGIApp", timeout: float) -> "ASGIApp":
    from serving.limits import AnswersInTime

    return AnswersInTime(app, timeout)


def _end_with_the_supervisor() -> None:
    """Stop this worker once the process that started it is gone.

    Nobody would replace it or could stop it, and it would keep the port from who starts anew.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="supervisor", daemon=True).start()


app = _App()
# BentoML has no option for these, and asks for the protocol before it makes a service.
uvicorn.protocols.http.auto.AutoHTTPProtocol = _bounded  # type: ignore[assignment, misc]
traffic.TimeoutMiddleware = _in_time  # type: ignore[assignment, misc]


# Scoring has a deadline of its own, which says when to ask again: this one is for all else.
@bentoml.service(
    name="framescope",
    workers=1,
    traffic={"timeout": Limits.from_environment().deadline + 30},
    # Nobody sees the spans unless tracing is set up, and they are a sixth of what a request costs.
    tracing={"excluded_urls": ".*"},
)
@bentoml.asgi_app(app)
class Framescope:
    """Frames and stances of texts, over HTTP and on a page."""

    def __init__(self) -> None:
        keep_memory_together()
        _end_with_the_supervisor()
        from labels.home import Home
        from labels.store import Store
        from serving.api import create_app
        from serving.connections import bound
        from serving.live import Live

        made = create_app()
        home = Home.find()
        self.live = Live(home, Store.open(home.database))
        self.live.start()
        bound(made, self.live.batcher.room)
        made.state.live = self.live
        app.made = made

    def __is_ready__(self) -> bool:
        """Ready once a model is served, while its texts are scored."""
        return self.live.serving is not None and self.live.batcher.alive

    @bentoml.on_shutdown
    def stop(self) -> None:
        self.live.stop()
