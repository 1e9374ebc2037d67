"""`framescope labels suggest`, from files to a file and to the queue."""

import csv
import itertools
import json
from collections import Counter

import pyarrow.parquet as pq
import pytest

import cli
from labels import queue
from labels.rows import LabelledRow
from labels.snapshot import take
from labels.starter import starter_rows
from labels.text import text_id

SUGGEST = ("labels", "suggest", "--quiet")


@pytest.fixture(scope="module")
def texts():
    """Texts that the tiny model was not trained on."""
    found = dict.fromkeys(row.text for row in itertools.islice(starter_rows(), 1000, 1400))
    return list(found)[:90]


@pytest.fixture
def pool(texts, tmp_path):
    path = tmp_path / "pool.jsonl"
    rows = ({"text": text, "outlet": "wire", "number": n} for n, text in enumerate(texts))
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return path


@pytest.fixture
def run(trained_copy, capsys):
    def run(*arguments, code=0):
        words = [*map(str, arguments), "--home", str(trained_copy.home)]
        assert cli.main([*SUGGEST, *words]) == code
        return capsys.readouterr()

    return run


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_rows_come_out_whole_with_why_and_what_the_model_reads(run, pool, trained, tmp_path):
    said = run(pool, "-n", 10, "--out", tmp_path / "next.jsonl").out
    rows = lines(tmp_path / "next.jsonl")
    assert "10 texts to label next (2 random, 8 suggested)" in said
    assert Counter(row["sampled"] for row in rows) == {"random": 2, "suggested": 8}
    given = {row["text"]: row for row in lines(pool)}
    for row in rows:
        assert given[row["text"]].items() <= row.items()
        assert row["model"] == trained.version
        assert isinstance(row["suggestion"], dict)
        assert ("threshold" in row["why"]) == (row["sampled"] == "suggested")


def test_the_same_seed_gives_the_same_file(run, pool, tmp_path):
    files = [tmp_path / f"{n}.jsonl" for n in range(3)]
    for path, seed in zip(files, (1, 1, 2), strict=True):
        run(pool, "-n", 12, "--seed", seed, "--out", path)
    one, again, other = (path.read_bytes() for path in files)
    assert one == again != other


@pytest.mark.parametrize("strategy", ["random", "weighted-k-means", "k-centre"])
def test_other_strategies(run, pool, strategy):
    found = json.loads(run(pool, "-n", 5, "--strategy", strategy, "--json").out)
    assert found["counts"] == {"random": 1, "suggested": 4}


def test_what_is_queued_or_labelled_is_not_suggested_again(run, pool, texts, trained_copy):
    first = json.loads(run(pool, "-n", 20, "--queue", "--json").out)
    store = trained_copy.registry().store
    waiting = queue.waiting(store, "ana", 100)
    assert first["queued"] == len(waiting) == 20
    assert [one.row.text for one in waiting] == [row["text"] for row in first["rows"]]
    assert [one.row.sampled for one in waiting] == [row["sampled"] for row in first["rows"]]
    assert waiting[0].row.meta["outlet"] == "wire"
    store.add(LabelledRow(text, {}) for text in texts[:30])
    second = json.loads(run(pool, "-n", 100, "--json").out)
    known = {row["text"] for row in first["rows"]} | set(texts[:30])
    assert second["left_out"]["in the store already"] == len(known)
    assert not known & {row["text"] for row in second["rows"]}
    assert "none of the 90 texts" not in run(pool).out


def test_an_answer_without_the_mark_is_known_by_the_queue(run, pool, trained_copy):
    """Of a batch that was answered, only the random ones can come into the test part."""
    found = json.loads(run(pool, "-n", 60, "--random-share", 0.6, "--queue", "--json").out)
    store = trained_copy.registry().store
    store.add(LabelledRow(row["text"], {}) for row in found["rows"])
    chosen = {text_id(row["text"]): row["sampled"] for row in found["rows"]}
    snapshot = take(store)
    tested = [chosen[row.text_id] for row in snapshot.test if row.text_id in chosen]
    assert set(tested) == {"random"}
    trained_on = [chosen[row.text_id] for row in snapshot.train if row.text_id in chosen]
    assert trained_on.count("suggested") == found["counts"]["suggested"]


def test_tables_come_out_as_tables(run, pool, tmp_path):
    run(pool, "-n", 6, "--out", tmp_path / "next.csv")
    run(pool, "-n", 6, "--out", tmp_path / "next.parquet")
    with (tmp_path / "next.csv").open(encoding="utf-8-sig", newline="") as file:
        in_csv = list(csv.DictReader(file))
    in_parquet = pq.read_table(tmp_path / "next.parquet").to_pylist()
    assert [row["text"] for row in in_csv] == [row["text"] for row in in_parquet]
    assert [row["number"] for row in in_parquet] == [int(row["number"]) for row in in_csv]
    assert json.loads(in_csv[0]["suggestion"]) == json.loads(in_parquet[0]["suggestion"])


def test_errors_name_the_way_out(run, pool, texts, tmp_path, trained_copy):
    assert "no strategy 'best'; there are: random" in run(pool, "--strategy", "best", code=1).err
    for name in ("next.doc", "next.xlsx"):
        said = run(pool, "--out", tmp_path / name, code=1).err
        words = "cannot be written; end the name in one of .jsonl, .ndjson, .csv, .tsv, .parquet"
        assert f"{name}: {words}\n" in said
    assert "Name the one that holds the text" in run(pool, "--text", "body", code=1).err
    taken = tmp_path / "taken.jsonl"
    taken.write_text(json.dumps({"text": texts[0], "why": "because"}), "utf-8")
    assert "the columns ['why'] of the input have the names" in run(taken, code=1).err
    trained_copy.registry().store.add(LabelledRow(text, {}) for text in texts)
    said = run(pool, code=1).err
    assert "none of the 90 texts read can be suggested: 90 in the store already" in said
