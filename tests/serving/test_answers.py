"""The OpenAPI document says what is really answered."""

import asyncio
import json
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from labels.codebook import Codebook
from labels.errors import FramescopeError
from serving.answers import (
    DecidedAnswer,
    DisputesAnswer,
    ErrorAnswer,
    LabelsAnswer,
    LabelScore,
    MeAnswer,
    ModelAnswer,
    QueueAnswer,
    QueuedAnswer,
    ScoreAnswer,
    StoredAnswer,
)
from serving.api import create_app
from serving.errors import ApiError, response


def reads(kind, answer) -> None:
    """Check that an answer has every declared field and no other, each of its kind."""
    assert answer.status_code == 200, answer.text
    read = TypeAdapter(kind).validate_json(answer.text, strict=True)
    if isinstance(read, BaseModel):
        assert json.loads(read.model_dump_json(exclude_unset=True)) == answer.json()


def test_answers_are_as_declared(service):
    texts = ["Both sides agreed.", {"id": 7, "text": "One."}, {"id": 8, "text": ""}]
    reads(ScoreAnswer, service.post("/score", json={"texts": texts}))
    texts += ["Chips must be built at home. Data must stay. " * 9]
    reads(ScoreAnswer, service.post("/score", json={"texts": texts, "explain": True}))
    reads(list[list[LabelScore]], service.post("/", json={"inputs": ["One.", "Two."]}))
    reads(ModelAnswer, service.get("/model"))
    reads(Codebook, service.get("/codebook"))
    rows = [{"text": "The form of an answer.", "frames": {"safety": "favor"}}]
    reads(StoredAnswer, service.post("/labels", json={"annotations": rows}))
    reads(LabelsAnswer, service.get("/labels"))
    reads(MeAnswer, service.get("/me"))


def test_answers_of_the_queue_and_of_disputes_are_as_declared(service):
    text = {"text": "The form of a text that waits.", "lang": "en", "page": 3}
    reads(QueuedAnswer, service.post("/queue", json={"texts": [text]}))
    reads(QueueAnswer, service.get("/queue?annotator=left"))
    sides = {"left": {"safety": "favor"}, "right": {}}
    rows = [{**text, "annotator": name, "frames": frames} for name, frames in sides.items()]
    stored = service.post("/labels", json={"annotations": rows}).json()["stored"]
    reads(QueueAnswer, service.get("/queue/answered?annotator=left"))
    reads(DisputesAnswer, service.get("/disputes"))
    reads(DisputesAnswer, service.get("/disputes?names=true"))
    reads(DecidedAnswer, service.post(f"/disputes/{stored[0]}", json={"frames": {}}))


def test_errors_are_as_declared(service):
    for answer in (
        service.post("/score", content=b"[", headers={"content-type": "application/json"}),
        service.post("/score", json={}),
        service.post("/labels", json={"annotations": [1]}),
        service.get("/labels", headers={"host": "evil.example"}),
        service.get("/nothing"),
    ):
        ErrorAnswer.model_validate_json(answer.text, strict=True)


@pytest.mark.parametrize(
    ("route", "codes"),
    [
        ("post /score", "200 400 413 422 429 503"),
        ("post /documents", "200 400 413 422 429 503"),
        ("post /", "200 400 413 422 429 503"),
        ("get /model", "200 503"),
        ("get /codebook", "200"),
        ("get /labels", "200 401 403 422"),
        ("post /labels", "200 400 401 403 413 422"),
        ("get /me", "200 401 403"),
        ("get /queue", "200 401 403 422"),
        ("get /queue/answered", "200 401 403 422"),
        ("post /queue", "200 400 401 403 413 422"),
        ("get /disputes", "200 401 403 422"),
        ("post /disputes/{text_id}", "200 400 401 403 404 409 413 422"),
    ],
)
def test_every_route_declares_its_answer_and_its_errors(route, codes):
    found = create_app().openapi()
    method, path = route.split()
    declared = found["paths"][path][method]["responses"]
    assert sorted(declared) == codes.split()
    for code, said in declared.items():
        schema = said["content"]["application/json"]["schema"]
        if code == "200":
            assert {"$ref", "items"} & set(schema)
        else:
            assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}
    assert "HTTPValidationError" not in found["components"]["schemas"]


def test_every_error_is_answered_with_its_headers():
    assert response(ApiError(503, "x", "y")).headers["retry-after"] == "2"
    assert response(ApiError(401, "x", "y")).headers["www-authenticate"] == "Bearer"
    both = response(ApiError(503, "x", "y"), {"Connection": "close"})
    assert (both.headers["connection"], both.headers["retry-after"]) == ("close", "2")


def test_an_error_that_a_user_can_mend_says_when_to_try_again():
    app = create_app()
    handle: Any = app.exception_handlers[FramescopeError]
    answer = asyncio.run(handle(None, FramescopeError("the database is away")))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
