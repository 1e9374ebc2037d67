"""Texts into requests of a size that the service takes, and how far along they are."""

import json
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from serving.client.answers import Id, RefusedText, TextWithId
from serving.client.errors import InvalidRequestError
from serving.results import TextError

MAX_TEXTS = 256
"""Texts in one request."""

MAX_EXPLAINED = 64
"""Texts in one request that asks for evidence."""

MAX_BYTES = 8 * 2**20 - 1024
"""Bytes of the texts in one request, which is less than what a body may have."""


@dataclass(slots=True)
class Batch:
    """Texts of one request, each as JSON, and their ids."""

    parts: list[bytes] = field(default_factory=list)
    ids: list[Id] = field(default_factory=list)

    def body(self, explain: bool) -> bytes:
        """Return the request's JSON."""
        asked = b"true" if explain else b"false"
        return b'{"explain": ' + asked + b', "texts": [' + b",".join(self.parts) + b"]}"

    def refused(self, error: InvalidRequestError) -> list[RefusedText]:
        """Return the result of a text that is too large for any request.

        Raises:
            InvalidRequestError: the one given, where it is about anything else.
        """
        if error.status != 413 or len(self.parts) > 1:
            raise error
        return [RefusedText(TextError(error.type, error.message), self.ids[0])]


class Batches:
    """Gathers texts until a request is full."""

    def __init__(self, explain: bool) -> None:
        self._most = MAX_EXPLAINED if explain else MAX_TEXTS
        self._batch = Batch()
        self._bytes = 0
        self._seen = 0

    def add(self, text: str | TextWithId) -> Batch | None:
        """Take a text; return a batch that is full, without it where there is no room.

        Raises:
            InvalidRequestError: for what no JSON can hold.
        """
        part = _encoded(text, self._seen)
        self._seen += 1
        full = None
        if len(self._batch.parts) == self._most or self._bytes + len(part) > MAX_BYTES:
            full = self.rest()
        self._batch.parts.append(part)
        self._batch.ids.append(text.get("id") if isinstance(text, dict) else None)
        self._bytes += len(part) + 1
        return full

    def rest(self) -> Batch | None:
        """Return what is left, None where nothing is."""
        left = self._batch
        self._batch, self._bytes = Batch(), 0
        return left if left.parts else None


@contextmanager
def counted(texts: object, shown: bool) -> Iterator[Callable[[int], Any]]:
    """Give a function that is told how many more are done; a bar shows it if tqdm is there."""
    bar_of = _tqdm() if shown else None
    if bar_of is None:
        yield lambda done: None
        return
    total = len(texts) if isinstance(texts, Sized) else None
    with bar_of(total=total, unit=" texts") as bar:
        yield bar.update


def several(texts: object) -> None:
    """Check that texts are not one string, whose characters would each be scored.

    Raises:
        InvalidRequestError: if they are.
    """
    if isinstance(texts, str | bytes | dict):
        words = f"texts is one {type(texts).__name__}; give several, or a list of one: [text]"
        raise InvalidRequestError(None, "invalid_request", words)


def _encoded(text: object, place: int) -> bytes:
    try:
        return json.dumps(text, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a UTF-16 pair, for which the service has an error
        return json.dumps(text).encode()
    except (TypeError, ValueError, RecursionError) as error:
        words = f"texts[{place}] cannot be sent as JSON: {error}"
        raise InvalidRequestError(None, "invalid_request", words) from error


def _tqdm() -> Callable[..., Any] | None:
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm
