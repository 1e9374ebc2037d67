"""A language's own calibration: fitted near the general one, applied to its texts alone."""

from math import exp, log

import numpy as np
import pytest
from scipy.special import expit

from training.bundle import Calibration, Member
from training.calibrate import fit_language
from training.logits import Logits, Targets

GENERAL = Calibration({"one": (1.0,), "other": (0.5,)}, (0.25,), {"one": 2.0, "other": 0.0})


def logits(*columns):
    none = np.zeros((len(columns[0]), 1, 0))
    named = zip(("one", "other"), columns, strict=True)
    return {name: Logits(np.float64(column)[:, None], none) for name, column in named}


def fitted(gold, *columns):
    gold = np.int64(gold)[:, None]
    return fit_language(logits(*columns), Targets(gold, np.full_like(gold, -1)), GENERAL)


def test_texts_that_say_nothing_leave_the_general_slopes():
    # Logits of zero teach nothing of slopes, and as many present as absent fit an intercept of 0.
    found = fitted([0, 1] * 50, [0.0] * 100, [0.0] * 100)
    assert found.slopes["one"] == pytest.approx((1.0,), abs=1e-4)
    assert found.slopes["other"] == pytest.approx((0.5,), abs=1e-4)
    # Between the prior's 0.25 and the 0 of the texts: b - 1/4 = -100 (sigmoid(b) - 1/2).
    intercept = found.intercepts[0]
    assert intercept - 0.25 == pytest.approx(-100 * (expit(intercept) - 0.5), abs=1e-3)
    # No text carries a frame with a stance.
    assert found.stance_weights == GENERAL.stance_weights


def test_many_texts_outweigh_the_general_weights():
    random = np.random.default_rng(0)
    noise, useful = random.normal(0, 2, 4000), random.normal(0, 2, 4000)
    gold = random.random(4000) < expit(1.5 * useful - 1)
    found = fitted(gold.astype(int), noise, useful)
    assert found.slopes["one"][0] == pytest.approx(0, abs=0.06)
    assert found.slopes["other"][0] == pytest.approx(1.5, abs=0.15)
    assert found.intercepts[0] == pytest.approx(-1, abs=0.15)


def test_no_slope_is_negative():
    backwards = np.linspace(-3, 3, 200)
    found = fitted((backwards < 0).astype(int), backwards, [0.0] * 200)
    assert found.slopes["one"] == (0.0,)


def test_stance_weights_worked_out_by_hand():
    # 50 texts of one frame and two stances, told by 1 to 0; the first is right in 40 of them.
    ones = np.ones((50, 1))
    right = np.tile([1.0, 0.0], (50, 1, 1))
    given = {"one": Logits(ones, right), "other": Logits(ones, 0 * right)}
    gold = Targets(np.int64(ones), np.int64([[0]] * 40 + [[1]] * 10))
    found = fit_language(given, gold, GENERAL)
    # Its gradient: 50 (sigmoid(w) - 40/50) + (w - 2) = 0. The other says nothing and stays.
    weight = found.stance_weights["one"]
    assert 50 * (expit(weight) - 0.8) + weight - 2 == pytest.approx(0, abs=1e-2)
    assert found.stance_weights["other"] == pytest.approx(0.05)  # the least there is


def test_each_text_gets_the_calibration_of_its_language():
    own = Calibration({"one": (0.0,), "other": (2.0,)}, (0.0,), {"one": 0.0, "other": 1.0})
    member = Member(GENERAL, (), {}, {"zh": own})
    frames = {"one": [[1.0], [1.0], [1.0]], "other": [[log(3)], [log(3)], [-log(3)]]}
    stances = {"one": [[[log(2), 0.0]]] * 3, "other": [[[0.0, log(3)]]] * 3}
    given = {name: Logits(np.array(frames[name]), np.array(stances[name])) for name in frames}
    found = member.apply(given, ["en", "zh", "zh"])
    general = 1 / (1 + exp(-(1 + log(3) / 2 + 0.25)))
    assert found.frames[:, 0] == pytest.approx([general, 9 / 10, 1 / 10])
    # English: 2 log 2 against 0, so 4 to 1. Chinese: 1 to 3.
    assert found.stances[:, 0, 0] == pytest.approx([0.8, 0.25, 0.25])
    assert member.apply(given, ["fr", "en", "ru"]).frames[:, 0] == pytest.approx(
        GENERAL.apply(given).frames[:, 0]
    )
