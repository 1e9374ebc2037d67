"""The client for programs with an event loop (asyncio)."""

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from tenacity import AsyncRetrying

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
from serving.client.blocking import Format
from serving.client.calls import HERE, Call
from serving.client.documents import DocumentAnswer
from serving.client.errors import InvalidRequestError, failed

T = TypeVar("T")
Texts = Iterable[str | TextWithId] | AsyncIterable[str | TextWithId]


class AsyncFramescope:
    """A Framescope service, as `Framescope`, with at most `concurrency` requests at a time.

    The limit holds for all methods together, so that many may be awaited at once.
    """

    def __init__(
        self,
        url: str = HERE,
        *,
        token: str | None = None,
        timeout: float = 60.0,
        retries: int = 4,
        concurrency: int = 4,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Connect to nothing yet; `transport` is for tests and for special connections.

        Raises:
            FramescopeError: if `url` is not an address, or `token` cannot be sent.
        """
        self._retries = retries
        self._concurrency = max(1, concurrency)
        self._free = asyncio.Semaphore(self._concurrency)
        self._http = httpx.AsyncClient(**calls.settings(url, token, timeout), transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def score(
        self, texts: Texts, explain: bool = False, progress: bool = False
    ) -> AsyncIterator[ScoredText | RefusedText]:
        """Score texts, any number of them: one result per text, in order.

        As `Framescope.score`, of an asynchronous iterable too. At most `concurrency` requests are
        on the way or waiting to be taken.
        """
        several(texts)
        return self._score(texts, explain, progress)

    async def document(
        self, content: str | bytes | Path, format: Format = "auto", explain: bool = False
    ) -> DocumentAnswer:
        """Read a document into paragraphs and score them, as `Framescope.document`."""
        call = await asyncio.to_thread(calls.document, content, format, explain)
        return await self._ask(call)

    async def model(self) -> ModelAnswer:
        """Return which model is served: its thresholds, languages, and how it was judged."""
        return await self._ask(calls.model())

    async def codebook(self) -> Codebook:
        """Return the frames with their claims and edges, and the stances."""
        return await self._ask(calls.codebook())

    async def labels(self, limit: int = 50, annotator: str | None = None) -> list[Annotation]:
        """Return the newest answers in the store, at most 1,000 of them, newest first."""
        return await self._ask(calls.labels(limit, annotator))

    async def add_labels(self, annotations: Iterable[Mapping[str, Any]]) -> list[str]:
        """Store labelled rows; all, or none where one has a fault. As `Framescope.add_labels`."""
        return await self._ask(calls.add_labels(annotations))

    async def retrain(self, force: bool = False, warm_start: bool = False) -> RetrainAnswer:
        """Start a retraining, as `Framescope.retrain`."""
        return await self._ask(calls.retrain(force, warm_start))

    async def retrain_status(self) -> RetrainAnswer:
        """Return how far the retraining under way is, or what the last one came to."""
        return await self._ask(calls.retrain_status())

    async def cancel_retrain(self) -> RetrainAnswer:
        """Ask the retraining under way to end; the next one goes on from it."""
        return await self._ask(calls.cancel_retrain())

    async def _score(
        self, texts: Texts, explain: bool, progress: bool
    ) -> AsyncIterator[ScoredText | RefusedText]:
        under_way: deque[asyncio.Task[list[ScoredText | RefusedText]]] = deque()
        with counted(texts, progress) as done:
            try:
                async for batch in _batches(texts, explain):
                    under_way.append(asyncio.create_task(self._results(batch, explain)))
                    if len(under_way) == self._concurrency:
                        for result in (results := await under_way.popleft()):
                            yield result
                        done(len(results))
                while under_way:
                    for result in (results := await under_way.popleft()):
                        yield result
                    done(len(results))
            finally:
                for task in under_way:
                    task.cancel()
                await asyncio.gather(*under_way, return_exceptions=True)

    async def _results(self, batch: Batch, explain: bool) -> list[ScoredText | RefusedText]:
        try:
            return await self._ask(calls.score(batch, explain))
        except InvalidRequestError as error:
            return [*batch.refused(error)]

    async def _ask(self, call: Call[T]) -> T:
        async with self._free:
            return await AsyncRetrying(**retries.policy(self._retries, call.stores))(
                self._once, call
            )

    async def _once(self, call: Call[T]) -> T:
        try:
            response = await self._http.request(call.method, call.path, **call.options)
        except (httpx.RequestError, ValueError) as error:
            raise failed(error, str(self._http.base_url)) from error
        return call.answer(response)


async def _batches(texts: Texts, explain: bool) -> AsyncIterator[Batch]:
    gathered = Batches(explain)
    if isinstance(texts, AsyncIterable):
        async for text in texts:
            if full := gathered.add(text):
                yield full
    else:
        for text in texts:
            if full := gathered.add(text):
                yield full
    if rest := gathered.rest():
        yield rest
