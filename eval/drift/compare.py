"""Scored texts beside those of the training: figures, signs of drift, and a verdict in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.drift.domain import MOST_TEXTS, Domain, tell_apart
from eval.drift.nearest import farther
from eval.drift.sample import Reference, Scored, Scores, Texts
from eval.drift.two_sample import (
    DEALS,
    Difference,
    Sides,
    gap,
    holm,
    mean_difference,
    variation,
)
from eval.drift.vocabulary import overused, unseen
from eval.intervals import Figure, figure
from labels.text import words

CHANCE = 0.05
"""How often texts that are alike may be called unlike: by all signs together."""

ALIKE, SLIGHT, CLEAR, STRONG = LEVELS = (
    "alike", "slightly unlike", "clearly unlike", "strongly unlike",
)  # fmt: skip
_CLEAR_FROM, _STRONG_FROM = 0.2, 0.5
"""Of an effect: a fifth of the texts, or half of them, would have to be other ones, or more."""

NEAREST = "nearest training text"

BINS = 10
"""Of the histograms of scores, from 0 to 1."""


class Drift(NamedTuple):
    """The report as plain values, and what tells the texts apart."""

    report: dict[str, Any]
    domain: Domain


def compare(scored: Scored, reference: Reference, seed: int, deals: int = DEALS) -> Drift:
    """Compare scored texts with those that a model was trained on.

    There is a sign for the words, the languages, the lengths, how near each text comes to any of
    the training, and each frame's scores; each has an
    effect from 0 to 1 (see `eval.drift.two_sample`) and a p by permutation of documents, adjusted
    for their number (Holm 1979).
    """
    names = reference.manifest.codebook.frame_names
    # So many that the smallest p possible is small enough for as many signs.
    deals = max(deals, 40 * (len(names) + 4))
    here, there = scored.texts, reference.texts
    sides = Sides(here.groups, there.groups, seed, deals)
    score_sides = Sides(scored.scores.groups, reference.held_out.groups, seed, deals)
    domain = _domain(here, there, seed, deals)
    # Of the training half is searched, so that twice as many are taken.
    one, other = here.first(MOST_TEXTS), there.first(2 * MOST_TEXTS)
    lengths = _both(here, there, lambda own: [float(len(words(text))) for text in own.texts])
    found = {
        "words": domain.difference,
        "languages": sides.differ(variation([*here.languages, *there.languages])),
        "lengths": sides.differ(gap(lengths)),
        NEAREST: farther(one, other, seed, deals),
    }
    for k, name in enumerate(names):
        values = np.concatenate([scored.scores.scores[:, k], reference.held_out.scores[:, k]])
        found[f"scores of {name}"] = score_sides.differ(gap(values))
    signs = _signs(found)
    report = {
        **_counts(scored, reference),
        "verdict": verdict(signs),
        "signs": signs,
        "frames": {
            name: _frame(k, scored.scores, reference.held_out, score_sides)
            for k, name in enumerate(names)
        },
        "languages": _languages(here, there, sides, reference),
        "lengths": _lengths(lengths, sides),
        "truncated": _figures(_both(here, there, lambda own: own.truncated), sides),
        "vocabulary": {
            "unseen": _figures(unseen(here.texts, there.texts, there.groups), sides),
            "more": overused(here.texts, there.texts, here.groups),
        },
    }
    return Drift(report, domain)


def _counts(scored: Scored, reference: Reference) -> dict[str, Any]:
    here, there = scored.texts, reference.texts
    return {
        "model": reference.manifest.version,
        "rows": scored.rows,
        "errors": scored.errors,
        "known": scored.known,
        "texts": {
            "here": len(here), "documents": len(set(here.groups)),
            "training": len(there), "held_out": len(reference.held_out.groups),
            "classifier": [min(MOST_TEXTS, len(here)), min(MOST_TEXTS, len(there))],
        },
    }  # fmt: skip


def _domain(here: Texts, there: Texts, seed: int, deals: int) -> Domain:
    one, other = here.first(MOST_TEXTS), there.first(MOST_TEXTS)
    return tell_apart(one.texts, other.texts, one.groups, other.groups, seed, deals)


def _signs(found: dict[str, Difference]) -> list[dict[str, Any]]:
    adjusted = holm([one.p for one in found.values()])
    return [
        {"what": what, "effect": one.effect, "p": p, "level": level(one.effect["value"], p)}
        for (what, one), p in zip(found.items(), adjusted, strict=True)
    ]


def level(effect: float, p: float) -> str:
    """Return how unlike two sets of texts are by an effect and its adjusted p."""
    if p >= CHANCE:
        return ALIKE
    if effect < _CLEAR_FROM:
        return SLIGHT
    return CLEAR if effect < _STRONG_FROM else STRONG


def verdict(signs: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return the highest level of the signs, and what is to be said of it."""
    highest = max((LEVELS.index(sign["level"]) for sign in signs), default=0)
    if not highest:
        return {
            "level": ALIKE,
            "words": "Nothing says that these texts are unlike those that the model was trained "
            "on: what differs is no more than chance gives.",
        }
    found = {sign["what"]: sign["effect"]["value"] for sign in signs if sign["level"] != ALIKE}
    ordered = sorted(found.items(), key=lambda one: -one[1])
    parts = ", ".join(f"{what} {effect:.0%}" for what, effect in ordered)
    shares = f"{parts} (how many of them would have to be other texts for no difference to be left)"
    advice = (
        "Some have nothing like them in the training: do not rely on the model's answers here "
        "before a random sample is labelled"
        if NEAREST in found
        else "Each has texts like it in the training, as far as this can tell, only the mix is "
        "another: the model may read them as well, yet its shares need a random sample to correct "
        "them"
    )
    said = f"These texts are {LEVELS[highest]} those that the model was trained on: {shares}."
    return {"level": LEVELS[highest], "words": f"{said} {advice}."}


def _frame(k: int, here: Scores, there: Scores, sides: Sides) -> dict[str, Any]:
    def both(name: str) -> NDArray[np.float64]:
        own = [getattr(side, name)[:, k].astype(float) for side in (here, there)]
        return np.concatenate(own)

    scores = both("scores")
    edges = np.linspace(0, 1, BINS + 1)
    counts = [
        np.histogram(scores[own], edges)[0] / own.sum() for own in (sides.is_here, ~sides.is_here)
    ]
    return {
        "score": _figures(scores, sides),
        "present": _figures(both("present"), sides),
        "uncertain": _figures(both("uncertain"), sides),
        "histogram": {"here": counts[0].tolist(), "training": counts[1].tolist()},
    }


def _languages(here: Texts, there: Texts, sides: Sides, reference: Reference) -> dict[str, Any]:
    """The languages by their share here, then in the training."""
    spoken = np.array([*here.languages, *there.languages])
    known = reference.manifest.members[reference.manifest.main].languages
    found = {}
    for name in dict.fromkeys(spoken.tolist()):
        figures = known.get(name)
        found[name] = {
            **_figures(spoken == name, sides),
            "supported": bool(figures and figures.supported),
        }
    return dict(sorted(found.items(), key=lambda one: (-one[1]["here"], -one[1]["training"])))


def _lengths(lengths: NDArray, sides: Sides) -> dict[str, Any]:
    """Quartiles of the number of words, here and in the training."""
    quartiles = [0.25, 0.5, 0.75]
    return {
        "here": np.quantile(lengths[sides.is_here], quartiles).tolist(),
        "training": np.quantile(lengths[~sides.is_here], quartiles).tolist(),
    }


class Figures(NamedTuple):
    """A mean here, in the training, and the difference with its interval."""

    here: float
    training: float
    difference: Figure | None


def _figures(values: NDArray, sides: Sides) -> dict[str, Any]:
    drawn = sides.resampled(mean_difference(values))
    here, there = (float(np.mean(values[own])) for own in (sides.is_here, ~sides.is_here))
    return Figures(here, there, figure(drawn[0], drawn[1:], len(values)))._asdict()


def _both(here: Texts, there: Texts, values: Any) -> NDArray[np.float64]:
    return np.array([*values(here), *values(there)], dtype=float)
