"""The line of texts that wait: in what order they are taken, and with which others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.predictor import ReadText
from serving.waiting import AHEAD, Line, alike, cost_of, portions

PLAIN = ("predictor", False)


def read(text, tokens=None):
    return ReadText(text, text, "en", range(tokens or len(text)))


def texts(*named):
    return [read(text) for text in named]


def taken(line):
    return [[item.read.sent for item in line.take()] for _ in iter(lambda: len(line), 0)]


def test_a_batch_is_of_like_length_around_the_text_that_is_due_first():
    line = Line(12)
    line.add(PLAIN, texts("bbbb", "a", "cccccccc", "ddd", "eeee"), now=0, pace=1)
    assert taken(line) == [["ddd", "bbbb", "eeee"], ["a"], ["cccccccc"]]
    assert line.tokens == 0


@given(st.lists(st.integers(1, 40), min_size=1).map(sorted), st.data(), st.integers(1, 100))
def test_a_batch_holds_its_first_text_and_is_as_full_as_it_may_be(lengths, data, most):
    place = data.draw(st.integers(0, len(lengths) - 1))
    found = alike(lengths, place, most)
    count = found.stop - found.start
    assert found.start <= place < found.stop
    assert count == 1 or lengths[found.stop - 1] * count <= most
    if found.start > 0:
        assert lengths[found.stop - 1] * (count + 1) > most
    if found.stop < len(lengths):
        assert lengths[found.stop] * (count + 1) > most


def test_equal_texts_wait_once_and_are_due_when_the_first_is():
    line = Line(4)
    line.add(PLAIN, texts("long", "same"), now=0, pace=1)
    line.add(PLAIN, texts("same"), now=1, pace=1)
    assert (len(line), line.tokens) == (2, 8)
    line.add(("other", False), texts("same"), now=2, pace=1)
    line.add(("predictor", True), texts("same"), now=3, pace=1)
    first, second, third, fourth = (line.take() for _ in range(4))
    assert [item.read.sent for item in first + second] == ["long", "same"]
    assert second[0].due == 1
    assert list(second[0].asked.values()) == [1, 0]
    assert [third[0].kind, fourth[0].kind] == [("other", False), ("predictor", True)]


def test_what_is_being_scored_takes_in_who_asks_the_same():
    line = Line(4)
    line.add(PLAIN, texts("same"), now=0, pace=1)
    batch = line.take()
    ticket = line.add(PLAIN, texts("same"), now=1, pace=1)
    assert len(line) == 0
    (asked,) = line.done(batch)
    ticket.give(asked[ticket], "its answer")
    assert ticket.answers.result(0) == ["its answer"]
    line.add(PLAIN, texts("same"), now=2, pace=1)
    assert len(line) == 1


def test_who_leaves_takes_along_what_nobody_else_asked_for():
    line = Line(4)
    ticket = line.add(PLAIN, texts("mine", "ours"), now=0, pace=1)
    other = line.add(PLAIN, texts("ours"), now=1, pace=1)
    line.leave(ticket)
    assert (len(line), line.tokens) == (1, 4)
    (item,) = line.take()
    assert (item.read.sent, item.asked) == ("ours", {other: 0})


def test_all_can_be_forgotten_at_once():
    line = Line(4)
    first = line.add(PLAIN, texts("long", "same"), now=0, pace=1)
    batch = line.take()
    second = line.add(PLAIN, texts("same"), now=1, pace=1)
    assert line.clear() == [{first: 0}, {first: 1, second: 0}]
    assert (len(line), line.tokens) == (0, 0)
    line.leave(first)
    line.add(PLAIN, texts("same"), now=2, pace=1)
    assert line.done(batch) == [{}]
    assert line.clear() != []


KINDS = st.sampled_from([PLAIN, ("predictor", True), ("other", False)])
REQUESTS = st.lists(
    st.tuples(
        KINDS,
        st.lists(st.text("ab", min_size=1, max_size=6), min_size=1, max_size=6, unique=True),
    ),
    max_size=12,
)


@given(REQUESTS, st.data())
def test_every_text_that_someone_waits_for_is_taken_once_and_kinds_are_never_mixed(requests, data):
    line, tickets, seen = Line(8), [], []
    for now, (kind, own) in enumerate(requests):
        tickets.append((kind, own, line.add(kind, texts(*own), now, 0.5)))
        if data.draw(st.booleans()) and len(line):
            batch = line.take()
            seen.append((batch, line.done(batch)))
    gone = {place for place in range(len(tickets)) if data.draw(st.booleans())}
    for place in gone:
        line.leave(tickets[place][2])
    while len(line):
        batch = line.take()
        waited_for = [item.asked for item in batch]
        assert all(waited_for)
        seen.append((batch, line.done(batch)))
    assert line.tokens == 0
    for batch, asked in seen:
        assert len({item.kind for item in batch}) == 1
        assert len({item.read.sent for item in batch}) == len(batch)
        for item, places in zip(batch, asked, strict=True):
            for ticket, place in places.items():
                ticket.give(place, (item.kind, item.read.sent))
    for place, (kind, own, ticket) in enumerate(tickets):
        if place not in gone:
            assert ticket.answers.result(0) == [(kind, text) for text in own]


def test_a_long_request_does_not_hold_up_a_short_one_that_comes_later():
    line = Line(10)
    line.add(PLAIN, [read(f"long {k}", 10) for k in range(200)], now=0, pace=0.1)
    for _ in range(3):
        line.take()
    line.add(PLAIN, [read("short", 10)], now=3, pace=0.1)
    before = next(k for k in range(200) if line.take()[0].read.sent == "short")
    assert before <= 1  # the text due at 3, that came first


def test_short_requests_without_end_do_not_starve_a_long_one():
    line = Line(10)
    line.add(PLAIN, [read(f"long {k}", 10) for k in range(20)], now=0, pace=0.1)
    left = 20
    for now in range(60):  # twice as much comes as is taken
        line.add(PLAIN, [read(f"short {now}", 10), read(f"other {now}", 10)], now, 0.1)
        left -= line.take()[0].read.sent.startswith("long")
    assert left == 0


def test_likeness_is_looked_for_among_those_due_first():
    line = Line(4)
    line.add(PLAIN, [read(f"{k}", 4) for k in range(50)], now=0, pace=1)
    line.add(PLAIN, [read("two a", 2)], now=1000, pace=1)
    line.add(PLAIN, [read("two b", 2)], now=0.5, pace=1)
    assert [item.read.sent for item in line.take()] == ["0"]
    assert [item.read.sent for item in line.take()] == ["two b"]  # the other is far behind
    assert AHEAD * 4 < 50 * 4


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("no end", 1),
        ("One. Two! Three?", 3),
        ("一。二！三？", 3),
        ("Wait... what?!", 2),
        ("." * 9, 1),
    ],
)
def test_a_text_to_explain_costs_once_a_sentence(text, times):
    assert cost_of(read(text, 10), explain=True) == 10 * times
    assert cost_of(read(text, 10), explain=False) == 10
    assert cost_of(read("a. " * 20, 10), explain=True) == 70


@given(st.lists(st.text("a", min_size=1, max_size=9)), st.integers(1, 20))
def test_portions_hold_all_in_order_and_no_more_than_they_may(named, most):
    found = portions(texts(*named), False, most)
    assert [one.sent for part in found for one in part] == named
    for part in found:
        assert len(part) == 1 or sum(one.tokens for one in part) <= most
