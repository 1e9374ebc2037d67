"""Scoring for the routes: off the event loop, and with the words that head every answer."""

import asyncio
from collections.abc import Sequence
from typing import Any

from serving.counters import TEXTS
from serving.live import Live, Serving
from serving.predictor import Predictor
from serving.results import Result, TextError


async def predict(
    found: Live, now: Serving, texts: Sequence[object], explain: bool = False
) -> list[Result | TextError]:
    """Score off the event loop, one batch at a time, so that the service stays responsive."""
    loop = asyncio.get_running_loop()
    answers = await loop.run_in_executor(found.scoring, now.predictor.predict, texts, explain)
    refused = sum(isinstance(answer, TextError) for answer in answers)
    TEXTS.labels(outcome="refused").inc(refused)
    TEXTS.labels(outcome="scored").inc(len(answers) - refused)
    return answers


def about(predictor: Predictor) -> dict[str, Any]:
    """Return what an answer says of the model that gave it."""
    codebook = {"name": predictor.codebook.name, "version": predictor.codebook.version}
    return {"model": predictor.model, "member": predictor.member, "codebook": codebook}
