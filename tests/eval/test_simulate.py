import re

import numpy as np
import pytest

from eval.simulate import Corpus, Curves, SimulationError, full_score, mean_figure, simulate
from eval.strategies import at_random, least_margin


def corpus(n=300, seed=0):
    """Points of the circle; a frame is carried above the first axis, another right of the second.

    Nine in ten lie far from both borders, so that most labels say what is known already.
    """
    drawn = np.random.default_rng(seed)
    far = np.where(drawn.random(2 * n) < 0.9, 45, drawn.uniform(-3, 3, 2 * n))
    angles = np.radians(far + 90 * drawn.integers(4, size=2 * n))
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    gold = (vectors > 0).astype(int)
    return Corpus(vectors[:n], gold[:n], vectors[n:], gold[n:])


def test_all_labels_give_the_full_score():
    assert full_score(corpus()) > 0.97


def test_a_run_is_made_again_by_its_seed_and_begins_alike_for_every_strategy():
    one, again = (simulate(corpus(), at_random, [3, 4], 10, 60) for _ in range(2))
    other = simulate(corpus(), least_margin, [3, 4], 10, 60)
    assert one.labels.tolist() == [10, 20, 30, 40, 50, 60]
    np.testing.assert_array_equal(one.scores, again.scores)
    np.testing.assert_array_equal(one.scores[:, 0], other.scores[:, 0])
    assert (one.scores[:, 1:] != other.scores[:, 1:]).any()


def test_borders_are_found_sooner_by_looking_there():
    seeds = range(6)
    by_chance, by_margin = (
        simulate(corpus(), strategy, seeds, 10, 60) for strategy in (at_random, least_margin)
    )
    assert by_margin.scores[:, -1].mean() > by_chance.scores[:, -1].mean()


def test_all_at_random_is_what_a_share_of_one_means():
    everything = [
        simulate(corpus(), strategy, [1], 10, 40, random_share=1.0).scores
        for strategy in (at_random, least_margin)
    ]
    np.testing.assert_array_equal(*everything)


def test_labels_needed_are_counted_from_two_rounds_in_a_row():
    scores = np.array([[0.1, 0.8, 0.2, 0.7, 0.8], [0.1, 0.2, 0.3, 0.4, 0.9], [0.7, 0.7, 0, 0, 0]])
    found = Curves(np.array([50, 100, 150, 200, 250]), scores).needed(0.7)
    assert found == [200, None, 50]


def test_the_interval_of_a_mean_is_by_students_t():
    # Standard error 1 / sqrt(3), t of two degrees of freedom 4.3027.
    found = mean_figure([1.0, 2.0, 3.0])
    assert found["n"] == 3
    assert found["value"] == 2
    assert found["high"] == pytest.approx(2 + 4.3027 / 3**0.5, abs=1e-4)
    assert found["low"] == pytest.approx(2 - 4.3027 / 3**0.5, abs=1e-4)
    assert mean_figure([4.0, 4.0]) == {"value": 4, "low": 4, "high": 4, "n": 2}


def test_too_few_labels_are_refused():
    with pytest.raises(
        SimulationError, match=re.escape("300 labelled texts to choose from; needed: 301")
    ):
        simulate(corpus(), at_random, [1], 10, 301)
