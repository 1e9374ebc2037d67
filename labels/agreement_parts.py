"""Where annotators agree and where not: by pair, over time, by annotator, and text by text."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labels.agreement import RESAMPLES, Agreement, Alpha, measure_shared
from labels.codebook import Codebook
from labels.store import StoredAnswer

Shared = Mapping[str, Mapping[str, StoredAnswer]]
"""Text id -> annotator -> answer, as `labels.agreement.shared_answers` gives it."""


@dataclass(frozen=True, slots=True)
class Bias:
    """How much more often an annotator marks a frame than the others on the same `n` texts.

    `value` is the mean, over the texts, of the annotator's own mark (0 or 1) less the share of the
    others who marked; `own` and `others` are the two means; `low` and `high` its 95% interval, the
    percentile bootstrap over texts.
    """

    value: float
    low: float
    high: float
    own: float
    others: float
    n: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A text, and on each frame the share of its pairs of annotators who answered differently."""

    text_id: str
    score: float
    frames: dict[str, float]
    answers: dict[str, dict[str, str | None]]


def by_pair(shared: Shared, codebook: Codebook) -> dict[tuple[str, str], Agreement]:
    """Return the agreement of each two annotators who share a text."""
    pairs: dict[tuple[str, str], list[Mapping[str, StoredAnswer]]] = {}
    for own in shared.values():
        for pair in itertools.combinations(sorted(own), 2):
            pairs.setdefault(pair, []).append({name: own[name] for name in pair})
    return {pair: measure_shared(given, codebook) for pair, given in sorted(pairs.items())}


def over_time(shared: Shared, codebook: Codebook, batches: int | None) -> dict[str, Agreement]:
    """Return the agreement by month, or in equal batches, oldest first.

    A text counts when the last of its answers was given, which is when it could be compared.
    Batches hold as many texts each, and are named by their first and last day.
    """
    timed = sorted(
        ((max(answer.at for answer in own.values()), text_id) for text_id, own in shared.items())
    )
    parts: dict[str, list[str]] = {}
    if batches is None:
        for at, text_id in timed:
            parts.setdefault(at[:7], []).append(text_id)
    else:
        for number, places in enumerate(np.array_split(np.arange(len(timed)), batches), 1):
            if len(places):
                first, last = timed[places[0]][0][:10], timed[places[-1]][0][:10]
                name = f"{number}: {first} to {last}"
                parts[name] = [timed[place][1] for place in places]
    return {
        name: measure_shared([shared[text_id] for text_id in own], codebook)
        for name, own in parts.items()
    }


def biases(shared: Shared, codebook: Codebook, seed: int = 0) -> dict[str, dict[str, Bias]]:
    """Return each annotator's bias per frame: annotator -> frame -> bias."""
    names = sorted({name for own in shared.values() for name in own})
    found: dict[str, dict[str, Bias]] = {}
    for name in names:
        texts = [own for own in shared.values() if name in own]
        marks = np.array(
            [[frame in own[name].frames for frame in codebook.frame_names] for own in texts], float
        )
        others = np.array([_others(own, name, codebook) for own in texts])
        rng, n = np.random.default_rng(seed), len(texts)
        drawn = np.array(
            [
                np.bincount(rng.integers(n, size=n), minlength=n) @ (marks - others) / n
                for _ in range(RESAMPLES)
            ]
        )
        low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
        found[name] = {
            frame: Bias(
                float((marks - others)[:, f].mean()), float(low[f]), float(high[f]),
                float(marks[:, f].mean()), float(others[:, f].mean()), n,
            )
            for f, frame in enumerate(codebook.frame_names)
        }  # fmt: skip
    return found


def most_disputed(shared: Shared, codebook: Codebook, limit: int) -> list[Disagreement]:
    """Return the texts on which annotators disagree most, those first.

    Two disagree on a frame where one marks it and the other does not, or by another stance. The
    score is the sum over frames of the share of pairs who do.
    """
    found = []
    for text_id, own in shared.items():
        frames = {frame: _apart(own.values(), frame) for frame in codebook.frame_names}
        frames = {frame: share for frame, share in frames.items() if share}
        if frames:
            answers = {name: answer.frames for name, answer in own.items()}
            found.append(Disagreement(text_id, sum(frames.values()), frames, answers))
    found.sort(key=lambda one: (-one.score, one.text_id))
    return found[:limit]


def plain(found: Agreement) -> dict[str, Any]:
    """Return an agreement as a row of tables: alpha per frame and of the stance, and texts."""
    values: dict[str, Alpha | None] = {**found.frames}
    if found.stance is not None:
        values["stance"] = found.stance
    return {"texts": found.texts, "alpha": values}


def _others(own: Mapping[str, StoredAnswer], name: str, codebook: Codebook) -> list[float]:
    """The share of the other annotators of a text who marked each frame."""
    rest = [answer.frames for who, answer in own.items() if who != name]
    return [sum(frame in frames for frames in rest) / len(rest) for frame in codebook.frame_names]


def _apart(answers: Iterable[StoredAnswer], frame: str) -> float:
    given: Sequence[Any] = [answer.frames.get(frame, False) for answer in answers]
    pairs = list(itertools.combinations(given, 2))
    return sum(one != other for one, other in pairs) / len(pairs)
