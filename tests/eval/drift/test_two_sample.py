"""Statistics of two samples, worked by hand, and what chance does with them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

from eval.drift.two_sample import (
    Sides,
    difference,
    gap,
    gini,
    gini_of_each,
    holm,
    mean_difference,
    shortfall,
    variation,
)

numbers = st.lists(st.integers(0, 6), min_size=3, max_size=30)


def once(statistic, n_here, n):
    is_here = (np.arange(n) < n_here).astype(np.float32)[np.newaxis]
    return float(statistic(is_here, 1 - is_here)[0])


@given(numbers, numbers)
def test_gap_is_that_of_kolmogorov_and_smirnov(here, there):
    found = once(gap(np.array([*here, *there])), len(here), len(here) + len(there))
    assert found == pytest.approx(ks_2samp(here, there, method="asymp").statistic)


@given(numbers, numbers)
def test_gini_is_twice_the_auc_less_one(here, there):
    values, n = np.array([*here, *there], dtype=float), len(here) + len(there)
    auc = roc_auc_score(np.arange(n) < len(here), values)
    assert once(gini(values), len(here), n) == pytest.approx(2 * auc - 1)
    sides = (np.arange(n) < len(here))[np.newaxis]
    assert gini_of_each(values[np.newaxis], sides)[0] == pytest.approx(2 * auc - 1)


def test_shortfall_counts_low_numbers_here_only():
    values = np.array([0.1, 0.2, 0.8, 0.9, 0.7, 0.8, 0.9, 0.9])
    assert once(shortfall(values), 4, 8) == pytest.approx(0.5)
    assert once(shortfall(1 - values), 4, 8) == pytest.approx(0)


def test_variation_is_the_share_that_would_have_to_change():
    kinds = ["en"] * 6 + ["ru"] * 4 + ["en"] * 9 + ["zh"]
    assert once(variation(kinds), 10, 20) == pytest.approx(0.4)


def test_mean_difference():
    assert once(mean_difference(np.array([1, 0, 1, 1, 0, 0])), 4, 6) == pytest.approx(0.75)


def test_dealing_keeps_documents_whole_and_begins_with_the_truth():
    sides = Sides(["a", "a", "b"], ["a", "c", "c"], seed=0, deals=50)
    assert sides.dealt[0].tolist() == [True, True, True, False, False, False]
    assert (sides.dealt[:, 0] == sides.dealt[:, 1]).all()
    assert (sides.dealt[:, 4] == sides.dealt[:, 5]).all()
    assert (sides.dealt[:, 0] != sides.dealt[:, 3]).any()  # of one name, yet on two sides


def test_drawing_keeps_sides_apart_and_documents_whole():
    drawn = Sides(["a", "a", "b"], ["c", "d"], seed=0).drawn
    assert (drawn[:, 0] == drawn[:, 1]).all()
    assert (drawn[:, 0] + drawn[:, 2] == 2).all()
    assert (drawn[:, 3] + drawn[:, 4] == 2).all()


def test_p_counts_the_deals_that_do_as_well():
    dealt = np.array([0.5, 0.1, 0.5, 0.7, 0.2])
    found = difference(dealt, np.array([0.4, 0.6]), 10)
    assert found.p == pytest.approx(3 / 5)
    assert found.effect["value"] == 0.5
    assert found.effect["low"] == pytest.approx(1 - found.effect["high"])


def test_an_effect_below_0_is_none():
    assert difference(np.array([-0.2, 0.1]), np.array([-0.3, 0.1]), 5).effect["value"] == 0


def test_clustered_texts_are_alike_unless_the_clusters_are_forgotten():
    """Twenty texts of a document say the same; dealt one by one they look like many."""
    by_document, by_text = [], []
    for seed in range(20):
        chance = np.random.default_rng(seed)
        values = np.repeat(chance.normal(size=20), 10)
        names = [str(k // 10) for k in range(200)]
        own = gap(values)
        by_document.append(Sides(names[:100], names[100:], seed, 99).differ(own).p < 0.05)
        single = [str(k) for k in range(200)]
        by_text.append(Sides(single[:100], single[100:], seed, 99).differ(own).p < 0.05)
    assert sum(by_document) <= 3  # of 20, at one in twenty: 4 or more has a chance of 1 in 60
    assert sum(by_text) > 15


def test_intervals_hold_the_truth():
    """Here a tenth and there three tenths are marked: in documents of two texts."""
    held = []
    for seed in range(40):
        chance = np.random.default_rng(seed)
        marks = [np.repeat(chance.random(100) < share, 2) for share in (0.1, 0.3)]
        names = [str(k // 2) for k in range(200)]
        effect = Sides(names, names, seed, 9).differ(gap(np.concatenate(marks))).effect
        held.append(effect["low"] <= 0.2 <= effect["high"])
    assert sum(held) >= 35


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.2]) == pytest.approx([0.04, 0.09, 0.09, 0.2])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
