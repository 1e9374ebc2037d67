from dataclasses import replace

import pytest

from labels import queue, queue_commands
from labels.errors import LabelError
from labels.queue import Progress, Unlabelled
from labels.rows import ANSWER, DECISION, RETRACTION, LabelledRow
from labels.snapshot import take
from labels.store import Store
from tests.labels.samples import VIEWS

TEXTS = ("one", "two", "three")


@pytest.fixture
def filled(store) -> Store:
    assert queue.add(store, map(Unlabelled, TEXTS), "first") == 3
    return store


def answer(store, text, annotator="ann", at="2026-01-01T00:00:00Z", kind=ANSWER, **frames):
    row = LabelledRow(text, frames, annotator=annotator, at=at, kind=kind)
    store.add([row])


def texts(found) -> list[str]:
    return [queued.row.text for queued in found]


def test_texts_wait_in_order_for_each_annotator(filled):
    answer(filled, "two", war="pro")
    assert texts(queue.waiting(filled, "ann", 10)) == ["one", "three"]
    assert texts(queue.waiting(filled, "bo", 10)) == ["one", "two", "three"]
    assert texts(queue.waiting(filled, "bo", 2)) == ["one", "two"]
    first = queue.waiting(filled, "bo", 1)[0]
    assert texts(queue.waiting(filled, "bo", 10, after=first.number)) == ["two", "three"]
    assert queue.progress(filled, "ann") == Progress(1, 3)
    assert queue.progress(filled, "bo") == Progress(0, 3)
    assert queue.annotators(filled) == ["ann"]


def test_an_answer_taken_back_makes_the_text_wait_again(filled):
    answer(filled, "one", at="2026-01-01T00:00:00Z", war="pro")
    answer(filled, "one", at="2026-01-02T00:00:00Z", kind=RETRACTION)
    assert texts(queue.waiting(filled, "ann", 10)) == ["one", "two", "three"]
    assert queue.answered(filled, "ann", 10) == []
    answer(filled, "one", at="2026-01-03T00:00:00Z", war="con")
    assert texts(queue.waiting(filled, "ann", 10)) == ["two", "three"]
    (found,) = queue.answered(filled, "ann", 10)
    assert (found.row.text, found.frames) == ("one", {"war": "con"})


def test_a_decision_is_not_its_adjudicators_answer(filled):
    answer(filled, "one", annotator="ann", kind=DECISION)
    assert queue.progress(filled, "ann") == Progress(0, 3)


def test_answers_are_given_back_newest_first_each_text_once(filled):
    for day, text in enumerate(("one", "three", "one"), start=1):
        answer(filled, text, at=f"2026-01-0{day}T00:00:00Z", **({"war": "pro"} if day == 3 else {}))
    answer(filled, "not in the queue", at="2026-01-09T00:00:00Z")
    found = queue.answered(filled, "ann", 10)
    assert [(one.row.text, one.frames) for one in found] == [("one", {"war": "pro"}), ("three", {})]


def test_a_text_is_queued_once(filled):
    again = [Unlabelled("two"), Unlabelled("  four "), Unlabelled("four", id="7")]
    assert queue.add(filled, again, "second") == 1
    found = queue.waiting(filled, "ann", 10)
    assert [(one.row.text, one.batch) for one in found] == [
        ("one", "first"), ("two", "first"), ("three", "first"), ("four", "second"),
    ]  # fmt: skip


def test_where_a_text_is_from_comes_back(store):
    row = Unlabelled(
        "a", "7", "en", "news", "doc", "2026-01-02", {"page": 3}, "random"
    )  # fmt: skip
    queue.add(store, [row], "b")
    (found,) = queue.waiting(store, "ann", 1)
    assert found.row == row
    assert found.frames is None


def test_queued_texts_are_no_labels(filled):
    answer(filled, "one", war="pro")
    assert [row.text for row in take(filled).rows] == ["one"]
    assert len(list(filled.rows())) == 1


def test_a_text_is_a_string_or_a_row_whose_answer_is_left_out():
    row, faults = queue.read_unlabelled("  a  b ", VIEWS)
    assert (row, faults) == (Unlabelled("a b"), [])
    raw = {"text": "a", "frames": "no frames at all", "annotator": 3, "at": "x", "page": 3}
    row, faults = queue.read_unlabelled(raw, VIEWS)
    assert (row, faults) == (Unlabelled("a", meta={"page": 3}), [])
    assert queue.read_unlabelled({"text": "", "date": "x"}, VIEWS)[1] == [
        "the text is empty", "date: 'x' is no date; write it as in 2026-03-31",
    ]  # fmt: skip
    assert queue.read_unlabelled(3, replace(VIEWS, stances=()))[0] is None


def run(arguments, file=None, **given):
    return queue_commands.change_queue(
        arguments(**{"file": file, "batch": None, "list": False, **given})
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"text": "one", "frames": {}}\n{"text": "two"}\n'),
        ("a.csv", "text,frames,meta\none,{},\ntwo,,\"{\"\"page\"\": 3}\"\n"),
        ("a.txt", "one\n\ntwo\n"),
    ],
)  # fmt: skip
def test_the_command_reads_tables_and_plain_texts(arguments, tmp_path, own_home, name, content):
    (tmp_path / name).write_text(content, "utf-8")
    done = run(arguments, tmp_path / name)
    assert (done.data["queued"], done.data["already"]) == (2, 0)
    assert run(arguments, tmp_path / name, batch="again").data["already"] == 2
    store = Store.open(f"sqlite:///{own_home / 'labels.db'}")
    assert [(one.row.text, one.batch) for one in queue.waiting(store, "ann", 9)] == [
        ("one", name), ("two", name),
    ]  # fmt: skip
    answer(store, "two")
    listed = run(arguments, list=True)
    assert listed.data == {"total": 2, "answered": {"ann": 1}}
    assert listed.text.splitlines() == ["2 texts in the queue", "  ann: 1 answered"]


def test_a_file_with_a_fault_queues_nothing(arguments, tmp_path, own_home):
    (tmp_path / "a.jsonl").write_text('{"text": "one"}\n{"text": ""}\nno JSON\n', "utf-8")
    with pytest.raises(LabelError) as error:
        run(arguments, tmp_path / "a.jsonl")
    assert error.value.problems[0] == "line 2: the text is empty"
    assert error.value.problems[1].startswith("line 3: not JSON")
    assert run(arguments, list=True).data["total"] == 0
    with pytest.raises(LabelError, match="name a file, or give --list"):
        run(arguments)


def test_texts_to_label_again_wait_for_those_who_have_answered(filled):
    answer(filled, "one", war="pro")
    answer(filled, "two", at="2030-01-01T00:00:00Z")  # dated ahead, and yet from before
    assert queue.add(filled, [Unlabelled("two"), Unlabelled("one")], queue.RELABEL) == 2
    assert texts(queue.waiting(filled, "ann", 10)) == ["three", "two", "one"]
    assert queue.progress(filled, "ann") == Progress(0, 3)
    assert queue.answered(filled, "ann", 10) == []
    answer(filled, "one", at="2026-01-02T00:00:00Z", war="pro")
    assert texts(queue.waiting(filled, "ann", 10)) == ["three", "two"]
    assert texts(queue.answered(filled, "ann", 10)) == ["one"]
    assert texts(queue.waiting(filled, "bo", 10)) == ["three", "two", "one"]


def test_the_first_of_equal_texts_is_queued_in_its_place(store):
    rows = [Unlabelled("a", id="1"), Unlabelled("b"), Unlabelled("a", id="2")]
    assert queue.add(store, rows, "x") == 2
    found = [(one.row.text, one.row.id) for one in queue.waiting(store, "ann", 10)]
    assert found == [("a", "1"), ("b", None)]


def test_places_are_those_of_the_queue_or_of_the_store(filled):
    filled.add([LabelledRow("stored", {}, annotator="ann", document="d"),
                LabelledRow("one", {}, annotator="ann", document="e")])  # fmt: skip
    keys = {name: LabelledRow(name, {}).text_id for name in ("stored", "one", "unknown")}
    found = queue.places(filled, list(keys.values()))
    assert {key: row.document for key, row in found.items()} == {
        keys["stored"]: "d", keys["one"]: None,
    }  # fmt: skip
