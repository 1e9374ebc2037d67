"""`framescope score`: rows in, rows out, nothing lost."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cli
from labels.text import text_id

ROWS = [
    {"text": "Both sides agreed to share test results.", "n": 1, "outlet": "A"},
    {"text": "", "n": 2, "outlet": "B"},
    {"text": "Chips must be made at home.", "n": 3, "outlet": None},
]


@pytest.fixture
def score(trained, tmp_path, capsys):
    def run(name: str, out: str, *options: str) -> int:
        files = [str(tmp_path / part) for part in name.split()]
        home = ["--home", str(trained.home), "--quiet", "--json"]
        return cli.main(["score", *files, "--out", str(tmp_path / out), *options, *home])

    return run


def write_jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def test_jsonl_in_and_out(score, tmp_path, capsys, trained):
    write_jsonl(tmp_path / "in.jsonl", ROWS)
    assert score("in.jsonl", "out.jsonl") == 0
    done = json.loads(capsys.readouterr().out)
    assert done == {"model": trained.version, "rows": 3, "errors": 1}
    first, empty, last = map(json.loads, (tmp_path / "out.jsonl").read_text("utf-8").splitlines())
    assert (first["n"], first["outlet"], last["n"]) == (1, "A", 3)
    assert first["text_id"] == text_id(ROWS[0]["text"])
    assert 0 <= first["safety"] <= 1
    assert isinstance(first["safety:present"], bool)
    assert first["error"] is None
    assert empty["error"].endswith("in.jsonl, line 2: the text is empty")
    assert empty["safety"] is None


def test_a_broken_line_costs_only_itself(score, tmp_path):
    lines = [json.dumps(ROWS[0]), '{"text": "half', "[1]", json.dumps(ROWS[2])]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), "utf-8")
    assert score("in.jsonl", "out.jsonl") == 0
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [row["error"] is not None for row in found] == [False, True, True, False]
    assert "line 2: not JSON" in found[1]["error"]
    assert "a row must be a JSON object" in found[2]["error"]
    assert found[3]["n"] == 3


def test_csv_and_parquet_say_the_same(score, tmp_path):
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["body", "n"])
        writer.writeheader()
        writer.writerows({"body": row["text"], "n": row["n"]} for row in ROWS)
    table = pa.table({"body": [row["text"] for row in ROWS], "n": [row["n"] for row in ROWS]})
    pq.write_table(table, tmp_path / "in.parquet")
    assert score("in.csv", "a.csv", "--text", "body") == 0
    assert score("in.parquet", "b.parquet", "--text", "body") == 0
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        a = list(csv.DictReader(file))
    b = pq.read_table(tmp_path / "b.parquet").to_pylist()
    assert [row["n"] for row in b] == [1, 2, 3]
    assert [row["text_id"] for row in a] == [row["text_id"] or "" for row in b]
    assert float(a[0]["safety"]) == pytest.approx(b[0]["safety"], abs=1e-6)
    assert b[0]["safety:stance"] in (None, "favor", "against", "neutral")


def test_several_files_with_different_columns(score, tmp_path):
    write_jsonl(tmp_path / "a.jsonl", [{"text": "One text.", "x": 1, "tags": ["p", "q"]}])
    write_jsonl(tmp_path / "b.jsonl", [{"text": "Another text.", "x": "two"}])
    assert score("a.jsonl b.jsonl", "out.parquet") == 0
    first, second = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert (first["x"], second["x"]) == ("1", "two")
    assert (first["tags"], second["tags"]) == ('["p", "q"]', None)


@pytest.mark.parametrize(
    ("rows", "out", "words"),
    [
        ([{"body": "x"}], "out.jsonl", "no row has a column 'text'; the columns are ['body']"),
        ([{"text": "x", "model": "y"}], "out.jsonl", "the columns ['model'] of the input have"),
        ([{"text": "x"}], "out.xlsx", "cannot tell the format from the name"),
    ],
)
def test_what_cannot_be_scored_is_said_and_nothing_written(
    score, tmp_path, capsys, rows, out, words
):
    write_jsonl(tmp_path / "in.jsonl", rows)
    assert score("in.jsonl", out) == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / out).exists()
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []


def test_an_interrupted_run_leaves_the_old_file(score, tmp_path, monkeypatch):
    write_jsonl(tmp_path / "in.jsonl", ROWS)
    (tmp_path / "out.jsonl").write_text("old", "utf-8")

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("serving.predictor.Predictor.predict", stop)
    assert score("in.jsonl", "out.jsonl") == 1
    assert (tmp_path / "out.jsonl").read_text("utf-8") == "old"
