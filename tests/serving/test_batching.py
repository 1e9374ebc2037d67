"""Scoring across requests: each gets its own answers, whatever the others send or do."""

import asyncio
import contextlib
import gc
import weakref
from types import SimpleNamespace

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.api import create_app
from serving.batching import Batcher, StoppingError
from serving.errors import ApiError
from serving.live import Serving
from serving.overload import Limits, OverloadedError
from serving.predictor import Predictor
from serving.results import Result
from serving.scoring import predict
from tests.serving.stub import POISON, UNREADABLE, Stub


@contextlib.contextmanager
def batching(lanes=1, **options):
    batcher = Batcher(lanes=lanes, **options)
    try:
        yield batcher
    finally:
        batcher.stop()


async def until(true):
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.001)


TEXTS = st.sampled_from(["", POISON, UNREADABLE, *(letter * n for letter in "abc" for n in (1, 9))])
REQUESTS = st.lists(st.tuples(st.lists(TEXTS, max_size=12), st.booleans()), max_size=12)


@settings(max_examples=60, deadline=None)
@given(REQUESTS, st.integers(0, 12), st.integers(4, 40), st.integers(1, 3))
def test_each_request_gets_its_own_answers_in_order_by_one_model(requests, swap, most, lanes):
    models = [Stub("old"), Stub("new")]
    used = [models[place >= swap] for place in range(len(requests))]

    async def ask(batcher):
        pairs = zip(used, requests, strict=True)
        return await asyncio.gather(*(batcher.score(model, *own) for model, own in pairs))

    with batching(lanes, most=most, limit=10**6) as batcher:
        found = asyncio.run(ask(batcher))
        assert batcher.room.held == batcher.room.later == 0
    for answers, model, (texts, explain) in zip(found, used, requests, strict=True):
        assert answers == [model.answer(text, explain) for text in texts]


def test_a_wrong_number_of_results_gives_no_wrong_answers():
    model = Stub(wrong_count=True)
    with batching() as batcher:
        found = asyncio.run(batcher.score(model, ["a", "b", "c"]))
    assert found == [model.answer(text) for text in "abc"]
    assert len(model.batches[0]) == 3


def test_the_log_has_no_texts(caplog):
    with batching() as batcher:
        asyncio.run(batcher.score(Stub(), ["fine", POISON]))
    assert "a text could not be scored: ValueError" in caplog.text
    assert "cannot be scored\n" not in caplog.text
    assert "fine" not in caplog.text


async def blocked(batcher, model):
    """Let a first text keep the scoring thread busy until the model's gate is opened."""
    model.gate.clear()
    first = asyncio.ensure_future(batcher.score(model, ["first"]))
    await until(lambda: model.batches)
    return first


def test_equal_texts_of_all_that_wait_are_scored_once():
    model = Stub()

    async def ask(batcher):
        first = await blocked(batcher, model)
        others = [asyncio.ensure_future(batcher.score(model, ["b", "b", "a"])) for _ in range(5)]
        others.append(asyncio.ensure_future(batcher.score(model, ["first"])))
        await until(lambda: batcher.room.held == 5 * 2 + 2 * len("first") and len(batcher._line))
        await asyncio.sleep(0.05)
        model.gate.set()
        return await asyncio.gather(first, *others)

    with batching() as batcher:
        found = asyncio.run(ask(batcher))
    assert [len(answers) for answers in found] == [1, 3, 3, 3, 3, 3, 1]
    assert sorted(text for batch in model.batches for text in batch) == ["a", "b", "first"]


def test_what_only_a_client_that_has_gone_asked_for_is_not_scored():
    model = Stub()

    async def ask(batcher):
        first = await blocked(batcher, model)
        going = asyncio.ensure_future(batcher.score(model, ["mine", "ours"]))
        staying = asyncio.ensure_future(batcher.score(model, ["ours", "theirs"]))
        await until(lambda: len(batcher._line) == 3)
        going.cancel()
        await until(lambda: len(batcher._line) == 2)
        model.gate.set()
        assert await staying == [model.answer("ours"), model.answer("theirs")]
        await first

    with batching() as batcher:
        asyncio.run(ask(batcher))
        assert batcher.room.held == 0
    assert sorted(text for batch in model.batches for text in batch) == ["first", "ours", "theirs"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.text("abcd", min_size=1, max_size=9), max_size=30), max_size=20))
def test_no_more_waits_than_may_and_the_rest_is_refused_at_once(requests):
    model, most = Stub(), []

    async def ask(batcher):
        add = batcher._line.add

        def watched(*arguments):
            ticket = add(*arguments)
            most.append(batcher._line.tokens)
            return ticket

        batcher._line.add = watched
        asked = [batcher.score(model, texts) for texts in requests]
        return await asyncio.gather(*asked, return_exceptions=True)

    with batching(2, most=8, limit=60) as batcher:
        found = asyncio.run(ask(batcher))
        assert batcher.room.held == 0
    assert max(most, default=0) <= 60
    for answers, texts in zip(found, requests, strict=True):
        refused = isinstance(answers, OverloadedError)
        assert refused or answers == [model.answer(text) for text in texts]
    # Which ones are refused goes by how many tokens each turns out to have.
    assert not requests or not all(isinstance(one, OverloadedError) for one in found)


def test_a_long_request_leaves_room_for_short_ones():
    model = Stub()

    async def ask(batcher):
        model.gate.clear()
        long = asyncio.ensure_future(batcher.score(model, [f"long {k:03}" for k in range(500)]))
        await until(lambda: model.batches)
        short = asyncio.ensure_future(batcher.score(model, ["short"]))
        await until(lambda: batcher._line._known.get(((model, False), "short")))
        model.gate.set()
        assert await short == [model.answer("short")]
        assert not long.done()
        assert len(await long) == 500

    with batching(most=16, limit=200) as batcher:
        asyncio.run(ask(batcher))
    flat = [text for batch in model.batches for text in batch]
    assert flat.index("short") <= 8


def test_a_batch_is_scored_while_another_is():
    model, other = Stub(), Stub()

    async def ask(batcher):
        first = await blocked(batcher, model)
        assert await batcher.score(other, ["second"]) == [other.answer("second")]
        assert not first.done()
        model.gate.set()
        await first

    with batching(2) as batcher:
        asyncio.run(ask(batcher))


def test_beside_a_batch_of_several_texts_only_a_full_one_is_begun():
    model, other = Stub(), Stub()

    async def ask(batcher):
        model.gate.clear()
        first = asyncio.ensure_future(batcher.score(model, ["one", "two"]))
        await until(lambda: model.batches)
        second = asyncio.ensure_future(batcher.score(other, ["1234"]))
        await until(lambda: len(batcher._line))
        await asyncio.sleep(0.05)
        assert other.batches == []
        third = asyncio.ensure_future(batcher.score(other, ["5678"]))
        found = await asyncio.gather(second, third)
        assert found == [[other.answer("1234")], [other.answer("5678")]]
        last = asyncio.ensure_future(batcher.score(other, ["9"]))
        model.gate.set()
        await first
        assert await last == [other.answer("9")]

    with batching(2, most=8) as batcher:
        asyncio.run(ask(batcher))
    assert other.batches == [["1234", "5678"], ["9"]]


class Panic(BaseException):
    """What a library in Rust raises where it cannot go on."""


@pytest.mark.parametrize("fault", [MemoryError, Panic, SystemExit])
@pytest.mark.parametrize("where", ["read", "score"])
def test_nothing_that_a_model_raises_ends_scoring(where, fault):
    def raising(*_):
        raise fault

    broken, model = Stub(), Stub()
    setattr(broken, where, raising)
    with batching() as batcher:
        answers = asyncio.run(batcher.score(broken, ["a", "b"]))
        assert [answer.type for answer in answers] == ["internal", "internal"]
        assert fault.__name__ in answers[0].message
        assert asyncio.run(batcher.score(model, ["a"])) == [model.answer("a")]
        assert batcher.alive


def test_a_fault_of_scoring_itself_is_answered_and_ends_nothing(monkeypatch):
    model = Stub()

    async def ask(batcher):
        first = await blocked(batcher, model)
        second = asyncio.ensure_future(batcher.score(model, ["second"]))
        await until(lambda: len(batcher._line))
        monkeypatch.setattr(batcher._line, "done", lambda batch: 1 / 0)
        model.gate.set()
        found = [(await one)[0].message for one in (first, second)]
        monkeypatch.undo()
        return found

    with batching() as batcher:
        assert ["ZeroDivisionError" in words for words in asyncio.run(ask(batcher))] == [True, True]
        assert asyncio.run(batcher.score(model, ["a"])) == [model.answer("a")]
        assert batcher.alive
        assert (batcher.room.held, len(batcher._line), batcher._line.tokens) == (0, 0, 0)


def test_not_alive_while_a_batch_hangs():
    model, now = Stub(), [0.0]

    async def ask(batcher):
        first = await blocked(batcher, model)
        now[0] = 60.0
        assert batcher.alive
        now[0] = 60.1
        assert not batcher.alive
        model.gate.set()
        await first
        assert batcher.alive

    with batching(clock=lambda: now[0]) as batcher:
        asyncio.run(ask(batcher))


def test_the_rate_is_that_of_all_batches_under_way():
    now, models = [0.0], [Stub(), Stub(), Stub()]

    async def ask(batcher):
        first = await blocked(batcher, models[0])
        second = await blocked(batcher, models[1])
        for seconds, model, one in ((1.0, models[0], first), (2.0, models[1], second)):
            now[0] = seconds
            model.gate.set()
            await one
        assert batcher.room.rate == pytest.approx(5, rel=0.03)  # "first" in a second, and again
        now[0] = 10.0
        third = await blocked(batcher, models[2])
        now[0] = 11.0
        models[2].gate.set()
        await third
        assert batcher.room.rate == pytest.approx(5, rel=0.03)  # what was idle does not count

    with batching(2, most=5, clock=lambda: now[0]) as batcher:
        asyncio.run(ask(batcher))


def test_a_request_of_one_text_many_times_asks_no_more_than_one_of_it():
    model = Stub()
    with batching(limit=10, most=8) as batcher:
        found = asyncio.run(batcher.score(model, ["again"] * 256))
    assert found == [model.answer("again")] * 256
    assert model.batches == [["again"]]


def test_a_model_is_let_go_of_with_its_last_answer():
    with batching() as batcher:
        model = Stub()
        asyncio.run(batcher.score(model, ["a", "b"]))
        known = weakref.ref(model)
        gc.disable()
        try:
            del model
            asyncio.run(batcher.score(Stub(), ["a"]))
            assert known() is None
        finally:
            gc.enable()


def test_what_waits_is_scored_before_the_end_and_nothing_after_it():
    model = Stub()

    async def ask(batcher):
        first = await blocked(batcher, model)
        second = asyncio.ensure_future(batcher.score(model, ["second"]))
        await until(lambda: len(batcher._line))
        stopping = asyncio.ensure_future(asyncio.to_thread(batcher.stop))
        await until(lambda: batcher._stopping)
        with pytest.raises(StoppingError, match="ask again"):
            await batcher.score(model, ["third"])
        model.gate.set()
        await stopping
        return await first, await second

    batcher = Batcher(lanes=1)
    found = asyncio.run(ask(batcher))
    assert found == ([model.answer("first")], [model.answer("second")])
    assert not batcher.alive


@pytest.fixture(params=["ensemble", "baseline"])
def trained_predictor(request, trained):
    return Predictor.open(trained.bundle, request.param, "onnx")  # whose noise is far below 1e-6


def test_decisions_are_those_of_the_predictor_alone(trained_predictor):
    filler = "the states agreed that data and chips must stay at home. "
    texts = [
        filler * (k % 7) + f"Report {k} of the court on trade, safety and control."
        for k in range(40)
    ]
    texts += ["日本 🙂", "", "w " * 3000, texts[0]]
    alone = trained_predictor.predict(texts, True)

    async def ask(batcher):
        parts = [batcher.score(trained_predictor, [text], True) for text in texts]
        return [answer for (answer,) in await asyncio.gather(*parts)]

    with batching(2) as batcher:
        together = asyncio.run(ask(batcher))
    for own, found in zip(alone, together, strict=True):
        if not isinstance(own, Result):
            assert found == own
            continue
        assert (found.tokens, found.language) == (own.tokens, own.language)
        ours = {frame.label: frame for frame in own.frames}
        for frame in found.frames:
            same = ours[frame.label]
            assert (frame.present, frame.uncertain) == (same.present, same.uncertain)
            assert frame.stance.label == same.stance.label
            assert frame.score == pytest.approx(same.score, abs=2e-6)


class Asking:
    """A request of a client that goes when `gone` is set."""

    def __init__(self):
        self.gone = asyncio.Event()

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}


def test_a_client_that_goes_is_noticed():
    model = Stub()

    async def ask(batcher):
        live, now = SimpleNamespace(batcher=batcher), Serving(model, None)
        first = await blocked(batcher, model)
        request = Asking()
        asked = asyncio.ensure_future(predict(request, live, now, ["second"]))
        await until(lambda: len(batcher._line))
        request.gone.set()
        with pytest.raises(ApiError, match="the client has gone"):
            await asked
        await until(lambda: not len(batcher._line))
        model.gate.set()
        await first

    with batching() as batcher:
        asyncio.run(ask(batcher))
    assert model.batches == [["first"]]


def over_http(batcher, model, asking):
    """Run `asking(client)` against an app that serves `model`."""

    async def run():
        app = create_app()
        app.state.live = SimpleNamespace(batcher=batcher, serving=Serving(model, None))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await asking(client)

    return asyncio.run(run())


def test_refused_with_when_to_come_again():
    model = Stub()

    async def ask(client):
        asked = [await blocked(batcher, model)]
        asked += [asyncio.ensure_future(batcher.score(model, [f"text{k}"])) for k in range(3)]
        await until(lambda: len(batcher._line) == 3)
        refused = await client.post("/score", json={"texts": ["one more"]})
        model.gate.set()
        await asyncio.gather(*asked)
        return refused

    with batching(limit=20) as batcher:
        answer = over_http(batcher, model, ask)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    error = answer.json()["error"]
    assert error["type"] == "overloaded"
    assert "at most 20 may wait; ask again in 1 s" in error["message"]


def test_a_request_that_takes_too_long_is_let_go():
    model = Stub()

    async def ask(client):
        first = await blocked(batcher, model)
        late = await client.post("/score", json={"texts": ["late"]})
        await until(lambda: not len(batcher._line))
        model.gate.set()
        await first
        return late

    with batching(limits=Limits(deadline=0.05)) as batcher:
        answer = over_http(batcher, model, ask)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"]["type"] == "timed_out"
    assert "not scored within 0.05 s" in answer.json()["error"]["message"]
    assert model.batches == [["first"]]


def test_only_what_fails_has_an_error_and_where_all_fails_the_answer_is_one():
    model = Stub()

    async def ask(client):
        some = await client.post("/score", json={"texts": ["a", POISON, ""]})
        every = await client.post("/score", json={"texts": [POISON, ""]})
        return some, every, await client.post("/", json={"inputs": ["a", POISON]})

    with batching() as batcher:
        some, every, inferred = over_http(batcher, model, ask)
    assert some.status_code == 200
    good, failed, bad = some.json()["results"]
    assert good["language"] == "m: a"
    assert (failed["error"]["type"], bad["error"]["type"]) == ("internal", "invalid_text")
    assert (every.status_code, inferred.status_code) == (500, 500)
