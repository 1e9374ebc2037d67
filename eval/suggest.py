"""What to label next: the most useful texts of a pool, and a share drawn at random, marked so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.pool import PoolError, PoolText
from eval.strategies import STRATEGIES, Pool, Vectors, uncertainty
from labels.codebook import Codebook
from labels.rows import RANDOM, SUGGESTED, Frames, frames_value
from labels.split import TRAIN
from serving.corpus.answers import scored
from serving.predictor import Predictor
from serving.results import Result
from training.progress import Progress

STRATEGY = "weighted-k-means"
"""Why this one: `docs/decisions/0011-suggest.md`."""
RANDOM_SHARE = 0.2

ADDED = ("sampled", "why", "suggestion", "model")
"""The columns that a row of the pool is given."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to label next. `why`: in words; `frames`: what the model reads in it."""

    text: PoolText
    sampled: str
    why: str
    frames: Frames

    def row(self, model: str, codebook: Codebook) -> dict[str, Any]:
        """Return the row that was read, with the columns `ADDED`."""
        suggestion = frames_value(self.frames, codebook)
        added = (self.sampled, self.why, suggestion, model)
        return {**self.text.cells, **dict(zip(ADDED, added, strict=True))}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many texts, which share of them at random, by which strategy, drawn from which seed."""

    n: int = 50
    random_share: float = RANDOM_SHARE
    strategy: str = STRATEGY
    seed: int = 13

    def __post_init__(self) -> None:
        known = ", ".join(STRATEGIES)
        checks = {
            f"-n is {self.n}; it is at least 1": self.n >= 1,
            f"--random-share is {self.random_share}; it is 0 to 1": 0 <= self.random_share <= 1,
            f"no strategy '{self.strategy}'; there are: {known}": self.strategy in STRATEGIES,
            f"--seed is {self.seed}; it is at least 0": self.seed >= 0,
        }
        if faults := [fault for fault, fine in checks.items() if not fine]:
            raise PoolError("; ".join(faults))


def suggest(
    predictor: Predictor,
    texts: Sequence[PoolText],
    wanted: Wanted,
    vectors: Callable[[Sequence[str]], Vectors],
    labelled: Callable[[], Sequence[str]],
    progress: Progress,
) -> list[Suggestion]:
    """Choose what to label next, in random order: nothing in it tells which are the random ones.

    The random share is drawn first, from all texts alike. The strategy chooses from the rest, of
    which only those count that will be on the training side: a suggested text is never judged on,
    so that a label on another would be wasted. Where there are too few, all are taken.

    `vectors` gives those of texts, (n, width); `labelled` texts with a label already.
    """
    chance = np.random.default_rng(wanted.seed)
    order = [int(place) for place in chance.permutation(len(texts))]
    n_random = round(min(wanted.n, len(texts)) * wanted.random_share)
    drawn = order[:n_random]
    rest = [place for place in sorted(order[n_random:]) if texts[place].side == TRAIN]
    results = _score(predictor, texts, sorted([*drawn, *rest]), progress)
    scores = _scores(predictor, [results[place] for place in rest])
    thresholds = _thresholds(predictor)
    pool = Pool(
        scores,
        thresholds,
        lambda places: vectors([texts[rest[place]].text for place in places]),
        lambda: vectors(labelled()),
    )
    n_chosen = min(wanted.n - n_random, len(rest))
    chosen = STRATEGIES[wanted.strategy](pool, n_chosen, chance) if n_chosen else np.array([], int)
    found = [
        Suggestion(texts[place], RANDOM, "drawn at random", _frames(results[place], predictor))
        for place in drawn
    ]
    found += [
        Suggestion(
            texts[rest[place]], SUGGESTED, _why(scores[place], thresholds, predictor.codebook),
            _frames(results[rest[place]], predictor),
        )
        for place in chosen
    ]  # fmt: skip
    return [found[place] for place in chance.permutation(len(found))]


def _score(
    predictor: Predictor, texts: Sequence[PoolText], places: Sequence[int], progress: Progress
) -> dict[int, Result]:
    progress.stage(f"scoring {len(places)} texts", unit="texts")
    done = 0

    def seen(count: int) -> None:
        nonlocal done
        done += count
        progress.advance(done, len(places))

    found: dict[int, Result] = {}
    answers = scored(predictor, [texts[place].text for place in places], seen)
    for place, answer in zip(places, answers, strict=True):
        if not isinstance(answer, Result):
            raise RuntimeError(f"a text that was checked was refused: {answer.message}")
        found[place] = answer
    progress.close()
    return found


def _scores(predictor: Predictor, results: Sequence[Result]) -> NDArray[np.float64]:
    names = predictor.codebook.frame_names
    found = np.zeros((len(results), len(names)))
    for row, result in enumerate(results):
        by_name = {frame.label: frame.score for frame in result.frames}
        found[row] = [by_name[name] for name in names]
    return found


def _thresholds(predictor: Predictor) -> NDArray[np.float64]:
    """Thresholds in the codebook's order, kept off 0 and 1, where no score could be beyond them."""
    found = [predictor.thresholds[name] for name in predictor.codebook.frame_names]
    return np.clip(np.array(found), 0.01, 0.99)


def _frames(result: Result, predictor: Predictor) -> Frames:
    present = {frame.label: frame.stance for frame in result.frames if frame.present}
    found = {name: present[name] for name in predictor.codebook.frame_names if name in present}
    return {name: stance.label if stance else None for name, stance in found.items()}


def _why(scores: NDArray, thresholds: NDArray, codebook: Codebook) -> str:
    """The frame that the model is least sure of, and its score."""
    unsure = uncertainty(scores, thresholds)
    place = int(unsure.argmax())
    name = codebook.frame_names[place]
    return f"{name} at {scores[place]:.2f}, threshold {thresholds[place]:.2f}"
