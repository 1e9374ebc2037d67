"""Any rows in, the same rows out: in order, each once, each text scored once."""

import csv
import gzip
import io
import json
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.text import MAX_CHARACTERS, normalise, text_id, text_problem
from serving.corpus.answers import ScoringError, Telling
from serving.corpus.spool import Limits
from tests.serving.corpus.fakes import POISON, Counting, run

TEXTS = st.one_of(
    st.sampled_from(["a", "b ", " b", "a b", "", " ", "é", "e\u0301", f"x {POISON}", "中文", "\0"]),
    st.text(max_size=20),
    st.none(), st.integers(), st.just("long " * (MAX_CHARACTERS // 5 + 1)),
)  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries({"text": TEXTS}, optional={"n": st.integers(0, 9)}), max_size=9
)


def read_jsonl(path):
    return [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]


def write_jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@settings(max_examples=20)
@given(ROWS, st.integers(1, 5), st.sampled_from([60, 10**6]))
def test_the_rows_come_out_as_they_came_in(rows, most, size):
    with tempfile.TemporaryDirectory() as made:
        folder, predictor = Path(made), Counting()
        rows = [{"text": "one that is fine"}, *rows]
        path = write_jsonl(folder / "in.jsonl", rows)
        done, _ = run([path], folder / "out.jsonl", predictor, limits=Limits(most, size))
        found = read_jsonl(folder / "out.jsonl")
        assert [{n: row[n] for n in given} for given, row in zip(rows, found, strict=True)] == rows
        for given_row, row in zip(rows, found, strict=True):
            check(given_row["text"], row, predictor)
        assert set(predictor.asked.values()) <= {1}
        assert done.rows == len(rows)
        assert done.errors == sum(row["error"] is not None for row in found)
        errors = folder / "out.jsonl.errors.jsonl"
        listed = read_jsonl(errors) if errors.exists() else []
        assert [f"{e['file']}, {e['place']}: {e['reason']}" for e in listed] == [
            row["error"] for row in found if row["error"]
        ]
        assert {one.name for one in folder.iterdir()} <= {"in.jsonl", "out.jsonl", errors.name}


def check(text, row, predictor):
    assert (row["model"], row["codebook"]) == ("fake-1", "two-targets/1")
    if text_problem(text) or POISON in text:
        assert row["error"]
        assert row["text_id"] is None
        assert row["markets"] is None
        return
    answer = predictor.answer(text)
    assert row["error"] is None
    assert row["text_id"] == text_id(text)
    assert row["tokens"] == len(normalise(text))
    for frame in answer.frames:
        assert row[frame.label] == frame.score
        assert row[f"{frame.label}:present"] is frame.present
        assert row[f"{frame.label}:uncertain"] is frame.uncertain
        assert row[f"{frame.label}:stance"] == ("for" if frame.present else None)


def test_texts_are_scored_by_length_within_a_window(tmp_path):
    rows = [{"text": "x" * length} for length in (5, 3, 9, 1, 2)]
    _, predictor = run(
        [write_jsonl(tmp_path / "in.jsonl", rows)], tmp_path / "out.jsonl", limits=Limits(rows=3)
    )
    assert predictor.calls == [["xxx", "xxxxx", "x" * 9], ["x", "xx"]]


def test_a_window_ends_with_its_size_too(tmp_path):
    rows = [{"text": f"{n} " + "x" * 1000} for n in range(6)]
    path = write_jsonl(tmp_path / "in.jsonl", rows)
    _, predictor = run([path], tmp_path / "out.jsonl", limits=Limits(size=2500))
    assert [len(call) for call in predictor.calls] == [3, 3]


def test_a_text_of_an_earlier_window_is_not_scored_again(tmp_path):
    rows = [{"text": text} for text in ("a", "b", "a ", "c", " b", "a", f"{POISON}", f"{POISON} ")]
    path = write_jsonl(tmp_path / "in.jsonl", rows)
    done, predictor = run([path], tmp_path / "out.jsonl", limits=Limits(rows=2))
    assert predictor.asked == {"a": 1, "b": 1, "c": 1}
    found = read_jsonl(tmp_path / "out.jsonl")
    assert [row["tokens"] for row in found[:6]] == [1, 1, 1, 1, 1, 1]
    assert [row["error"].partition(": ")[2] for row in found[6:]] == [
        "the model failed on this text (ValueError)"
    ] * 2
    assert (done.texts, done.errors) == (4, 2)


def test_a_model_that_fails_on_all_texts_ends_the_run(tmp_path):
    path = write_jsonl(tmp_path / "in.jsonl", [{"text": f"{POISON} {n}"} for n in range(4)])
    with pytest.raises(ScoringError, match="failed on each of 4 texts; ValueError: cannot be"):
        run([path], tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


ROW = {"id": 7, "text": "One text.", "outlet": "A"}
OTHER = {"id": 8, "text": "Another text.", "outlet": None}


def write(path, rows):
    """Write rows in the format of a file's name."""
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    data = lines if ".jsonl" in path.name else text.getvalue().encode()
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(data[:20]) + gzip.compress(data[20:]))  # of two members
    elif path.suffix == ".zst":
        with pa.OSFile(str(path), "wb") as raw, pa.CompressedOutputStream(raw, "zstd") as out:
            out.write(data)
    else:
        path.write_bytes(data)
    return path


NAMES = ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.csv", "a.csv.gz", "a.csv.zst", "a.parquet"]


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_table_gives_the_same_rows(tmp_path, name):
    run([write(tmp_path / name, [ROW, OTHER])], tmp_path / "out.jsonl")
    first, second = read_jsonl(tmp_path / "out.jsonl")
    assert (str(first["id"]), first["text"], first["outlet"]) == ("7", "One text.", "A")
    assert (str(second["id"]), second["outlet"] or None) == ("8", None)
    assert first["tokens"] == len("One text.")


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_output_says_the_same(tmp_path, name):
    run([write(tmp_path / "in.jsonl", [ROW, {"text": ""}, OTHER])], tmp_path / "plain.jsonl")
    run([tmp_path / "in.jsonl"], tmp_path / name, limits=Limits(rows=1))
    path = tmp_path / name
    data = path.read_bytes()
    if name.endswith((".gz", ".zst")):
        kind = "gzip" if name.endswith(".gz") else "zstd"
        data = pa.CompressedInputStream(pa.BufferReader(data), kind).read()
    if name.endswith(".parquet"):
        found = pq.read_table(path).to_pylist()
    elif ".csv" in name:
        found = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        assert data.count(b"\xef\xbb\xbf") == 1
    else:
        found = [json.loads(line) for line in data.splitlines()]
    for row, plain in zip(found, read_jsonl(tmp_path / "plain.jsonl"), strict=True):
        for key, value in plain.items():
            said = "" if value is None else str(value)
            assert str("" if row[key] is None else row[key]) == said


def test_a_folder_as_output_gets_part_files(tmp_path):
    rows = [{"text": f"text {n}", "n": n} for n in range(5)]
    path = write_jsonl(tmp_path / "in.jsonl", rows)
    run([path], str(tmp_path / "scored") + "/", limits=Limits(rows=2))
    names = [one.name for one in sorted((tmp_path / "scored").iterdir())]
    assert names == [f"part-{n:05}.parquet" for n in range(3)]
    assert [row["n"] for row in pq.read_table(tmp_path / "scored").to_pylist()] == [0, 1, 2, 3, 4]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in.jsonl", "scored"]


def test_what_a_text_names_is_a_list_in_parquet_and_json_in_csv(tmp_path):
    path = write_jsonl(tmp_path / "in.jsonl", [{"text": "Beijing and the EU met in France."}] * 2)
    telling = Telling(named=True)
    run([path], tmp_path / "a.parquet", telling=telling)
    run([path], tmp_path / "a.csv", telling=telling)
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.schema.field("countries").type == pa.list_(pa.string())
    assert table.column_names[-3:] == ["countries", "names", "error"]
    assert table["countries"].to_pylist() == [["CHN", "EU", "FRA"]] * 2
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["countries"] for row in csv.DictReader(file)] == ['["CHN", "EU", "FRA"]'] * 2
