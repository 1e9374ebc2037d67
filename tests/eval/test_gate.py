"""The gate's rules on comparisons and behaviours made by hand; reasons to the letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.compare import Comparison, compare
from eval.gate import Earlier, check, check_first
from eval.judge import judge
from tests.eval.fakes import FakePredictor, labelled


def figure(value, low=-1.0, high=1.0):
    return {"value": value, "low": low, "high": high, "n": 141}


def comparison(
    low: float = 0.004,
    value: float = 0.021,
    high: float = 0.039,
    *,
    error: float = 0.01,
    groups: int = 90,
    ece: tuple[float, float] = (0.01, 0.01),
    **frames: float,
) -> Comparison:
    return Comparison(
        challenger="b",
        champion="a",
        champion_member="ensemble",
        n=141,
        groups=groups,
        macro_f1=figure(value, low, high),
        standard_error=error,
        per_frame={name: figure(fall, fall - 0.03, fall + 0.03) for name, fall in frames.items()},
        mcnemar={
            name: {"n_better": 3, "n_worse": 12, "p": 0.035, "p_corrected": 0.07} for name in frames
        },
        joint=None,
        ece={"challenger": ece[0], "champion": ece[1], "difference": figure(ece[0] - ece[1])},
        verdict="the verdict",
        decisions="",
    )


def behaviours(**passed: int):
    sizes = {"clear": 90, "denial": 20, "country": 168}
    held = {"clear": 88, "denial": 15, "country": 160, **passed}
    return [{"name": name, "passed": held[name], "n": n} for name, n in sizes.items()]


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
    assert check(comparison(), behaviours(), behaviours()).text == "the verdict"


@pytest.mark.parametrize(
    ("low", "value", "high", "error", "words"),
    [
        (
            -0.08, -0.05, -0.03, 0.013,
            "worse: macro-F1 difference -0.050 [-0.080, -0.030], needed: lower end above -0.020, "
            "which more labels do not give while the difference stays",
        ),
        # 141 * ((2.8 * 0.036 / (-0.010 + 0.020))^2 - 1) = 14,185
        (
            -0.08, -0.01, 0.06, 0.036,
            "cannot be told from worse at n=141: macro-F1 difference -0.010 [-0.080, +0.060], "
            "needed: lower end above -0.020, which would take over 5,000 more texts on the test "
            "side",
        ),
        # 141 * ((2.8 * 0.025 / (0.010 + 0.020))^2 - 1) = 626.7
        (
            -0.04, 0.01, 0.06, 0.025,
            "cannot be told from worse at n=141: macro-F1 difference +0.010 [-0.040, +0.060], "
            "needed: lower end above -0.020, which about 630 more texts on the test side give if "
            "the difference stays",
        ),
    ],
    ids=["worse", "hardly told", "told with more"],
)  # fmt: skip
def test_a_refusal_tells_worse_from_unproven_and_what_is_needed(low, value, high, error, words):
    decision = check(comparison(low, value, high, error=error))
    assert (decision.passed, decision.text) == (False, words)


def test_one_frame_given_up_is_refused():
    frames = {"safety": -0.051, "sovereignty": -0.05, "cooperation": 0.2}
    decision = check(comparison(**frames))
    assert not decision.passed
    assert decision.text == (
        "safety falls by 0.051 [0.021, 0.081] in F1, wrong on 12 texts that the champion has right "
        "and right on 3 that it has wrong, needed: a fall of at most 0.050"
    )


def test_a_frame_that_gold_never_marks_is_passed_over():
    found = comparison()
    found.per_frame["safety"] = None
    assert check(found).passed


@pytest.mark.parametrize(
    ("own", "champion", "passed"),
    [
        (0.05, 0.0, True),  # within the bound, however good the champion
        (0.051, 0.031, True),  # beyond it, but not by more than the margin
        (0.051, 0.030, False),
        (0.2, 0.3, True),  # better than a bad champion
    ],
)
def test_the_bounds_of_calibration(own, champion, passed):
    assert check(comparison(ece=(own, champion))).passed is passed


def test_bad_calibration_is_refused_and_the_bound_named():
    assert check(comparison(ece=(0.12, 0.01))).text == (
        "calibration error 0.120, the champion's is 0.010, needed: at most 0.050"
    )
    assert check(comparison(ece=(0.12, 0.08))).text == (
        "calibration error 0.120, the champion's is 0.080, needed: at most 0.100"
    )


def test_a_behaviour_lost_is_refused():
    # A tenth of 20 cases is 2, of 168 16.8, of 90 9.
    assert check(comparison(), behaviours(denial=13, country=144, clear=79), behaviours()).passed
    lost = behaviours(denial=12, country=143, clear=78)
    assert check(comparison(), lost, behaviours()).reasons == (
        "clear holds in 78 of 90 cases, the champion's in 88, needed: 79",
        "denial holds in 12 of 20 cases, the champion's in 15, needed: 13",
        "country holds in 143 of 168 cases, the champion's in 160, needed: 144",
    )


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 400))
def test_a_fall_of_just_the_margin_passes_at_any_number_of_cases(own, champion, n):
    own, champion = min(own, n), min(champion, n)
    found = [[{"name": "x", "passed": passed, "n": n}] for passed in (own, champion)]
    # A tenth in whole numbers, where no float is in the way.
    assert check(comparison(), *found).passed is (10 * (champion - own) <= n)


def slid(macro_f1=0.0, promotions=2, **per_frame):
    """A champion of so many promotions ago, and what has changed since."""
    return Earlier(f"m{promotions}", promotions, macro_f1, {"safety": 0.0, "law": 0.0, **per_frame})


def test_small_steps_down_are_added_up():
    step = comparison(-0.015, -0.008, 0.001, safety=-0.02, law=0.01)
    line = [slid(-0.004, 1, safety=-0.03), slid(-0.013, 2, safety=-0.031), slid(0.01, 3)]
    assert check(step).passed
    assert check(step, earlier=line[:1]).passed  # 0.012 and 0.05, the margin itself
    assert check(step, earlier=line).reasons == (
        "macro-F1 falls by 0.008, and by 0.021 since m2 was champion, 2 promotion(s) ago, needed: "
        "at most 0.020 over up to 5 promotions and this one",
        "safety in F1 falls by 0.020, and by 0.051 since m2 was champion, 2 promotion(s) ago, "
        "needed: at most 0.050 over up to 5 promotions and this one",
    )


def test_who_makes_nothing_worse_is_not_held_to_what_others_lost():
    lost = slid(-0.3, safety=-0.3)
    assert check(comparison(-0.01, 0.0, 0.01, safety=0.0), earlier=[lost]).passed
    assert check(comparison(0.01, 0.1, 0.2, safety=0.1), earlier=[lost]).passed


def test_a_frame_refused_for_this_step_alone_is_not_named_twice():
    (reason,) = check(comparison(safety=-0.051), earlier=[slid(safety=-0.3)]).reasons
    assert reason.startswith("safety falls by 0.051 [")


def test_all_reasons_are_given_at_once():
    found = comparison(-0.08, -0.05, -0.03, ece=(0.12, 0.01), safety=-0.3, law=-0.1)
    starts = ["worse: ", "safety falls by 0.300", "law falls by 0.100", "calibration ", "denial "]
    reasons = check(found, behaviours(denial=1), behaviours()).reasons
    assert [reason[: len(start)] for reason, start in zip(reasons, starts, strict=True)] == starts


def test_nothing_is_proven_where_no_frame_is_marked_or_all_is_one_document():
    empty = comparison()
    object.__setattr__(empty, "macro_f1", None)
    object.__setattr__(empty, "standard_error", None)
    assert check(empty).reasons == (
        "nothing can be proven on a test part without a frame, needed: labelled texts there that "
        "carry one",
    )
    assert check(comparison(groups=1)).reasons == (
        "nothing can be proven on a test part of one document, needed: labelled texts of others "
        "there",
    )


def test_the_first_model_serves_and_its_failures_are_named():
    assert check_first(0.05).reasons == ("there was no champion",)
    found = check_first(0.051, behaviours(clear=90))
    assert found.passed
    assert found.text == (
        "there was no champion; calibration error 0.051, above 0.050; behaviours with failing "
        "cases: denial 5 of 20, country 8 of 168"
    )


ROWS = [
    labelled(f"text {k}", dict.fromkeys(["a"] * (k % 2) + ["b"] * (k % 4 < 2), "favor"))
    for k in range(200)
]
"""a on every second text, b on two of four."""


def judged(found, sure=0.99):
    """A model that finds in text k the frames `found(k)`, each at the score `sure`."""
    answers = {
        row.text: {n: (sure if n in found(k) else 1 - sure, "favor") for n in "ab"}
        for k, row in enumerate(ROWS)
    }
    return judge(FakePredictor(answers), ROWS)


def gold(k):
    return set(ROWS[k % 200].frames)


def test_judged_with_the_answers_of_other_texts_it_is_refused():
    # Each text gets the next one's answer: always wrong on a, on b half of the time.
    found = compare(judged(lambda k: gold(k + 1)), judged(gold))
    assert check(found, behaviours(denial=0), behaviours()).reasons == (
        "worse: macro-F1 difference -0.750 [-0.796, -0.710], needed: lower end above -0.020, which "
        "more labels do not give while the difference stays",
        "a falls by 1.000 [1.000, 1.000] in F1, wrong on 200 texts that the champion has right and "
        "right on 0 that it has wrong, needed: a fall of at most 0.050",
        "b falls by 0.500 [0.419, 0.592] in F1, wrong on 100 texts that the champion has right and "
        "right on 0 that it has wrong, needed: a fall of at most 0.050",
        "calibration error 0.740, the champion's is 0.010, needed: at most 0.050",
        "denial holds in 0 of 20 cases, the champion's in 15, needed: 13",
    )


def test_judged_worse_on_one_frame_it_is_refused_though_better_overall():
    # The champion misses half of b. The challenger finds it, and misses one a in ten.
    champion = judged(lambda k: gold(k) - ({"b"} if k % 4 == 1 else set()))
    found = compare(judged(lambda k: gold(k) - ({"a"} if k % 20 == 1 else set())), champion)
    assert found.verdict.startswith("better by 0.1")
    assert check(found).reasons == (
        "a falls by 0.053 [0.023, 0.087] in F1, wrong on 10 texts that the champion has right and "
        "right on 0 that it has wrong, needed: a fall of at most 0.050",
    )


def test_judged_too_sure_of_itself_it_is_refused_though_it_decides_alike():
    # Both are wrong on every fifth text, in both frames.
    def four_in_five(k):
        return gold(k) if k % 5 else {"a", "b"} - gold(k)

    found = compare(judged(four_in_five), judged(four_in_five, sure=0.8))
    assert check(found).reasons == (
        "calibration error 0.190, the champion's is 0.000, needed: at most 0.050",
    )
