"""When a client asks again, with a service that fails on purpose."""

import time
from contextlib import nullcontext
from email.utils import formatdate

import httpx
import pytest

from serving.client import (
    ConflictError,
    InvalidRequestError,
    NotAllowedError,
    ServiceError,
    UnavailableError,
    UnreachableError,
)
from serving.client.retries import LONGEST_WAIT
from tests.serving.client.ways import WAYS

STATUS = {
    "state": "running", "stage": "encoding", "percent": 5.0, "eta_seconds": None,
    "started": "2026-01-01T00:00:00Z", "ended": None, "challenger": None, "champion": "m1",
    "promoted": False, "reasons": [], "report": None, "new_answers": 3,
}  # fmt: skip
_NO_MODEL = {"error": {"type": "no_model", "message": "no model yet"}}
BUSY = httpx.Response(503, json=_NO_MODEL, headers={"Retry-After": "2"})
ROW = [{"text": "a", "frames": {}}]


@pytest.fixture
def naps(monkeypatch) -> list[float]:
    """The seconds that a client would have slept."""
    slept: list[float] = []

    async def nap(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("tenacity.nap.time.sleep", slept.append)
    monkeypatch.setattr("asyncio.sleep", nap)
    return slept


class Failing:
    """Does each of `first` in turn: raises it, or answers it; and then answers `last`."""

    def __init__(self, *first: object, last: httpx.Response | None = None) -> None:
        self.left = list(first)
        self.last = last or httpx.Response(200, json=STATUS)
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        now = self.left.pop(0) if self.left else self.last
        if isinstance(now, Exception):
            raise now
        assert isinstance(now, httpx.Response)
        return httpx.Response(now.status_code, headers=now.headers, content=now.content)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_refused_for_now_is_asked_again_after_as_long_as_it_says(way, naps):
    player = Failing(BUSY, httpx.Response(429, headers={"Retry-After": "7"}))
    assert way(player, "retrain_status").percent == 5.0
    assert player.asked == 3
    first, second = naps
    assert 2 <= first <= 2.5
    assert 7 <= second <= 7.5


@pytest.mark.parametrize("way", WAYS)
def test_without_such_a_word_the_waits_double(way, naps):
    player = Failing(*[httpx.Response(503)] * 4)
    way(player, "retrain_status")
    assert player.asked == 5
    for least, slept in zip((0.5, 1, 2, 4), naps, strict=True):
        assert least <= slept <= least + 0.5
    assert len({slept % 0.5 for slept in naps}) == 4  # by chance, each another


@pytest.mark.parametrize("way", WAYS)
def test_it_gives_up_and_says_what_the_service_said(way, naps):
    player = Failing(last=BUSY)
    with pytest.raises(UnavailableError, match="no model yet") as caught:
        way(player, "model")
    assert (caught.value.status, caught.value.type) == (503, "no_model")
    assert caught.value.retry_after == 2
    assert player.asked == 5


@pytest.mark.parametrize("way", WAYS)
def test_a_date_is_understood_and_a_long_wait_is_not_waited(way, naps):
    def until(seconds: float) -> httpx.Response:
        return httpx.Response(503, headers={"Retry-After": formatdate(time.time() + seconds)})

    way(Failing(until(20)), "retrain_status")
    assert 18 <= naps[0] <= 20.5
    player = Failing(until(LONGEST_WAIT + 60))
    with pytest.raises(UnavailableError):
        way(player, "retrain_status")
    assert player.asked == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("fault", "reading", "storing"),
    [
        (httpx.ConnectError("refused"), 2, 2),  # never sent
        (httpx.ConnectTimeout("slow"), 2, 2),
        (httpx.ReadError("cut off"), 2, 1),  # perhaps stored
        (httpx.RemoteProtocolError("no answer"), 2, 1),
        (httpx.ReadTimeout("slow"), 1, 1),  # perhaps still at work
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_stores_is_sent_twice_only_if_it_was_not_sent(way, naps, fault, reading, storing):
    stored = httpx.Response(200, json={"stored": ["t1"]})
    for method, arguments, tries, last in (
        ("retrain_status", (), reading, None),
        ("add_labels", (ROW,), storing, stored),
    ):
        player = Failing(fault, last=last)
        with pytest.raises(UnreachableError) if tries == 1 else nullcontext() as caught:
            way(player, method, *arguments)
        assert player.asked == tries
        if caught:
            assert caught.value.status is None
            assert "http://127.0.0.1:3000" in caught.value.message


@pytest.mark.parametrize("way", WAYS)
def test_labels_that_are_refused_for_now_are_sent_again(way, naps):
    player = Failing(BUSY, BUSY, last=httpx.Response(200, json={"stored": ["t1"]}))
    assert way(player, "add_labels", ROW) == ["t1"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequestError),
        (401, NotAllowedError),
        (403, NotAllowedError),
        (404, InvalidRequestError),
        (409, ConflictError),
        (413, InvalidRequestError),
        (422, InvalidRequestError),
        (500, ServiceError),
        (501, ServiceError),
    ],
)
def test_errors_carry_the_words_of_the_service_and_are_not_asked_again(way, naps, status, kind):
    said = {"type": "its_type", "message": "its words", "problems": ["one", "two"]}
    player = Failing(last=httpx.Response(status, json={"error": said}))
    with pytest.raises(kind, match="its words") as caught:
        way(player, "retrain")
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.type, error.problems) == (status, "its_type", ("one", "two"))
    assert player.asked == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, text="<h1>Not here</h1>"),
        httpx.Response(502, json=["bad gateway"]),
        httpx.Response(200, text="<h1>Another service</h1>"),
        httpx.Response(200, json={"state": "idle"}),
        httpx.Response(200, json=[]),
        httpx.Response(200, json=None),
    ],
)
def test_another_kind_of_service_is_told(way, answer):
    with pytest.raises(ServiceError, match="is it a Framescope service"):
        way(Failing(last=answer), "retrain_status")
