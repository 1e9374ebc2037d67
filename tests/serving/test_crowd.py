"""Two hundred clients at once on a real service: each gets the answers to its own texts."""

import asyncio
import time

import httpx
import pytest

from serving.predictor import Predictor

CLIENTS = 200
WORDS = ["chips", "data", "accord", "treaty", "court", "border", "trade", "safety", "cloud"]
JSON_BODY = {"content-type": "application/json"}
BAD = [
    {"json": {"texts": [""]}},
    {"json": {"texts": [17]}},
    {"json": {"texts": []}},
    {"json": {"texts": ["x" * 100_001]}},
    {"content": b'{"texts": [', "headers": JSON_BODY},
    {"content": b'{"texts": ["\\ud83d"]}', "headers": JSON_BODY},
]
"""What clients send that cannot be answered, in turn."""


def texts_of(number):
    """A client's texts: its own, of its own length, and one that many others send too."""
    own = [WORDS[(number + k) % len(WORDS)] for k in range(3 + number % 90)]
    return [f"Report {number}: {' '.join(own)}.", f"Shared {number % 5}, by many."]


async def ask(url, number, found):
    async with httpx.AsyncClient(base_url=url, timeout=60, verify=False) as client:
        for trial in range(2):
            if number % 10 == 0:
                answer = await client.post("/score", **BAD[(number // 10 + trial) % len(BAD)])
                bad = answer.status_code in (400, 422) or "error" in answer.json()["results"][0]
                assert bad, answer.text
            body = {"texts": [*texts_of(number), None], "explain": number % 7 == 0}
            answer = await client.post("/score", json=body)
            assert answer.status_code == 200, answer.text
            found[number].append(answer.json()["results"])


def test_two_hundred_clients_each_get_their_own_answers(service, trained):
    found = {number: [] for number in range(CLIENTS)}

    async def everyone():
        await asyncio.gather(*(ask(service.url, number, found) for number in found))

    asyncio.run(everyone())
    predictor = Predictor.open(trained.bundle)
    sent = [text for number in found for text in texts_of(number)]
    expected = dict(zip(sent, predictor.predict(sent), strict=True))
    for number, answers in found.items():
        for *results, error in answers:
            assert error["error"]["type"] == "invalid_text"
            for text, result in zip(texts_of(number), results, strict=True):
                own = expected[text]
                assert result["tokens"] == own.tokens
                scores = {frame["label"]: frame["score"] for frame in result["frames"]}
                ours = {frame.label: frame.score for frame in own.frames}
                assert scores == pytest.approx(ours, abs=2e-6)
                present = {frame["label"] for frame in result["frames"] if frame["present"]}
                assert present == {frame.label for frame in own.frames if frame.present}


def metric(service, name):
    lines = service.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def test_a_client_that_hangs_up_is_counted_and_its_texts_are_dropped(service):
    name = 'framescope_refused_requests_total{reason="gone"}'
    before = metric(service, name)
    texts = [f"Report {k}. " + "Data and chips stay at home. " * 60 for k in range(250)]
    deadline = time.monotonic() + 60
    while metric(service, name) == before and time.monotonic() < deadline:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{service.url}/score", json={"texts": texts}, timeout=httpx.Timeout(9, read=0.05)
            )
    assert metric(service, name) > before
    while metric(service, "framescope_queue_texts") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert (
        metric(service, "framescope_queue_texts") == metric(service, "framescope_queue_tokens") == 0
    )
    service.post("/score", json={"texts": ["One more."]})
    assert metric(service, "framescope_batch_texts_count") > 0
    assert metric(service, "framescope_wait_seconds_count") > 0
