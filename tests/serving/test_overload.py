"""How much may wait, with numbers that can be worked out by hand."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.overload import Held, Limits, LimitsError, OverloadedError, Room


def test_the_limit_is_what_can_be_scored_in_the_longest_wait():
    room = Room(Limits(longest_wait=10), most=100)
    room.measured(1000, 2.0, 1000)
    assert (room.rate, room.limit, room.share) == (500, 5000, 1250)
    room.measured(2000, 0.5, 2000)
    assert room.rate == pytest.approx((0.95 * 1000 + 2000) / (0.95 * 2.0 + 0.5))


def test_a_slow_machine_has_room_for_four_batches():
    room = Room(Limits(longest_wait=1), most=100)
    room.measured(10, 1.0, 10)
    assert room.limit == 400


def test_a_batch_that_is_not_full_says_nothing_of_the_rate_unless_it_was_faster():
    room = Room(Limits(), most=100)
    first = room.rate
    room.measured(49, 1.0, 100)
    assert room.rate == first
    room.measured(50, 1.0, 100)
    assert room.rate == 50
    room.measured(49, 1.0, 100)
    assert room.rate == 50
    room.measured(49, 0.5, 100)
    assert room.rate > 50


def test_full_is_when_a_thirty_second_part_is_left():
    room = Room(Limits(), most=1, limit=320)
    held = [room.hold(80) for _ in range(3)] + [room.hold(70)]
    assert not room.full(4)
    held.append(room.hold(1))
    assert room.full(5)
    room.release(held[0])
    assert not room.full(4)
    assert not Room(Limits(), most=1, limit=1).full(1)


def test_full_is_when_connections_run_out():
    room = Room(Limits(), most=1)
    assert [room.full(511), room.full(512)] == [False, True]


def test_requests_that_are_still_being_read_count_as_the_last_ones_did():
    room = Room(Limits(), most=1, limit=320)
    for _ in range(200):
        room.release(room.hold(40))
    room.hold(40), room.hold(40)
    assert not room.full(2 + 5)  # 80 and five times 40
    assert room.full(2 + 6)
    assert not room.full(2 + 5 + 100, others=100)
    assert room.full(2 + 6 + 100, others=100)


def test_beyond_the_limit_it_says_when_to_come_again():
    room = Room(Limits(), most=1, limit=100)
    room.measured(10, 1.0, 10)
    held = [room.hold(25) for _ in range(4)]
    words = "100 tokens wait to be scored and this request has about 20, but at most 100 may wait"
    with pytest.raises(OverloadedError, match=re.escape(f"{words}; ask again in 2 s")) as caught:
        room.hold(20)
    assert caught.value.retry_after == 2
    room.release(held[0])
    assert room.hold(20).tokens == 20


def test_a_long_request_has_a_quarter_of_the_room_until_less_is_left():
    room = Room(Limits(), most=1, limit=100)
    held = room.hold(1000)
    assert (held.tokens, held.later) == (25, 975)
    room.keep(held, 60)
    assert (room.held, room.later) == (25, 35)
    room.keep(held, 10)
    assert (room.held, room.later) == (10, 0)
    room.release(held)
    room.release(held)
    assert (room.held, room.later) == (0, 0)


def test_long_requests_are_refused_that_would_miss_the_deadline_and_short_ones_are_not():
    room = Room(Limits(deadline=10), most=1, limit=1000)
    room.measured(100, 1.0, 100)
    room.hold(900)
    with pytest.raises(OverloadedError, match="would not be scored within 10 s") as caught:
        room.hold(300)
    assert caught.value.retry_after == 2
    room.hold(100)
    assert room.hold(200).later == 0


def test_the_longest_request_is_let_in_where_nothing_waits():
    room = Room(Limits(deadline=1), most=1, limit=100)
    room.measured(1, 1.0, 1)
    assert room.hold(10**6).tokens == 25


STEPS = st.lists(st.tuples(st.sampled_from(["hold", "keep", "release"]), st.integers(0, 300)))


@given(STEPS, st.integers(4, 200))
def test_no_more_is_held_than_may_wait_and_all_is_given_back(steps, limit):
    room, open_ = Room(Limits(), most=1, limit=limit), [Held()]
    for number, (what, tokens) in enumerate(steps):
        held = open_[number % len(open_)]
        if what == "hold":
            with contextlib.suppress(OverloadedError):
                open_.append(room.hold(tokens))
        elif what == "keep":
            room.keep(held, min(tokens, held.tokens + held.later))
        else:
            room.release(held)
        assert room.held == sum(own.tokens for own in open_) <= limit
    for held in open_:
        room.release(held)
    assert (room.held, room.later) == (0, 0)


@pytest.mark.parametrize("value", ["0", "-1", "soon", "inf", "nan"])
def test_limits_of_the_environment(monkeypatch, value):
    monkeypatch.setenv("FRAMESCOPE_LONGEST_WAIT", "2.5")
    monkeypatch.setenv("FRAMESCOPE_DEADLINE", "")
    assert Limits.from_environment() == Limits(2.5, 60.0)
    monkeypatch.setenv("FRAMESCOPE_DEADLINE", value)
    words = f"FRAMESCOPE_DEADLINE is '{value}'; it must be a number of seconds above 0"
    with pytest.raises(LimitsError, match=re.escape(words)):
        Limits.from_environment()
