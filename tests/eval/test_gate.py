import pytest

from eval.compare import Comparison
from eval.gate import check


def comparison(low: float, value: float, high: float, **frames: float) -> Comparison:
    def figure(value, low=-1.0, high=1.0):
        return {"value": value, "low": low, "high": high, "n": 141}

    return Comparison(
        challenger="b",
        champion="a",
        n=141,
        macro_f1=figure(value, low, high),
        per_frame={name: figure(fall) for name, fall in frames.items()},
        joint=None,
        verdict="the verdict",
    )


@pytest.mark.parametrize(
    ("low", "value", "high", "passed"),
    [
        (0.004, 0.021, 0.039, True),  # better
        (-0.019, 0.0, 0.02, True),  # cannot be told apart, but not worse beyond the margin
        (-0.02, 0.0, 0.02, False),  # the margin itself is not above the margin
        (-0.08, -0.05, -0.03, False),  # worse
    ],
)
def test_the_margin_overall(low, value, high, passed):
    assert check(comparison(low, value, high, safety=0.0)).passed is passed


def test_a_pass_gives_the_verdict():
    assert check(comparison(0.01, 0.02, 0.03)).text == "the verdict"


def test_a_refusal_tells_worse_from_unproven():
    worse = check(comparison(-0.08, -0.05, -0.03)).text
    assert worse.startswith("worse: macro-F1 difference -0.050 [-0.080, -0.030]")
    unproven = check(comparison(-0.08, -0.01, 0.06)).text
    assert unproven.startswith("cannot be told from worse at n=141: macro-F1 difference -0.010")


def test_one_frame_given_up_is_refused():
    frames = {"safety": -0.051, "sovereignty": -0.05, "cooperation": 0.2}
    decision = check(comparison(0.01, 0.02, 0.03, **frames))
    assert not decision.passed
    assert decision.text == "safety falls by 0.051, more than 0.050"


def test_a_frame_that_gold_never_marks_is_passed_over():
    found = comparison(0.01, 0.02, 0.03)
    found.per_frame["safety"] = None
    assert check(found).passed


def test_nothing_is_proven_where_no_frame_is_marked():
    empty = Comparison("b", "a", 3, None, {}, None, "")
    assert not check(empty).passed
