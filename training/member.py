"""What turns a bundle's logits into decisions, fitted on held-out texts, and how well it does.

What serves is fitted on all held-out texts. Figures on the very same texts would flatter it, so
they are cross-fitted: the texts are dealt into parts by groups, and each part is calibrated and
decided by what was fitted on the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labels.codebook import Codebook
from labels.language import language_of
from labels.snapshot import Labelled
from labels.split import deal
from training.bundle import HeldOut, LanguageFigures, Member, decide
from training.calibrate import fit_calibration, fit_decisions, fit_language
from training.logits import Logits, Targets, targets

SUPPORTED_F1, SUPPORTED_N = 0.6, 100
"""Macro-F1, and the number of held-out texts, from which a language counts as supported."""

OWN_CALIBRATION = 15
"""Held-out texts from which a language gets a calibration of its own."""

PARTS = 5
"""Into how many parts the held-out texts are dealt for the figures."""

_RESAMPLES = 50
"""Of each part's thresholds, which nothing is decided by but the figures."""


class Asked(NamedTuple):
    """Held-out texts as a calibration sees them. P texts, of as many languages.

    What is to serve must be fitted by detected languages, since serving knows of no other.
    """

    logits: Mapping[str, Logits]
    gold: Targets
    languages: tuple[str, ...]

    def take(self, rows: Sequence[int]) -> "Asked":
        """Return some of the texts, by their positions."""
        logits = {model: found.take(rows) for model, found in self.logits.items()}
        return Asked(logits, self.gold.take(rows), tuple(self.languages[row] for row in rows))


def fit_member(
    logits: Mapping[str, Logits], held_out: Sequence[Labelled], codebook: Codebook, seed: int
) -> tuple[Member, HeldOut]:
    """Calibrate on held-out texts, given the logits of the models that the member is to read.

    Also returns the scores of those texts, each calibrated on the others; see `is_cross_fitted`.
    """
    gold = targets([row.frames for row in held_out], codebook)
    asked = Asked(logits, gold, tuple(language_of(row.text) for row in held_out))
    member = calibrated(asked)
    served = member.apply(asked.logits, asked.languages).frames
    decisions = fit_decisions(served, gold.frames, codebook, seed)
    member = replace(member, decisions=decisions)
    scores, present = _cross_fitted(asked, [row.group for row in held_out], codebook, seed)
    if scores is None or present is None:
        scores, present = served, decide(served, decisions, codebook.min_frames)
    figures = {
        language: figures_of(present[rows], gold.frames[rows])
        for language, rows in _places(asked.languages).items()
    }
    rounded = tuple(tuple(round(float(score), 5) for score in row) for row in scores)
    kept = HeldOut(tuple(row.text_id for row in held_out), rounded)
    return replace(member, languages=figures), kept


def is_cross_fitted(groups: Sequence[str]) -> bool:
    """Whether figures on texts of these groups are by what was fitted on the others."""
    return len(set(groups)) > 1


def calibrated(asked: Asked) -> Member:
    """Fit the calibration, and that of each language with texts enough; without decisions."""
    general = fit_calibration(asked.logits, asked.gold)
    own = {}
    for language, rows in _places(asked.languages).items():
        if OWN_CALIBRATION <= len(rows) < len(asked.languages):
            part = asked.take(rows)
            own[language] = fit_language(part.logits, part.gold, general)
    return Member(general, (), {}, own)


def figures_of(present: NDArray, gold: NDArray) -> LanguageFigures:
    """Return the macro-F1 of decisions, both (n_texts, n_frames), over frames that gold marks."""
    seen = gold.any(axis=0)
    if not seen.any():
        return LanguageFigures(len(gold), None, False)
    # Not by scikit-learn's macro-F1: it takes a single column for two classes.
    found, marked = (gold * present).sum(axis=0), gold.sum(axis=0) + present.sum(axis=0)
    f1 = np.mean(2 * found[seen] / marked[seen])
    supported = bool(f1 >= SUPPORTED_F1 and len(gold) >= SUPPORTED_N)
    return LanguageFigures(len(gold), round(float(f1), 4), supported)


def _cross_fitted(
    asked: Asked, groups: Sequence[str], codebook: Codebook, seed: int
) -> tuple[NDArray, NDArray] | tuple[None, None]:
    """Return scores and decisions, (n_texts, n_frames), each by what was fitted on other groups.

    None where all texts are of one group.
    """
    if not is_cross_fitted(groups):
        return None, None
    part = np.asarray(deal(groups, min(PARTS, len(set(groups))), "figures1"))
    scores = np.zeros(asked.gold.frames.shape)
    present = np.zeros(scores.shape, dtype=bool)
    for k in range(part.max() + 1):
        others = asked.take(np.flatnonzero(part != k).tolist())
        rows = np.flatnonzero(part == k).tolist()
        own, member = asked.take(rows), calibrated(others)
        fitted = member.apply(others.logits, others.languages).frames
        decisions = fit_decisions(fitted, others.gold.frames, codebook, seed, _RESAMPLES)
        scores[rows] = member.apply(own.logits, own.languages).frames
        present[rows] = decide(scores[rows], decisions, codebook.min_frames)
    return scores, present


def _places(languages: Sequence[str]) -> dict[str, list[int]]:
    """The positions of each language's texts."""
    return {
        language: [place for place, found in enumerate(languages) if found == language]
        for language in sorted(set(languages))
    }
