import json

import pytest

from eval.datasets import FROZEN, frozen_test_part, is_in, read_data_set
from labels.codebook import load_codebook
from labels.rows import read_row
from labels.snapshot import Labelled, take
from labels.store import Store

BOOK = load_codebook()
SAFETY, NOTHING = {"safety": "favor"}, {}


def answer(text, who, frames, **more):
    return {"text": text, "annotator": who, "frames": frames, **more}


ANSWERS = [
    answer("Agreed by both.", "ana", SAFETY, register="speech", lang="en"),
    answer("Agreed by both.", "ben", SAFETY, lang="en"),
    answer("In dispute.", "ana", SAFETY, lang="en"),
    answer("In dispute.", "ben", NOTHING, lang="en"),
    answer("Settled.", "ana", SAFETY, lang="fr"),
    answer("Settled.", "ben", NOTHING, lang="fr"),
    answer("Settled.", "adjudicator", NOTHING, lang="fr"),
    answer("Of one alone.", "ana", NOTHING, lang="en"),
    answer("Of one and the adjudicator.", "ana", NOTHING, lang="en"),
    answer("Of one and the adjudicator.", "adjudicator", NOTHING, lang="en"),
]


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, ANSWERS)), "utf-8")
    return read_data_set([path], BOOK)


def test_disputed_texts_are_not_judged_but_count_for_agreement(data):
    assert {row.text for row in data.rows} == {
        "Agreed by both.", "Settled.", "Of one alone.", "Of one and the adjudicator."
    }  # fmt: skip
    assert data.disputed == 1
    answered = {one.row.text: [own.annotator for own in one.answers] for one in data.answered}
    assert sorted(answered) == ["Agreed by both.", "In dispute.", "Settled."]
    assert set(map(tuple, answered.values())) == {("ana", "ben")}


def test_name_files_and_registers(data):
    assert data.name == "rows.jsonl"
    assert [path.name for path in data.files] == ["rows.jsonl"]
    agreed = next(row for row in data.rows if row.text == "Agreed by both.")
    assert data.registers == {agreed.text_id: "speech"}


def test_a_part_in_one_language(data):
    part = data.in_language("fr")
    assert part.name == "rows.jsonl, fr"
    assert [row.text for row in part.rows] == ["Settled."]
    assert [one.row.text for one in part.answered] == ["Settled."]


@pytest.mark.parametrize(
    ("tag", "wanted", "found"),
    [
        ("zh", "zh-Hans", True),
        ("zh-Hans", "zh", True),
        ("zh-Hans", "ZH-hans", True),
        ("zh-Hans-CN", "zh-Hans", True),
        ("zh-Hans", "zh-Hant", False),
        ("zh", "z", False),
        (None, "en-GB", True),  # detected
        (None, "fr", False),
    ],
)
def test_tags_of_languages_match_by_their_first_subtags(tag, wanted, found):
    row = Labelled(
        "p1:0", "Both sides agreed to share results of the test.", {}, "test", "g", lang=tag
    )
    assert is_in(row, wanted) is found


def test_of_a_store_only_the_test_side_counts():
    store = Store.open("sqlite://", BOOK)
    raw = [
        answer(f"Text number {n} of a kind, {n * n}.", who, SAFETY)
        for n in range(40)
        for who in ("ana", "ben")
    ]
    store.add(read_row(one, BOOK)[0] for one in raw)
    data = frozen_test_part(store)
    assert data.name == FROZEN
    assert 0 < len(data.rows) < 40
    assert {one.row.text_id for one in data.answered} == {row.text_id for row in data.rows}


def test_a_text_answered_after_the_snapshot_was_taken_is_not_judged_on():
    store = Store.open("sqlite://", BOOK)
    raw = [answer(f"Text number {n} of a kind, {n * n}.", "ana", SAFETY) for n in range(40)]
    store.add(read_row(one, BOOK)[0] for one in raw)
    snapshot = take(store)
    late = [answer("A text that came late.", who, SAFETY) for who in ("ana", "ben")]
    second = [answer(row.text, "ben", SAFETY) for row in snapshot.test[:2]]
    store.add(read_row(one, BOOK)[0] for one in [*late, *second])
    data = frozen_test_part(store, snapshot)
    assert [one.row for one in data.answered] == snapshot.test[:2]


def test_starter_texts_that_are_left_out_are_not_in_the_data():
    store = Store.open("sqlite://", BOOK)
    raw = [
        answer(f"Text number {n} of a kind, {n * n}.", who, SAFETY, source="starter/desk")
        for n in range(40)
        for who in ("writer", "reader")
    ]
    store.add(read_row(one, BOOK)[0] for one in raw)
    assert frozen_test_part(store, take(store, starter=False)).answered == ()
    assert frozen_test_part(store).answered


def test_what_a_strategy_suggested_is_not_judged_on():
    """A text counts as drawn at random where any of its answers, or the queue, says so."""
    store = Store.open("sqlite://", BOOK)
    how = ("random", "suggested", None)
    raw = [
        answer(f"Text number {n} of a kind, {n * n}.", who, SAFETY, sampled=how[n % 3])
        for n in range(90)
        for who in ("ana", "ben")
    ]
    raw += [
        answer(f"Text number {n} of a kind, {n * n}.", "carla", SAFETY, sampled="random")
        for n in range(1, 90, 6)
    ]
    store.add(read_row(one, BOOK)[0] for one in raw)
    data = frozen_test_part(store)
    numbers = {int(row.text.split()[2]) for row in data.rows}
    left_out = {int(row.text.split()[2]) for row in data.suggested}
    assert {n % 3 for n in numbers if n % 6 != 1} == {0, 2}
    assert {n % 6 for n in left_out} == {4}
    assert numbers & set(range(1, 90, 6))
    assert {one.row.text_id for one in data.answered} == {row.text_id for row in data.rows}


def test_a_decision_is_no_answer_of_its_author_and_hides_none(tmp_path):
    """Whoever decides has seen the answers, so that a decision does not count for agreement."""
    path = tmp_path / "rows.jsonl"
    given = [
        answer("Decided.", "ana", SAFETY), answer("Decided.", "ben", NOTHING),
        answer("Decided.", "ben", SAFETY, kind="decision"),
        answer("Of one.", "ana", SAFETY), answer("Of one.", "ben", SAFETY, kind="decision"),
    ]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, given)), "utf-8")
    (one,) = read_data_set([path], BOOK).answered
    assert one.row.text == "Decided."
    assert [(own.annotator, own.frames) for own in one.answers] == [("ana", SAFETY), ("ben", {})]
