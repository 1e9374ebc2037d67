import pytest

from eval.compare import compare, verdict
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


def test_worse_is_the_same_seen_from_the_other_side():
    better, worse = compare(judged(BETTER), judged()), compare(judged(), judged(BETTER))
    assert worse.macro_f1["value"] == pytest.approx(-better.macro_f1["value"])
    assert worse.macro_f1["low"] == pytest.approx(-better.macro_f1["high"])
    assert worse.verdict == better.verdict.replace("better", "worse")


def test_against_itself_it_cannot_tell():
    found = compare(judged(), judged())
    assert found.verdict == "cannot tell at n=160: difference 0.000 [0.000, 0.000]"


def test_few_rows_cannot_tell():
    rows = MANY[:4]
    found = compare(judged(BETTER, rows=rows), judged(rows=rows))
    assert found.verdict.startswith("cannot tell at n=4: difference 0.100 [0.000, ")


@pytest.mark.parametrize(
    ("low", "value", "high", "words"),
    [
        (0.004, 0.021, 0.039, "better by 0.021 [0.004, 0.039]"),
        (-0.039, -0.021, -0.004, "worse by 0.021 [0.004, 0.039]"),
        (-0.02, 0.004, 0.03, "cannot tell at n=141: difference 0.004 [-0.020, 0.030]"),
        (-0.0001, -0.0001, 0.03, "cannot tell at n=141: difference 0.000 [0.000, 0.030]"),
    ],
)
def test_verdict_in_words(low, value, high, words):
    assert verdict({"value": value, "low": low, "high": high, "n": 141}, 141) == words


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
    assert compare(judged(), judged(member="baseline")).champion == "m-2, baseline"


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
