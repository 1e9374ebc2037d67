"""What is said of each text: the cells of its result, or why it has none."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from labels.errors import FramescopeError
from labels.naming import OwnNames, named
from labels.text import normalise
from serving.corpus.columns import PRESENT, STANCE, UNCERTAIN
from serving.halves import by_halves
from serving.results import Result, TextError

Answer = dict[str, Any] | str
"""The cells of a result, under the names of their columns; or the reason why there is none."""

_SLICE = 2048
"""Texts in one call: enough to fill batches of like length, few enough to show how far it is."""


class ScoringError(FramescopeError):
    """A model that scores nothing."""


class Scores(Protocol):
    """What is asked of a predictor."""

    def predict(self, texts: Sequence[object]) -> list[Result | TextError]: ...


def scored(
    predictor: Scores, texts: Sequence[str], seen: Callable[[int], None] = lambda texts: None
) -> list[Result | TextError]:
    """Return a result for each text, in order. `seen` is told of each some thousand.

    They are scored in the order of their length. A text on which the model fails has an error of
    its own, of type `internal`.

    Raises:
        ScoringError: if the model fails on each of several.
    """
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    found: dict[int, Result | TextError] = {}
    for start in range(0, len(order), _SLICE):
        places = order[start : start + _SLICE]
        found.update(zip(places, _scored([texts[p] for p in places], predictor), strict=True))
        seen(len(places))
    return [found[place] for place in range(len(texts))]


def _scored(texts: Sequence[str], predictor: Scores) -> list[Result | TextError]:
    try:
        return predictor.predict(texts)
    except FramescopeError:
        raise
    except Exception as error:  # whatever an engine raises
        found = by_halves(texts, predictor.predict, _fault, error)
        if len(texts) > 1 and all(_failed(one) for one in found):
            why = f"{type(error).__name__}: {error}"
            raise ScoringError(f"the model failed on each of {len(texts)} texts; {why}") from error
        return found


def _fault(error: BaseException) -> Result | TextError:
    return TextError("internal", f"the model failed on this text ({type(error).__name__})")


def _failed(one: Result | TextError) -> bool:
    return isinstance(one, TextError) and one.type == "internal"


@dataclass(frozen=True, slots=True)
class Telling:
    """How results become cells. `named`: with countries, and the names of the user's own list."""

    named: bool = False
    own: OwnNames | None = None

    def answers(self, texts: Sequence[str], results: Sequence[Result | TextError]) -> list[Answer]:
        """Return the answer on each text."""
        return [self._answer(*pair) for pair in zip(texts, results, strict=True)]

    def _answer(self, text: str, result: Result | TextError) -> Answer:
        if isinstance(result, TextError):
            return result.message
        found = _cells(result)
        if self.named:
            mentioned = named(normalise(text), result.language, self.own)
            found |= {"countries": mentioned.countries, "names": mentioned.names}
        return found


def _cells(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = {
        "language": result.language, "language_supported": result.language_supported,
        "truncated": result.truncated, "tokens": result.tokens,
    }  # fmt: skip
    for frame in result.frames:
        found[frame.label] = frame.score
        found[frame.label + PRESENT] = frame.present
        found[frame.label + UNCERTAIN] = frame.uncertain
        if frame.stance:
            found[frame.label + STANCE] = frame.stance.label
    return found


def as_line(answer: Answer) -> str:
    """Return an answer as JSON, which `json.loads` reads back."""
    return json.dumps(answer, ensure_ascii=False)
