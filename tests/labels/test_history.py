from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cli import main
from labels.codebook_versions import set_codebook, versions
from labels.erasure import erase
from labels.errors import LabelError, StoreError
from labels.formats.files import read_labels
from labels.history import copy_at, events, find_text, restore, retract
from labels.home import Home
from labels.insertion import ErasedError, insert_answers
from labels.resolve import latest
from labels.rows import ADJUDICATOR, DECISION, utc
from labels.snapshot import take
from labels.store import Store
from tests.labels.samples import VIEWS, made


def day(number):
    return datetime(2026, 5, number, tzinfo=UTC)


A, B = made("a", {}).text_id, made("b", {}).text_id


@pytest.fixture
def store(url):
    """On the 1st ann and bo answer, on the 2nd ann changes her mind, on the 3rd bo answers more."""
    store = Store.open(url, VIEWS)
    store.add([made("a", {"war": "pro"}, annotator=who, id=7) for who in ("ann", "bo")], day(1))
    store.add([made("a", {"war": "con"}, annotator="ann", id=7)], day(2), by="ann")
    store.add([made("b", {"trade": "pro"}, annotator="bo", id=8)], day(3))
    return store


def standing(store):
    with store.reading() as connection:
        found = latest(store.answers(connection))
    return {key: {who: one.frames for who, one in own.items()} for key, own in found.items()}


FIRST = {A: {"ann": {"war": "pro"}, "bo": {"war": "pro"}}}
SECOND = {A: {"ann": {"war": "con"}, "bo": {"war": "pro"}}}
THIRD = {**SECOND, B: {"bo": {"trade": "pro"}}}


def test_history_is_all_that_was_said_of_a_text(store):
    retract(store, "7", "bo", by="maria", now=day(4))
    said = [(e.what, e.annotator, e.frames, e.at[8:10], e.by) for e in events(store, A)]
    assert said == [
        ("answer", "ann", {"war": "pro"}, "01", None),
        ("answer", "bo", {"war": "pro"}, "01", None),
        ("answer", "ann", {"war": "con"}, "02", "ann"),
        ("retraction", "bo", {}, "04", "maria"),
    ]


def test_log_is_the_newest_of_all_texts_by_when_it_was_stored(store):
    store.add([made("c", {}, at="1999-01-01")], day(5))
    assert [e.stored[8:10] for e in events(store, most=3)] == ["02", "03", "05"]
    assert [e.stored[8:10] for e in events(store, since=day(3))] == ["03", "05"]
    assert events(store, since=day(5))[0].at[:4] == "1999"


def test_retracted_answer_no_longer_counts_but_may_be_given_again(store):
    retract(store, A, "ann", now=day(4))
    assert standing(store)[A] == {"bo": {"war": "pro"}}
    assert take(store).rows[0].frames == {"war": "pro"}
    with pytest.raises(LabelError, match=r"'ann' has no answer that stands; .*: \['bo'\]"):
        retract(store, A, "ann")
    store.add([made("a", {"war": "con"}, annotator="ann", at="2026-05-05")])
    assert standing(store)[A] == SECOND[A]


def test_text_whose_only_answer_is_retracted_is_no_label(store):
    retract(store, B, "bo", now=day(4))
    assert standing(store) == SECOND
    assert [row.text_id for row in take(store).rows] == []
    assert take(store).disputed == (A,)


def test_retracted_decision_leaves_the_answers(store):
    store.add([made("a", {"trade": "con"}, annotator=ADJUDICATOR)], day(4))
    assert events(store, A)[-1].what == DECISION
    assert [row.frames for row in take(store).rows if row.text_id == A] == [{"trade": "con"}]
    retract(store, A, ADJUDICATOR, now=day(5))
    assert standing(store) == THIRD


@pytest.mark.parametrize(
    ("at", "then", "again", "retracted"),
    [(day(1), FIRST, 1, 1), (day(2), SECOND, 0, 1), (day(3), THIRD, 0, 0)],
)
def test_restored_labels_are_those_of_that_day(store, at, then, again, retracted):
    done = restore(store, at, "maria", day(10))
    assert (done.again, done.retracted) == (again, retracted)
    assert standing(store) == then
    assert {e.by for e in events(store, since=day(10))} <= {"maria"}


def test_restoring_is_undone_by_restoring_and_loses_nothing(store):
    before = list(store.rows())
    restore(store, day(1), now=day(10))
    restore(store, day(9), now=day(11))
    assert standing(store) == THIRD
    restore(store, day(10), now=day(12))
    assert standing(store) == FIRST
    assert list(store.rows())[:4] == before


def test_answer_dated_ahead_is_restored_over(store):
    store.add([made("a", {}, annotator="ann", at="2099-01-01")], day(5))
    restore(store, day(4), now=day(10))
    assert standing(store) == THIRD


def decided(store):
    return {row.text_id: row.frames for row in take(store).rows}[A]


def test_of_several_decisions_the_one_of_that_day_is_restored(store):
    by = {"kind": DECISION}
    store.add([made("a", {"war": "pro"}, annotator="maria", **by)], day(4))
    store.add([made("a", {"war": "con"}, annotator=ADJUDICATOR)], day(5))
    store.add([made("a", {"trade": "pro"}, annotator="maria", **by)], day(6))
    assert decided(store) == {"trade": "pro"}
    restore(store, day(5), now=day(10))
    assert decided(store) == {"war": "con"}
    for name in ("maria", ADJUDICATOR):
        retract(store, A, name, now=day(11))
    restore(store, day(10), now=day(12))
    assert decided(store) == {"war": "con"}


def test_a_decision_that_was_made_again_is_older_again(store):
    """All said the same before and after; only which decision came last is another."""
    first, second = {"war": "con"}, {"trade": "pro"}
    store.add([made("a", first, annotator=ADJUDICATOR)], day(4), anew=True)
    store.add([made("a", second, annotator="maria", kind=DECISION)], day(5), anew=True)
    store.add([made("a", first, annotator=ADJUDICATOR)], day(6), anew=True)
    assert decided(store) == first
    restore(store, day(5), now=day(10))
    assert decided(store) == second
    restore(store, day(9), now=day(11))
    assert decided(store) == first


def test_a_decision_that_stands_is_not_given_again(store):
    store.add([made("a", {"war": "con"}, annotator=ADJUDICATOR)], day(4))
    store.add([made("a", {"trade": "pro"}, annotator="maria", kind=DECISION)], day(5))
    done = restore(store, day(4), now=day(10))
    assert (done.again, done.retracted, decided(store)) == (0, 1, {"war": "con"})


def test_restored_is_the_answer_too_of_one_who_has_decided_since(store):
    store.add([made("a", {"trade": "pro"}, annotator="ann", kind=DECISION)], day(4))
    store.add([made("a", {}, annotator="ann")], day(5))
    restore(store, day(4), now=day(10))
    assert decided(store) == {"trade": "pro"}
    restore(store, day(3), now=day(11))
    assert standing(store) == THIRD


def test_time_ahead_is_refused(store):
    with pytest.raises(LabelError, match=r"2026-05-03T00:00:00\.000000.* lies ahead"):
        restore(store, day(3), now=day(2))


def test_copy_of_another_day_is_a_store_of_its_own(store, tmp_path):
    sides = {row.text_id: row.side for row in take(store).rows}
    home = Home.find(tmp_path / "copy")
    assert copy_at(store, day(2), home.own_database) == 3
    copied = Store.open(home.own_database)
    assert list(copied.rows()) == list(store.rows())[:3]
    assert standing(copied) == SECOND
    assert copied.codebook == VIEWS
    assert events(copied) == events(store)[:3]
    assert {row.text_id: row.side for row in take(copied).rows}.items() <= sides.items()
    with pytest.raises(StoreError, match="holds something; name a new folder"):
        copy_at(store, day(2), home.own_database)


def test_copy_knows_today_s_codebook_and_what_was_erased(store, tmp_path):
    set_codebook(store, replace(VIEWS, version=2), "maria")
    erase(store, B, "takedown")
    home = Home.find(tmp_path / "copy")
    copy_at(store, day(2), home.own_database)
    copied = Store.open(home.own_database)
    with copied.reading() as connection:
        kept = [(one.codebook.version, one.by) for one in versions(connection)]
    assert kept == [(1, None), (2, "maria")]
    with pytest.raises(ErasedError):
        copied.add([made("b", {})])


def test_undo_brings_back_what_another_stored_while_restoring_waited(url):
    store, other = Store.open(url, VIEWS), Store.open(url)
    store.add([made("a", {}, annotator="ann")], day(1))
    with ThreadPoolExecutor(1) as pool:
        with store.writing() as connection:
            waiting = pool.submit(restore, other, day(2))
            with suppress(TimeoutError):
                waiting.result(0.3)
            insert_answers(connection, [made("b", {})], utc(datetime.now(UTC)), None)
        done = waiting.result(30)
    assert (done.retracted, set(standing(store))) == (1, {A})
    restore(store, datetime.fromisoformat(done.undo))
    assert set(standing(store)) == {A, B}


def test_text_is_found_by_either_id(store):
    store.add([made("c", {}, id=8)], day(4))
    with store.reading() as connection:
        assert find_text(connection, A) == find_text(connection, "7") == A
        with pytest.raises(LabelError, match="'8' is the id of 2 texts; name one of them: "):
            find_text(connection, "8")
        with pytest.raises(LabelError, match="there is no text 'x'"):
            find_text(connection, "x")


@pytest.fixture
def said(own_home, capsys):
    """What a command prints, over a store with one answer."""
    Store.open(Home.find().database, VIEWS).add([made("a", {"war": "pro"}, id=7)], day(1))

    def run(*words, code=0):
        assert main(["labels", *words]) == code
        got = capsys.readouterr()
        return got.out + got.err

    return run


def test_commands_tell_and_change(said, tmp_path):
    assert f"{A}\n2026-05-01T00:00:00  answer  annotator  war: pro  codebook 1" in said(
        "history", "7"
    )
    assert "is taken back" in said("retract", "7", "--annotator", "annotator", "--by", "maria")
    assert "retraction  annotator  codebook 1  by maria" in said("log", "-n", "1")
    assert "1 answers given again, 0 taken back" in said("restore", "--at", "2026-05-02")
    assert said("log", "--since", "2099-01-01") == "nothing was written\n"
    out, into = tmp_path / "then.jsonl", tmp_path / "then"
    assert "1 rows that were there" in said("restore", "--at", "2026-05-02", "--out", str(out))
    assert [row.frames for row in read_labels(out, VIEWS)] == [{"war": "pro"}]
    assert "1 answers that were there" in said("restore", "--at", "2026-05-02", "--into", str(into))
    assert Store.open(Home.find(into).own_database).counts()["annotations"] == 1
    assert "'noon' is no time" in said("restore", "--at", "noon", code=1)
    assert "--out or --into, not both" in said(
        "restore", "--at", "2026-05-02", "--out", str(out), "--into", str(into), code=1
    )


@pytest.mark.parametrize("command", [["log"], ["suspects"], ["suggest", "a.jsonl"]])
def test_how_many_is_a_number_from_1(command, capsys):
    with pytest.raises(SystemExit):
        main(["labels", *command, "-n", "-1"])
    assert "-1 is no whole number from 1" in capsys.readouterr().err
