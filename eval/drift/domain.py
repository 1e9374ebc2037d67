"""A classifier that tells scored texts from training texts: the better, the more they differ.

The classifier two-sample test (Lopez-Paz and Oquab 2017; Rabanser, Günnemann and Lipton 2019), by
ridge regression on TF-IDF of words. In its dual form the costly part does not depend on which text
is on which side, so that a thousand deals of the documents cost little more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.kernel_ridge import KernelRidge

from eval.drift.two_sample import Difference, Sides, difference, gini, gini_of_each
from eval.drift.vocabulary import read_words
from labels.split import deal

MOST_TEXTS = 1_500
"""Of either side, that the classifier learns from: seconds, and 0.2 GB for all deals at once."""

_FOLDS = 5
_RIDGE = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """What tells the two sides apart, and how well it does on documents it has not seen.

    own: (n_texts,), those scores of the texts that it was given. there: the sorted ones of training
    texts, to which a text's score is compared.
    """

    difference: Difference
    own: NDArray[np.float64]
    there: NDArray[np.float64]
    _vectorizer: TfidfVectorizer
    _weights: NDArray[np.float64]

    def unlikeness(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return, for texts not given before, the share of training texts that are less unlike."""
        return self.percentile(self._vectorizer.transform(texts) @ self._weights)

    def percentile(self, scores: NDArray) -> NDArray[np.float64]:
        """Return the share of training texts with a lower score than each of these."""
        return np.searchsorted(self.there, scores) / len(self.there)


def tell_apart(
    here: Sequence[str],
    there: Sequence[str],
    groups_here: Sequence[str],
    groups_there: Sequence[str],
    seed: int,
    deals: int,
) -> Domain:
    """Learn to tell texts here from those there; whole documents are held out in turn.

    At most `MOST_TEXTS` a side are wanted; memory grows with the square of their number.
    """
    texts = [*here, *there]
    sides = Sides(groups_here, groups_there, seed, deals)
    # Pieces of words would tell no more and cost ten times the time.
    vectorizer = TfidfVectorizer(analyzer=read_words, sublinear_tf=True, min_df=2)
    features = vectorizer.fit_transform(texts)
    kernel = (features @ features.T).toarray()
    groups = [f"here:{name}" for name in groups_here] + [f"there:{name}" for name in groups_there]
    scores = _held_out_scores(kernel, sides.dealt, groups)
    drawn = sides.resampled(gini(scores[0]))[1:]
    found = difference(gini_of_each(scores, sides.dealt), drawn, len(texts))
    whole = KernelRidge(alpha=_RIDGE, kernel="precomputed").fit(kernel, _centred(sides.dealt[:1].T))
    weights = np.asarray(features.T @ whole.dual_coef_)[:, 0]
    own = scores[0]
    return Domain(found, own, np.sort(own[len(here) :]), vectorizer, weights)


def _held_out_scores(
    kernel: NDArray, dealt: NDArray[np.bool_], groups: Sequence[str]
) -> NDArray[np.float64]:
    """Return the scores of each text by what was fitted on other documents: as `dealt`."""
    fold = np.asarray(deal(groups, _FOLDS, "drift1"))
    scores = np.empty(dealt.shape)
    for k in range(_FOLDS):
        fit, own = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        model = KernelRidge(alpha=_RIDGE, kernel="precomputed")
        model.fit(kernel[np.ix_(fit, fit)], _centred(dealt[:, fit].T))
        scores[:, own] = model.predict(kernel[np.ix_(own, fit)]).T
    return scores


def _centred(sides: NDArray[Any]) -> NDArray[np.float64]:
    found = sides.astype(np.float64)
    return found - found.mean(axis=0)
