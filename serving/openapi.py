"""The OpenAPI document: what FastAPI makes of the routes, with examples, tags and tokens."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from serving.examples import SCORING, Example
from serving.label_examples import LABELS

EXAMPLES: dict[str, Example] = {**SCORING, **LABELS}

ERROR_TYPES = {
    "invalid_json": "The body is not JSON.",
    "invalid_request": "The body, a parameter or their size is not as declared.",
    "invalid_text": "A text cannot be read: it is empty, too long, or no text.",
    "invalid_id": "An id cannot be sent back as it came.",
    "invalid_labels": "Labels with faults; `problems` lists them all.",
    "invalid_texts": "Texts for the queue with faults; `problems` lists them all.",
    "erased": "A text that was erased for good is not stored again.",
    "empty": "A document without text.",
    "unreadable": "A document that is damaged, encrypted, or made to do harm.",
    "unsupported_format": "A document in a format that is not read.",
    "too_complex": "A document that takes too long or too much memory to be read.",
    "too_large": "The headers, the body or the document are too large.",
    "too_slow": "The headers or the body took too long to arrive.",
    "unauthorized": "A token is needed, or the one sent is not known.",
    "forbidden": "The token's role may not do this, or labels cannot be used from there.",
    "settled": "Another decision stands: `decision`, whose number as `seen` overrules it.",
    "not_found": "There is nothing at this place, or no such text.",
    "method_not_allowed": "The place has no such method.",
    "under_way": "A retraining is under way.",
    "not_under_way": "No retraining is under way.",
    "not_cancelled": "The run cannot be cancelled from here.",
    "not_installed": "Retraining is not installed where the service runs.",
    "error": "Another error of HTTP; its status says which.",
    "internal": "A fault of the service; its log says more.",
    "no_model": "No model is served yet.",
    "busy": "Too many documents wait to be read, or too much is being sent at once.",
    "overloaded": "Too many texts wait to be scored.",
    "timed_out": "Scoring, or another answer, took longer than it may.",
    "unavailable": "Something that the service needs is away, such as its database.",
}
"""Every `type` that an error can have. There may be more in later releases."""

_USUAL = {
    400: ("invalid_json", "the body is not valid JSON: Expecting value"),
    401: ("unauthorized", "this needs a token: send the header Authorization: Bearer TOKEN"),
    403: ("forbidden", "this needs the role admin; the token 'maria' has the role annotator"),
    404: ("not_found", "there is no text 'p1:0'"),
    413: ("too_large", "the body is larger than 8,388,608 bytes; send it in parts"),
    429: (
        "overloaded",
        "99,000 tokens wait to be scored and this request has about 2,000, but at most 100,000 may "
        "wait; ask again in 1 s",
    ),
    501: ("not_installed", "retraining is not installed here; it runs where labels are kept"),
    503: ("no_model", "there is no model yet; run `framescope train`"),
}
_WITH_PROBLEMS = ("invalid_labels", "invalid_texts")
_TAGS = {
    "scoring": "Texts and documents in, frames and stances out. Needs no token.",
    "model": "What is served, and by which codebook.",
    "labels": "Answers of annotators, the queue of texts to label, and disputes.",
    "retraining": "Labels into a new model.",
}
_ABOUT = (
    "Frames and stances of texts on technology in world politics. Every error is "
    '`{"error": {"type", "message"}}`. What answers 429 or 503 may be asked again, after as many '
    "seconds as `Retry-After` says.\n\nTypes of errors:\n\n"
)


def operation(route: APIRoute) -> str:
    """Return by which name tools that make clients of the document call a route."""
    return route.name


def describe(app: FastAPI) -> None:
    """Give an app the document instead of FastAPI's own; it is made when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    types = "\n".join(f"- `{type}`: {words}" for type, words in ERROR_TYPES.items())
    found = get_openapi(
        title=app.title,
        version=app.version,
        routes=app.routes,
        description=_ABOUT + types,
        tags=[{"name": name, "description": words} for name, words in _TAGS.items()],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "."}],
    )
    words = "A token of `framescope tokens`; without any, only this machine's user may."
    found["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": words}
    }
    for path, methods in found["paths"].items():
        for method, route in methods.items():
            if "401" in route["responses"]:
                route["security"] = [{"token": []}, {}]
            if example := EXAMPLES.get(f"{method.upper()} {path}"):
                _show(route, example)
    return found


def _show(route: dict[str, Any], example: Example) -> None:
    if example.requests:
        content = route["requestBody"]["content"]["application/json"]
        content["examples"] = {name: {"value": body} for name, body in example.requests.items()}
    for parameter in route.get("parameters", ()):
        if parameter["name"] in example.parameters:
            parameter["example"] = example.parameters[parameter["name"]]
    for code, said in route["responses"].items():
        wrong = example.errors.get(int(code)) or _USUAL.get(int(code))
        if code.startswith("2"):
            said["content"]["application/json"]["example"] = example.answer
        elif wrong:
            said["content"]["application/json"]["example"] = _error(*wrong)


def _error(type: str, message: str) -> dict[str, Any]:
    problems = {"problems": [message.split(": ", 1)[1]]} if type in _WITH_PROBLEMS else {}
    return {"error": {"type": type, "message": message, **problems}}
