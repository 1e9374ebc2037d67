"""`framescope score`: rows in, rows out, nothing lost."""

import csv
import datetime
import decimal
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cli
from labels.codebook import load_codebook
from labels.text import text_id
from serving.corpus.columns import columns_of
from serving.corpus.inputs import expanded
from serving.corpus.rows import text_rows
from serving.corpus.writing import write_rows
from serving.predictor import Predictor
from serving.results import TextError
from tests.serving.corpus.fakes import run

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
    assert done == {
        "model": trained.version, "rows": 3, "texts": 2, "errors": 1, "text": "text",
        "errors_file": str(tmp_path / "out.jsonl.errors.jsonl"), "passed_over": {},
    }  # fmt: skip
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
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        a = list(csv.DictReader(file))
    b = pq.read_table(tmp_path / "b.parquet").to_pylist()
    assert [row["n"] for row in b] == [1, 2, 3]
    assert [row["text_id"] for row in a] == [row["text_id"] or "" for row in b]
    assert float(a[0]["safety"]) == pytest.approx(b[0]["safety"], abs=1e-6)
    assert [row["error"].partition(": ")[2] for row in a] == ["", "the text is empty", ""]
    book = load_codebook()
    for name in book.frame_names:
        for part in ("present", "uncertain", "stance"):
            said = [row[f"{name}:{part}"] for row in b]
            written = ["" if value is None else str(value) for value in said]
            assert [row[f"{name}:{part}"] for row in a] == written
        assert {row[f"{name}:stance"] for row in b if row[f"{name}:present"]} <= {
            *book.stance_names
        }
    assert any(row[f"{name}:present"] for row in b for name in book.frame_names)


def test_csv_holds_no_formulas_and_reads_back_as_it_was(tmp_path):
    rows = [{"text": "=1+1", "@n": "'-x", "n": -1.5}, {"text": "plain", "@n": None, "n": 2.0}]
    write_rows(tmp_path / "out.csv", rows, columns_of(rows))
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file)) == ["text", "'@n", "n"]
        assert next(csv.reader(file)) == ["'=1+1", "''-x", "-1.5"]
    inputs, _ = expanded([tmp_path / "out.csv"])
    first, second = (row.cells for row in text_rows(inputs, "text", tmp_path)[1])
    assert first == {"text": "=1+1", "@n": "'-x", "n": "-1.5"}
    assert second == {"text": "plain", "@n": "", "n": "2.0"}


def test_numbers_of_a_csv_stay_numbers(tmp_path):
    (tmp_path / "in.csv").write_text("text,x,y\nOne text.,-0.4,-1+1\n", "utf-8")
    run([tmp_path / "in.csv"], tmp_path / "out.csv")
    (row,) = read(tmp_path / "out.csv")
    assert (row["x"], row["y"]) == ("-0.4", "'-1+1")


def read(path):
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    lines = path.read_text("utf-8").split("\n")[:-1]
    return [json.loads(line, parse_constant=refuse) for line in lines]


FORMATS = pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])


@FORMATS
def test_odd_values_of_parquet_come_out_as_text(score, tmp_path, format):
    columns = {
        "text": pa.array(["One text.", "Another text."]),
        "day": pa.array([datetime.date(2026, 3, 31), None]),
        "at": pa.array([datetime.datetime(2026, 3, 31, 14, 5), None]),
        "price": pa.array([decimal.Decimal("1.10"), None]),
        "raw": pa.array([b"caf\xc3\xa9 \xff", None]),
        "big": pa.array([2**64 - 1, 7], pa.uint64()),
        "share": pa.array([float("nan"), 0.25]),
        "tags": pa.array([[datetime.date(2026, 3, 31)], None]),
    }
    pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    assert score("in.parquet", f"out.{format}") == 0
    first, second = read(tmp_path / f"out.{format}")
    assert (first["day"], first["at"]) == ("2026-03-31", "2026-03-31 14:05:00")
    assert (first["price"], first["raw"]) == ("1.10", "café \ufffd")
    assert [str(row["big"]) for row in (first, second)] == ["18446744073709551615", "7"]
    assert first["share"] in (None, "")
    assert float(second["share"]) == 0.25
    assert first["tags"] == (["2026-03-31"] if format == "jsonl" else '["2026-03-31"]')
    assert first["text_id"] == text_id("One text.")


@FORMATS
def test_odd_values_of_jsonl_cost_only_their_row(score, tmp_path, format):
    odd = (
        '{"text": "Chips \\ud83d.", "note\\udc00": "b\\udc00", "n": 9223372036854775808, "x": NaN}'
    )
    same = '{"text": "Both agreed.", "note\\udc00": "a\\rb", "n": 1, "x": -Infinity}'
    deep = '{"text": "Deep.", "note\\udc00": ' + "[" * 700 + "]" * 700 + "}"
    (tmp_path / "in.jsonl").write_text(f"{odd}\n{same}\n{deep}\n", "utf-8")
    assert score("in.jsonl", f"out.{format}") == 0
    first, second, third = read(tmp_path / f"out.{format}")
    assert first["text"] == "Chips \ufffd."
    assert first["error"].endswith(
        "line 1: the text holds half of a UTF-16 pair, which is no character"
    )
    assert (first["note\ufffd"], second["note\ufffd"]) == ("b\ufffd", "a\rb")
    assert [str(row["n"]) for row in (first, second)] == ["9223372036854775808", "1"]
    assert {first["x"], second["x"]} <= {None, ""}
    assert not second["error"]
    assert third["error"].endswith("line 3: lists or objects in it are nested too deep")


def test_a_row_of_parquet_without_python_values_costs_only_itself(score, tmp_path):
    days = pa.array([20_000, 2**31 - 1, None], pa.int32()).cast(pa.date32())
    table = pa.table({"text": ["One text.", "Lost.", "Another text."], "day": days})
    pq.write_table(table, tmp_path / "in.parquet")
    assert score("in.parquet", "out.jsonl") == 0
    first, lost, last = read(tmp_path / "out.jsonl")
    assert (first["day"], first["error"], last["error"]) == ("2024-10-04", None, None)
    assert "in.parquet, row 2: cannot be read: " in lost["error"]


def test_a_short_row_of_csv_costs_only_itself(score, tmp_path):
    (tmp_path / "in.csv").write_text('text,n\nOne text.,1\nshort\n"Two\nlines.",3\n')
    assert score("in.csv", "out.csv") == 0
    first, short, last = read(tmp_path / "out.csv")
    assert (first["n"], last["text"], last["n"]) == ("1", "Two\nlines.", "3")
    assert short["error"].endswith("in.csv, line 3: 1 cells where the header has 2 columns")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ('text,n\na,1\n"b"x,2\nc,3\n', "line 3: not CSV: ',' expected after '\"'"),
        ('text,n\na,1\n"b,2\nc,3\n', "line 3: not CSV: unexpected end of data"),
        ("text,n,text\na,1,b\n", "line 1: columns named more than once: ['text']"),
    ],
)
def test_a_csv_that_cannot_be_trusted_is_refused_before_anything_is_scored(
    score, tmp_path, capsys, monkeypatch, data, words
):
    monkeypatch.setattr("serving.predictor.Predictor.predict", None)
    write_jsonl(tmp_path / "good.jsonl", ROWS)
    (tmp_path / "in.csv").write_text(data)
    assert score("good.jsonl in.csv", "out.jsonl") == 1
    said = capsys.readouterr().err.strip()
    assert f"{tmp_path / 'in.csv'}: {words}; mend it there" in said
    assert "\n" not in said
    assert not (tmp_path / "out.jsonl").exists()


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
        ([{"words": "x"}], "out.jsonl", "no column looks like that of the texts; the columns are"),
        ([{"text": "x", "model": "y"}], "out.jsonl", "the columns ['model'] of the input have"),
        ([{"text": "x"}], "out.xlsx", "cannot be written; end the name in one of"),
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


def test_scores_are_those_of_the_predictor(score, tmp_path, trained):
    texts = [" ".join([row["text"]] * (1 + n % 7)) for n, row in enumerate(ROWS * 6)]
    write_jsonl(tmp_path / "in.jsonl", [{"text": text} for text in texts])
    assert score("in.jsonl", "out.jsonl", "--named") == 0
    results = Predictor.load(home=trained.home).predict(texts)
    for row, result in zip(read(tmp_path / "out.jsonl"), results, strict=True):
        if isinstance(result, TextError):
            assert row["error"].endswith(result.message)
            continue
        assert (row["language"], row["tokens"]) == (result.language, result.tokens)
        assert row["countries"] == row["names"] == []
        for frame in result.frames:
            assert row[frame.label] == pytest.approx(frame.score, abs=2e-6)
            assert row[f"{frame.label}:present"] == frame.present
            assert row[f"{frame.label}:stance"] == frame.stance.label


def test_names_of_the_users_list_are_found(score, tmp_path, capsys):
    write_jsonl(tmp_path / "in.jsonl", [{"paragraph": "Huawei met officials in Paris.", "n": 1}])
    (tmp_path / "names.yaml").write_text("the firm: [Huawei]\n", "utf-8")
    assert score("in.jsonl", "out.jsonl", "--names", str(tmp_path / "names.yaml")) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "paragraph"
    (row,) = read(tmp_path / "out.jsonl")
    assert (row["countries"], row["names"]) == (["FRA"], ["the firm"])
