import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from eval.pool import PoolError, PoolText
from eval.suggest import Wanted, suggest
from labels.text import text_id
from tests.eval.fakes import FakePredictor
from training.progress import Progress

TEXTS = tuple(
    PoolText(f"text {n}", text_id(f"text {n}"), {"text": f"text {n}", "n": n}, "train")
    for n in range(100)
)
SCORES = {f"text {n}": {"a": (n / 100, "favor"), "b": (0.01, "against")} for n in range(100)}
"""Texts 40 to 60 are the least sure in frame a, the threshold being 0.5."""


def chosen(texts=TEXTS, **wanted):
    def vectors(texts):
        angles = np.array([len(text) + int(text.split()[1]) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    return suggest(
        FakePredictor(SCORES), texts, Wanted(**wanted), vectors, lambda: ["text 1"], Progress(True)
    )


def numbers(found, sampled):
    return {one.text.cells["n"] for one in found if one.sampled == sampled}


def test_a_share_is_drawn_at_random_and_marked_so():
    found = chosen(n=20, random_share=0.25, strategy="least-margin")
    assert Counter(one.sampled for one in found) == {"random": 5, "suggested": 15}
    assert len({one.text.text_id for one in found}) == 20
    assert numbers(found, "suggested") <= set(range(40, 61))
    assert numbers(found, "random") - set(range(40, 61))


def test_the_random_ones_depend_on_the_seed_alone():
    drawn = [
        numbers(chosen(n=20, strategy=strategy, seed=seed), "random")
        for strategy, seed in [("least-margin", 3), ("k-means", 3), ("least-margin", 4)]
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_each_text_is_as_likely_to_be_drawn_at_random():
    counts = Counter()
    for seed in range(400):
        counts.update(numbers(chosen(n=10, random_share=1, seed=seed), "random"))
    # Each 40 times on average, with a standard deviation of 6.
    assert len(counts) == 100
    assert 40 - 4 * 6 < min(counts.values()) < max(counts.values()) < 40 + 4 * 6


def test_the_same_seed_gives_the_same_texts_in_the_same_order():
    assert chosen(n=10, seed=5) == chosen(n=10, seed=5) != chosen(n=10, seed=6)


def test_the_order_does_not_tell_the_random_ones():
    found = [one.sampled for one in chosen(n=40, random_share=0.5)]
    assert set(found[:20]) == set(found[20:]) == {"random", "suggested"}


def test_only_texts_that_will_be_trained_on_are_suggested():
    texts = [replace(text, side=("train", "test", "bridge")[n % 3]) for n, text in enumerate(TEXTS)]
    found = chosen(texts, n=40, random_share=0.5)
    assert {one.text.side for one in found if one.sampled == "suggested"} == {"train"}
    assert {one.text.side for one in found if one.sampled == "random"} >= {"train", "test"}


def test_a_small_pool_is_taken_whole_its_share_at_random():
    assert Counter(one.sampled for one in chosen(TEXTS[:10], n=50)) == {"random": 2, "suggested": 8}


@pytest.mark.parametrize(("share", "kind"), [(0, "suggested"), (1, "random")])
def test_all_or_nothing_at_random(share, kind):
    assert {one.sampled for one in chosen(n=10, random_share=share)} == {kind}


def test_a_row_keeps_its_columns_and_says_why():
    found = chosen(n=1, random_share=0, strategy="least-margin")[0]
    assert found.row("m-1", FakePredictor({}).codebook) == {
        "text": "text 50", "n": 50, "sampled": "suggested", "why": "a at 0.50, threshold 0.50",
        "suggestion": {"a": "favor"}, "model": "m-1",
    }  # fmt: skip


def test_what_cannot_be_meant_is_named():
    words = (
        "-n is 0; it is at least 1; --random-share is 2; it is 0 to 1; no strategy 'best'; there "
        "are: random, "
    )
    with pytest.raises(PoolError, match=re.escape(words)):
        Wanted(0, 2, "best")
