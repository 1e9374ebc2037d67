"""Scoring for the routes: off the event loop, and with the words that head every answer."""

import asyncio
from collections.abc import Sequence
from typing import Any

from labels.text import MAX_CHARACTERS
from serving.counters import TEXTS
from serving.live import Live, Serving
from serving.predictor import Predictor
from serving.results import Result, TextError
from serving.schemas import MAX_EXPLAINED_CHARACTERS

AT_A_TIME = 64
"""Texts scored before other requests have their turn."""

EXPLAINED_AT_A_TIME = 8
"""The same, where each is read up to eight times."""


async def predict(
    found: Live, now: Serving, texts: Sequence[object], explain: bool = False
) -> list[Result | TextError]:
    """Score off the event loop and in parts, so that the service stays responsive."""
    loop = asyncio.get_running_loop()
    most = EXPLAINED_AT_A_TIME if explain else AT_A_TIME
    answers: list[Result | TextError] = []
    for first in range(0, len(texts), most):
        part = texts[first : first + most]
        answers += await loop.run_in_executor(found.scoring, now.predictor.predict, part, explain)
    refused = sum(isinstance(answer, TextError) for answer in answers)
    TEXTS.labels(outcome="refused").inc(refused)
    TEXTS.labels(outcome="scored").inc(len(answers) - refused)
    return answers


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
