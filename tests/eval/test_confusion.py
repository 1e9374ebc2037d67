from eval.confusion import frame_confusion, stance_confusion
from eval.judge import judge
from tests.eval.fakes import ANSWERS, ROWS, FakePredictor


def test_what_stands_beside_a_missed_and_a_wrongly_marked_frame():
    found = frame_confusion(judge(FakePredictor(ANSWERS), ROWS))
    # b is missed on two, where a is marked; b is wrong on one, where gold has a; a is wrong on four
    # where gold has nothing.
    assert found["missed"] == {
        "a": {"n": 0, "with": {"b": 0}, "alone": 0}, "b": {"n": 1, "with": {"a": 1}, "alone": 0},
    }  # fmt: skip
    assert found["wrongly_found"] == {
        "a": {"n": 1, "with": {"b": 0}, "alone": 1}, "b": {"n": 1, "with": {"a": 1}, "alone": 0},
    }  # fmt: skip


def test_stances_in_all_and_of_each_frame():
    found = stance_confusion(judge(FakePredictor(ANSWERS), ROWS))
    assert found["counts"] == [[2, 1], [1, 0]]
    # a: favor read right, against read as favor. b: favor read as against, then right.
    assert found["per_frame"]["a"] == {"counts": [[1, 0], [1, 0]], "none": [0, 0]}
    assert found["per_frame"]["b"] == {"counts": [[1, 1], [0, 0]], "none": [0, 0]}


def test_a_text_without_an_answer_has_no_stance():
    answers = {text: found for text, found in ANSWERS.items() if text != "two"}
    found = stance_confusion(judge(FakePredictor(answers), ROWS))
    assert (found["none"], found["per_frame"]["b"]["none"]) == ([1, 1], [1, 0])
