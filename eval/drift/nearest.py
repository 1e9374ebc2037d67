"""How near each text comes to any text of the training.

Texts may differ from it as a whole, and yet each may have its like there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from eval.drift.sample import Texts
from eval.drift.two_sample import Difference, Sides, shortfall
from eval.drift.vocabulary import read_words

_AT_ONCE = 500

_FEWEST = 20
"""Training texts in a language for a text to be compared with those alone."""


def nearest(texts: Sequence[str], known: Sequence[str]) -> NDArray[np.float64]:
    """Return the cosine of each text to the nearest known one, by TF-IDF of words: (n_texts,)."""
    vectorizer = TfidfVectorizer(analyzer=read_words, sublinear_tf=True)
    everything = vectorizer.fit_transform([*texts, *known])
    own, others = everything[: len(texts)], everything[len(texts) :].T.tocsr()
    return np.concatenate(
        [
            (own[start : start + _AT_ONCE] @ others).max(axis=1).toarray()[:, 0]
            for start in range(0, len(texts), _AT_ONCE)
        ]
    )


def farther(here: Texts, there: Texts, seed: int, deals: int) -> Difference:
    """Return how many more texts here than there have nothing near them in the training.

    The training texts, in random order, are halved by document: one half is searched, the other
    stands for texts that were drawn as those were. Both sides are so measured by the same texts. A
    text's cosine counts by its rank among those of the training in its language, since words are
    more often shared in some languages than in others.
    """
    names = list(dict.fromkeys(there.groups))
    searched = set(names[len(names) // 2 :])
    known = [text for text, name in zip(there.texts, there.groups, strict=True) if name in searched]
    half = [place for place, name in enumerate(there.groups) if name not in searched]
    cosines = nearest([*here.texts, *(there.texts[place] for place in half)], known)
    languages = np.array([*here.languages, *(there.languages[place] for place in half)])
    sides = Sides(here.groups, [there.groups[place] for place in half], seed, deals)
    return sides.differ(shortfall(_ranks(cosines, languages, ~sides.is_here)))


def _ranks(
    cosines: NDArray[np.float64], languages: NDArray, is_there: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the share of training texts, of the same language if there are enough, below each."""
    found = np.empty(len(cosines))
    for language in np.unique(languages):
        own = languages == language
        spoken = own & is_there
        among = np.sort(cosines[spoken if spoken.sum() >= _FEWEST else is_there])
        found[own] = np.searchsorted(among, cosines[own]) / len(among)
    return found
