"""The HTTP API, by a real service on loopback."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from huggingface_hub import InferenceClient

from labels.text import MAX_CHARACTERS
from serving.predictor import Predictor
from serving.schemas import MAX_BODY, MAX_EXPLAINED, MAX_TEXTS
from tests.serving.answers import JSON, error_of

ACCORD = "Both states signed the accord on shared testing of artificial intelligence."
CHIPS = "A nation that buys every chip abroad has no say over its own data."


def scores(result: dict) -> dict[str, float]:
    return {frame["label"]: frame["score"] for frame in result["frames"]}


def test_scores_in_order_and_echoes_ids(service, trained):
    texts = [ACCORD, {"id": 7, "text": CHIPS}, {"id": None, "text": ACCORD}]
    answer = service.post("/score", json={"texts": texts})
    assert answer.status_code == 200
    found = answer.json()
    assert found["model"] == trained.version
    assert found["codebook"] == {"name": "technology-in-world-politics", "version": 1}
    first, second, third = found["results"]
    assert "id" not in first
    assert second["id"] == 7
    assert third["id"] is None
    assert scores(third) == pytest.approx(scores(first), abs=1e-5)
    assert scores(third) != pytest.approx(scores(second), abs=1e-5)


def test_a_result_has_the_fields_of_the_contract(service):
    (result,) = service.post("/score", json={"texts": [CHIPS]}).json()["results"]
    names = {"frames", "language", "language_supported", "truncated", "tokens"}
    assert set(result) == names
    assert (result["language"], result["truncated"]) == ("en", False)
    scores = [frame["score"] for frame in result["frames"]]
    assert scores == sorted(scores, reverse=True)
    for frame in result["frames"]:
        assert set(frame) == {"label", "score", "threshold", "present", "uncertain", "stance"}
        assert frame["present"] == (frame["score"] >= frame["threshold"])
        # Each is rounded to six places.
        assert sum(frame["stance"]["scores"].values()) == pytest.approx(1, abs=2e-6)
        best = max(frame["stance"]["scores"], key=frame["stance"]["scores"].get)
        assert frame["stance"]["label"] == (best if frame["present"] else None)


def test_what_is_served_is_what_the_predictor_says(service, trained):
    predictor = Predictor.open(trained.bundle)
    texts = [CHIPS, "日本 🙂", "w " * 3000, "x"]
    served = service.post("/score", json={"texts": texts}).json()["results"]
    for own, result in zip(predictor.predict(texts), served, strict=True):
        assert [f["label"] for f in result["frames"]] == [f.label for f in own.frames]
        for ours, theirs in zip(own.frames, result["frames"], strict=True):
            assert theirs["score"] == pytest.approx(ours.score, abs=1e-5)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("", "the text is empty"),
        ("  \n ", "the text is empty"),
        (3, "a text must be a string, not int"),
        (None, "a text must be a string, not NoneType"),
        ({"id": 1}, "a text must be a string, not NoneType"),
        ("a\x00b", "the text holds a NUL character"),
        ("x" * 2_000_000, f"at most {MAX_CHARACTERS:,} are allowed"),
    ],
    ids=["empty", "blank", "number", "null", "no text", "NUL", "2 MB"],
)
def test_a_bad_text_gets_its_own_error_and_spoils_no_other(service, bad, words):
    alone = service.post("/score", json={"texts": [CHIPS]}).json()["results"][0]
    answer = service.post("/score", json={"texts": [CHIPS, bad, CHIPS]})
    assert answer.status_code == 200
    before, wrong, after = answer.json()["results"]
    assert wrong["error"]["type"] == "invalid_text"
    assert words in wrong["error"]["message"]
    for answer in (before, after):
        assert scores(answer) == pytest.approx(scores(alone), abs=1e-5)


def test_half_a_surrogate_is_refused_alone(service):
    body = '{"texts": ["\\ud83d", "fine"]}'
    answer = service.post("/score", content=body, headers={"content-type": "application/json"})
    wrong, fine = answer.json()["results"]
    assert "UTF-16" in wrong["error"]["message"]
    assert "frames" in fine


def test_an_id_is_echoed_as_it_came(service):
    ids = ["", "a b", 0, -1.5, 10**30, True, None]
    texts = [{"id": id, "text": ACCORD} for id in ids]
    results = service.post("/score", json={"texts": texts}).json()["results"]
    assert [result["id"] for result in results] == ids
    assert all("frames" in result for result in results)


@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("NaN", "the id is nan"),
        ("-Infinity", "the id is -inf"),
        ("1e999", "the id is inf"),
        ('"\\ud83d"', "half of a UTF-16 pair"),
        ("[1]", "not list"),
        ('{"a": 1}', "not dict"),
    ],
)
def test_a_bad_id_gets_its_own_error_and_spoils_no_other(service, id, words):
    body = f'{{"texts": [{{"id": 1, "text": "a"}}, {{"id": {id}, "text": "b"}}, "", "c"]}}'
    answer = service.post("/score", content=body, headers=JSON)
    assert answer.status_code == 200
    first, wrong, empty, last = answer.json()["results"]
    assert list(wrong) == ["error"]
    assert wrong["error"]["type"] == "invalid_id"
    assert words in wrong["error"]["message"]
    assert (first["id"], empty["error"]["type"]) == (1, "invalid_text")
    assert "frames" in first
    assert "frames" in last


def test_evidence_is_given_for_frames_that_are_present_and_only_when_asked(service, trained):
    text = f"  {CHIPS}\n\n{ACCORD} Cafe\u0301s in Straße 5 close. 🙂 Nobody minds. "
    sent = [text, "", {"id": 7, "text": CHIPS}]
    first, bad, single = service.post("/score", json={"texts": sent, "explain": True}).json()[
        "results"
    ]
    plain = service.post("/score", json={"texts": sent}).json()["results"]
    assert bad == plain[1]
    assert single["id"] == 7
    own, _, _ = Predictor.open(trained.bundle).predict([text, "", CHIPS], explain=True)
    for explained, bare in ((first, plain[0]), (single, plain[2])):
        assert any(frame["present"] for frame in explained["frames"])
        for frame in explained["frames"]:
            evidence = frame.pop("evidence", None)
            assert (evidence is not None) == frame["present"]
            for kind in ("sentences", "words") if evidence else ():
                gains = [one["contribution"] for one in evidence[kind]]
                assert gains == sorted(gains, reverse=True)
        assert scores(explained) == pytest.approx(scores(bare), abs=1e-5)
    found = {frame.label: frame.evidence for frame in own.frames if frame.present}
    evidence = next(iter(found.values()))
    spans = sorted((one.start, one.end) for one in evidence.sentences)
    assert [text[start:end] for start, end in spans] == [
        CHIPS, ACCORD, "Cafe\u0301s in Straße 5 close.", "🙂 Nobody minds.",
    ]  # fmt: skip


def test_bad_json_is_named(service):
    kind = {"content-type": "application/json"}
    answer = service.post("/score", content=b'{"texts": [', headers=kind)
    assert answer.status_code == 400
    assert error_of(answer)["type"] == "invalid_json"
    assert error_of(answer)["message"].startswith("the body is not valid JSON: ")


def test_a_body_that_is_not_said_to_be_json_is_refused(service):
    answer = service.post("/score", content=b'{"texts": ["x"]}')
    assert answer.status_code == 400
    assert "Content-Type: application/json" in error_of(answer)["message"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "texts: Field required"),
        ({"texts": []}, "texts: List should have at least 1 item"),
        ({"texts": ["x"] * (MAX_TEXTS + 1)}, f"at most {MAX_TEXTS} items"),
        ({"texts": "x"}, "texts: Input should be a valid list"),
        ({"texts": ["x"], "explian": True}, "explian: Extra inputs are not permitted"),
        (
            {"texts": ["x"] * (MAX_EXPLAINED + 1), "explain": True},
            f"65 texts to explain; at most {MAX_EXPLAINED} in one request",
        ),
        (
            {"texts": ["x" * 90_000] * 3, "explain": True},
            "270,000 characters to explain; at most 200,000 in one request",
        ),
        ([], "body: Input should be a valid dictionary"),
    ],
)
def test_a_body_of_the_wrong_shape_is_named(service, body, words):
    answer = service.post("/score", json=body)
    assert answer.status_code == 422
    assert words in error_of(answer)["message"]


def test_a_huge_body_is_refused_by_its_length(service):
    answer = service.post("/score", content=b" " * (MAX_BODY + 1))
    assert answer.status_code == 413
    assert f"{MAX_BODY:,} bytes" in error_of(answer)["message"]


def test_a_huge_body_without_a_length_is_refused_as_it_arrives(service):
    def parts():
        for _ in range(12):
            yield b" " * 2**20

    answer = service.post("/score", content=parts())
    assert answer.status_code == 413


def test_unknown_places_answer_in_the_same_form(service):
    answer = service.get("/nothing")
    assert answer.status_code == 404
    assert error_of(answer)["type"] == "not_found"
    assert error_of(service.get("/score"))["type"] == "method_not_allowed"


def test_the_hugging_face_client(service, monkeypatch):
    # The client asks only this machine; it was imported where the hub is out of bounds.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    client = InferenceClient(service.url)
    top = client.text_classification(CHIPS, top_k=2)
    (result,) = service.post("/score", json={"texts": [CHIPS]}).json()["results"]
    assert [element.label for element in top] == [f["label"] for f in result["frames"][:2]]
    assert top[0].score == pytest.approx(result["frames"][0]["score"], abs=1e-6)


def test_hugging_face_lists_and_errors(service):
    assert len(service.post("/", json={"inputs": [CHIPS, ACCORD]}).json()) == 2
    answer = service.post("/", json={"inputs": [CHIPS, " "]})
    assert answer.status_code == 422
    assert error_of(answer)["message"] == "inputs[1]: the text is empty"


def test_hugging_face_lists_are_as_long_as_those_of_score(service):
    answer = service.post("/", json={"inputs": ["x"] * (MAX_TEXTS + 1)})
    assert answer.status_code == 422
    assert f"at most {MAX_TEXTS} items" in error_of(answer)["message"]
    longest = service.post("/", json={"inputs": [""] * MAX_TEXTS})
    assert error_of(longest)["message"] == "inputs[0]: the text is empty"


def test_many_at_once_each_get_their_own_answer(service):
    def ask(number: int) -> None:
        text = f"{CHIPS} " * (number % 5 + 1) + str(number)
        bad = number % 10 == 0
        sent = [text, ""] if bad else [text]
        found = service.post("/score", json={"texts": sent}).json()["results"]
        assert found[0]["tokens"] == alone[number]
        assert not bad or found[1]["error"]["message"] == "the text is empty"

    texts = [f"{CHIPS} " * (number % 5 + 1) + str(number) for number in range(60)]
    alone = {
        number: service.post("/score", json={"texts": [text]}).json()["results"][0]["tokens"]
        for number, text in enumerate(texts)
    }
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, range(60)))


def test_model_and_codebook(service, trained):
    model = service.get("/model").json()
    assert (model["model"], model["member"]) == (trained.version, "ensemble")
    assert model["frames"][0]["label"] == "sovereignty"
    assert model["evaluation"]["data"] == "frozen test part"
    assert set(model["evaluation"]["macro_f1"]) == {"value", "low", "high", "n"}
    codebook = service.get("/codebook").json()
    assert [stance["name"] for stance in codebook["stances"]] == ["favor", "against", "neutral"]
    assert codebook["frames"][0]["claim"].startswith("A nation or bloc should control")


def test_documents_itself_and_its_health(service):
    paths = service.get("/docs.json").json()["paths"]
    assert {"/score", "/", "/model", "/codebook", "/labels"} <= set(paths)
    assert service.get("/livez").status_code == service.get("/readyz").status_code == 200
    assert "framescope_texts_total" in service.get("/metrics").text


def test_the_page_loads_nothing_from_elsewhere(service):
    page = service.get("/")
    assert "Framescope" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    script = service.get("/page/app.js")
    assert script.headers["content-type"].startswith("text/javascript")


def test_no_number_is_nan(service):
    text = service.post("/score", json={"texts": ["?"]}).text
    json.loads(text, parse_constant=lambda name: pytest.fail(name))


@pytest.mark.parametrize("path", ["/", "/model", "/page/app.js", "/score", "/nowhere"])
def test_head_is_answered_as_get_without_a_body(service, path):
    whole = httpx.get(service.url + path, timeout=30)
    head = httpx.head(service.url + path, timeout=30)
    assert head.status_code == whole.status_code
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.content == b""
    if head.status_code == 405:
        assert head.headers["allow"] == "POST"


def test_what_may_be_read_says_so_when_it_is_written_to(service):
    answer = httpx.put(service.url + "/model", timeout=30)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
