from eval.judge import judge
from eval.mistakes import least_certain_right, most_confident_wrong
from tests.eval.fakes import ANSWERS, ROWS, FakePredictor, codebook, labelled


def test_right_decisions_come_by_their_distance_from_the_threshold():
    found = least_certain_right(judge(FakePredictor(ANSWERS), ROWS))
    # Right: a at 0.9, 0.8, 0.3; b at 0.7, 0.1. From 0.5: a 0.4, 0.3, 0.2; b 0.2, 0.4.
    assert sorted((one["frame"], one["score"]) for one in found[:2]) == [("a", 0.3), ("b", 0.7)]
    assert (found[2]["frame"], found[2]["score"]) == ("a", 0.8)
    assert len(found) == 5
    assert all(one["gold"] == one["predicted"] for one in found)


def test_the_distance_is_from_the_frames_own_threshold():
    predictor = FakePredictor(ANSWERS)
    predictor.thresholds = {"a": 0.88, "b": 0.5}
    first = least_certain_right(judge(predictor, ROWS))[0]
    assert (first["frame"], first["score"]) == ("a", 0.9)


def test_a_decision_carries_the_whole_label_and_all_scores():
    found = most_confident_wrong(judge(FakePredictor(ANSWERS), ROWS))[0]
    assert found["label"] == {"a": "against", "b": "favor"}
    assert found["scores"] == {"a": 0.8, "b": 0.2}


def test_a_label_without_stances_is_a_list():
    book = codebook(stances=())
    judged = judge(FakePredictor({"one": {"a": (0.4,), "b": (0.1,)}}, book), [
        labelled("one", {"a": None})
    ])  # fmt: skip
    assert most_confident_wrong(judged)[0]["label"] == ["a"]


def test_texts_that_could_not_be_scored_are_neither():
    judged = judge(FakePredictor({}), ROWS)
    assert most_confident_wrong(judged) == least_certain_right(judged) == []
