"""Which requests take turns, and how long one may take; connections and bodies are in
`test_connections.py`."""

import asyncio
import gc
import json
import weakref
from contextlib import ExitStack
from types import SimpleNamespace

import httpx
import pytest
import sqlalchemy as sa

from labels.store import Store
from serving import limits
from serving.access import BOUND_TO
from serving.api import create_app
from serving.limits import MOST_ASKING, AnswersInTime
from tests.serving.answers import error_of

WITHOUT_DATABASE = {"/", "/score", "/documents", "/model", "/codebook"}


def test_every_route_that_asks_the_database_takes_turns():
    paths = {*create_app().openapi()["paths"], "/reports/{version}"}
    turns = {path for path in paths if limits._ASKS_THE_DATABASE.match(path)}
    assert turns == paths - WITHOUT_DATABASE


@pytest.fixture
def store(tmp_path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'labels.db'}")


def test_all_who_may_ask_at_once_find_a_connection(store):
    with ExitStack() as asking:
        for _ in range(MOST_ASKING + 1):  # and who looks for promotions
            asking.enter_context(store.reading())


def test_who_finds_no_connection_is_told_to_come_again(store, monkeypatch):
    monkeypatch.setenv(BOUND_TO, "127.0.0.1")
    few = sa.create_engine(store.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    app = create_app()
    app.state.live = SimpleNamespace(store=Store(few, store.codebook))

    async def labels() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/labels")

    with few.connect():
        answer = asyncio.run(labels())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert error_of(answer)["type"] == "unavailable"
    assert "all connections to the database are in use; another" in error_of(answer)["message"]
    assert asyncio.run(labels()).status_code == 200
    few.dispose()


START = {"type": "http.response.start", "status": 200, "headers": []}


async def asked(app, timeout: float, receive=asyncio.Future) -> list[dict]:
    """Return what an app sends that is given so many seconds."""
    sent: list[dict] = []

    async def send(message):
        sent.append(message)

    await AnswersInTime(app, timeout)({"type": "http"}, receive, send)
    return sent


def test_what_has_no_answer_in_time_has_one():
    async def app(scope, receive, send):
        await asyncio.sleep(60)

    start, body = asyncio.run(asked(app, 0.01))
    assert start["status"] == 503
    assert json.loads(body["body"])["error"]["type"] == "timed_out"


def test_an_answer_that_has_begun_has_all_the_time_it_takes():
    async def app(scope, receive, send):
        await send(START)
        await asyncio.sleep(0.05)
        await send({"type": "http.response.body"})

    assert [message["type"] for message in asyncio.run(asked(app, 0.02))] == [
        "http.response.start",
        "http.response.body",
    ]


async def slow() -> dict:
    """A part of a body that goes on."""
    await asyncio.sleep(0.2)
    return {"type": "http.request", "body": b"x", "more_body": True}


def test_a_slow_body_takes_none_of_the_time_for_its_answer():
    async def app(scope, receive, send):
        for _ in range(5):
            await receive()
        await send(START)

    assert asyncio.run(asked(app, 0.6, slow)) == [START]


def test_after_a_slow_body_what_has_no_answer_in_time_has_one():
    async def app(scope, receive, send):
        await receive()
        await asyncio.sleep(60)

    start, _ = asyncio.run(asked(app, 0.4, slow))
    assert start["status"] == 503


def test_a_timeout_of_the_app_itself_is_its_own():
    async def app(scope, receive, send):
        raise TimeoutError("of another kind")

    with pytest.raises(TimeoutError, match="of another kind"):
        asyncio.run(asked(app, 60))


def test_nothing_of_a_request_is_kept_until_its_time_is_over():
    class Body:
        pass

    alive: weakref.WeakSet[Body] = weakref.WeakSet()

    async def app(scope, receive, send):
        body = Body()
        alive.add(body)
        await send(START)
        await asyncio.sleep(0)

    async def many():
        for _ in range(1000):
            await asyncio.create_task(asked(app, 60))
        gc.collect()
        return len(alive), len(asyncio.get_running_loop()._scheduled)

    kept, timers = asyncio.run(many())
    assert kept == 0
    assert timers <= 200  # asyncio drops those that are cancelled once they are the most of 100
