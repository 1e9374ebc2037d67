import json
import re

import pytest

from labels import adjudication_commands
from labels.adjudication import SettledError, decide, described, disputes
from labels.errors import LabelError
from labels.rows import ADJUDICATOR, DECISION, RETRACTION
from labels.snapshot import take
from labels.store import Store
from labels.text import text_id
from tests.labels.samples import TOPICS, VIEWS, made


def disputed(store, *texts):
    """Texts on which ann and bo tie about war, and agree on trade."""
    for text in texts:
        store.add(
            [
                made(text, {"trade": "pro", "war": "con"}, annotator="ann", document="d", id=text),
                made(text, {"trade": "pro"}, annotator="bo", document="d", id=text),
            ]
        )
    return store


def test_a_dispute_shows_answers_without_names(store):
    store.add([made("settled", {"war": "pro"})])
    (found,) = disputes(disputed(store, "a"))
    assert (found.text_id, found.text, found.frames) == (text_id("a"), "a", ("war",))
    assert found.agreed == {"trade": "pro"}
    given = dict(zip(found.annotators, found.answers, strict=True))
    assert given == {"ann": {"trade": "pro", "war": "con"}, "bo": {"trade": "pro"}}
    assert described(found, store).keys() == {"id", "text", "frames", "agreed", "answers"}
    assert described(found, store, names=True)["annotators"] == list(found.annotators)
    assert "ann" not in json.dumps(described(found, store))


def test_the_order_of_answers_is_stable_and_does_not_tell_who(store):
    found = disputes(disputed(store, *map(str, range(20))))
    assert {one.annotators for one in found} == {("ann", "bo"), ("bo", "ann")}
    assert disputes(store) == found
    assert [one.text for one in found] == [str(n) for n in range(20)]


def test_a_decision_settles_and_a_later_one_counts(store):
    disputed(store, "a", "b")
    decide(store, text_id("a"), {"war": "pro"}, by="maria")
    assert [one.text for one in disputes(store)] == ["b"]
    decide(store, text_id("a"), {}, by="noor")
    decide(store, text_id("a"), {"war": "pro"})
    assert {row.text: row.frames for row in take(store).rows} == {"a": {"war": "pro"}}
    with store.reading() as connection:
        stored = [one for one in store.answers(connection) if one.kind == DECISION]
    assert [one.by for one in stored] == ["maria", "noor", None]
    assert {one.annotator for one in stored} == {ADJUDICATOR}
    row, *_ = (row for row in store.rows() if row.kind == DECISION)
    assert (row.document, row.id, row.codebook) == ("d", "a", VIEWS.version)


def test_a_colleagues_decision_is_not_overwritten_unseen(store):
    disputed(store, "a")
    decide(store, text_id("a"), {"war": "pro"}, "maria", only_disputed=True)
    with pytest.raises(SettledError, match="settled by maria"):
        decide(store, text_id("a"), {}, "noor", only_disputed=True)
    assert [row.frames for row in take(store).rows] == [{"war": "pro"}]


def test_a_decision_that_was_not_seen_is_not_overruled(store):
    disputed(store, "a")
    key = text_id("a")
    decide(store, key, {"war": "pro"}, "maria", seen=0)
    words = re.escape(f"{key}: settled by maria at 20")
    with pytest.raises(SettledError, match=words + r'.*: \{"war":"pro"\}$') as error:
        decide(store, key, {}, "noor", seen=0)
    decide(store, key, {}, "noor", seen=error.value.decision)
    with pytest.raises(SettledError, match="settled by noor"):
        decide(store, key, {}, "cy", seen=error.value.decision)
    assert [row.frames for row in take(store).rows] == [{}]


def test_a_decision_counts_after_one_dated_ahead(store):
    disputed(store, "a")
    store.add([made("a", {}, annotator="maria", kind=DECISION, at="2099-01-01")])
    store.add([made("a", {}, annotator=ADJUDICATOR, kind=RETRACTION, at="2099-02-01")])
    decide(store, text_id("a"), {"war": "con"})
    assert [row.frames for row in take(store).rows] == [{"war": "con"}]


def test_a_decision_on_nothing_known_is_refused(store):
    disputed(store, "a")
    with pytest.raises(LabelError, match="nobody has answered a text with the id 'p1:none'"):
        decide(store, "p1:none", {})
    with pytest.raises(LabelError, match=re.escape("unknown frames ['wra']; known: ['trade'")):
        decide(store, text_id("a"), {"wra": "pro"})
    assert len(disputes(store)) == 1


def test_a_retracted_answer_ends_a_dispute(store):
    disputed(store, "a")
    store.add([made("a", {}, annotator="bo", kind="retraction", at="2030-01-01")])
    assert disputes(store) == []


def test_without_stances_frames_are_lists():
    store = Store.open("sqlite://", TOPICS)
    store.add([made("a", ["war"], TOPICS, annotator="ann"), made("a", [], TOPICS, annotator="bo")])
    (found,) = disputes(store)
    assert sorted(described(found, store)["answers"]) == [[], ["war"]]
    decide(store, found.text_id, ["war"])
    assert take(store).rows[0].frames == {"war": None}


@pytest.fixture
def told(arguments, own_home, monkeypatch, capsys):
    """Adjudicate on texts a, b and c with these lines typed; return the outcome and the screen."""
    own_home.mkdir()
    disputed(Store.open(f"sqlite:///{own_home / 'labels.db'}", VIEWS), "a", "b", "c")

    def told(typed="", **given):
        lines = iter(typed.splitlines(keepends=True))
        monkeypatch.setattr("sys.stdin.readline", lambda: next(lines, ""), raising=False)
        usual = {"by": None, "names": False, "list": False, "decide": None, "frames": None}
        usual["overrule"] = False
        done = adjudication_commands.adjudicate(arguments(json=False, **{**usual, **given}))
        return done, capsys.readouterr().out

    return told


def test_disputes_are_walked_through_and_what_is_left_is_said(told, own_home):
    done, screen = told("1\ns\n7\nw\n0\n", by="maria")
    assert done.data == {"decided": 2, "left": 1}
    assert done.text.strip() == "2 decisions stored, 1 text left in dispute"
    assert "decided: trade pro, war pro; 2 left" in screen
    assert "decided: trade pro; 1 left" in screen
    assert "'7' is none of these: 0 to 2, w, s or q" in screen
    first, third = screen.split("3 of 3")
    assert "ann" not in first
    assert re.search(r"answer \d, ann: trade pro, war con", third)
    rows = {
        row.text: row.frames for row in take(Store.open(f"sqlite:///{own_home}/labels.db")).rows
    }
    assert rows == {"a": {"trade": "pro", "war": "pro"}, "c": {"trade": "pro"}}


@pytest.mark.parametrize("end", ["q\n", ""], ids=["asked to", "no more input"])
def test_it_can_be_left_and_gone_on_with(told, end):
    done, _ = told("2\n" + end)
    assert done.data == {"decided": 1, "left": 2}
    done, screen = told("2\n2\n")
    assert done.data == {"decided": 2, "left": 0}
    assert "1 of 2" in screen


def test_disputes_are_listed_for_programs(told):
    done, screen = told(list=True)
    assert (done.data["left"], len(done.data["disputes"]), screen) == (3, 3, "")
    assert done.text.splitlines()[1] == f"  {text_id('a')}  war: a"
    assert "annotators" not in done.data["disputes"][0]
    assert "annotators" in told(list=True, names=True)[0].data["disputes"][0]


def test_one_decision_from_a_script(told):
    done, _ = told(decide=text_id("b"), frames='{"war": "con"}', by="noor")
    assert done.text == "decided: war con; 2 texts left in dispute"
    with pytest.raises(LabelError, match=r"settled by noor .*; to decide .*--overrule"):
        told(decide=text_id("b"), frames="{}", by="maria")
    done, _ = told(decide=text_id("b"), frames="{}", overrule=True)
    assert done.text == "decided: no frame; 2 texts left in dispute"
    with pytest.raises(LabelError, match=re.escape("--frames '{' is not JSON")):
        told(decide=text_id("b"), frames="{")
    with pytest.raises(LabelError, match="--decide needs --frames"):
        told(decide=text_id("b"))
