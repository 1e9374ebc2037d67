"""The OpenAPI document: whole, with examples that are true."""

import ast
import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.openapi.models import OpenAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter

from serving.access import BOUND_TO
from serving.answers import ErrorAnswer
from serving.api import create_app
from serving.live import Live
from serving.openapi import ERROR_TYPES, EXAMPLES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app()


@pytest.fixture(scope="module")
def document(app) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": route
        for path, methods in document["paths"].items()
        for method, route in methods.items()
    }


def test_it_is_served_as_it_is_made(service, document):
    assert service.get("/docs.json").json() == json.loads(json.dumps(document))


def test_it_is_of_the_form_that_openapi_has(document):
    OpenAPI.model_validate(document)
    assert document["openapi"].startswith("3.1.")
    text = json.dumps(document)
    for target in set(re.findall(r'"\$ref": "#/([^"]+)"', text)):
        place: Any = document
        for step in target.split("/"):
            place = place[step]
    known = {tag["name"] for tag in document["tags"]}
    routes = operations(document)
    assert len({route["operationId"] for route in routes.values()}) == len(routes)
    for name, route in routes.items():
        assert set(route["tags"]) <= known
        assert route["description"]
        assert route["operationId"].isidentifier()
        inside = {p["name"] for p in route.get("parameters", ()) if p["in"] == "path"}
        assert inside == set(re.findall(r"{(\w+)}", name))
        assert ("security" in route) == ("401" in route["responses"])


def test_every_route_has_examples_of_all_it_takes_and_answers(document):
    routes = operations(document)
    assert set(EXAMPLES) == set(routes)
    for name, route in routes.items():
        body = route.get("requestBody", {}).get("content", {}).get("application/json")
        assert bool(body) == bool(EXAMPLES[name].requests), name
        assert body is None or body["examples"]
        for parameter in route.get("parameters", ()):
            assert "example" in parameter, f"{name}: {parameter['name']}"
        for code, said in route["responses"].items():
            assert said["description"]
            assert "example" in said["content"]["application/json"], f"{name}: {code}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_answer_shown_is_as_the_route_declares(name, app, document):
    method, path = name.split()
    (kind,) = {
        one.route.response_model
        for one in iter_route_contexts(app.routes)
        if isinstance(one.route, APIRoute) and one.path == path and method in one.route.methods
    }
    for code, said in operations(document)[name]["responses"].items():
        example = json.dumps(said["content"]["application/json"]["example"])
        declared = kind if code.startswith("2") else ErrorAnswer
        TypeAdapter(declared).validate_json(example, strict=True)
        if not code.startswith("2"):
            assert json.loads(example)["error"]["type"] in ERROR_TYPES


def test_places_in_the_document_shown_are_right():
    shown = EXAMPLES["POST /documents"].answer
    pieces = [shown["text"][one["start"] : one["end"]] for one in shown["paragraphs"]]
    assert "\n\n".join(pieces) == shown["text"]
    quoted = shown["paragraphs"][2]["quotations"][0]
    assert shown["text"][quoted["start"] - 1] == "“"
    assert shown["text"][quoted["end"]] == "”"


def test_every_error_that_is_raised_is_listed():
    raised = set()
    for path in [*(ROOT / "serving").glob("*.py"), *(ROOT / "labels" / "reading").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"ApiError": 1, "TextError": 0, "DocumentError": 0}.get(node.func.id)
                if place is not None and len(node.args) > place:
                    raised |= _words(node.args[place])
    assert {"no_model", "unreadable", "invalid_text"} <= raised
    assert raised <= set(ERROR_TYPES)
    assert set(ERROR_TYPES) - raised <= {"method_not_allowed"}  # chosen by status


def test_every_request_shown_is_accepted(trained_copy, monkeypatch):
    started: list[list[str]] = []
    monkeypatch.setenv(BOUND_TO, "127.0.0.1")
    monkeypatch.setattr(
        "serving.retraining.start", lambda home, options, by: started.append(list(options))
    )
    registry = trained_copy.registry()
    app = create_app()
    app.state.live = Live(registry.home, registry.store)
    app.state.live.look()
    try:
        answers = asyncio.run(_send_all(app))
    finally:
        app.state.live.stop()
    assert len(answers) == sum(max(1, len(one.requests)) for one in EXAMPLES.values()) - 1
    for name, answer in answers:
        assert answer.is_success, f"{name}: {answer.text}"
    assert started == [[], ["--force"]]


async def _send_all(app: FastAPI) -> list[tuple[str, httpx.Response]]:
    """Send every request shown, but for the one that cancels a retraining: there is none."""
    row = {"text": "A text on which two disagree.", "frames": {"safety": "favor"}}
    sides = [{**row, "annotator": "left"}, {**row, "annotator": "right", "frames": {}}]
    transport = httpx.ASGITransport(app)
    found = []
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        stored = await client.post("/labels", json={"annotations": sides})
        known = {"text_id": stored.json()["stored"][0]}
        for name, example in EXAMPLES.items():
            method, path = name.split()
            values = {**example.parameters, **known}
            query = {key: value for key, value in example.parameters.items() if key not in known}
            for body in list(example.requests.values()) or [None]:
                if method != "DELETE":
                    place = path.format(**values)
                    asked = client.request(method, place, params=query, json=body, timeout=60)
                    found.append((name, await asked))
    return found


def _words(node: ast.expr) -> set[str]:
    found = {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
    return {word for word in found if isinstance(word, str)}
