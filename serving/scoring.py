"""Scoring for the routes: as long as a client waits, and with the words that head every answer."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from fastapi import Request

from labels.text import MAX_CHARACTERS
from serving.counters import REFUSED, TEXTS
from serving.errors import ApiError
from serving.frame_counters import count
from serving.live import Live, Serving
from serving.overload import OverloadedError
from serving.predictor import Predictor
from serving.results import Result, TextError
from serving.schemas import MAX_EXPLAINED_CHARACTERS

Answers = list[Result | TextError]


async def predict(
    request: Request, found: Live, now: Serving, texts: Sequence[object], explain: bool = False
) -> Answers:
    """Score a request's texts among those of all others.

    Raises:
        ApiError: 429 if too much waits, 503 if the deadline passes, 500 if every text that can be
            read failed, 499 (which nobody sees) if the client has gone.
    """
    batcher = found.batcher
    deadline = batcher.room.limits.deadline
    try:
        async with asyncio.timeout(deadline):
            scoring = batcher.score(now.predictor, texts, explain)
            answers = await _while_connected(request, scoring)
    except OverloadedError as error:
        REFUSED.labels(reason="queue_full").inc()
        raise ApiError(429, "overloaded", str(error), retry_after=error.retry_after) from error
    except TimeoutError as error:
        REFUSED.labels(reason="deadline").inc()
        seconds = batcher.room.seconds(batcher.room.held)
        words = f"not scored within {deadline:g} s; send fewer texts at a time, or ask again"
        raise ApiError(503, "timed_out", words, retry_after=seconds) from error
    refused = [answer for answer in answers if isinstance(answer, TextError)]
    failed = [answer for answer in refused if answer.type == "internal"]
    TEXTS.labels(outcome="failed").inc(len(failed))
    TEXTS.labels(outcome="refused").inc(len(refused) - len(failed))
    TEXTS.labels(outcome="scored").inc(len(answers) - len(refused))
    count(answers)
    if failed and len(refused) == len(answers):
        raise ApiError(500, "internal", failed[0].message)
    return answers


async def _while_connected(request: Request, work: Coroutine[Any, Any, Answers]) -> Answers:
    """Return what `work` comes to. It is cancelled if the client goes before: nobody else would."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        REFUSED.labels(reason="gone").inc()
        raise ApiError(499, "error", "the client has gone")
    finally:
        working.cancel()
        leaving.cancel()


async def _left(request: Request) -> None:
    """Return once the client has gone. The request's body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def too_long_to_explain(texts: Sequence[object]) -> str | None:
    """Return why texts are too long together to be explained, or None where they are not.

    One that is too long by itself does not count: it has an error of its own, and is not read.
    """
    lengths = [len(text) for text in texts if isinstance(text, str)]
    total = sum(length for length in lengths if length <= MAX_CHARACTERS)
    if total <= MAX_EXPLAINED_CHARACTERS:
        return None
    most = f"{MAX_EXPLAINED_CHARACTERS:,}"
    return f"{total:,} characters to explain; at most {most} in one request"


def about(predictor: Predictor) -> dict[str, Any]:
    """Return what an answer says of the model that gave it."""
    codebook = {"name": predictor.codebook.name, "version": predictor.codebook.version}
    return {"model": predictor.model, "member": predictor.member, "codebook": codebook}
