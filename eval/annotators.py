"""The annotators and the model on one scale: how far each pair of them agrees.

The model is taken for one more annotator. Krippendorff's alpha is that of `labels.agreement`; F1
takes one of a pair for gold, and per frame is the same whichever that is. The texts are those that
two annotators or more have answered, with those that they dispute: without them, annotators would
seem to agree on everything.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eval import intervals
from eval.datasets import Answered
from eval.intervals import Bootstrap, Figure, figure
from eval.judge import Judged, judge
from labels.agreement import Alpha, alpha
from labels.codebook import Codebook
from labels.rows import Frames
from training.logits import targets

if TYPE_CHECKING:
    from serving.predictor import Predictor

MODEL = "model"
MOST = 4
"""Annotators that are compared each with each: those with the most answers."""


def annotators(
    predictor: Predictor, answered: Sequence[Answered], seen: Collection[str] = ()
) -> dict[str, Any] | None:
    """Return how far annotators agree with one another and the model with each; None without any.

    `alpha` is that of all annotators together, per frame. `pairs` names two of them, or the model
    and one, with the macro-F1 and the alpha per frame on the `n` texts that both have answered.
    `seen`: the ids of texts that the model was trained on, which are counted.
    """
    if not answered:
        return None
    judged = judge(predictor, [replace(one.row, frames={}) for one in answered])
    given = [{answer.annotator: answer.frames for answer in one.answers} for one in answered]
    sizes = Counter(name for own in given for name in own)
    names = sorted(sizes, key=lambda name: (-sizes[name], name))
    groups = np.unique(np.asarray(judged.groups, dtype=object), return_inverse=True)[1]
    presence = {name: _presence(given, name, judged.codebook) for name in names}
    presence[MODEL] = judged.predicted.astype(np.float64)
    everyone = np.stack([presence[name] for name in names])
    pairs = [(MODEL, name) for name in names[:MOST]]
    pairs += itertools.combinations(names[:MOST], 2)
    return {
        "texts": len(answered),
        "seen_in_training": sum(one.row.text_id in seen for one in answered),
        "names": names,
        "alpha": _alphas(everyone, groups, judged.codebook),
        "pairs": [_pair(judged, presence, groups, *pair) for pair in pairs],
    }


def _presence(
    given: Sequence[Mapping[str, Frames]], name: str, codebook: Codebook
) -> NDArray[np.float64]:
    """Which frames an annotator marked, (texts, frames); NaN in the texts not answered."""
    found = targets([own.get(name, {}) for own in given], codebook).frames.astype(np.float64)
    found[[name not in own for own in given]] = np.nan
    return found


def _pair(
    judged: Judged,
    presence: Mapping[str, NDArray[np.float64]],
    groups: NDArray[np.int64],
    one: str,
    other: str,
) -> dict[str, Any]:
    both = np.stack([presence[one], presence[other]])
    shared = ~np.isnan(both).any(axis=(0, 2))
    part = judged.take([int(place) for place in np.flatnonzero(shared)])
    found = {"one": one, "other": other, "n": len(part)}
    if not len(part):
        return {**found, "macro_f1": None, "alpha": dict.fromkeys(judged.codebook.frame_names)}
    marks = both[:, shared].astype(bool)
    return {
        **found,
        "macro_f1": _macro_f1(replace(part, predicted=marks[0], gold=marks[1])),
        "alpha": _alphas(both[:, shared], groups[shared], judged.codebook),
    }


def _macro_f1(judged: Judged) -> Figure | None:
    table = intervals.frame_table(judged)
    draws = intervals.macro_f1(Bootstrap(judged.groups).totals(table))
    return figure(float(intervals.macro_f1(table.sum(axis=0))), draws, len(judged))


def _alphas(
    presence: NDArray[np.float64], groups: NDArray[np.int64], codebook: Codebook
) -> dict[str, Figure | None]:
    """Alpha per frame, of marks (annotators, texts, frames) of which NaN are not given."""
    absent, present = (presence == 0).sum(axis=0), (presence == 1).sum(axis=0)
    counts = np.stack([absent, present], axis=-1).astype(np.int64)
    return {
        name: _figure(alpha(counts[:, f], groups)) for f, name in enumerate(codebook.frame_names)
    }


def _figure(found: Alpha) -> Figure | None:
    if found.value is None or found.low is None or found.high is None:
        return None
    return Figure(value=found.value, low=found.low, high=found.high, n=found.n)
