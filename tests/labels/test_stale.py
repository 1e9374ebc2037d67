import json
from dataclasses import replace

from labels import queue
from labels.codebook import Frame
from labels.codebook_versions import set_codebook
from labels.home import Home
from labels.queue_commands import change_queue
from labels.stale import find_stale, write_stale
from labels.store import Store
from labels.text import text_id
from tests.labels.samples import VIEWS, made

WIDER = replace(VIEWS, version=2, frames=(VIEWS.frames[0], Frame("war", inside=("raids",))))
CLAIMED = replace(WIDER, version=3, frames=(Frame("trade", "Trade is good."), WIDER.frames[1]))


def answered(store):
    store.add(
        [
            made("a", {"war": "pro"}, annotator="ann"),
            made("a", {"trade": "con"}, annotator="bo"),
            made("b", {"trade": "pro"}, annotator="ann", document="d", id="7"),
        ]
    )
    return store


def found(store):
    return [
        (one.answer.text_id, one.answer.annotator, dict(one.frames))
        for one in find_stale(store).answers
    ]


def test_only_what_a_change_can_alter_is_stale(store):
    answered(store)
    assert found(store) == []
    set_codebook(store, WIDER)
    a, b = text_id("a"), text_id("b")
    assert found(store) == [(a, "bo", {"war": "unmarked"}), (b, "ann", {"war": "unmarked"})]
    set_codebook(store, CLAIMED)
    both = {"trade": "marked", "war": "unmarked"}
    assert found(store) == [(a, "bo", both), (b, "ann", both)]
    assert find_stale(store).counts() == {
        "trade": {"marked": 2, "unmarked": 0}, "war": {"marked": 0, "unmarked": 2},
    }  # fmt: skip


def test_an_answer_given_anew_is_not_stale(store):
    set_codebook(answered(store), WIDER)
    store.add([made("b", {"trade": "pro"}, annotator="ann", codebook=2, at="2030-01-01")])
    assert found(store) == [(text_id("a"), "bo", {"war": "unmarked"})]


def test_behind_a_decision_no_answer_is_stale(store):
    set_codebook(answered(store), WIDER)
    decision = made("a", {"war": "con"}, annotator="adjudicator", codebook=2)
    store.add([decision])
    assert [text for text, _, _ in found(store)] == [text_id("b")]
    set_codebook(store, CLAIMED)
    assert [who for _, who, _ in found(store)] == ["ann"]


def test_versions_nobody_knows_are_counted(store):
    answered(store)
    store.add([made("c", {}, codebook=9), made("d", {}, codebook=9)])
    assert find_stale(store).unknown == {9: 2}


def test_other_guidelines_are_named(store):
    answered(store)
    set_codebook(store, replace(VIEWS, version=2, guidelines="Read it."))
    assert (find_stale(store).guidelines, found(store)) == ((1,), [])


def test_texts_to_label_again_are_written(store, tmp_path):
    set_codebook(answered(store), WIDER)
    assert write_stale(store, find_stale(store), tmp_path / "stale.jsonl") == 2
    lines = (tmp_path / "stale.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"text": "a", "text_id": text_id("a"), "stale": ["war"]},
        {"text": "b", "id": "7", "document": "d", "text_id": text_id("b"), "stale": ["war"]},
    ]


def test_texts_written_are_asked_of_those_who_have_answered(own_home, tmp_path, arguments):
    store = answered(Store.open(Home.find(own_home).own_database, VIEWS))
    queue.add(store, [queue.Unlabelled("a")], "monday")
    set_codebook(store, WIDER)
    write_stale(store, find_stale(store), tmp_path / "stale.jsonl")
    assert queue.waiting(store, "ann", 9) == []
    given = {"file": tmp_path / "stale.jsonl", "batch": queue.RELABEL, "list": False}
    assert change_queue(arguments(**given)).data["queued"] == 2
    found = queue.waiting(store, "ann", 9)
    assert [(one.row.text, one.row.document) for one in found] == [("a", None), ("b", "d")]
    assert [one.row.meta["stale"] for one in found] == [["war"], ["war"]]
