from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit, logit, softmax

from labels.codebook import Codebook, Frame
from training.bundle import Calibration
from training.calibrate import TRUSTED, _band, fit_calibration, fit_decisions
from training.logits import Logits, Targets

ONE = Codebook("one-frame", 1, (Frame("a"),))


def frames(logits, gold):
    """Calibration of one frame without stances."""
    column, none = np.asarray(logits, float)[:, None], np.zeros((len(logits), 1, 0))
    found = fit_calibration(
        Logits(column, none), Targets(np.asarray(gold)[:, None], np.full((len(gold), 1), -1))
    )
    return found.slopes[0], found.intercepts[0], found.temperature


def stances(logits, gold):
    """Temperature for texts that all carry one frame."""
    logits, gold = np.asarray(logits, float)[:, None, :], np.asarray(gold)[:, None]
    ones = np.ones(gold.shape)
    return fit_calibration(Logits(ones, logits), Targets(np.int64(ones), gold)).temperature


def decide(scores, gold):
    (found,) = fit_decisions(np.asarray(scores, float)[:, None], np.asarray(gold)[:, None], ONE, 5)
    return found


def expected_calibration_error(shares, gold):
    sure, right = shares.max(axis=1), shares.argmax(axis=1) == gold
    bins = np.minimum((sure * 10).astype(int), 9)
    gaps = [abs(sure[bins == b].mean() - right[bins == b].mean()) for b in set(bins)]
    return np.average(gaps, weights=[(bins == b).sum() for b in set(bins)])


def test_platt_recovers_slope_and_intercept():
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, 20_000)
    gold = random.random(20_000) < expit(1.7 * logits - 0.8)
    slope, intercept, _ = frames(logits, gold.astype(int))
    assert slope == pytest.approx(1.7, abs=0.08)
    assert intercept == pytest.approx(-0.8, abs=0.08)


@pytest.mark.parametrize("gold", [0, 1])
def test_frame_without_contrast_keeps_its_logits(gold):
    assert frames([-2.0, 0.0, 3.0], [gold] * 3)[:2] == (1.0, 0.0)


def test_model_that_ranks_backwards_is_not_turned_round():
    assert frames([3.0, 2.0, -2.0, -3.0], [0, 0, 1, 1])[:2] == (1.0, 0.0)


def test_temperature_worked_out_by_hand():
    # Every text has the logits (4, 0) and three of four are right: odds of 3 are logits log(3).
    assert stances([[4, 0]] * 4, [0, 0, 0, 1]) == pytest.approx(4 / log(3), abs=1e-3)


def test_absent_frames_and_no_stances_do_not_count():
    logits = np.array([[[4, 0], [0, 99]]] * 4, float)
    gold = Targets(np.array([[1, 0]] * 4), np.array([[0, -1], [0, -1], [0, -1], [1, -1]]))
    found = fit_calibration(Logits(np.zeros((4, 2)), logits), gold)
    assert found.temperature == pytest.approx(4 / log(3), abs=1e-3)
    assert frames([1.0, 2.0], [0, 1])[2] == 1.0


def test_overconfident_stances_are_cooled():
    random = np.random.default_rng(0)
    fair = random.normal(0, 1.5, (5000, 3))
    gold = np.array([random.choice(3, p=p) for p in softmax(fair, axis=1)])
    temperature = stances(4 * fair, gold)
    assert temperature == pytest.approx(4, rel=0.1)
    before = expected_calibration_error(softmax(4 * fair, axis=1), gold)
    after = expected_calibration_error(softmax(4 * fair / temperature, axis=1), gold)
    assert before > 0.15
    assert after < 0.03


def test_apply_worked_out_by_hand():
    calibration = Calibration((2.0, 1.0), (0.0, log(3)), temperature=2.0)
    found = calibration.apply(
        Logits(np.array([[log(3), 0.0]]), np.array([[[log(9), 0.0], [0.0, 0.0]]]))
    )
    assert found.frames == pytest.approx(np.array([[9 / 10, 3 / 4]]))
    assert found.stances == pytest.approx(np.array([[[3 / 4, 1 / 4], [1 / 2, 1 / 2]]]))


def test_apply_does_not_overflow():
    found = Calibration((1.0,), (0.0,), 0.1).apply(
        Logits(np.array([[1e4], [-1e4]]), np.array([[[1e4, -1e4]], [[0.0, 1e4]]]))
    )
    assert found.frames.tolist() == [[1.0], [0.0]]
    assert found.stances.tolist() == [[[1.0, 0.0]], [[0.0, 1.0]]]


FINITE = st.floats(-1e4, 1e4, width=32)


@settings(deadline=None)
@given(
    arrays(np.float32, (6, 1), elements=FINITE), arrays(np.float32, (6, 1, 3), elements=FINITE),
    st.floats(1e-3, 50), st.floats(-50, 50), st.floats(0.13, 20),
)  # fmt: skip
def test_scores_are_probabilities_in_the_order_of_the_logits(
    logits, marked, slope, intercept, temperature
):
    found = Calibration((slope,), (intercept,), temperature).apply(Logits(logits, marked))
    assert ((found.frames >= 0) & (found.frames <= 1)).all()
    order = np.argsort(logits[:, 0])
    assert (np.diff(found.frames[order, 0]) >= 0).all()
    assert ((found.stances >= 0) & (found.stances <= 1)).all()
    assert found.stances.sum(axis=2) == pytest.approx(np.ones((6, 1)))
    likeliest = marked.argmax(axis=2)[..., None]
    assert (
        np.take_along_axis(found.stances, likeliest, 2) == found.stances.max(2)[..., None]
    ).all()


@pytest.mark.parametrize(
    ("scores", "gold"),
    [
        ([0.1, 0.2, 0.3, 0.7, 0.8, 0.9], [0, 0, 0, 1, 1, 1]),
        ([0.2] * 10 + [0.8] * 10, [0] * 10 + [1] * 10),
        ([0.1] * 30 + [0.9], [0] * 30 + [1]),
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
    assert decide(scores * 90, gold * 90).threshold == pytest.approx(0.2, abs=0.005)


@pytest.mark.parametrize(("scores", "expected"), [([0.01, 0.02], 0.05), ([0.97, 0.999], 0.95)])
def test_threshold_stays_clear_of_the_ends(scores, expected):
    assert decide(np.repeat(scores, 20), np.repeat([0, 1], 20)).threshold == expected


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
    assert [one.threshold for one in found] == pytest.approx([0.7, 0.5, 0.3])


def test_calibration_keeps_the_order_of_frames():
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (4000, 2))
    gold = (random.random((4000, 2)) < expit(logits * [3, 0.5])).astype(int)
    found = fit_calibration(Logits(logits, np.zeros((4000, 2, 0))), Targets(gold, gold * 0 - 1))
    assert found.slopes == pytest.approx((3, 0.5), rel=0.15)


def test_same_seed_same_decisions():
    random = np.random.default_rng(0)
    scores = random.random((200, 1))
    gold = (random.random((200, 1)) < expit(4 * logit(scores))).astype(int)
    assert fit_decisions(scores, gold, ONE, 3) == fit_decisions(scores, gold, ONE, 3)
    assert fit_decisions(scores, gold, ONE, 3) != fit_decisions(scores, gold, ONE, 4)
