from dataclasses import replace

import pytest

from labels.resolve import Resolved, latest, resolve, shares
from labels.rows import ADJUDICATOR, ANSWER, DECISION, RETRACTION, usual_kind
from labels.store import StoredAnswer
from tests.labels.samples import TOPICS, VIEWS

JAN, FEB = "2026-01-01T00:00:00.000000+00:00", "2026-02-01T00:00:00.000000+00:00"


def answer(number, annotator, frames, at=JAN, text_id="t"):
    return StoredAnswer(number, text_id, "place", annotator, frames, at, 1, usual_kind(annotator))


def label(*all_frames, codebook=VIEWS, **named):
    given = {f"a{number}": frames for number, frames in enumerate(all_frames)} | named
    return resolve({who: answer(1, who, frames) for who, frames in given.items()}, codebook)


def test_latest_answer_counts_whatever_the_order_of_arrival():
    old, new = answer(1, "ann", {"war": "pro"}, FEB), answer(2, "ann", {}, JAN)
    assert latest([old, new]) == latest([new, old]) == {"t": {"ann": old}}


def test_later_arrival_counts_at_equal_times():
    first, second = answer(1, "ann", {"war": "pro"}), answer(2, "ann", {})
    assert latest([first, second]) == latest([second, first]) == {"t": {"ann": second}}


def test_texts_and_annotators_are_kept_apart():
    answers = [answer(1, "ann", {}), answer(2, "bo", {}), answer(3, "ann", {}, text_id="u")]
    assert latest(answers) == {
        "t": {"ann": answers[0], "bo": answers[1]},
        "u": {"ann": answers[2]},
    }


def said(number, frames, kind, at=JAN):
    return replace(answer(number, "ines", frames, at), kind=kind)


@pytest.mark.parametrize("first", [ANSWER, DECISION])
def test_a_decision_is_not_overtaken_by_its_authors_own_answer(first):
    second = DECISION if first == ANSWER else ANSWER
    rows = [said(1, {"war": "pro"}, first), said(2, {}, second)]
    (decision,) = [row for row in rows if row.kind == DECISION]
    assert latest(rows) == latest(rows[::-1]) == {"t": {"ines": decision}}


def test_a_retraction_takes_back_answer_and_decision_but_not_what_is_said_later():
    rows = [said(1, {}, ANSWER), said(2, {}, DECISION), said(3, {}, RETRACTION)]
    assert latest(rows) == {}
    again = said(4, {"war": "pro"}, ANSWER)
    assert latest([*rows, again]) == {"t": {"ines": again}}


@pytest.mark.parametrize(
    ("given", "frames", "disputed"),
    [
        ([{"war": "pro"}], {"war": "pro"}, ()),
        ([{}], {}, ()),
        ([{"war": "pro"}, {"war": "pro"}], {"war": "pro"}, ()),
        ([{"war": "pro"}, {}], {}, ("war",)),
        ([{"war": "pro"}, {"war": "con"}], {}, ("war",)),
        ([{"war": "pro"}, {"war": "con"}, {"war": "con"}], {"war": "con"}, ()),
        ([{"war": "pro"}, {"war": "pro"}, {}], {"war": "pro"}, ()),
        ([{"war": "pro"}, {}, {}], {}, ()),
        ([{"war": "pro"}, {"war": "con"}, {}], {}, ("war",)),
        ([{"war": "pro"}, {"war": "pro"}, {"war": "con"}, {}], {"war": "pro"}, ()),
        ([{"war": "pro", "trade": "con"}, {"trade": "con"}], {"trade": "con"}, ("war",)),
        ([{"war": "pro", "trade": "con"}, {}], {}, ("trade", "war")),
    ],
)
def test_majority_of_annotators_then_of_stances(given, frames, disputed):
    found = label(*given)
    assert (found.frames, found.disputed) == (frames, disputed)


def test_adjudicator_settles_it():
    found = label({"war": "pro"}, {"war": "pro"}, **{ADJUDICATOR: {"trade": "con"}})
    assert found == Resolved({"trade": "con"}, ("a0", "a1", ADJUDICATOR))


def test_frames_without_stances_go_by_presence():
    found = label({"war": None}, {"war": None, "trade": None}, {}, codebook=TOPICS)
    assert found == Resolved({"war": None}, ("a0", "a1", "a2"))


def test_frames_are_in_the_codebooks_order():
    assert list(label({"war": "pro", "trade": "pro"}).frames) == ["trade", "war"]


def test_shares_count_every_annotator():
    given = {
        "ann": answer(1, "ann", {"war": "pro", "trade": "con"}),
        "bo": answer(2, "bo", {"war": "con"}),
        "cy": answer(3, "cy", {}),
        "di": answer(4, "di", {"war": "pro"}),
    }
    assert shares(given) == {
        "trade": 0.25, "trade:con": 0.25, "war": 0.75, "war:con": 0.25, "war:pro": 0.5,
    }  # fmt: skip


def test_a_decision_is_a_share_of_all():
    given = {
        "ann": answer(1, "ann", {"war": "pro"}),
        ADJUDICATOR: answer(2, ADJUDICATOR, {"trade": None}),
    }
    assert shares(given) == {"trade": 1.0}
    assert shares({"ann": answer(1, "ann", {})}) == {}
