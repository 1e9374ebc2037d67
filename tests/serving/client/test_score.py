"""Texts through a client, in batches, with a service that this file plays."""

import asyncio
import itertools
import json

import httpx
import pytest

from serving.client import (
    AsyncFramescope,
    Framescope,
    InvalidRequestError,
    RefusedText,
    ScoredText,
    ServiceError,
)
from serving.client.batches import (
    MAX_BYTES,
    MAX_EXPLAINED,
    MAX_EXPLAINED_CHARACTERS,
    MAX_TEXTS,
)
from serving.schemas import MAX_BODY
from serving.schemas import MAX_EXPLAINED as SERVED_EXPLAINED
from serving.schemas import MAX_EXPLAINED_CHARACTERS as SERVED_CHARACTERS
from serving.schemas import MAX_TEXTS as SERVED_TEXTS
from tests.serving.client.ways import WAYS

pytestmark = pytest.mark.parametrize("way", WAYS)


def result_of(text: object) -> dict:
    """Return a result that tells which text it is of: its length is in `tokens`."""
    echo = {"id": text["id"]} if isinstance(text, dict) and "id" in text else {}
    words = text["text"] if isinstance(text, dict) else text
    if not words:
        return {**echo, "error": {"type": "invalid_text", "message": "the text is empty"}}
    stance = {"label": "favor", "scores": {"favor": 0.9, "against": 0.1}}
    frame = {
        "label": "safety", "score": 0.9, "threshold": 0.5, "present": True, "uncertain": False,
        "stance": stance,
    }  # fmt: skip
    absent = {**frame, "label": "cooperation", "score": 0.1, "present": False}
    return {
        **echo, "frames": [frame, absent], "language": "en", "language_supported": True,
        "truncated": False, "tokens": len(words),
    }  # fmt: skip


def score_answer(texts: list) -> dict:
    codebook = {"name": "c", "version": 1}
    results = [result_of(text) for text in texts]
    return {"model": "m1", "member": "ensemble", "codebook": codebook, "results": results}


class Player:
    """Scores as the service does, and keeps what it was sent."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.bodies: list[dict] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/score")
        assert request.headers["authorization"] == "Bearer secret"
        if len(request.content) > MAX_BODY:
            error = {"type": "too_large", "message": "the body is larger than allowed"}
            return httpx.Response(413, json={"error": error})
        body = json.loads(request.content)
        self.sizes.append(len(body["texts"]))
        self.bodies.append(body)
        return httpx.Response(200, json=score_answer(body["texts"]))


def test_results_come_in_order_with_ids_and_errors_as_objects(way):
    texts = ["a", {"id": 7, "text": "bb"}, "", {"id": None, "text": ""}, {"id": "x", "text": "ccc"}]
    first, second, third, fourth, fifth = way(Player(), "score", texts)
    assert [(found.tokens, found.id) for found in (first, second, fifth)] == [
        (1, None), (2, 7), (3, "x"),
    ]  # fmt: skip
    assert all(isinstance(found, ScoredText) for found in (first, second, fifth))
    assert all(isinstance(found, RefusedText) for found in (third, fourth))
    assert third.error.message == "the text is empty"
    assert (first.model, first.member) == ("m1", "ensemble")
    assert [frame.label for frame in first.present] == ["safety"]
    assert first.frames[0].stance.scores == {"favor": 0.9, "against": 0.1}
    assert first.frames[0].evidence is None


@pytest.mark.parametrize(
    ("n", "explain", "sizes"),
    [
        (0, False, []),
        (256, False, [256]),
        (600, False, [256, 256, 88]),
        (34, True, [16, 16, 2]),
    ],
)
def test_texts_are_sent_in_batches(way, n, explain, sizes):
    player = Player()
    found = way(player, "score", ("x" * (k % 50 + 1) for k in range(n)), explain=explain)
    assert sorted(player.sizes, reverse=True) == sizes
    assert [result.tokens for result in found] == [k % 50 + 1 for k in range(n)]
    assert {body["explain"] for body in player.bodies} <= {explain}


def test_limits_are_those_of_the_service(way):
    assert MAX_TEXTS == SERVED_TEXTS
    assert MAX_EXPLAINED <= SERVED_EXPLAINED
    assert MAX_EXPLAINED_CHARACTERS == SERVED_CHARACTERS
    assert MAX_BYTES + len(b'{"explain": false, "texts": []}') <= MAX_BODY


def test_long_texts_make_smaller_batches_and_a_huge_one_spoils_no_other(way):
    player = Player()
    long = "я" * 1_000_000  # 2 MB in UTF-8
    texts = [long] * 5 + [{"id": 9, "text": "x" * MAX_BODY}, "short"]
    found = way(player, "score", texts)
    assert sorted(player.sizes) == [1, 1, 4]
    assert [found[k].tokens for k in (0, 1, 2, 3, 4, 6)] == [1_000_000] * 5 + [5]
    assert (found[5].id, found[5].error.type) == (9, "too_large")


def test_long_texts_to_explain_make_smaller_batches(way):
    player = Player()
    texts = ["x" * 90_000, {"id": 1, "text": "x" * 90_000}] * 2 + ["x" * 300_000, "x"]
    assert len(way(player, "score", texts, explain=True)) == 6
    assert sorted(player.sizes) == [1, 1, 2, 2]
    player.sizes.clear()
    way(player, "score", texts)
    assert player.sizes == [6]


def test_half_a_surrogate_reaches_the_service(way):
    (found,) = way(Player(), "score", ["a\ud83d"])
    assert found.tokens == 2


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ("one text", "texts is one str; give several"),
        ({"text": "one"}, "texts is one dict"),
        (["fine", {"id": object(), "text": "x"}], "texts[1] cannot be sent as JSON"),
    ],
)
def test_what_is_no_texts_is_told(way, texts, words):
    with pytest.raises(InvalidRequestError, match=words.replace("[", r"\[")):
        way(Player(), "score", texts)


def test_a_wrong_number_of_results_is_never_passed_on(way):
    def short(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=score_answer(["a"]))

    with pytest.raises(ServiceError, match="not in the form") as caught:
        way(short, "score", ["a", "b"])
    assert (caught.value.status, caught.value.type) == (200, "not_understood")


def test_a_bar_counts_the_texts(way, capsys):
    way(Player(), "score", ["x"] * 300, progress=True)
    assert "300/300" in capsys.readouterr().err
    way(Player(), "score", ["x"] * 300)
    assert capsys.readouterr().err == ""


def test_without_tqdm_there_is_no_bar(way, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "tqdm", None)
    assert len(way(Player(), "score", ["x"] * 3, progress=True)) == 3
    assert capsys.readouterr().err == ""


def test_an_endless_iterable_is_read_as_far_as_is_asked(way):
    taken = itertools.count()
    texts = (f"text {next(taken)}" for _ in itertools.repeat(None))
    if way.__name__ == "blocking":
        with Framescope(transport=httpx.MockTransport(Player()), token="secret") as client:
            assert len(list(itertools.islice(client.score(texts), 300))) == 300
        assert next(taken) <= 2 * MAX_TEXTS + 2
        return

    async def first(n: int) -> int:
        seen = 0
        transport = httpx.MockTransport(Player())
        async with AsyncFramescope(transport=transport, token="secret", concurrency=2) as client:
            results = client.score(texts)
            async for _ in results:
                seen += 1
                if seen == n:
                    await results.aclose()
        return seen

    assert asyncio.run(first(300)) == 300
    assert next(taken) <= 4 * MAX_TEXTS + 2
