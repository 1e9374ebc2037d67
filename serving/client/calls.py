"""The requests that a client sends, the same for both of its kinds."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

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
from serving.client.batches import MAX_BYTES, Batch, as_json
from serving.client.documents import DocumentAnswer, read_document
from serving.client.errors import InvalidRequestError, error_of, not_understood
from serving.client.reading import read

T = TypeVar("T")
HERE = "http://127.0.0.1:3000"
"""Where `make serve` answers."""

_HOST = re.compile(r"[^\s%]+")
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

    White space around the token, as of a file that it was read from, is left out.

    Raises:
        FramescopeError: if `url` is not the address of a service, or `token` cannot be sent.
    """
    words = f"'{url}' is no address of a service; give one such as {HERE}"
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise FramescopeError(words) from error
    if address.scheme not in ("http", "https") or not _HOST.fullmatch(address.host):
        raise FramescopeError(words)
    headers = {"User-Agent": "framescope-client"}
    if token := (token or "").strip():
        if not (token.isascii() and token.isprintable()):
            raise FramescopeError("the token holds what no header can; give it as it was made")
        headers["Authorization"] = f"Bearer {token}"
    return {"base_url": address, "headers": headers, "timeout": timeout}


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

    An upload may be larger, so a string that is too long for JSON goes as one, too.

    Raises:
        InvalidRequestError: for a file that cannot be read, and for a string that is the name of a
            file and no text.
    """
    if isinstance(content, str):
        if "\n" not in content and content.lower().endswith(_FILES) and len(content) < 256:
            words = f"'{content}' looks like a file's name; to send the file give a pathlib.Path"
            raise InvalidRequestError(None, "invalid_request", words)
        body = as_json({"content": content, "format": format, "explain": explain}, "content")
        if len(body) <= MAX_BYTES:
            return Call("POST", "/documents", read_document, options=_body(body))
        content = content.encode("utf-8-sig", "replace")  # its mark overrules what a page declares
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
        # A name that is not UTF-8 on the disk holds halves of UTF-16 pairs here.
        return path.name.encode("utf-8", "replace").decode(), path.read_bytes()
    except (OSError, ValueError) as error:
        words = f"{path}: cannot read the file: {getattr(error, 'strerror', None) or error}"
        raise InvalidRequestError(None, "invalid_request", words) from error


def _json(value: Any) -> dict[str, Any]:
    return _body(as_json(value, "this"))


def _body(content: bytes) -> dict[str, Any]:
    return {"content": content, "headers": _JSON}
