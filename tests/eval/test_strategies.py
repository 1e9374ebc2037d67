"""Strategies on points of the plane, where the answer can be seen."""

import numpy as np
import pytest

from eval.strategies import (
    CANDIDATES,
    STRATEGIES,
    Pool,
    badge,
    entropy,
    k_centre,
    k_means,
    least_margin,
    mean_margin,
    uncertainty,
    weighted_k_means,
)


def chance(seed=0):
    return np.random.default_rng(seed)


def at(*degrees):
    """Points of the unit circle."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def pool(scores=None, vectors=None, labelled=None, thresholds=None):
    scores = np.array(scores if scores is not None else np.full((len(vectors), 1), 0.5))
    vectors = at(*range(len(scores))) if vectors is None else vectors
    thresholds = np.full(scores.shape[1], 0.5) if thresholds is None else np.array(thresholds)
    return Pool(scores, thresholds, lambda places: vectors[places], lambda: labelled)


def test_uncertainty_is_one_at_the_threshold_and_none_at_the_ends():
    found = uncertainty(np.array([[0.2], [0.1], [0.6], [0.0], [1.0]]), np.array([0.2]))
    np.testing.assert_allclose(found[:, 0], [1, 0.5, 0.5, 0, 0])


MIXED = [[0.5, 0.0], [0.4, 0.4], [0.9, 0.9], [0.45, 0.45]]


@pytest.mark.parametrize(
    ("strategy", "order"),
    # Greatest uncertainty 1, 0.8, 0.2, 0.9; its mean 0.5, 0.8, 0.2, 0.9; entropy 0.69, 1.35, 0.65,
    # 1.38.
    [(least_margin, [0, 3, 1, 2]), (mean_margin, [3, 1, 0, 2]), (entropy, [3, 1, 0, 2])],
)
def test_the_most_uncertain_come_first(strategy, order):
    assert strategy(pool(MIXED), 4, chance()).tolist() == order
    assert strategy(pool(MIXED), 2, chance()).tolist() == order[:2]


def test_margins_are_to_each_frames_own_threshold():
    scores = [[0.5], [0.3]]
    assert least_margin(pool(scores, thresholds=[0.5]), 1, chance()).tolist() == [0]
    assert least_margin(pool(scores, thresholds=[0.3]), 1, chance()).tolist() == [1]


def test_k_centre_goes_where_nothing_is_labelled():
    found = k_centre(pool(vectors=at(10, 80, 180, 170), labelled=at(0)), 2, chance())
    assert found.tolist() == [2, 1]


def test_k_means_takes_the_middle_of_each_cluster():
    found = k_means(pool(vectors=at(0, 5, 10, 90, 95, 100, 105, 110)), 2, chance())
    assert found.tolist() == [5, 1]  # that of the larger cluster first


def test_weighted_k_means_looks_only_at_the_uncertain():
    n = CANDIDATES  # for two texts, 2 * n are looked at
    vectors = at(*np.linspace(0, 10, n), *np.linspace(90, 100, n), *[180] * 50)
    scores = [[0.5]] * (2 * n) + [[0.01]] * 50
    found = weighted_k_means(pool(scores, vectors), 2, chance())
    assert sorted(place // n for place in found) == [0, 1]
    assert 2 * n + 49 >= k_means(pool(scores, vectors), 3, chance()).max() >= 2 * n


def test_the_more_uncertain_draw_a_cluster_to_themselves():
    vectors = at(0, 10, 20, 30)
    middle = weighted_k_means(pool([[0.5]] * 4, vectors), 1, chance())
    drawn = weighted_k_means(pool([[0.5], [0.01], [0.01], [0.01]], vectors), 1, chance())
    assert middle.tolist() in ([1], [2])
    assert drawn.tolist() == [0]


def test_badge_takes_the_surest_last_and_seldom_the_same_twice():
    scores, vectors = [[0.5], [0.55], [0.55], [1.0]], at(0, 0, 90, 180)
    found = [badge(pool(scores, vectors), 2, chance(seed)).tolist() for seed in range(200)]
    assert {first for first, _ in found} == {0}
    # Squared distances to the first: 0.05**2, 0.5**2 + 0.45**2, 0.5**2.
    seconds = np.bincount([second for _, second in found], minlength=4) / 200
    np.testing.assert_allclose(seconds[1:], np.array([0.0025, 0.4525, 0.25]) / 0.705, atol=0.1)


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_gives_each_text_once_and_repeats_itself(name):
    drawn = chance(5)
    scores = drawn.random((60, 3))
    vectors = at(*drawn.uniform(0, 360, 60))
    runs = [
        STRATEGIES[name](pool(scores, vectors, at(0)), 12, chance(7)).tolist() for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 12
    assert set(STRATEGIES[name](pool(scores[:5], vectors[:5], at(0)), 12, chance())) <= set(
        range(5)
    )
