"""The clients and a real service on loopback."""

import asyncio
import socket

import httpx
import pytest

from serving.client import (
    AsyncFramescope,
    Framescope,
    InvalidRequestError,
    NotAllowedError,
    RefusedText,
    UnreachableError,
)
from serving.client.documents import ScoredParagraph
from tests.conftest import free_port

CHIPS = "A nation that buys every chip abroad has no say over its own data."
ACCORD = "Both states signed the accord on shared testing. It binds nobody, the minister said."
PAGE = f"""<html lang="en"><head><title>The accord</title></head><body><article><h1>The accord</h1>
<p>{ACCORD}</p><p>“{CHIPS} Nobody will help us but ourselves,” said Ana Lopez, a deputy.</p>
</article></body></html>"""


@pytest.fixture
def client(service):
    with Framescope(service.url) as found:
        yield found


def plain(value: object) -> object:
    """Return dataclasses as JSON."""
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def without(value: object, *names: str) -> object:
    """Return JSON without fields of these names whose value is null."""
    if isinstance(value, dict):
        return {
            name: without(one, *names)
            for name, one in value.items()
            if not (name in names and one is None)
        }
    return [without(one, *names) for one in value] if isinstance(value, list) else value


def test_score_says_what_the_service_says(client, service):
    texts = [CHIPS, {"id": 7, "text": ACCORD}, {"id": 8, "text": " "}]
    answer = service.post("/score", json={"texts": texts, "explain": True}).json()
    found = list(client.score(texts, explain=True))
    about = {"model": answer["model"], "member": answer["member"]}
    wanted = [one if "error" in one else {**one, **about} for one in answer["results"]]
    assert without(plain(found), "id", "evidence") == wanted
    assert isinstance(found[2], RefusedText)


def test_more_texts_than_one_request_takes(client):
    texts = [{"id": number, "text": f"Report {number}. " * 3} for number in range(300)]
    assert [found.id for found in client.score(iter(texts))] == list(range(300))


def test_both_clients_say_the_same(client, service):
    async def ask() -> tuple:
        async with AsyncFramescope(service.url) as found:
            results = [one async for one in found.score([CHIPS] * 300)]
            return await found.model(), await found.codebook(), results

    model, codebook, results = asyncio.run(ask())
    assert (model, codebook) == (client.model(), client.codebook())
    assert {one.frames[0].label for one in results} == {next(client.score([CHIPS])).frames[0].label}
    assert len(results) == 300


def test_a_document(client, service, tmp_path):
    asked = {"content": PAGE, "format": "html", "explain": True}
    answer = service.post("/documents", json=asked).json()
    found = client.document(PAGE, "html", explain=True)
    read = without(plain(found), "id", "evidence", "holder")
    for paragraph in read["paragraphs"]:
        assert found.text[paragraph["start"] : paragraph["end"]] == paragraph.pop("text")
    assert read == answer
    (tmp_path / "accord.html").write_text(PAGE, "utf-8")
    assert client.document(tmp_path / "accord.html", explain=True) == found
    assert client.document(PAGE.encode(), "html", explain=True) == found
    scored = [one for one in found.paragraphs if isinstance(one.result, ScoredParagraph)]
    assert len(scored) == found.totals.paragraphs == 2
    assert scored[1].speaker == "Ana Lopez"
    for frame in (frame for one in scored for frame in one.present):
        assert frame.holder.kind in ("author", "speaker")
        assert found.text[frame.evidence.sentences[0].start :].startswith(
            ("Both", "It", "“A", "Nobody")
        )


def test_model_and_codebook(client, service):
    assert plain(client.model()) == service.get("/model").json()
    codebook = service.get("/codebook").json()
    for frame in codebook["frames"]:
        frame.setdefault("examples", [])
    assert plain(client.codebook()) == codebook


def test_labels_there_and_back(client):
    text = "A label that a client gives, of a text that nobody else has."
    (stored,) = client.add_labels([{"text": text, "frames": {"safety": "favor"}}])
    newest = client.labels(limit=1)[0]
    assert (newest.text_id, newest.text, newest.frames) == (stored, text, {"safety": "favor"})
    assert client.labels(annotator="nobody") == []
    with pytest.raises(InvalidRequestError, match="1 problem") as caught:
        client.add_labels([{"text": text, "frames": {"saftey": "favor"}}])
    assert caught.value.type == "invalid_labels"
    assert "unknown frames ['saftey']" in caught.value.problems[0]


def test_how_far_retraining_is(client, service):
    assert plain(client.retrain_status()) == service.get("/retrain").json()
    assert client.retrain_status().state == "idle"


def test_another_site_is_told_apart(service):
    with (
        Framescope(service.url, transport=_Elsewhere()) as elsewhere,
        pytest.raises(NotAllowedError, match="not for another site"),
    ):
        elsewhere.labels()


class _Elsewhere(httpx.HTTPTransport):
    """Names another host than the one it asks."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["host"] = "evil.example"
        return super().handle_request(request)


def test_where_nothing_answers():
    with (
        Framescope(f"http://127.0.0.1:{free_port()}", retries=0) as nobody,
        pytest.raises(UnreachableError, match=r"cannot be reached .*is the service running there"),
    ):
        nobody.model()


def test_where_no_answer_comes():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            Framescope(url, timeout=0.1) as hasty,
            pytest.raises(UnreachableError, match="did not answer in time") as caught,
        ):
            hasty.model()
    assert caught.value.sent
    assert caught.value.timed_out
