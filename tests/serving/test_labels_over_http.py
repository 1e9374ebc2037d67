"""Labels over HTTP, by a real service on loopback."""

import pytest

from tests.serving.answers import JSON, error_of


def test_labels_are_stored_and_listed(service):
    text = "A label given over HTTP, in a text that nobody else has."
    sent = {"annotations": [{"text": text, "frames": {"safety": "favor"}}]}
    (stored,) = service.post("/labels", json=sent).json()["stored"]
    newest = service.get("/labels?limit=1").json()["annotations"][0]
    assert newest["text_id"] == stored
    assert (newest["text"], newest["frames"]) == (text, {"safety": "favor"})
    assert newest["annotator"] == "adjudicator"


def test_an_answer_taken_back_and_given_again_counts_each_time(service):
    text = "This answer goes to and fro."
    for frames in ({"safety": "favor"}, {}, {"safety": "favor"}):
        body = {"annotations": [{"text": text, "frames": frames}]}
        assert service.post("/labels", json=body).status_code == 200
    newest = service.get("/labels?limit=3").json()["annotations"]
    assert [answer["frames"] for answer in newest] == [{"safety": "favor"}, {}, {"safety": "favor"}]


def test_faulty_labels_store_nothing_and_name_every_fault(service):
    before = service.get("/labels?limit=1").json()
    rows = [
        {"text": "fine", "frames": {}},
        {"text": "", "frames": {"saftey": "favor"}},
        "not a row",
    ]
    answer = service.post("/labels", json={"annotations": rows})
    assert answer.status_code == 422
    problems = error_of(answer)["problems"]
    assert len(problems) == 3
    assert problems[0] == "annotations[1]: the text is empty"
    assert "unknown frames ['saftey']" in problems[1]
    assert problems[2].startswith("annotations[2]: a row is an object")
    assert service.get("/labels?limit=1").json() == before


@pytest.mark.parametrize("column", ['"\\ud83d": 1', '"x": "\\ud83d"', '"source": "\\ud83d"'])
def test_half_a_surrogate_in_a_label_is_refused(service, column):
    body = f'{{"annotations": [{{"text": "a", "frames": {{}}, {column}}}]}}'
    answer = service.post("/labels", content=body, headers=JSON)
    assert answer.status_code == 422
    assert "\\ud83d" in error_of(answer)["problems"][0]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"host": "evil.example"},
        {"host": "localhost.evil.example:3000"},
        {"origin": "null"},
        {"origin": "http://["},
    ],
)
def test_another_site_can_neither_write_nor_read_labels(service, headers):
    body = {"annotations": [{"text": "x", "frames": {}}]}
    wrote = service.post("/labels", json=body, headers=headers)
    read = service.get("/labels", headers=headers)
    for answer in (wrote, read):
        assert answer.status_code == 403
        assert error_of(answer)["type"] == "forbidden"
