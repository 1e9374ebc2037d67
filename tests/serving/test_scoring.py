"""Scoring in parts, and what may be explained in one request."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from labels.text import MAX_CHARACTERS
from serving.schemas import MAX_EXPLAINED_CHARACTERS
from serving.scoring import predict, too_long_to_explain


class Predictor:
    """Answers each text with itself, and keeps whose turn it was."""

    def __init__(self) -> None:
        self.turns: list[tuple[str, int]] = []

    def predict(self, texts, explain):
        self.turns.append((texts[0], len(texts)))
        return list(texts)


@pytest.mark.parametrize(("explain", "most"), [(False, 64), (True, 8)])
def test_another_request_has_its_turn_between_the_parts(explain, most):
    predictor = Predictor()
    now = SimpleNamespace(predictor=predictor)

    async def ask():
        with ThreadPoolExecutor(1) as pool:
            found = SimpleNamespace(scoring=pool)
            return await asyncio.gather(
                predict(found, now, ["long"] * (2 * most + 1), explain),
                predict(found, now, ["short"], explain),
            )

    long, short = asyncio.run(ask())
    assert (long, short) == (["long"] * (2 * most + 1), ["short"])
    assert predictor.turns == [("long", most), ("short", 1), ("long", most), ("long", 1)]


def test_characters_to_explain_are_bounded():
    half = "x" * (MAX_EXPLAINED_CHARACTERS // 2)
    assert too_long_to_explain([half, half, 5, None]) is None
    assert too_long_to_explain([half, half, "y"]) == (
        "200,001 characters to explain; at most 200,000 in one request"
    )
    assert too_long_to_explain([half, half, "x" * (MAX_CHARACTERS + 1)]) is None  # an error anyway
