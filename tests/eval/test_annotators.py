import pytest

from eval.annotators import annotators
from eval.datasets import Answered
from labels.agreement import measure
from labels.store import StoredAnswer
from tests.eval.fakes import ANSWERS, FakePredictor, codebook, labelled

# The model's frames: one a, b; two a; three b; four a.
ANA = {"one": {"a": "favor"}, "two": {"a": "favor"}, "three": {"b": "favor"}, "four": {}}
BEN = {"one": {"a": "favor"}, "two": {"b": "favor"}, "three": {"b": "favor"}}


def answered(text, **given):
    answers = (
        StoredAnswer(n, text, "o", who, frames, "2026-01-01", 1)
        for n, (who, frames) in enumerate(given.items())
    )
    return Answered(labelled(text, {}), tuple(answers))


FOUND = [
    *(answered(text, ana=ANA[text], ben=BEN[text]) for text in BEN),
    answered("four", ana=ANA["four"], cleo={}),
]


def pairs():
    found = annotators(FakePredictor(ANSWERS), FOUND)
    return {(pair["one"], pair["other"]): pair for pair in found["pairs"]}


def test_everyone_with_the_most_answers_first():
    found = annotators(FakePredictor(ANSWERS), FOUND)
    assert (found["texts"], found["names"]) == (4, ["ana", "ben", "cleo"])
    assert list(pairs())[:3] == [("model", "ana"), ("model", "ben"), ("model", "cleo")]
    assert list(pairs())[3:] == [("ana", "ben"), ("ana", "cleo"), ("ben", "cleo")]


def test_alpha_of_annotators_is_that_of_the_labels_package():
    found = annotators(FakePredictor(ANSWERS), FOUND)["alpha"]
    known = measure((answer for one in FOUND for answer in one.answers), codebook()).frames
    for frame in ("a", "b"):
        assert found[frame]["value"] == pytest.approx(known[frame].value)


def test_f1_of_pairs_worked_by_hand():
    found = pairs()
    # With ana: a has 2 hits of 3 and 2, b 1 of 2 and 1. With ben: a 1 of 2 and 1, b 1 of 2 and 2.
    assert found["model", "ana"]["macro_f1"]["value"] == pytest.approx((0.8 + 2 / 3) / 2)
    assert found["model", "ben"]["macro_f1"]["value"] == pytest.approx((2 / 3 + 0.5) / 2)
    assert found["ana", "ben"]["macro_f1"]["value"] == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert [found[key]["n"] for key in (("model", "ana"), ("model", "ben"))] == [4, 3]


def test_a_pair_that_shares_no_text_or_no_mark_has_no_figure():
    found = pairs()
    assert (found["ben", "cleo"]["n"], found["ben", "cleo"]["macro_f1"]) == (0, None)
    assert found["ben", "cleo"]["alpha"] == {"a": None, "b": None}
    assert found["model", "cleo"]["macro_f1"] is None


def test_texts_that_the_model_was_trained_on_are_counted():
    ids = {one.row.text_id for one in FOUND[:2]}
    assert annotators(FakePredictor(ANSWERS), FOUND)["seen_in_training"] == 0
    assert annotators(FakePredictor(ANSWERS), FOUND, ids)["seen_in_training"] == 2


def test_without_several_annotators_there_is_nothing_to_say():
    assert annotators(FakePredictor(ANSWERS), []) is None
