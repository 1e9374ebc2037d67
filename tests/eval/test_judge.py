import numpy as np
import pytest

from eval.judge import JudgeError, judge
from tests.eval.fakes import ANSWERS, ROWS, FakePredictor, codebook, labelled


def test_answers_stand_beside_gold_in_the_codebooks_order():
    judged = judge(FakePredictor(ANSWERS), ROWS)
    assert judged.gold.astype(int).tolist() == [[1, 0], [1, 1], [0, 1], [0, 0]]
    assert judged.predicted.astype(int).tolist() == [[1, 1], [1, 0], [0, 1], [1, 0]]
    assert judged.scores.tolist() == [[0.9, 0.6], [0.8, 0.2], [0.3, 0.7], [0.7, 0.1]]
    assert judged.gold_stance.tolist() == [[0, -1], [1, 0], [-1, 0], [-1, -1]]
    assert (judged.model, judged.member) == ("m-1", "ensemble")
    assert judged.thresholds == {"a": 0.5, "b": 0.5}


def test_stance_of_an_absent_frame_is_the_one_with_the_highest_score():
    judged = judge(FakePredictor(ANSWERS), ROWS)
    assert not judged.predicted[1, 1]
    assert judged.stance[1, 1] == 1


def test_uncertain_is_the_predictors():
    answers = {"one": {"a": (0.55, "favor"), "b": (0.39, "favor")}}
    assert judge(FakePredictor(answers), ROWS[:1]).uncertain.tolist() == [[True, False]]


def test_a_text_that_cannot_be_scored_predicts_nothing_and_is_listed():
    answers = {text: found for text, found in ANSWERS.items() if text != "two"}
    judged = judge(FakePredictor(answers), ROWS)
    assert not judged.predicted[1].any()
    assert judged.scores[1].tolist() == [0, 0]
    assert judged.stance[1].tolist() == [-1, -1]
    assert {place: error.type for place, error in judged.unscored.items()} == {1: "unreadable"}


def test_language_is_the_labels_else_the_detected_one_without_its_region():
    rows = [labelled("one", {}, lang="pt-BR"), labelled("two", {}), labelled("lost", {})]
    assert judge(FakePredictor(ANSWERS), rows).languages == ("pt", "en", "unknown")
    assert judge(FakePredictor(ANSWERS), [labelled("one", {}, lang="ZH")]).languages == ("zh",)


def test_without_stances_no_stance_is_read():
    book = codebook(stances=())
    answers = {"one": {"a": (0.9,), "b": (0.6,)}}
    judged = judge(FakePredictor(answers, book), [labelled("one", {"a": None})])
    assert judged.stance.tolist() == judged.gold_stance.tolist() == [[-1, -1]]
    assert judged.gold.tolist() == [[True, False]]


def test_take_keeps_rows_arrays_and_errors_together():
    answers = {text: found for text, found in ANSWERS.items() if text != "two"}
    part = judge(FakePredictor(answers), ROWS).take([3, 1])
    assert [row.text for row in part.rows] == ["four", "two"]
    assert part.predicted.tolist() == [[True, False], [False, False]]
    assert list(part.unscored) == [1]
    assert len(part.languages) == len(part) == 2


def test_no_rows_is_an_error():
    with pytest.raises(JudgeError, match="no labelled rows to judge"):
        judge(FakePredictor(ANSWERS), [])


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ({"c": "favor"}, r"frames the model does not know: \['c'\]; known: \['a', 'b'\]"),
        ({"a": "maybe"}, r"stances the model does not know: \['maybe'\]"),
    ],
)
def test_labels_of_another_codebook_are_refused(frames, words):
    with pytest.raises(JudgeError, match=words):
        judge(FakePredictor(ANSWERS), [labelled("one", frames)])


def test_a_predictor_that_loses_an_answer_is_caught():
    predictor = FakePredictor(ANSWERS)
    predictor.predict = lambda texts: []
    with pytest.raises(RuntimeError, match="0 answers to 4 texts"):
        judge(predictor, ROWS)


def test_groups_are_the_rows():
    rows = [labelled("one", {}, group="d"), labelled("two", {}, group="d")]
    judged = judge(FakePredictor(ANSWERS), rows)
    assert judged.groups == ["d", "d"]
    assert isinstance(judged.scores, np.ndarray)
