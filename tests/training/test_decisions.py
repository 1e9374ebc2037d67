"""Thresholds, and the bands inside which a score is uncertain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from labels.codebook import Codebook, Frame
from training.calibrate import TRUSTED, _band, fit_decisions

ONE = Codebook("one-frame", 1, (Frame("a"),))


def decide(scores, gold):
    (found,) = fit_decisions(np.asarray(scores, float)[:, None], np.asarray(gold)[:, None], ONE, 5)
    return found


@pytest.mark.parametrize(
    ("scores", "gold"),
    [
        ([0.1, 0.2, 0.3, 0.7, 0.8, 0.9], [0, 0, 0, 1, 1, 1]),
        ([0.2] * 10 + [0.8] * 10, [0] * 10 + [1] * 10),
        ([0.1] * 30 + [0.9], [0] * 30 + [1]),
        ([0.1] * 900 + [0.3] * 900, [0] * 900 + [1] * 900),
    ],
)
def test_threshold_parts_what_can_be_parted(scores, gold):
    decision = decide(scores, gold)
    assert ((np.asarray(scores) >= decision.threshold) == np.asarray(gold)).all()
    assert decision.band == (decision.threshold, decision.threshold)


def test_threshold_is_between_the_two_scores_there_are():
    # Every resample with both scores cuts half-way, at 0.5; those of one score alone are rare.
    assert decide([0.2] * 10 + [0.8] * 10, [0] * 10 + [1] * 10).threshold == pytest.approx(0.5)


def test_threshold_that_finds_the_frame_matters_more_than_its_misses():
    # At 0.3 all four are found, three are wrong: F1 8/11. At 0.6, two of two: F1 2/3.
    scores, gold = [0.1] * 9 + [0.3] * 5 + [0.6] * 2, [0] * 9 + [1, 1, 0, 0, 0] + [1, 1]
    # Half-way below 0.3, where 360 texts carry the frame, drawn toward one half as by 30 more.
    expected = (360 * 0.2 + 30 * 0.5) / 390
    assert decide(scores * 90, gold * 90).threshold == pytest.approx(expected, abs=0.005)


def test_threshold_of_a_rare_frame_stays_near_one_half():
    # Two texts carry it, both at 0.9; the best cut is half-way to 0.1, where they are told apart.
    scores, gold = [0.1] * 98 + [0.9] * 2, [0] * 98 + [1] * 2
    assert decide(scores, gold).threshold == pytest.approx((2 * 0.5 + 30 * 0.5) / 32, abs=0.01)
    low = [0.01] * 98 + [0.1] * 2
    assert decide(low, gold).threshold == pytest.approx((2 * 0.055 + 30 * 0.5) / 32, abs=0.01)


@pytest.mark.parametrize(("scores", "expected"), [([0.01, 0.02], 0.05), ([0.97, 0.999], 0.95)])
def test_threshold_stays_clear_of_the_ends(scores, expected):
    assert decide(np.repeat(scores, 9000), np.repeat([0, 1], 9000)).threshold == expected


def test_frame_never_held_out_has_the_middle():
    decision = decide([0.1, 0.2, 0.3], [0, 0, 0])
    assert (decision.threshold, decision.band) == (0.5, (0.5, 0.5))


def test_frame_always_held_out_is_always_present():
    decision = decide([0.6, 0.7, 0.8], [1, 1, 1])
    assert decision.threshold <= 0.6
    assert decision.band == (decision.threshold, decision.threshold)


def band(scores, gold):
    """The band around a threshold of 0.5."""
    return _band(np.asarray(scores, float), np.asarray(gold), 0.5)


def test_band_worked_out_by_hand():
    # From the farthest in: 19 right, one wrong (19 of 20 is 95%), one wrong (90%), two right.
    scores = [*np.linspace(0.8, 0.99, 19), 0.25, 0.7, 0.35, 0.45]
    gold = [1] * 19 + [1, 0, 0, 0]
    assert band(scores, gold) == pytest.approx((0.5 - 0.225, 0.5 + 0.225))


def test_band_is_empty_where_all_is_right():
    assert band([0.1, 0.4, 0.6, 0.9], [0, 0, 1, 1]) == (0.5, 0.5)


def test_band_is_empty_where_enough_is_right():
    assert band([*np.linspace(0.6, 0.99, 19), 0.45], [1] * 20) == (0.5, 0.5)


def test_band_holds_every_score_where_no_part_can_be_trusted():
    assert band([0.01, 0.4, 0.6, 0.9], [1, 0, 1, 1]) == (0.0, 1.0)


def test_equally_far_scores_are_trusted_together_or_not_at_all():
    # Past 0.9, which is wrong, 19 of 20 would do; but 21 are equally far, and 19 of 21 do not.
    assert band([1.0] + [0.75] * 20, [0] + [1] * 19 + [0]) == (0.0, 1.0)


def test_band_never_leaves_the_scale():
    low, high = band([0.99, 0.02, 0.3], [1, 1, 0])
    assert (low, high) == pytest.approx((0.5 - 0.485, 0.5 + 0.485))
    assert decide([0.96, 0.3, 0.97, 0.99, 0.2, 0.1] * 9, [1, 1, 0, 1, 0, 0] * 9).band[1] <= 1


UNIT = st.floats(0, 1) | st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(UNIT, st.booleans()), min_size=1, max_size=60))
def test_decisions_outside_the_band_are_right_often_enough(drawn):
    scores, gold = (np.array(values) for values in zip(*drawn, strict=True))
    decision = decide(scores, gold.astype(int))
    low, high = decision.band
    assert 0 <= low <= decision.threshold <= high <= 1
    outside = (scores < low) | (scores > high) if low < high else np.ones(len(scores), bool)
    right = (scores >= decision.threshold) == gold
    assert not outside.any() or right[outside].mean() >= TRUSTED


def test_each_frame_has_its_own_decision_in_order():
    book = Codebook("three", 1, tuple(map(Frame, "abc")))
    gold = np.array([[0, 0, 1]] * 9 + [[1, 0, 0]] * 9)
    scores = np.where(gold == 1, [0.9, 0.9, 0.5], [0.5, 0.9, 0.1])
    found = fit_decisions(scores, gold, book, 1)
    assert [one.threshold for one in found] == pytest.approx(
        [(9 * best + 30 * 0.5) / 39 for best in (0.7, 0.5, 0.3)]
    )


def test_same_seed_same_decisions():
    random = np.random.default_rng(0)
    scores = random.random((200, 1))
    gold = (random.random((200, 1)) < expit(4 * logit(scores))).astype(int)
    assert fit_decisions(scores, gold, ONE, 3) == fit_decisions(scores, gold, ONE, 3)
    assert fit_decisions(scores, gold, ONE, 3) != fit_decisions(scores, gold, ONE, 4)
