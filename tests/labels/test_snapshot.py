import random
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import schema
from labels.rows import LabelledRow
from labels.snapshot import Labelled, Snapshot, rows_hash, take, take_rows
from labels.split import BRIDGE, TEST, TRAIN
from labels.store import Store
from labels.text import text_id
from tests.labels.samples import VIEWS, made

TEN = [made(f"paragraph number {n}", {"war": "pro"}, document=f"d{n}") for n in range(10)]


def sides(store):
    return {row.text_id: row.side for row in take(store).rows}


def test_rows_carry_the_resolved_label_and_the_place(store):
    place = {"id": "7", "lang": "en", "source": "s", "document": "d", "date": "2026-01-02"}
    store.add([made("a", {"war": "pro"}, **place), made("a", {"war": "con"}, **place)])
    (row,) = take(store).rows
    own = {"war": 1.0, "war:con": 1.0}
    assert row == Labelled(text_id("a"), "a", {"war": "con"}, row.side, "d:d", **place, shares=own)


def test_rows_are_in_order_of_id_and_each_on_one_side(store):
    store.add(TEN)
    snapshot = take(store)
    assert [row.text_id for row in snapshot.rows] == sorted(row.text_id for row in TEN)
    # By the hashes of the documents' names.
    assert {row.document for row in snapshot.test} == {"d4", "d9"}
    assert {row.document for row in snapshot.train} == {f"d{n}" for n in (0, 1, 2, 3, 5, 6, 7, 8)}


def test_disputed_texts_are_left_out_and_listed(store):
    store.add([made("a", {"war": "pro"}), made("a", {}, annotator="ann"), made("b", {})])
    snapshot = take(store)
    assert [row.text for row in snapshot.rows] == ["b"]
    assert snapshot.disputed == (text_id("a"),)


def test_bridges_are_left_out_and_listed(store):
    # By their hashes documents e and g are on the side of test, a and b on that of train.
    store.add([made("one", {}, document="a"), made("two", {}, document="e")])
    assert sides(store) == {text_id("one"): TRAIN, text_id("two"): TEST}
    store.add([made("three", {}, document="a"), made("three", {}, document="e")])
    snapshot = take(store)
    assert snapshot.bridges == (text_id("three"),)
    assert sides(store) == {text_id("one"): TRAIN, text_id("two"): TEST}
    with store.reading() as connection:
        kept = connection.execute(sa.select(schema.sides.c.side)).scalars()
        assert sorted(kept) == [BRIDGE, TEST, TRAIN]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=6), min_size=1, max_size=4))
def test_no_paragraph_ever_changes_side(batches):
    store = Store.open("sqlite://", VIEWS)
    seen: dict[str, str] = {}
    for turn, batch in enumerate(batches):
        for number in batch:
            rng = random.Random(number)
            words = " ".join(rng.choice("abcd") for _ in range(4))
            store.add([made(words, {}, document=rng.choice("abcdefg"), annotator=f"a{turn}")])
        now = sides(store)
        assert seen.items() <= now.items()
        seen = now


def test_hash_is_of_labels_and_sides_whatever_the_order_and_the_annotator(store):
    store.add(TEN)
    other = Store.open("sqlite://", VIEWS)
    other.add(replace(row, annotator="ann", source="s") for row in reversed(TEN))
    assert take(other).labels_hash == take(store).labels_hash
    assert take(store).labels_hash.startswith("l1:")


def test_hash_changes_with_a_label_a_text_or_a_side(store):
    store.add(TEN)
    first = take(store)
    turned = replace(first.rows[0], side=TRAIN if first.rows[0].side == TEST else TEST)
    assert rows_hash([turned, *first.rows[1:]]) != rows_hash(first.rows)
    assert replace(first, codebook=replace(VIEWS, stances=())).labels_hash != first.labels_hash
    store.add([replace(TEN[3], frames={"war": "con"})])
    second = take(store)
    assert second.labels_hash != first.labels_hash
    store.add([made("a new one", {})])
    assert take(store).labels_hash != second.labels_hash


def test_hash_is_the_same_when_a_label_is_only_confirmed(store):
    store.add(TEN)
    before = take(store).labels_hash
    store.add(replace(row, annotator="ann") for row in TEN)
    assert take(store).labels_hash == before


def test_snapshot_is_read_as_it_was_written(store, tmp_path):
    store.add([*TEN, made("Zwei Häfen 🙂", {}, lang="de")])
    snapshot = take(store)
    snapshot.write(tmp_path / "labels.parquet")
    assert Snapshot.read(tmp_path / "labels.parquet", VIEWS) == snapshot


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (1.0, 10)])
def test_rows_in_no_store_are_split_the_same_way(share, count):
    assert len(take_rows(TEN, VIEWS, share).test) == count


def test_rows_in_no_store_equal_those_of_a_store(store):
    store.add(TEN)
    assert take_rows(TEN, VIEWS, 0.2) == take(store)


def test_empty_store_gives_an_empty_snapshot(store):
    snapshot = take(store)
    assert (snapshot.rows, snapshot.train, snapshot.test) == ((), [], [])


def test_the_starter_can_be_left_out_where_it_is_stored(starter):
    store = Store.open("sqlite://")
    store.add(starter[:30])
    own = LabelledRow("A text of our own.", {"safety": "favor"})
    corrected = LabelledRow(starter[0].text, {}, annotator="adjudicator")
    store.add([own, corrected])
    found = take(store, starter=False).rows
    assert {row.text_id for row in found} == {own.text_id, corrected.text_id}
    assert len(take(store).rows) > 2


def test_a_disputed_text_has_a_soft_label_alone(store, tmp_path):
    answers = [{"war": "pro", "trade": "con"}, {"trade": "con"}]
    store.add(made("a", own, annotator=str(n)) for n, own in enumerate(answers))
    store.add([made("b", {})])
    snapshot = take(store)
    (own,) = snapshot.contested
    assert (own.text, own.disputed, own.frames) == ("a", ("war",), {"trade": "con"})
    assert own.shares == {"war": 0.5, "war:pro": 0.5, "trade": 1.0, "trade:con": 1.0}
    assert [row.text for row in snapshot.rows] == ["b"]
    trained = replace(
        snapshot, soft=True, contested=(replace(own, side="train"), replace(own, side="test"))
    )
    trained.write(tmp_path / "soft.parquet")
    found = Snapshot.read(tmp_path / "soft.parquet", VIEWS)
    assert (found.rows, found.contested) == (snapshot.rows, trained.contested[:1])


def test_a_snapshot_without_shares_is_read(store, tmp_path):
    import pyarrow.parquet as pq

    store.add([made("a", {"war": "pro"})])
    snapshot = take(store)
    snapshot.write(tmp_path / "now.parquet")
    table = pq.read_table(tmp_path / "now.parquet").drop_columns(["shares", "disputed", "sampled"])
    pq.write_table(table, tmp_path / "old.parquet")
    (row,) = Snapshot.read(tmp_path / "old.parquet", VIEWS).rows
    assert row == replace(snapshot.rows[0], shares={})
