import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from labels import codebook_migration, queue, schema
from labels.codebook import Codebook, Example, Frame, Stance
from labels.codebook_migration import migrate
from labels.codebook_versions import set_codebook, versions
from labels.errors import CodebookError, StoreError
from labels.history import events, retract
from labels.label_map import label_map, read_map
from labels.resolve import latest
from labels.rows import RETRACTION, utc
from labels.snapshot import take
from labels.stale import find_stale
from labels.store import Store
from tests.labels.samples import TOPICS, made

OLD = Codebook(
    "old", 1, tuple(map(Frame, ("trade", "war", "rule", "order", "sport"))),
    (Stance("pro"), Stance("con")),
)  # fmt: skip
NEW = Codebook(
    "new", 2, tuple(map(Frame, ("commerce", "attack", "defence", "power", "peace"))),
    (Stance("for"), Stance("con")),
)  # fmt: skip
MAP = {
    "rename": {"trade": "commerce"}, "split": {"war": ["attack", "defence"]},
    "merge": {"power": ["rule", "order"]}, "drop": ["sport"], "stances": {"pro": "for"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "carried", "lost"),
    [
        ({}, {}, ()),
        ({"trade": "pro", "sport": "con"}, {"commerce": "for"}, ()),
        ({"order": "con", "rule": "con"}, {"power": "con"}, ()),
        ({"order": "con", "rule": "pro", "trade": "con"}, {"commerce": "con"}, ("power",)),
        ({"war": "pro", "rule": "pro"}, {"power": "for"}, ("attack", "defence")),
    ],
)
def test_answers_are_carried_frame_by_frame(given, carried, lost):
    assert label_map(MAP, OLD, NEW).carry(given) == (carried, lost)


def test_frames_and_stances_of_one_name_need_no_word():
    new = replace(OLD, version=2, frames=OLD.frames[::-1])
    found = label_map({}, OLD, new).carry({"trade": "pro", "sport": "con"})
    assert list(found.frames.items()) == [("sport", "con"), ("trade", "pro")]


def test_to_a_codebook_without_stances_marks_are_carried_alone():
    old = Codebook("old", 1, TOPICS.frames, (Stance("pro"), Stance("con")))
    assert label_map({}, old, TOPICS).carry({"war": "con"}).frames == {"war": None}
    with pytest.raises(CodebookError, match="has stances and the old has none"):
        label_map({}, TOPICS, old)


def test_every_fault_of_a_mapping_is_named():
    wrong = {
        **MAP, "rename": {"trade": "comerce", "wra": "attack"}, "drop": ["trade"],
        "stances": {"fro": "for"},
    }  # fmt: skip
    with pytest.raises(CodebookError) as caught:
        label_map(wrong, OLD, NEW)
    for words in (
        "the old codebook has no frames ['wra']", "['trade'] are named twice",
        "the new codebook has no frames ['comerce']", "the old frames ['sport'] have no place",
        "the old codebook has no stances ['fro']", "the old stances ['pro'] have no place",
    ):  # fmt: skip
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a]", "has the keys ['drop', 'merge', 'rename', 'split', 'stances'], and is not list"),
        ("{renames: {}}", "unknown keys ['renames']"),
        ("{drop: {a: b}}", "'drop' must be list, not dict"),
        ("{rename: {a: [b]}}", "'rename' must hold names only"),
        ("{split: {a: [b]}}", "split: 'a' needs a list of two frames or more, by name"),
        ("{merge: {a: [b, [c]]}}", "merge: 'a' needs a list of two frames or more, by name"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text, words):
    (tmp_path / "map.yaml").write_text(text)
    with pytest.raises(CodebookError, match=re.escape(words)):
        read_map(tmp_path / "map.yaml", OLD, NEW)


@pytest.fixture
def old(tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'old.db'}", OLD)
    store.add(
        [
            made("a", {"trade": "pro"}, OLD, annotator="ann", document="d"),
            made("a", {"sport": "pro"}, OLD, annotator="bo", sampled="random"),
            made("b", {"trade": "con"}, OLD, annotator="ann", at="2026-01-01"),
            made("b", {"war": "con"}, OLD, annotator="ann", at="2026-02-01"),
            made("c", {"rule": "pro"}, OLD, annotator="adjudicator"),
            made("c", {"order": "pro"}, OLD, annotator="bo"),
        ],
        by="maria",
    )
    queue.add(store, [queue.Unlabelled("waiting")], "monday")
    take(store)
    return store


def content(store, *tables):
    with store.reading() as connection:
        return [sorted(map(repr, connection.execute(sa.select(table)))) for table in tables]


def test_labels_texts_and_sides_come_along_and_the_old_stay(old, url):
    before = content(old, *schema.metadata.sorted_tables)
    done = migrate(old, url, label_map(MAP, OLD, NEW))
    assert (done.rows, done.carried, done.lost, done.texts) == (
        6, 5, {"attack": 1, "defence": 1}, 1,
    )  # fmt: skip
    assert content(old, *schema.metadata.sorted_tables) == before
    new = Store.open(url)
    assert new.codebook == NEW
    kept = (schema.texts, schema.occurrences, schema.sides)
    assert content(new, *kept) == content(old, *kept)
    assert [(row.text, row.annotator, row.frames, row.at) for row in new.rows()][:3] == [
        (row.text, row.annotator, frames, row.at)
        for row, frames in zip(
            old.rows(), ({"commerce": "for"}, {}, {"commerce": "con"}), strict=False
        )
    ]
    with new.reading() as connection:
        assert [one.by for one in new.answers(connection)].count("maria") == 5
    resolved = {row.text: row.frames for row in take(new).rows}
    assert resolved == {"c": {"power": "for"}}
    assert take(new).disputed == take(old).disputed[:1]


def test_what_is_lost_is_taken_back_and_queued(old, url):
    migrate(old, url, label_map(MAP, OLD, NEW))
    new = Store.open(url)
    rows = [(row.frames, row.kind) for row in new.rows() if row.text == "b"]
    assert rows == [({"commerce": "con"}, "answer"), ({}, RETRACTION)]
    waiting = queue.waiting(new, "ann", 9)
    assert [(one.row.text, one.batch) for one in waiting] == [
        ("waiting", "monday"),
        ("b", queue.RELABEL),
    ]


def test_what_changed_before_and_with_the_migration_is_stale(old, url):
    edited = replace(
        OLD, version=2, frames=(replace(OLD.frames[0], inside=("tariffs",)), *OLD.frames[1:])
    )
    set_codebook(old, edited)
    third = replace(
        NEW, version=3, frames=(replace(NEW.frames[0], inside=("tariffs",)), *NEW.frames[1:])
    )
    migrate(old, url, label_map(MAP, edited, third))
    new = Store.open(url)
    with new.reading() as connection:
        kept = [one.codebook for one in versions(connection)]
    assert [one.version for one in kept] == [1, 2, 3]
    assert kept[0].frame_names == ("commerce", "attack", "defence", "power")
    assert find_stale(new).counts() == {
        "commerce": {"marked": 0, "unmarked": 2}, "peace": {"marked": 0, "unmarked": 3},
    }  # fmt: skip


def test_two_answers_of_one_moment_may_become_one(url, tmp_path):
    old = Store.open("sqlite://", OLD)
    old.add(made("a", {name: "pro"}, OLD, at="2026-01-01") for name in ("rule", "order"))
    done = migrate(old, url, label_map(MAP, OLD, NEW))
    assert (done.rows, len(list(Store.open(url).rows()))) == (2, 1)


def test_only_into_an_empty_store_and_a_higher_version(old, url):
    with pytest.raises(CodebookError, match="versions up to 1; write 'version: 2'"):
        migrate(old, url, label_map(MAP, OLD, replace(NEW, version=1)))
    mapping = label_map(MAP, OLD, NEW)
    migrate(old, url, mapping)
    count = Store.open(url).counts()
    with pytest.raises(StoreError, match="there are labels here already"):
        migrate(old, url, mapping)
    assert Store.open(url).counts() == count


def test_what_holds_something_is_left_as_it_is(old, tmp_path):
    url = f"sqlite:///{tmp_path / 'other.db'}"
    Store.open(url, NEW)
    for store in (old, Store.open(url)):
        kept = store.codebook
        mapping = label_map(MAP, OLD, replace(NEW, version=7))
        with pytest.raises(StoreError, match=r"already, or what belongs to some: \[.*'codebooks'"):
            migrate(old, store.engine.url, mapping)
        assert Store.open(store.engine.url).codebook == kept


def test_no_label_is_made_of_the_answers_that_are_left(url):
    old = Store.open("sqlite://", OLD)
    war, trade = {"war": "con"}, {"trade": "pro"}
    old.add(
        [
            *(made("outvoted", own, OLD, annotator=who) for who, own in
              (("ann", war), ("bo", war), ("cy", {}))),
            *(made("overruled", trade, OLD, annotator=who) for who in ("ann", "bo")),
            made("overruled", war, OLD, annotator="adjudicator"),
            made("decided", war, OLD, annotator="ann"),
            made("decided", trade, OLD, annotator="adjudicator"),
        ]
    )  # fmt: skip
    done = migrate(old, url, label_map(MAP, OLD, NEW))
    assert (done.texts, done.others) == (2, 3)
    new = Store.open(url)
    with new.reading() as connection:
        standing = latest(new.answers(connection))
    assert list(standing) == [made("decided", {}).text_id]
    assert [(row.text, row.frames) for row in take(new).rows] == [("decided", {"commerce": "for"})]
    for who in ("ann", "bo", "cy"):
        waiting = [one.row.text for one in queue.waiting(new, who, 9)]
        assert waiting == ["outvoted", "overruled"]


def test_rows_keep_the_time_they_were_stored(url):
    old = Store.open("sqlite://", OLD)
    march = datetime(2026, 3, 1, tzinfo=UTC)
    old.add([made("a", {"trade": "pro"}, OLD, at="2024-01-01")], march)
    migrate(old, url, label_map(MAP, OLD, NEW))
    assert [one.stored for one in events(Store.open(url))] == [utc(march)]


def test_a_decision_stays_where_another_answer_of_its_author_is_lost(url):
    """The lost answer is taken back, and a retraction takes back its author's decisions too."""
    old = Store.open("sqlite://", OLD)
    decided, lost = {"annotator": "maria", "kind": "decision"}, {"war": "pro"}
    old.add(
        [
            *(made(text, {}, OLD, annotator=who) for text in "ab" for who in ("cy", "ann")),
            made("a", {"trade": "pro"}, OLD, **decided, at="2026-01-01T01:00"),
            made("b", {"trade": "con"}, OLD, **decided, at="2026-01-01T01:00"),
            made("b", {"rule": "con"}, OLD, annotator="adjudicator", at="2026-01-01T01:30"),
            *(made(text, lost, OLD, annotator="maria", at="2026-01-01T02:00") for text in "ab"),
        ]
    )
    done = migrate(old, url, label_map(MAP, OLD, NEW))
    assert (done.lost, done.texts, done.others) == ({"attack": 2, "defence": 2}, 0, 0)
    new = Store.open(url)
    labels = {row.text: row.frames for row in take(new).rows}
    assert labels == {"a": {"commerce": "for"}, "b": {"power": "con"}}
    retract(new, made("b", {}).text_id, "adjudicator")
    labels = {row.text: row.frames for row in take(new).rows}
    assert labels["b"] == {"commerce": "con"}


@pytest.mark.parametrize("stopped", ["_copy", "_carry", "_queue"])
def test_what_was_interrupted_can_be_done_again(old, url, monkeypatch, stopped):
    def interrupted(*_):
        raise KeyboardInterrupt

    mapping = label_map(MAP, OLD, NEW)
    with monkeypatch.context() as patched:
        patched.setattr(codebook_migration, stopped, interrupted)
        with pytest.raises(KeyboardInterrupt):
            migrate(old, url, mapping)
    assert migrate(old, url, mapping).carried == 5
    assert Store.open(url).codebook == NEW


def test_into_a_store_that_was_only_opened(old, url):
    Store.open(url, NEW)
    assert migrate(old, url, label_map(MAP, OLD, NEW)).carried == 5


def test_examples_stand_in_nobody_s_way(old, url):
    first = replace(OLD.frames[0], examples=(Example("Buy.", "pro"),))
    assert set_codebook(old, replace(OLD, frames=(first, *OLD.frames[1:])))
    Store.open(url, NEW)
    shown = replace(NEW.frames[0], examples=(Example("Buy.", "for"),))
    new = replace(NEW, frames=(shown, *NEW.frames[1:]))
    assert migrate(old, url, label_map(MAP, old.codebook, new)).carried == 5
    store = Store.open(url)
    assert list(find_stale(store).counts()) == ["peace"]  # which is new
    with store.reading() as connection:
        assert [one.codebook.version for one in versions(connection)] == [1, 2]


def test_a_target_that_is_no_database_is_the_one_named(old, tmp_path):
    (tmp_path / "new.db").write_bytes(b"text, not a database" * 100)
    with pytest.raises(StoreError, match=r"new\.db: .*file is not a database") as caught:
        migrate(old, f"sqlite:///{tmp_path / 'new.db'}", label_map(MAP, OLD, NEW))
    assert "old.db" not in str(caught.value)
