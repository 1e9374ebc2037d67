"""Whatever JSON is sent, the service answers, and never with 500."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from labels.rows import COLUMNS
from serving.access import BOUND_TO
from serving.api import create_app
from serving.live import Live

KEYS = ("texts", "id", "text", "explain", "inputs", "parameters", "top_k", "annotations", *COLUMNS)
text = st.text(st.characters(codec=None), max_size=8)  # halves of UTF-16 pairs too
plain = st.none() | st.booleans() | st.integers() | st.floats() | text
key = st.sampled_from(KEYS) | text
value = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(key, inner, max_size=5),
    max_leaves=12,
)
row = st.dictionaries(key, value, max_size=5).map(lambda extra: {"text": "a", "frames": {}} | extra)
entry = value | row
requests = st.one_of(
    st.tuples(st.just("/score"), st.fixed_dictionaries({"texts": st.lists(entry, max_size=4)})),
    st.tuples(
        st.just("/labels"), st.fixed_dictionaries({"annotations": st.lists(row, max_size=4)})
    ),
    st.tuples(
        st.just("/"),
        st.fixed_dictionaries(
            {"inputs": value | st.lists(text, max_size=3)}, optional={"parameters": value}
        ),
    ),
    st.tuples(st.sampled_from(["/score", "/labels", "/"]), value),
)


@pytest.fixture
def app(trained_copy, monkeypatch) -> Iterator[FastAPI]:
    monkeypatch.setenv(BOUND_TO, "127.0.0.1")
    app = create_app()
    registry = trained_copy.registry()
    app.state.live = Live(registry.home, registry.store)
    app.state.live.look()
    yield app
    app.state.live.stop()


def ask(app: FastAPI, path: str, body: str | bytes) -> httpx.Response:
    """Post to the app itself; what it does not catch is raised here."""

    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            headers = {"content-type": "application/json"}
            return await client.post(path, content=body, headers=headers)

    return asyncio.run(post())


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(("/score", {"texts": [{"id": float("nan"), "text": "a"}]}))
@example(("/score", {"texts": [{"id": "\ud83d", "text": "a"}]}))
@example(("/score", {"\ud83d": 1, "texts": ["a"]}))
@example(("/labels", {"annotations": [{"text": "a", "frames": {}, "\ud83d": "\ud83d"}]}))
@example(("/", {"inputs": "\ud83d"}))
@given(requests)
def test_no_json_makes_the_service_fail(app, asked):
    path, sent = asked
    answer = ask(app, path, json.dumps(sent))
    assert answer.status_code in (200, 422)
    assert (answer.status_code == 422) == ("error" in answer.json())


@pytest.mark.parametrize("body", ["[" * 100_000, '{"texts": [' + "9" * 5000 + "]}", "\ud83d"])
def test_json_that_cannot_be_read_is_refused(app, body):
    answer = ask(app, "/score", body.encode("utf-8", "surrogatepass"))
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_json"
