"""The verdict: alike where texts are, and unlike where words, languages or scores are others."""

import random

import numpy as np
import pytest

from docs.drift_simulation import manifest
from eval.drift.compare import ALIKE, CLEAR, SLIGHT, STRONG, compare, level, verdict
from eval.drift.sample import Reference, Scored, Scores, Texts
from labels.codebook import Codebook, Frame

BOOK = Codebook("two", 1, (Frame("markets"), Frame("health")))
COMMON = [f"word{k}" for k in range(400)]
OTHERS = [f"other{k}" for k in range(400)]


def made(n, seed, words=COMMON, language="en", size=2, shift=0.0, names="d"):
    """n texts in documents of `size`, each with a leaning of its own, and scores."""
    chance, numbers = random.Random(seed), np.random.default_rng(seed)
    texts, scores = [], []
    for k in range(n):
        if k % size == 0:
            favourites, level = chance.sample(words, 30), numbers.random()
        texts.append(" ".join(chance.choices(favourites, k=8) + chance.choices(words, k=8)))
        scores.append(np.clip(level + numbers.normal(0, 0.1, 2) + shift, 0, 1))
    groups = [f"{names}{seed}-{k // size}" for k in range(n)]
    found = Scores(np.array(scores), np.array(scores) > 0.5, np.array(scores) > 0.9, groups)
    return Texts(texts, groups, [language] * n, np.zeros(n, dtype=bool)), found


def said(here, there, seed=0):
    own = Scored(*here, "text", len(here[0]), 0, 0)
    return compare(own, Reference(manifest(BOOK), *there, frozenset()), seed, 199).report


def signs(report):
    return {sign["what"]: sign["level"] for sign in report["signs"] if sign["level"] != ALIKE}


def test_halves_of_the_same_texts_are_alike_in_95_of_100():
    levels = [said(made(60, 2 * k), made(60, 2 * k + 1), k)["verdict"]["level"] for k in range(12)]
    assert levels.count(ALIKE) >= 10  # at one in twenty, 3 or more unlike have a chance of 1 in 50


def test_other_words_are_named_and_unseen():
    report = said(made(60, 1, OTHERS[:60]), made(60, 2))
    assert report["verdict"]["level"] == STRONG
    assert signs(report)["words"] == STRONG
    assert signs(report)["nearest training text"] == STRONG
    assert report["vocabulary"]["unseen"]["here"] == 1
    assert report["vocabulary"]["unseen"]["training"] < 0.5
    assert report["vocabulary"]["more"]
    assert {one["word"][:5] for one in report["vocabulary"]["more"]} == {"other"}
    assert "nothing like them in the training" in report["verdict"]["words"]


def test_a_part_of_what_was_trained_on_has_its_like_there():
    """Half of the words, and of the texts in the training."""
    one, other = made(150, 1, COMMON[:200]), made(150, 2, COMMON[200:])
    both = [np.concatenate([a, b]) for a, b in zip(one[1].scores.T, other[1].scores.T, strict=True)]
    order = np.random.default_rng(0).permutation(300)
    texts, groups = ([*a, *b] for a, b in ((one[0].texts, other[0].texts),
                                           (one[0].groups, other[0].groups)))  # fmt: skip
    scores = np.array(both).T[order]
    mixed = Texts(
        [texts[k] for k in order], [groups[k] for k in order], ["en"] * 300, np.zeros(300, bool)
    )
    held = Scores(scores, scores > 0.5, scores > 0.9, mixed.groups)
    report = said(made(60, 3, COMMON[:200]), (mixed, held))
    assert signs(report).keys() == {"words"}
    assert "Each has texts like it" in report["verdict"]["words"]


def test_another_language_and_other_scores():
    here = made(60, 1, language="ru", shift=0.6)
    report = said(here, made(60, 2))
    assert signs(report)["languages"] == STRONG
    assert signs(report)["scores of markets"] in (CLEAR, STRONG)
    assert report["languages"]["ru"]["here"] == 1
    assert report["languages"]["ru"]["supported"] is False
    frame = report["frames"]["markets"]
    assert frame["present"]["difference"]["low"] > 0
    assert sum(frame["histogram"]["here"]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("effect", "p", "expected"),
    [(0.9, 0.05, ALIKE), (0.19, 0.01, SLIGHT), (0.2, 0.01, CLEAR), (0.5, 0.01, STRONG)],
)
def test_levels(effect, p, expected):
    assert level(effect, p) == expected


def test_the_verdict_says_what_differs_the_most_first():
    def sign(what, value, level):
        return {"what": what, "effect": {"value": value}, "level": level}

    found = verdict([sign("words", 0.1, SLIGHT), sign("lengths", 0.3, CLEAR), sign("x", 1, ALIKE)])
    assert found["level"] == CLEAR
    assert "lengths 30%, words 10%" in found["words"]
    assert "x 100%" not in found["words"]
