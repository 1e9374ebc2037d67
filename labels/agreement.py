"""How far annotators agree: Krippendorff's alpha, with an interval.

Alpha is 1 where all agree and 0 where they agree as often as chance would have it (Krippendorff
2011, "Computing Krippendorff's Alpha-Reliability"). Each annotator's latest answer counts;
decisions, which are made with the others' answers in sight, are left out. The interval is the
percentile bootstrap over texts (Efron and Tibshirani 1993, ch. 13).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import krippendorff
import numpy as np
from numpy.typing import NDArray

from labels.codebook import Codebook
from labels.resolve import latest
from labels.rows import DECISION, Frames
from labels.store import StoredAnswer

RESAMPLES = 1000

RELIABLE, TENTATIVE = 0.8, 0.667
"""Alpha from which labels are taken to be reliable, and from which conclusions may be drawn
tentatively (Krippendorff 2004, "Content Analysis", p. 241)."""

FEWEST = 30
"""Units below which nothing is said of an alpha, as of a figure of the report; set by judgement."""

TIERS = {
    "reliable": f"alpha is at least {RELIABLE}",
    "tentative": f"alpha is at least {TENTATIVE}: draw conclusions with care",
    "not reliable": f"alpha is below {TENTATIVE}: mend the codebook, and label again",
    "too few": f"fewer than {FEWEST} units: too few to say",
    "unknown": "alpha is undefined: nothing is shared, or only one value was ever given",
}
"""The tiers of agreement, best first, and what they mean."""


@dataclass(frozen=True, slots=True)
class Alpha:
    """Alpha and its 95% interval over `n` units that two annotators or more have answered.

    All three are None where alpha is undefined: no such unit, or only one value ever given.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Alpha of each frame's presence, and of the stance; None where the codebook has no stances.

    `annotators` are those who share a text with another, `texts` the number of such texts.
    """

    frames: dict[str, Alpha]
    stance: Alpha | None
    annotators: tuple[str, ...]
    texts: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def tier(value: float | None, n: int) -> str:
    """Return how far labels with this alpha over `n` units can be relied on; see `TIERS`."""
    if value is None:
        return "unknown"
    if n < FEWEST:
        return "too few"
    if value >= RELIABLE:
        return "reliable"
    return "tentative" if value >= TENTATIVE else "not reliable"


def shared_answers(answers: Iterable[StoredAnswer]) -> dict[str, dict[str, StoredAnswer]]:
    """Return the texts that two annotators or more have answered: text id -> annotator -> answer.

    Texts are in the order of their ids, annotators in that of their names.
    """
    standing = latest(answer for answer in answers if answer.kind != DECISION)
    return {
        text_id: dict(sorted(own.items()))
        for text_id, own in sorted(standing.items())
        if len(own) > 1
    }


def measure(answers: Iterable[StoredAnswer], codebook: Codebook, seed: int = 0) -> Agreement:
    """Return the agreement of annotators.

    A unit of a frame is a text; a unit of the stance is a frame of a text that at least two
    annotators marked.
    """
    return measure_shared(shared_answers(answers).values(), codebook, seed)


def measure_shared(
    given: Iterable[Mapping[str, StoredAnswer]], codebook: Codebook, seed: int = 0
) -> Agreement:
    """The same, of texts with the answers that count: for each, annotator -> answer."""
    shared: list[Sequence[Frames]] = []
    annotators: set[str] = set()
    for own in given:
        shared.append([answer.frames for answer in own.values()])
        annotators.update(own)
    texts = np.arange(len(shared))
    frames = {frame: alpha(_presence(shared, frame), texts, seed) for frame in codebook.frame_names}
    stance = alpha(*_stances(shared, codebook), seed) if codebook.stances else None
    return Agreement(frames, stance, tuple(sorted(annotators)), len(shared))


def alpha(counts: NDArray[np.int64], texts: NDArray[np.int64], seed: int = 0) -> Alpha:
    """Return alpha for nominal values.

    Args:
        counts: (n_units, n_values), how many annotators gave each value to each unit.
        texts: (n_units,), which text a unit is part of; texts are drawn whole.
    """
    paired = counts.sum(axis=1) > 1
    counts, texts = counts[paired], texts[paired]
    value = _alpha(counts)
    if value is None:
        return Alpha(None, None, None, len(counts))
    found = _resampled(counts, texts, seed)
    low, high = np.percentile(found, [2.5, 97.5]) if len(found) else (None, None)
    return Alpha(value, _float(low), _float(high), len(counts))


def _resampled(
    counts: NDArray[np.int64], texts: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    """Alpha of each resample, up to (RESAMPLES,).

    Every term of alpha is a sum over units, so it is enough to add up those of each text once.
    """
    agreeing = (counts * (counts - 1)).sum(axis=1) / (counts.sum(axis=1) - 1)
    _, owner = np.unique(texts, return_inverse=True)
    sums = np.zeros((owner.max() + 1, counts.shape[1] + 1))
    np.add.at(sums, owner, np.column_stack([agreeing, counts]))
    rng, size = np.random.default_rng(seed), len(sums)
    drawn = np.empty((RESAMPLES, sums.shape[1]))
    for row in range(RESAMPLES):
        drawn[row] = np.bincount(rng.integers(size, size=size), minlength=size) @ sums
    values = drawn[:, 1:]
    n = values.sum(axis=1)
    apart = n**2 - (values**2).sum(axis=1)
    # A resample that happens to hold one value only has no alpha; it says nothing of its spread.
    known = (values > 0).sum(axis=1) > 1
    return 1 - (n[known] - 1) * (n[known] - drawn[known, 0]) / apart[known]


def _alpha(counts: NDArray[np.int64]) -> float | None:
    if (counts.sum(axis=0) > 0).sum() < 2:
        return None
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _presence(shared: Sequence[Sequence[Frames]], frame: str) -> NDArray[np.int64]:
    """(n_texts, 2): how many annotators left the frame out, and how many marked it."""
    marked = np.array([sum(frame in frames for frames in given) for given in shared], np.int64)
    answered = np.array([len(given) for given in shared], np.int64)
    return np.stack([answered - marked, marked], axis=1)


def _stances(
    shared: Sequence[Sequence[Frames]], codebook: Codebook
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (n_units, n_stances) counts and the (n_units,) texts of the units."""
    counts, texts = [], []
    for number, given in enumerate(shared):
        for frame in codebook.frame_names:
            marked = [frames[frame] for frames in given if frame in frames]
            if len(marked) > 1:
                counts.append([marked.count(stance) for stance in codebook.stance_names])
                texts.append(number)
    shape = (len(counts), len(codebook.stances))
    return np.array(counts, np.int64).reshape(shape), np.array(texts, np.int64)
