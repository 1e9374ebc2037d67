"""Texts into requests of a size that the service takes, and how far along they are."""

import json
import math
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from serving.client.answers import Id, RefusedText, TextWithId
from serving.client.errors import InvalidRequestError
from serving.results import TextError

MAX_TEXTS = 256
"""Texts in one request."""

MAX_EXPLAINED = 16
"""Texts in one request that asks for evidence. The service takes more, but each is read up to eight
times, and requests sent at once wait for each other."""

MAX_EXPLAINED_CHARACTERS = 200_000
"""Characters of the texts in such a request."""

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
        self._most_characters = MAX_EXPLAINED_CHARACTERS if explain else math.inf
        self._batch = Batch()
        self._bytes = 0
        self._characters = 0
        self._seen = 0

    def add(self, text: str | TextWithId) -> Batch | None:
        """Take a text; return a batch that is full, without it where there is no room.

        Raises:
            InvalidRequestError: for what no JSON can hold.
        """
        part = as_json(text, f"texts[{self._seen}]")
        characters = _length(text)
        self._seen += 1
        full = None
        if (
            len(self._batch.parts) == self._most
            or self._bytes + len(part) > MAX_BYTES
            or self._characters + characters > self._most_characters
        ):
            full = self.rest()
        self._batch.parts.append(part)
        self._batch.ids.append(text.get("id") if isinstance(text, dict) else None)
        self._bytes += len(part) + 1
        self._characters += characters
        return full

    def rest(self) -> Batch | None:
        """Return what is left, None where nothing is."""
        left = self._batch
        self._batch, self._bytes, self._characters = Batch(), 0, 0
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


def as_json(value: object, name: str) -> bytes:
    """Return a value as JSON in UTF-8, unescaped, so that no script takes more than its bytes.

    Raises:
        InvalidRequestError: for what no JSON can hold; it tells `name`.
    """
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a UTF-16 pair, for which the service has an error
        return json.dumps(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        words = f"{name} cannot be sent as JSON: {error}"
        raise InvalidRequestError(None, "invalid_request", words) from error


def _length(text: object) -> int:
    own = text.get("text") if isinstance(text, dict) else text
    return len(own) if isinstance(own, str) else 0


def _tqdm() -> Callable[..., Any] | None:
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm
