import pytest

from eval.judge import judge
from eval.mistakes import least_certain_right, most_confident_wrong, suspected_errors
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


@pytest.fixture
def doubtful():
    """80 paragraphs, half of them with frame a; the labels of two, and only these, are wrong."""
    rows, answers = [], {}
    for k in range(80):
        text = f"text {k}"
        marked = (k % 2 == 0) != (k in (10, 21))
        rows.append(labelled(text, {"a": "favor"} if marked else {}))
        answers[text] = {"a": (0.95 if k % 2 == 0 else 0.02, "favor"), "b": (0.1, "favor")}
    return judge(FakePredictor(answers), rows)


def test_suspected_errors_are_those_the_scores_contradict_the_surest_first(doubtful):
    found = suspected_errors(doubtful)
    assert (found["texts"], found["seen"], found["found"]) == (80, 0, 2)
    shown = [(one["text"], one["frame"], one["gold"], one["score"]) for one in found["listed"]]
    assert shown == [("text 21", "a", True, 0.02), ("text 10", "a", False, 0.95)]
    assert [one["quality"] for one in found["listed"]] == pytest.approx([0.02, 0.05])
    assert found["left_out"] == {"b": "0 texts with it, at least 30 are needed"}


def test_what_is_listed_among_the_mistakes_is_not_listed_again(doubtful):
    errors = most_confident_wrong(doubtful)
    assert [one["text"] for one in errors] == ["text 21", "text 10"]
    found = suspected_errors(doubtful, errors=errors)
    assert (found["found"], found["among_errors"], found["listed"]) == (2, [0, 1], [])
    found = suspected_errors(doubtful, errors=errors[1:])
    assert (found["found"], found["among_errors"]) == (2, [0])
    assert [one["text"] for one in found["listed"]] == ["text 21"]


def test_texts_seen_in_training_and_texts_without_a_score_are_not_suspected(doubtful):
    found = suspected_errors(doubtful, {doubtful.rows[21].text_id})
    assert (found["texts"], found["seen"], found["found"]) == (79, 1, 1)
    assert found["listed"][0]["text"] == "text 10"
    unscored = judge(FakePredictor({}), doubtful.rows)
    assert suspected_errors(unscored)["texts"] == 0


def test_on_few_texts_no_error_is_suspected():
    found = suspected_errors(judge(FakePredictor(ANSWERS), ROWS))
    assert (found["found"], found["listed"]) == (0, [])
    assert found["left_out"] == dict.fromkeys("ab", "2 texts with it, at least 30 are needed")
