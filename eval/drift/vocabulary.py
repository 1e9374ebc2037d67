"""Words that are more frequent here than in the training texts, and words never seen there."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from labels.text import words

SHOWN = 25
"""Words listed of either kind."""

_PRIOR = 500.0
"""Pseudo-counts of the prior in all."""

_FEWEST = 3
"""Documents that a word must stand in, so that no single one brings it up."""

_LONE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def read_words(text: str) -> list[str]:
    """Return the words of a text; pairs of signs in scripts that write no spaces between words."""
    single = words(text)
    pairs = itertools.pairwise(single)
    found = [word for word in single if not _LONE.fullmatch(word)]
    return found + [a + b for a, b in pairs if _LONE.fullmatch(a) and _LONE.fullmatch(b)]


def overused(
    here: Sequence[str], there: Sequence[str], groups_here: Sequence[str], most: int = SHOWN
) -> list[dict[str, Any]]:
    """Return the words that are far more frequent here, the surest first.

    Log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, eqs. 16 and
    22), the prior being both sides together. A word counts once a text, so that a text that
    repeats it says no more than one that has it, and stands in at least three documents here. `z`
    is the ratio over its standard error; a word is listed whose z is beyond chance, one in twenty
    for all words together (Bonferroni).
    """
    sets = [set(read_words(text)) for text in here]
    own = Counter(word for one in sets for word in one)
    other = Counter(word for text in there for word in set(read_words(text)))
    names = [word for word in own if own[word] >= _FEWEST and not word.isdigit()]
    documents = _documents(sets, groups_here, set(names))
    names = [word for word in names if documents[word] >= _FEWEST]
    if not names:
        return []
    y, x = (np.array([counts[word] for word in names], dtype=float) for counts in (own, other))
    n, m = sum(own.values()), sum(other.values())
    prior = _PRIOR * (y + x) / (n + m)
    odds = np.log((y + prior) / (n + _PRIOR - y - prior))
    odds -= np.log((x + prior) / (m + _PRIOR - x - prior))
    z = odds / np.sqrt(1 / (y + prior) + 1 / (x + prior))
    beyond = norm.isf(0.05 / len(names))
    best = [int(place) for place in np.argsort(-z, kind="stable")[:most] if z[place] > beyond]
    return [
        {
            "word": names[place],
            "here": own[names[place]] / len(here),
            "training": other[names[place]] / len(there),
            "log_odds": float(odds[place]),
            "z": float(z[place]),
        }
        for place in best
    ]


def _documents(sets: Sequence[set[str]], groups: Sequence[str], names: set[str]) -> Counter[str]:
    by_group: dict[str, set[str]] = {}
    for one, group in zip(sets, groups, strict=True):
        by_group.setdefault(group, set()).update(one & names)
    return Counter(word for own in by_group.values() for word in own)


def unseen(
    here: Sequence[str], there: Sequence[str], groups_there: Sequence[str]
) -> NDArray[np.float64]:
    """Return each text's share of words that no training text has: of those here, then there.

    For a training text those of other documents count, so that the two sides are comparable.
    """
    seen: dict[str, str | None] = {}  # a word's only document; None where it has several
    for text, group in zip(there, groups_there, strict=True):
        for word in set(read_words(text)):
            seen[word] = group if seen.get(word, group) == group else None
    found = [_share(read_words(text), lambda word: word not in seen) for text in here]
    for text, group in zip(there, groups_there, strict=True):
        found.append(_share(read_words(text), lambda word, own=group: seen[word] == own))
    return np.array(found)


def _share(own: Sequence[str], is_unseen: Any) -> float:
    return sum(map(is_unseen, own)) / len(own) if own else 0.0
