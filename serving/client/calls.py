"""The requests that a client sends, the same for both of its kinds."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import httpx

from labels.errors import FramescopeError
from serving.client.answers import (
    Annotation,
    Codebook,
    ModelAnswer,
    RefusedText,
    RetrainAnswer,
    ScoredText,
    read_texts,
)
from serving.client.batches import Batch
from serving.client.documents import DocumentAnswer, read_document
from serving.client.errors import InvalidRequestError, error_of, not_understood
from serving.client.reading import read

T = TypeVar("T")
HERE = "http://127.0.0.1:3000"
"""Where `make serve` answers."""

_JSON = {"Content-Type": "application/json"}
_FILES = (".docx", ".htm", ".html", ".md", ".pdf", ".txt")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and how its answer is read. `stores`: sending it twice could store it twice."""

    method: str
    path: str
    read: Callable[[Any], T]
    stores: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def answer(self, response: httpx.Response) -> T:
        """Read what was answered.

        Raises:
            ServiceError: for an error, and for an answer of another form than it should have.
        """
        if not response.is_success:
            raise error_of(response)
        try:
            return self.read(response.json())
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise not_understood(response) from error


def settings(url: str, token: str | None, timeout: float) -> dict[str, Any]:
    """Return the arguments of httpx's clients.

    Raises:
        FramescopeError: if `url` is not the address of a service.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise FramescopeError(f"'{url}' is no address of a service; give one such as {HERE}")
    headers = {"User-Agent": "framescope-client"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return {"base_url": url, "headers": headers, "timeout": timeout}


def score(batch: Batch, explain: bool) -> Call[list[ScoredText | RefusedText]]:
    """Score the texts of a batch."""

    def results(value: Mapping[str, Any]) -> list[ScoredText | RefusedText]:
        found = read_texts(value)
        if len(found) != len(batch.ids):
            raise ValueError(f"{len(found)} results for {len(batch.ids)} texts")
        return found

    return Call("POST", "/score", results, options=_body(batch.body(explain)))


def document(content: str | bytes | Path, format: str, explain: bool) -> Call[DocumentAnswer]:
    """Read and score a document: a string as JSON, bytes and files as an upload.

    Raises:
        InvalidRequestError: for a file that cannot be read, and for a string that is the name of a
            file and no text.
    """
    if isinstance(content, str):
        if "\n" not in content and content.lower().endswith(_FILES) and len(content) < 256:
            words = f"'{content}' looks like a file's name; to send the file give a pathlib.Path"
            raise InvalidRequestError(None, "invalid_request", words)
        body = {"content": content, "format": format, "explain": explain}
        return Call("POST", "/documents", read_document, options=_json(body))
    name, sent = ("document", content) if isinstance(content, bytes) else _file(content)
    fields = {"format": format, "explain": str(explain).lower()}
    upload = {"files": {"file": (name, sent)}, "data": fields}
    return Call("POST", "/documents", read_document, options=upload)


def model() -> Call[ModelAnswer]:
    return Call("GET", "/model", lambda value: read(ModelAnswer, value))


def codebook() -> Call[Codebook]:
    return Call("GET", "/codebook", lambda value: read(Codebook, value))


def labels(limit: int, annotator: str | None) -> Call[list[Annotation]]:
    asked = {"limit": limit} | ({} if annotator is None else {"annotator": annotator})

    def answers(value: Mapping[str, Any]) -> list[Annotation]:
        return [read(Annotation, one) for one in value["annotations"]]

    return Call("GET", "/labels", answers, options={"params": asked})


def add_labels(annotations: Iterable[Mapping[str, Any]]) -> Call[list[str]]:
    body = _json({"annotations": list(annotations)})
    return Call("POST", "/labels", lambda value: list(value["stored"]), True, body)


def retrain(force: bool, warm_start: bool) -> Call[RetrainAnswer]:
    body = _json({"force": force, "warm_start": warm_start})
    return Call("POST", "/retrain", lambda value: read(RetrainAnswer, value), True, body)


def retrain_status() -> Call[RetrainAnswer]:
    return Call("GET", "/retrain", lambda value: read(RetrainAnswer, value))


def cancel_retrain() -> Call[RetrainAnswer]:
    return Call("DELETE", "/retrain", lambda value: read(RetrainAnswer, value), True)


def _file(path: Path) -> tuple[str, bytes]:
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        words = f"{path}: cannot read the file: {error.strerror or error}"
        raise InvalidRequestError(None, "invalid_request", words) from error


def _json(value: Any) -> dict[str, Any]:
    try:
        return _body(json.dumps(value).encode())
    except (TypeError, ValueError, RecursionError) as error:
        words = f"this cannot be sent as JSON: {error}"
        raise InvalidRequestError(None, "invalid_request", words) from error


def _body(content: bytes) -> dict[str, Any]:
    return {"content": content, "headers": _JSON}
