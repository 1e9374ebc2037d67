import pytest

from labels.agreement import shared_answers
from labels.agreement_parts import biases, by_pair, most_disputed, over_time
from labels.store import Store
from tests.labels.samples import VIEWS, made


def shared(*answers):
    """Answers as (text, annotator, frames, day), given in any order."""
    store = Store.open("sqlite://", VIEWS)
    store.add(made(text, frames, annotator=who, at=at) for text, who, frames, at in answers)
    with store.reading() as connection:
        return shared_answers(store.answers(connection))


def war(*marks, who, month="01"):
    """Whether `who` marked war in text 0, text 1, ..., the first on the first of the month."""
    return [
        (f"text {n}", who, {"war": "pro"} if mark else {}, f"2026-{month}-{n + 1:02}")
        for n, mark in enumerate(marks)
    ]


def test_each_pair_is_measured_on_the_texts_it_shares():
    found = by_pair(
        shared(*war(1, 1, 0, 0, who="ann"), *war(1, 1, 0, 0, who="bo"), *war(0, 1, who="cy")), VIEWS
    )
    assert {pair: own.texts for pair, own in found.items()} == {
        ("ann", "bo"): 4, ("ann", "cy"): 2, ("bo", "cy"): 2,
    }  # fmt: skip
    assert found["ann", "bo"].frames["war"].value == 1
    # Units (1, 0) and (1, 1): one disagreement of the two expected 1 - 3 * 2 / (4 * 4 - 9 - 1) = 0.
    assert found["ann", "cy"].frames["war"].value == pytest.approx(0)


def test_months_are_those_of_the_last_answer():
    answers = [*war(1, 0, who="ann"), *war(1, 0, who="bo"), ("text 0", "cy", {}, "2026-03-05")]
    found = over_time(shared(*answers), VIEWS, None)
    assert {period: own.texts for period, own in found.items()} == {"2026-01": 1, "2026-03": 1}
    assert found["2026-03"].annotators == ("ann", "bo", "cy")


def test_batches_are_equal_and_in_order():
    answers = [*war(1, 0, 1, 0, 1, who="ann"), *war(1, 0, 1, 0, 0, who="bo")]
    found = over_time(shared(*answers), VIEWS, 2)
    assert {period: own.texts for period, own in found.items()} == {
        "1: 2026-01-01 to 2026-01-03": 3, "2: 2026-01-04 to 2026-01-05": 2,
    }  # fmt: skip
    first, last = found.values()
    assert (first.frames["war"].value, last.frames["war"].value) == (1, 0)


def test_more_batches_than_texts_are_as_many_as_there_are():
    answers = [*war(1, 0, who="ann"), *war(1, 0, who="bo")]
    assert [own.texts for own in over_time(shared(*answers), VIEWS, 5).values()] == [1, 1]


def test_bias_is_the_own_share_less_that_of_the_others():
    answers = [
        *war(1, 1, 1, 0, who="ann"), *war(1, 0, 0, 0, who="bo"), *war(1, 1, 0, 0, who="cy"),
        ("alone", "ann", {"war": "pro"}, "2026-01-01"),
    ]  # fmt: skip
    found = biases(shared(*answers), VIEWS)
    ann, bo = found["ann"]["war"], found["bo"]["war"]
    # Others of ann: 1, 1/2, 0, 0. Others of bo: 1, 1, 1/2, 0.
    assert (ann.own, ann.others, ann.value, ann.n) == (0.75, 0.375, 0.375, 4)
    assert (bo.own, bo.others, bo.value) == (0.25, 0.625, -0.375)
    assert ann.low <= ann.value <= ann.high
    assert bo.low < bo.value < bo.high <= 0
    assert found["ann"]["trade"].value == found["ann"]["trade"].high == 0


def test_most_disputed_counts_pairs_who_answer_differently():
    found = most_disputed(
        shared(
            ("a", "ann", {"war": "pro"}, "2026-01-01"), ("a", "bo", {"war": "con"}, "2026-01-01"),
            ("a", "cy", {"war": "con"}, "2026-01-01"),
            ("b", "ann", {"war": "pro", "trade": "con"}, "2026-01-01"),
            ("b", "bo", {}, "2026-01-01"),
            ("c", "ann", {"war": "pro"}, "2026-01-01"), ("c", "bo", {"war": "pro"}, "2026-01-01"),
        ),
        VIEWS, 5,
    )  # fmt: skip
    assert [(one.score, one.frames) for one in found] == [
        (2, {"trade": 1, "war": 1}), (pytest.approx(2 / 3), {"war": pytest.approx(2 / 3)}),
    ]  # fmt: skip
    assert found[0].answers == {"ann": {"war": "pro", "trade": "con"}, "bo": {}}
    assert len(most_disputed(shared(*war(1, who="ann"), *war(0, who="bo")), VIEWS, 0)) == 0
