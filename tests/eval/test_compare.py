import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import norm

from eval.compare import MOST_TEXTS, compare, more_texts, verdict
from eval.judge import JudgeError, judge
from tests.eval.fakes import ANSWERS, ROWS, FakePredictor, codebook, labelled

MANY = [
    labelled(f"{row.text} {copy}", row.frames, group=f"{row.text} {copy}")
    for copy in range(40)
    for row in ROWS
]


def answers(change=None):
    """The given answers for every copy; `change` replaces one frame's (score, stance) of a text."""
    found = {}
    for row in MANY:
        text = row.text.split()[0]
        found[row.text] = {**ANSWERS[text], **(change or {}).get(text, {})}
    return found


def judged(change=None, model="m-2", rows=MANY, **more):
    return judge(FakePredictor(answers(change), model=model, **more), rows)


BETTER = {"four": {"a": (0.1, "favor")}}
"""Mends the false positive on a: its F1 goes from 4/5 to 1, macro-F1 up by 0.1."""


def test_better_with_the_numbers_worked_by_hand():
    found = compare(judged(BETTER), judged(model="m-1"))
    assert found.macro_f1["value"] == pytest.approx(0.1)
    assert found.per_frame["a"]["value"] == pytest.approx(0.2)
    assert found.per_frame["b"] == pytest.approx({"value": 0, "low": 0, "high": 0, "n": 160})
    # Joint: 80 hits of 200 predicted and 160 gold, then of 160 and 160.
    assert found.joint["value"] == pytest.approx(160 / 320 - 160 / 360)
    assert found.macro_f1["low"] > 0
    assert found.verdict.startswith("better by 0.100 [0.0")
    assert (found.challenger, found.champion, found.n) == ("m-2", "m-1", 160)
    assert found.champion_member == "ensemble"


def test_a_linear_champion_is_named_by_its_version_alone():
    found = compare(judged(BETTER), judged(model="m-1", member="baseline"))
    assert (found.champion, found.champion_member) == ("m-1", "baseline")


def test_worse_is_the_same_seen_from_the_other_side():
    better, worse = compare(judged(BETTER), judged()), compare(judged(), judged(BETTER))
    assert worse.macro_f1["value"] == pytest.approx(-better.macro_f1["value"])
    assert worse.macro_f1["low"] == pytest.approx(-better.macro_f1["high"])
    assert worse.verdict == better.verdict.replace("better", "worse")


def test_against_itself_it_cannot_tell():
    found = compare(judged(), judged())
    assert found.verdict == (
        "cannot tell at n=160: alike within 0.000 (difference 0.000 [0.000, 0.000])"
    )
    assert found.decisions == "the decisions differ beyond chance on no frame"


def test_few_rows_cannot_tell():
    rows = MANY[:4]
    found = compare(judged(BETTER, rows=rows), judged(rows=rows))
    assert found.verdict.startswith("cannot tell at n=4: label about ")
    assert " more (difference 0.100 [0.000, " in found.verdict


def test_decisions_on_each_frame_are_counted():
    found = compare(judged(BETTER), judged())
    assert found.mcnemar["a"] == {
        "n_better": 40, "n_worse": 0, "p": pytest.approx(2 * 0.5**40),
        "p_corrected": pytest.approx(4 * 0.5**40),
    }  # fmt: skip
    assert found.mcnemar["b"] == {"n_better": 0, "n_worse": 0, "p": 1, "p_corrected": 1}
    assert found.decisions == (
        "the decisions are, beyond chance, better on a (only this model right on 40, only the "
        "other on 0, p < 0.001)"
    )


def test_calibration_errors_of_both_and_their_difference():
    # Bins of all eight scores, gold less score. Own: 0.9: .1, 0.6: -.6, 0.8: .2, 0.2 and 0.3 each
    # alone: .8 and -.3, 0.7: .3, and 0.1 twice: -.1 -.1. The champion has 0.7 twice: .3 -.7.
    found = compare(judged(BETTER), judged()).ece
    assert found["challenger"] == pytest.approx((0.1 + 0.6 + 0.2 + 0.8 + 0.3 + 0.3 + 0.2) / 8)
    assert found["champion"] == pytest.approx((0.1 + 0.6 + 0.2 + 0.8 + 0.3 + 0.4 + 0.1) / 8)
    difference = found["difference"]
    assert difference["value"] == pytest.approx(found["challenger"] - found["champion"])
    assert difference["low"] <= difference["value"] <= difference["high"]
    assert difference["n"] == 320


@pytest.mark.parametrize(
    ("low", "value", "high", "words"),
    [
        (0.004, 0.021, 0.039, "better by 0.021 [0.004, 0.039]"),
        (-0.039, -0.021, -0.004, "worse by 0.021 [0.004, 0.039]"),
        # 141 * ((2.8 * 0.013 / 0.021)^2 - 1) = 282.6
        (
            -0.005, 0.021, 0.046,
            "cannot tell at n=141: label about 280 more (difference 0.021 [-0.005, 0.046])",
        ),
        # 141 * ((2.8 * 0.013 / 0.008)^2 - 1) = 2778.1
        (
            -0.034, -0.008, 0.017,
            "cannot tell at n=141: label about 2,800 more (difference -0.008 [-0.034, 0.017])",
        ),
        # 141 * ((2.8 * 0.013 / 0.004)^2 - 1) = 11535.2, more than anybody labels
        (
            -0.03, -0.004, 0.02,
            "cannot tell at n=141: alike within 0.030 (difference -0.004 [-0.030, 0.020])",
        ),
        (
            -0.0001, -0.0001, 0.03,
            "cannot tell at n=141: alike within 0.030 (difference 0.000 [0.000, 0.030])",
        ),
    ],
)  # fmt: skip
def test_verdict_in_words(low, value, high, words):
    difference = {"value": value, "low": low, "high": high, "n": 141}
    assert verdict(difference, 0.013, 141, groups=90) == words


@pytest.mark.parametrize("value", [0.3, -0.3])
def test_one_document_tells_nothing(value):
    difference = {"value": value, "low": value, "high": value, "n": 7}
    assert verdict(difference, 0.0, 7, groups=1) == (
        "cannot tell at n=7: all texts are of one document, label some of others "
        f"(difference {value:.3f} [{value:.3f}, {value:.3f}])"
    )


def test_documents_not_texts_are_what_is_drawn():
    rows = [labelled(row.text, row.frames, group="all") for row in MANY]
    found = compare(judged(BETTER, rows=rows), judged(rows=rows))
    assert (found.n, found.groups) == (160, 1)
    assert found.verdict.startswith("cannot tell at n=160: all texts are of one document")


@given(
    d=st.floats(0.001, 0.2),
    spread=st.floats(0.05, 2),
    n=st.integers(20, 3000),
    side=st.sampled_from([-1, 1]),
)
def test_that_many_more_texts_tell_in_four_cases_of_five(d, spread, n, side):
    more = more_texts(side * d, spread / math.sqrt(n), n)
    assume(more > 10)
    there = norm.sf(1.96 - d / (spread / math.sqrt(n + more)))
    assert 0.77 < there < 0.83


def test_no_difference_takes_no_number_and_a_plain_one_hardly_any():
    assert more_texts(0.0, 0.01, 100) == math.inf
    assert more_texts(0.5, 0.01, 100) == 1
    assert more_texts(0.001, 0.01, 100) > MOST_TEXTS


def test_nothing_marked_cannot_tell():
    rows = [labelled("one 0", {})]
    found = compare(judged(rows=rows), judged(rows=rows))
    assert found.macro_f1 is None
    assert found.per_frame == {"a": None, "b": None}
    assert found.joint is None
    assert found.verdict == "cannot tell at n=1: no frame is marked in the gold labels"


def test_without_stances_there_is_no_joint():
    book, rows = codebook(stances=()), [labelled("one", {"a": None})]
    own = judge(FakePredictor({"one": {"a": (0.9,), "b": (0.1,)}}, book), rows)
    assert compare(own, own).joint is None
    assert compare(own, own).to_dict()["macro_f1"]["value"] == 0


def test_baseline_says_that_it_is_one():
    found = compare(judged(), judged(member="baseline"))
    assert (found.champion, found.champion_member) == ("m-2", "baseline")


@pytest.mark.parametrize("rows", [MANY[1:], MANY[::-1]], ids=["fewer", "other order"])
def test_other_rows_are_refused(rows):
    with pytest.raises(JudgeError, match="not the same, or not in the same order"):
        compare(judged(), judged(rows=rows))


def test_other_labels_on_the_same_texts_are_refused():
    relabelled = [labelled(MANY[0].text, {"b": "favor"}), *MANY[1:]]
    with pytest.raises(JudgeError, match="not the same"):
        compare(judged(), judged(rows=relabelled))


def test_other_codebooks_are_refused():
    other = judge(FakePredictor(answers(), codebook(("a", "b", "c"))), MANY)
    with pytest.raises(JudgeError, match="m-2 and m-1 have different frames or stances"):
        compare(judged(), other)
