"""The client for programs without an event loop."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx
from tenacity import Retrying

from serving.client import calls, retries
from serving.client.answers import (
    Annotation,
    Codebook,
    ModelAnswer,
    RefusedText,
    RetrainAnswer,
    ScoredText,
    TextWithId,
)
from serving.client.batches import Batch, Batches, counted, several
from serving.client.calls import HERE, Call
from serving.client.documents import DocumentAnswer
from serving.client.errors import InvalidRequestError, failed

T = TypeVar("T")
Format = Literal["auto", "html", "markdown", "text", "pdf", "docx"]


class Framescope:
    """A Framescope service.

    `token` is needed where the service asks for one, for labels and retraining alone. `timeout`, in
    seconds, is for each step of a request (connecting, sending, waiting for the answer). What the
    service refuses for now, and what does not reach it, is asked again up to `retries` times.

    Every method raises `ServiceError`, whose subclasses say what kind of error it is. It may be
    used from several threads.
    """

    def __init__(
        self,
        url: str = HERE,
        *,
        token: str | None = None,
        timeout: float = 60.0,
        retries: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Connect to nothing yet; `transport` is for tests and for special connections.

        Raises:
            FramescopeError: if `url` is not an address, or `token` cannot be sent.
        """
        self._retries = retries
        self._http = httpx.Client(**calls.settings(url, token, timeout), transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def score(
        self, texts: Iterable[str | TextWithId], explain: bool = False, progress: bool = False
    ) -> Iterator[ScoredText | RefusedText]:
        """Score texts, any number of them: one result per text, in order, as they are asked for.

        A text is a string or `{"id", "text"}`; the id comes back with the result. A text that
        cannot be read gives a `RefusedText` and spoils no other. Texts are taken from the iterable
        and sent 256 at a time, 64 with `explain`, which adds `evidence` to frames that are present.
        `progress` shows a bar, if tqdm is installed.
        """
        several(texts)
        return self._score(texts, explain, progress)

    def document(
        self, content: str | bytes | Path, format: Format = "auto", explain: bool = False
    ) -> DocumentAnswer:
        """Read a document into paragraphs and score them.

        `content` is the text itself as a string (HTML, Markdown or plain text), or the bytes or the
        path of a file (PDF and DOCX too).
        """
        return self._ask(calls.document(content, format, explain))

    def model(self) -> ModelAnswer:
        """Return which model is served: its thresholds, languages, and how it was judged."""
        return self._ask(calls.model())

    def codebook(self) -> Codebook:
        """Return the frames with their claims and edges, and the stances."""
        return self._ask(calls.codebook())

    def labels(self, limit: int = 50, annotator: str | None = None) -> list[Annotation]:
        """Return the newest answers in the store, at most 1,000 of them, newest first."""
        return self._ask(calls.labels(limit, annotator))

    def add_labels(self, annotations: Iterable[Mapping[str, Any]]) -> list[str]:
        """Store labelled rows, at most 1,000; all, or none where one has a fault.

        A row is `{"text", "frames", ...}` as in a JSONL file. One with `at`, its time,
        is stored once however often it is sent. Returns the ids of the texts, in order.
        """
        return self._ask(calls.add_labels(annotations))

    def retrain(self, force: bool = False, warm_start: bool = False) -> RetrainAnswer:
        """Start a retraining; it goes on at the service, and `retrain_status` says how far it is.

        `force`: also when no label has changed. `warm_start`: go on from the champion.
        """
        return self._ask(calls.retrain(force, warm_start))

    def retrain_status(self) -> RetrainAnswer:
        """Return how far the retraining under way is, or what the last one came to."""
        return self._ask(calls.retrain_status())

    def cancel_retrain(self) -> RetrainAnswer:
        """Ask the retraining under way to end; the next one goes on from it."""
        return self._ask(calls.cancel_retrain())

    def _score(
        self, texts: Iterable[str | TextWithId], explain: bool, progress: bool
    ) -> Iterator[ScoredText | RefusedText]:
        gathered = Batches(explain)
        with counted(texts, progress) as done:
            for text in texts:
                if full := gathered.add(text):
                    yield from self._results(full, explain)
                    done(len(full.parts))
            if rest := gathered.rest():
                yield from self._results(rest, explain)
                done(len(rest.parts))

    def _results(self, batch: Batch, explain: bool) -> Iterable[ScoredText | RefusedText]:
        try:
            return self._ask(calls.score(batch, explain))
        except InvalidRequestError as error:
            return batch.refused(error)

    def _ask(self, call: Call[T]) -> T:
        return Retrying(**retries.policy(self._retries, call.stores))(self._once, call)

    def _once(self, call: Call[T]) -> T:
        try:
            response = self._http.request(call.method, call.path, **call.options)
        except (httpx.RequestError, ValueError) as error:
            raise failed(error, str(self._http.base_url)) from error
        return call.answer(response)
