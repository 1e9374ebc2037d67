"""`POST /` by Hugging Face's own clients, against a real service."""

import asyncio

import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient
from huggingface_hub.errors import HfHubHTTPError

CHIPS = "A nation that buys every chip abroad has no say over its own data."
FRAMES = {"sovereignty", "neo-colonialism", "safety", "authoritarian control", "cooperation"}


@pytest.fixture
def client(service, monkeypatch):
    # The client asks only this machine; it was imported where the hub is out of bounds.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return InferenceClient(service.url)


def test_all_frames_come_highest_first(client):
    found = client.text_classification(CHIPS)
    assert {element.label for element in found} == FRAMES
    scores = [element.score for element in found]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(("top_k", "n"), [(1, 1), (3, 3), (50, 5)])
def test_the_highest_alone_if_asked(client, top_k, n):
    assert len(client.text_classification(CHIPS, top_k=top_k)) == n


def test_scores_are_sigmoid_and_nothing_else(client):
    plain = client.text_classification(CHIPS)
    assert client.text_classification(CHIPS, function_to_apply="sigmoid") == plain
    for other in ("softmax", "none"):
        with pytest.raises(HfHubHTTPError, match="function_to_apply: Input should be 'sigmoid'"):
            client.text_classification(CHIPS, function_to_apply=other)


@pytest.mark.parametrize(
    ("text", "top_k", "words"),
    [
        (" ", None, "inputs: the text is empty"),
        ("x" * 200_000, None, "characters"),
        (CHIPS, 0, "top_k: Input should be greater than or equal to 1"),
    ],
    ids=["empty", "long", "none of them"],
)
def test_errors_reach_whoever_uses_the_client(client, text, top_k, words):
    with pytest.raises(HfHubHTTPError, match=words) as caught:
        client.text_classification(text, top_k=top_k)
    assert caught.value.response.status_code == 422


def test_the_asynchronous_client(client, service):
    async def ask() -> list:
        async with AsyncInferenceClient(service.url) as found:
            return await asyncio.gather(*(found.text_classification(CHIPS) for _ in range(3)))

    assert asyncio.run(ask()) == [client.text_classification(CHIPS)] * 3


@pytest.mark.parametrize("inputs", [CHIPS, [CHIPS], [CHIPS, "Both sides agreed."], []])
def test_each_text_has_a_list_of_its_own(service, inputs):
    body = {"inputs": inputs, "options": {"wait_for_model": True, "use_cache": False}}
    answer = service.post("/", json=body)
    assert answer.status_code == 200
    found = answer.json()
    assert len(found) == (1 if isinstance(inputs, str) else len(inputs))
    assert all({element["label"] for element in row} == FRAMES for row in found)
    model, member = answer.headers["framescope-model"].split(", ")
    assert (model, member) == (service.get("/model").json()["model"], "ensemble")
