"""Labels that are probably wrong: those that a model which has not seen them contradicts.

By confident learning (Northcutt, Jiang and Chuang 2021) as cleanlab does it, each frame a decision
of its own (Thyagarajan et al. 2022). Scores must be probabilities, of texts the model was not
fitted on: a model repeats the errors that it has learned.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

FEWEST = 30
"""Texts with a frame, and texts without it, below which nothing is said of its labels."""

RANKED = 0.8
"""Share of pairs, a text with the frame and one without, that a model must rank rightly (AUC).

One that ranks worse contradicts right labels as often as wrong ones.
"""


class Suspect(NamedTuple):
    """One decision that is probably wrong: a frame marked or not, or the stance on a frame.

    `row` and `frame` are positions. `score` is the probability of the frame or, with a stance, of
    the stance given; `quality` is cleanlab's, 0 to 1, the lower the less the label is to be
    believed. `instead` is the position of the likeliest stance, and None for a frame.
    """

    row: int
    frame: int
    score: float
    quality: float
    instead: int | None = None


def frames_left_out(gold: NDArray, scores: NDArray, names: Sequence[str]) -> dict[str, str]:
    """Return the frames whose errors cannot be told from chance, each with the reason in words.

    gold, scores: (n_texts, n_frames). `names` are those of the frames.
    """
    found = {}
    for place, name in enumerate(names):
        n_with = int(gold[:, place].sum())
        if reason := _too_few(n_with, "with it") or _too_few(len(gold) - n_with, "without it"):
            found[name] = reason
        elif (ranked := float(roc_auc_score(gold[:, place], scores[:, place]))) < RANKED:
            found[name] = _badly_ranked("texts with it from texts without it", ranked)
    return found


def suspect_frames(gold: NDArray, scores: NDArray, frames: Sequence[int]) -> list[Suspect]:
    """Return the marks that should not be there and those that are missing, the surest first.

    gold, scores: (n_texts, n_frames); `frames` are the positions of those to look at.
    """
    if not frames:
        return []
    from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class
    from cleanlab.multilabel_classification.rank import get_label_quality_scores_per_class

    columns = list(frames)
    labels = [np.flatnonzero(row).tolist() for row in gold[:, columns]]
    chances = np.clip(scores[:, columns].astype(np.float64), 0.0, 1.0)
    doubted = find_multilabel_issues_per_class(labels, chances, n_jobs=1)
    quality = get_label_quality_scores_per_class(labels, chances, method="self_confidence")
    found = [
        Suspect(int(row), columns[place], float(chances[row, place]), float(quality[row, place]))
        for row, place in np.argwhere(doubted)
    ]
    return sorted(found, key=_order)


def stances_left_out(gold: NDArray, chances: NDArray, names: Sequence[str]) -> str | None:
    """Return why nothing can be said of the stances given, or None where something can.

    gold: (n_texts, n_frames), a stance's position or -1; chances: (n_texts, n_frames, n_stances).
    """
    labels, given = gold[gold >= 0], chances[gold >= 0]
    kept = _frequent(labels, len(names))
    if len(kept) < 2:
        return f"fewer than two stances are given {FEWEST} times"
    ranked = float(np.mean([roc_auc_score(labels == own, given[:, own]) for own in kept]))
    return _badly_ranked("one stance from the others", ranked) if ranked < RANKED else None


def suspect_stances(gold: NDArray, chances: NDArray) -> list[Suspect]:
    """Return the stances given that are probably wrong, the surest first, over all frames.

    Shapes as for `stances_left_out`. A stance given fewer than `FEWEST` times is passed over.
    """
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    kept = _frequent(gold[gold >= 0], chances.shape[2])
    rows, frames = np.nonzero(np.isin(gold, kept))
    labels = np.searchsorted(kept, gold[rows, frames])
    given = chances[rows, frames][:, kept].astype(np.float64)
    given /= given.sum(axis=1, keepdims=True)
    doubted = find_label_issues(labels, given, n_jobs=1)
    quality = get_label_quality_scores(labels, given, method="self_confidence")
    likeliest = kept[given.argmax(axis=1)]
    found = [
        Suspect(
            int(rows[k]), int(frames[k]), float(given[k, labels[k]]), float(quality[k]),
            int(likeliest[k]),
        )
        for k in np.flatnonzero(doubted & (likeliest != gold[rows, frames]))
    ]  # fmt: skip
    return sorted(found, key=_order)


def _order(one: Suspect) -> tuple[float, int, int]:
    return one.quality, one.row, one.frame


def _frequent(labels: NDArray, n_stances: int) -> NDArray[np.int64]:
    return np.flatnonzero(np.bincount(labels, minlength=n_stances) >= FEWEST)


def _too_few(n: int, which: str) -> str | None:
    return f"{n} texts {which}, at least {FEWEST} are needed" if n < FEWEST else None


def _badly_ranked(what: str, ranked: float) -> str:
    return f"the model tells {what} in {ranked:.0%} of pairs, at least {RANKED:.0%} are needed"
