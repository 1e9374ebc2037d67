"""Parameters that would be passed over, and methods that a place does not have."""

import pytest

from tests.serving.answers import error_of


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/labels?limt=5", "limt: no such parameter; known: ['limit', 'annotator']"),
        ("/labels?limit=5&limit=6", "limit: given 2 times; give it once"),
        ("/queue?annotator=a&after=99999999999999999999", "after: Input should be less than"),
        ("/disputes?names=true&x=", "x: no such parameter"),
        ("/queue/answered?annotator=", "annotator: String should have at least 1 character"),
        ("/labels?annotator=", "annotator: String should have at least 1 character"),
    ],
)
def test_a_parameter_that_would_be_ignored_is_refused(service, path, words):
    answer = service.get(path)
    assert answer.status_code == 422
    assert words in error_of(answer)["message"]


def test_a_place_without_parameters_takes_any(service):
    assert service.get("/codebook?utm_source=mail").status_code == 200


def test_numbers_and_words_do_not_stand_for_true(service):
    answer = service.post("/score", json={"texts": ["a"], "explain": 1})
    assert answer.status_code == 422
    assert error_of(answer)["message"] == "explain: Input should be a valid boolean"


def test_a_method_that_a_place_does_not_have_is_told_those_it_has(service):
    allowed = {
        path: service.delete(path).headers["allow"] for path in ("/labels", "/score", "/disputes/x")
    }
    assert allowed == {"/labels": "GET, HEAD, POST", "/score": "POST", "/disputes/x": "POST"}
