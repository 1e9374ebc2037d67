from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit, softmax

from training.bundle import Calibration
from training.calibrate import fit_calibration
from training.logits import Logits, Targets


def frames(gold, *logits):
    """Slopes, one for each model, and the intercept for one frame without stances."""
    gold, none = np.asarray(gold)[:, None], np.zeros((len(gold), 1, 0))
    models = {name: Logits(np.float64(own)[:, None], none) for name, own in enumerate(logits)}
    found = fit_calibration(models, Targets(gold, np.full_like(gold, -1)))
    assert list(found.slopes) == list(models)
    return [slope for (slope,) in found.slopes.values()], found.intercepts[0]


def stances(gold, *logits):
    """Weights, one for each model, for texts that all carry one frame."""
    gold = np.asarray(gold)[:, None]
    ones = np.ones(gold.shape)
    models = {name: Logits(ones, np.float64(own)[:, None]) for name, own in enumerate(logits)}
    found = fit_calibration(models, Targets(np.int64(ones), gold))
    return [found.stance_weights[model] for model in models]


def expected_calibration_error(shares, gold):
    sure, right = shares.max(axis=1), shares.argmax(axis=1) == gold
    bins = np.minimum((sure * 10).astype(int), 9)
    gaps = [abs(sure[bins == b].mean() - right[bins == b].mean()) for b in set(bins)]
    return np.average(gaps, weights=[(bins == b).sum() for b in set(bins)])


def test_platt_recovers_slope_and_intercept():
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, 20_000)
    gold = random.random(20_000) < expit(1.7 * logits - 0.8)
    (slope,), intercept = frames(gold.astype(int), logits)
    assert slope == pytest.approx(1.7, abs=0.08)
    assert intercept == pytest.approx(-0.8, abs=0.08)


@pytest.mark.parametrize("gold", [0, 1])
def test_frame_without_contrast_keeps_the_mean_of_the_logits(gold):
    assert frames([gold] * 3, [-2.0, 0.0, 3.0]) == ([1.0], 0.0)
    assert frames([gold] * 3, [-2.0, 0.0, 3.0], [1.0, 2.0, 3.0]) == ([0.5, 0.5], 0.0)


def test_model_that_ranks_backwards_is_not_turned_round():
    gold, backwards = [0, 0, 1, 1], [3.0, 2.0, -2.0, -3.0]
    assert frames(gold, backwards) == ([1.0], 0.0)
    assert frames(gold, backwards, backwards) == ([0.5, 0.5], 0.0)


def crossed(*cells):
    """Rows of (logit, other logit, gold) from cells (logit, other logit, of those, marked)."""
    rows = [
        (one, other, int(n < marked)) for one, other, size, marked in cells for n in range(size)
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def test_stacking_worked_out_by_hand():
    # Shares of 1/10, 1/2, 1/2 and 9/10 are log-odds of -2 log 3, 0, 0 and 2 log 3, which slopes of
    # log 3 on both models' logits of 1 and -1 meet exactly.
    one, other, gold = crossed(
        (-1, -1, 1000, 100), (-1, 1, 1000, 500), (1, -1, 1000, 500), (1, 1, 1000, 900)
    )
    slopes, intercept = frames(gold, one, other)
    assert slopes == pytest.approx([log(3)] * 2, abs=1e-3)
    assert intercept == pytest.approx(0, abs=1e-3)
    # The other model tells nothing more: log-odds of -log 3 and log 3 whatever it says.
    one, other, gold = crossed(
        (-1, -1, 1000, 250), (-1, 1, 1000, 250), (1, -1, 1000, 750), (1, 1, 1000, 750)
    )
    slopes, intercept = frames(gold, one, other)
    assert slopes == pytest.approx([log(3), 0], abs=1e-3)
    assert min(slopes) >= 0


def test_model_that_ranks_backwards_is_left_out_and_the_other_fitted_alone():
    # Beside each other the first would get log 3 and the second -log 3. Alone, the first has 3/4
    # of the texts it ranks high: (900 + 500) / 2000 is 0.7, log-odds of log(7/3).
    one, backwards, gold = crossed(
        (-1, 1, 1000, 100), (-1, -1, 1000, 500), (1, 1, 1000, 500), (1, -1, 1000, 900)
    )
    for order in (1, -1):
        slopes, intercept = frames(gold, *(one, backwards)[::order])
        assert slopes[::order] == [pytest.approx(log(7 / 3), abs=1e-3), 0.0]
        assert intercept == pytest.approx(0, abs=1e-3)


def test_constant_model_gets_no_slope():
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, 500)
    gold = (random.random(500) < expit(logits)).astype(int)
    slopes, intercept = frames(gold, np.zeros(500), logits)
    (alone,), its_intercept = frames(gold, logits)
    assert slopes == [0.0, pytest.approx(alone)]
    assert intercept == pytest.approx(its_intercept)


def test_two_equal_models_are_as_one():
    random = np.random.default_rng(0)
    own = Logits(random.normal(0, 2, (400, 2)), random.normal(0, 2, (400, 2, 3)))
    present = (random.random((400, 2)) < expit(own.frames)).astype(int)
    shares = softmax(2 * own.stances, axis=2)
    drawn = [[random.choice(3, p=shares[n, k]) for k in range(2)] for n in range(400)]
    gold = Targets(present, np.where(present == 1, drawn, -1))
    alone = fit_calibration({"a": own}, gold).apply({"a": own})
    twice = {"a": own, "b": own}
    found = fit_calibration(twice, gold).apply(twice)
    assert found.frames == pytest.approx(alone.frames, abs=1e-3)
    assert found.stances == pytest.approx(alone.stances, abs=1e-3)
    assert np.ptp(found.frames) > 0.9


def test_stance_weight_worked_out_by_hand():
    # Every text has the logits (4, 0) and three of four are right: odds of 3 are logits log(3).
    assert stances([0, 0, 0, 1], [[4, 0]] * 4) == [pytest.approx(log(3) / 4, abs=1e-3)]


def test_stance_weights_of_two_models_worked_out_by_hand():
    # Where both favour the first stance 9 of 10 are right, odds of 9 and logits of 2 log 3; where
    # they part it is even. So each model's 2 has to become log 3.
    one = [[2, 0]] * 40
    other = [[2, 0]] * 20 + [[0, 2]] * 20
    gold = [0] * 18 + [1] * 2 + [0] * 10 + [1] * 10
    assert stances(gold, one, other) == pytest.approx([log(3) / 2] * 2, abs=1e-3)


def test_model_whose_stances_are_backwards_weighs_next_to_nothing():
    # All favour the first stance by the one model. By the other 20 do, of which 10 are right, and
    # 20 do not, of which 18 are: so it gets the least weight there is, which shifts the logits by
    # 0.1 both ways, and the first the log-odds of 28 in 40, up to that.
    one = [[2, 0]] * 40
    backwards = [[2, 0]] * 20 + [[0, 2]] * 20
    gold = [0] * 10 + [1] * 10 + [0] * 18 + [1] * 2
    for order in (1, -1):
        first, second = stances(gold, *(one, backwards)[::order])[::order]
        assert second == 0.05
        assert first == pytest.approx(log(7 / 3) / 2, abs=2e-3)


def test_model_that_has_no_opinion_on_stances_changes_nothing():
    gold, right = [0, 0, 0, 1], [[4, 0]] * 4
    assert stances(gold, right, [[1, 1]] * 4)[0] == pytest.approx(log(3) / 4, abs=1e-3)


def test_stance_weights_stay_within_bounds():
    assert stances([0, 1] * 4, [[9, 0], [0, 9]] * 4)[0] <= 7.5
    assert stances([1, 0] * 4, [[9, 0], [0, 9]] * 4) == [0.05]


def test_absent_frames_and_no_stances_do_not_count():
    logits = np.array([[[4, 0], [0, 99]]] * 4, float)
    gold = Targets(np.array([[1, 0]] * 4), np.array([[0, -1], [0, -1], [0, -1], [1, -1]]))
    found = fit_calibration({"a": Logits(np.zeros((4, 2)), logits)}, gold)
    assert found.stance_weights == {"a": pytest.approx(log(3) / 4, abs=1e-3)}


def test_without_stances_the_models_weigh_the_same():
    logits = Logits(np.array([[1.0], [2.0]]), np.zeros((2, 1, 0)))
    gold = Targets(np.array([[0], [1]]), np.array([[-1], [-1]]))
    assert fit_calibration({"a": logits}, gold).stance_weights == {"a": 1.0}
    both = fit_calibration({"a": logits, "b": logits}, gold)
    assert both.stance_weights == {"a": 0.5, "b": 0.5}


def test_overconfident_stances_are_cooled():
    random = np.random.default_rng(0)
    fair = random.normal(0, 1.5, (5000, 3))
    gold = np.array([random.choice(3, p=p) for p in softmax(fair, axis=1)])
    (weight,) = stances(gold, 4 * fair)
    assert weight == pytest.approx(1 / 4, rel=0.1)
    before = expected_calibration_error(softmax(4 * fair, axis=1), gold)
    after = expected_calibration_error(softmax(4 * fair * weight, axis=1), gold)
    assert before > 0.15
    assert after < 0.03


def test_apply_worked_out_by_hand():
    calibration = Calibration({"a": (2.0, 1.0)}, (0.0, log(3)), {"a": 0.5})
    found = calibration.apply(
        {"a": Logits(np.array([[log(3), 0.0]]), np.array([[[log(9), 0.0], [0.0, 0.0]]]))}
    )
    assert found.frames == pytest.approx(np.array([[9 / 10, 3 / 4]]))
    assert found.stances == pytest.approx(np.array([[[3 / 4, 1 / 4], [1 / 2, 1 / 2]]]))


def test_apply_to_two_models_worked_out_by_hand():
    calibration = Calibration(
        {"a": (2.0, 1.0), "b": (0.5, 0.0)}, (0.0, log(2)), {"a": 0.5, "b": 1.0}
    )
    one = Logits(np.array([[log(2), log(2)]]), np.array([[[log(9), 0.0], [0.0, 0.0]]]))
    other = Logits(np.array([[log(4), 9.0]]), np.array([[[0.0, log(3)], [0.0, log(4)]]]))
    # Frames: 2 log 2 + log 4 / 2 is log 8; log 2 + log 2 is log 4. Stances: log 3 against log 3;
    # 0 against log 4. A model that has no slope is not read.
    for models in ({"a": one, "b": other}, {"unread": other, "b": other, "a": one}):
        found = calibration.apply(models)
        assert found.frames == pytest.approx(np.array([[8 / 9, 4 / 5]]))
        assert found.stances == pytest.approx(np.array([[[1 / 2, 1 / 2], [1 / 5, 4 / 5]]]))


@pytest.mark.parametrize("shape", [(0, 2, 2), (3, 2, 0)], ids=["no texts", "no stances"])
def test_apply_to_nothing(shape):
    nothing = Logits(np.zeros(shape[:2]), np.zeros(shape))
    found = Calibration({"a": (1.0, 1.0)}, (0.0, 0.0), {"a": 1.0}).apply({"a": nothing})
    assert (found.frames.shape, found.stances.shape) == (shape[:2], shape)


def test_apply_does_not_overflow():
    found = Calibration({"a": (1.0,)}, (0.0,), {"a": 10.0}).apply(
        {"a": Logits(np.array([[1e4], [-1e4]]), np.array([[[1e4, -1e4]], [[0.0, 1e4]]]))}
    )
    assert found.frames.tolist() == [[1.0], [0.0]]
    assert found.stances.tolist() == [[[1.0, 0.0]], [[0.0, 1.0]]]


FINITE = st.floats(-1e4, 1e4, width=32)


@settings(deadline=None)
@given(
    arrays(np.float32, (6, 1), elements=FINITE), arrays(np.float32, (6, 1, 3), elements=FINITE),
    st.floats(1e-3, 50), st.floats(-50, 50), st.floats(0.05, 7.5),
)  # fmt: skip
def test_scores_are_probabilities_in_the_order_of_the_logits(
    logits, marked, slope, intercept, weight
):
    calibration = Calibration({"a": (slope,)}, (intercept,), {"a": weight})
    found = calibration.apply({"a": Logits(logits, marked)})
    assert ((found.frames >= 0) & (found.frames <= 1)).all()
    order = np.argsort(logits[:, 0])
    assert (np.diff(found.frames[order, 0]) >= 0).all()
    assert ((found.stances >= 0) & (found.stances <= 1)).all()
    assert found.stances.sum(axis=2) == pytest.approx(np.ones((6, 1)))
    likeliest = marked.argmax(axis=2)[..., None]
    assert (
        np.take_along_axis(found.stances, likeliest, 2) == found.stances.max(2)[..., None]
    ).all()


def test_calibration_keeps_the_order_of_frames():
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (4000, 2))
    gold = (random.random((4000, 2)) < expit(logits * [3, 0.5])).astype(int)
    models = {"a": Logits(logits, np.zeros((4000, 2, 0)))}
    found = fit_calibration(models, Targets(gold, gold * 0 - 1))
    assert found.slopes["a"] == pytest.approx((3, 0.5), rel=0.15)
