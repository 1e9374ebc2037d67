import json

import numpy as np
import pytest

from eval.pool import PoolError, read_pool
from labels import queue
from labels.codebook import load_codebook
from labels.erasure import erase
from labels.rows import LabelledRow
from labels.snapshot import take
from labels.store import Store

PLAIN = "The minister spoke of chips and the law that will govern them in our time."
OTHER = "Harvests were poor across the river valley, and prices rose before the winter."


@pytest.fixture
def store():
    return Store.open("sqlite://", load_codebook())


@pytest.fixture
def read(store, tmp_path):
    def read(*rows, seed=0, **options):
        path = tmp_path / "pool.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
        return read_pool([path], "text", store, np.random.default_rng(seed), **options)

    return read


def test_what_a_label_says_nothing_new_on_is_left_out(store, read):
    store.add([LabelledRow(PLAIN, {})])
    queue.add(store, [queue.Unlabelled("Asked of everyone already, in an earlier batch.")], "first")
    found = read(
        {"text": f"  {PLAIN} "},
        {"text": "Asked of everyone already, in an earlier batch."},
        {"text": PLAIN.replace("our time", "these days")},
        {"text": OTHER, "number": 5},
        {"text": OTHER},
        {"text": OTHER.replace("winter", "autumn")},
        {"text": " "},
        {"text": 7},
        {"text": None},
        {"title": "no text"},
    )
    assert [(one.text, one.cells) for one in found.texts] == [(OTHER, {"text": OTHER, "number": 5})]
    assert found.read == 10
    assert found.left_out == {
        "not readable": 4, "in the store already": 2, "erased": 0, "repeated": 1,
        "near-duplicates": 2,
    }  # fmt: skip


def test_what_was_erased_is_not_suggested_until_it_is_back(store, read):
    row = LabelledRow(OTHER, {})
    store.add([row])
    erase(store, row.text_id, "takedown 12")
    found = read({"text": PLAIN}, {"text": OTHER})
    assert [one.text for one in found.texts] == [PLAIN]
    assert found.left_out["erased"] == 1
    store.add([row], allow_erased=True)
    assert read({"text": OTHER}).left_out["in the store already"] == 1


def test_a_near_duplicate_of_one_left_out_is_not_one_of_the_pool(read):
    """Of a chain of three, the first and the last are kept: they are not alike."""
    words = [f"word{n}" for n in range(30)]
    chain = [" ".join(words[start : start + 18]) for start in (0, 5, 10)]
    assert [one.text for one in read(*({"text": text} for text in chain)).texts] == chain[::2]


def test_plain_text_is_read_by_paragraph(store, tmp_path):
    path = tmp_path / "speech.txt"
    path.write_text(f"{PLAIN}\n\n{OTHER}", "utf-8")
    found = read_pool([path], "text", store, np.random.default_rng(0))
    assert [one.cells["document"] for one in found.texts] == ["speech.txt"] * 2


def test_the_side_told_is_the_side_given_later(store, read):
    def text(n):
        return f"Item {n * n} of the {n} lists that {n + 7} towns and {n + 3} ports sent."

    labelled = [LabelledRow(text(n), {}, document=f"d{n % 12}") for n in range(24)]
    store.add(labelled)
    take(store)
    rows = [{"text": text(n), "document": f"d{n % 30}" if n % 2 else None} for n in range(100, 180)]
    told = {one.text_id: one.side for one in read(*rows).texts}
    assert set(told.values()) == {"train", "test"}
    store.add(LabelledRow(row["text"], {}, document=row["document"]) for row in rows)
    given = {row.text_id: row.side for row in take(store).rows}
    assert len(told) > 60
    assert told == {key: given[key] for key in told}


def test_of_a_large_pool_a_part_is_drawn_at_random(read):
    rows = [{"text": f"{n} {n + 1} {n + 2} {n + 3}"} for n in range(0, 400, 10)]
    one, again, other = (read(*rows, seed=seed, most=15).texts for seed in (1, 1, 2))
    assert len(one) == 15
    assert one == again
    assert {text.text for text in one} != {text.text for text in other}
    later = {text.text for text in one} & {row["text"] for row in rows[15:]}
    assert len(later) >= 5  # 9.4 are expected


def test_a_file_without_the_column_is_refused(read):
    with pytest.raises(PoolError, match="has a text in a column 'text'"):
        read({"title": "a"})
