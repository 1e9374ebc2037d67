import codecs
import csv
import json
import re
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labels import schema
from labels.errors import SHOWN_PROBLEMS, LabelError
from labels.formats import FORMATS, TABLES
from labels.formats.files import read_labels, write_labels
from labels.formats.sniff import format_of
from labels.snapshot import take
from labels.store import Imported, Store
from tests.labels.samples import TOPICS, VIEWS, made, raw_rows

ROWS = [
    made("Two ports.", {"war": "con"}, id="7", document="d", at="2026-03-31", page=3),
    made("Zwei Häfen 🙂", {}, source='a "quoted", name\r', annotator="ann\nlee"),
]


def problems_of(path: Path) -> list[str]:
    with pytest.raises(LabelError, match="problem\\(s\\), nothing was read") as caught:
        read_labels(path, VIEWS)
    return caught.value.problems


@pytest.fixture(scope="module")
def stores():
    """Two stores of a codebook, emptied: opening two for every example would take minutes."""
    opened = {c.name: [Store.open("sqlite://", c) for _ in range(2)] for c in (VIEWS, TOPICS)}

    def emptied(codebook):
        for store in opened[codebook.name]:
            with store.writing() as connection:
                for table in (schema.annotations, schema.occurrences, schema.texts):
                    connection.execute(sa.delete(table))
        return opened[codebook.name]

    return emptied


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("codebook", [VIEWS, TOPICS], ids=["stances", "no stances"])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_export_then_import_gives_the_identical_store(stores, format, codebook, data):
    drawn = data.draw(st.lists(raw_rows(codebook), max_size=6))
    first, second = stores(codebook)
    first.add(made(of=codebook, **raw) for raw in drawn)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        written, answers = list(first.rows_and_places()), list(first.rows())
        count = write_labels(path, written, codebook, format)
        read = read_labels(path, codebook, format)
    assert read == written
    assert second.add(read) == Imported(count, len(answers))
    assert list(second.rows()) == answers
    assert list(second.rows_and_places()) == written
    assert second.add(read) == Imported(count, 0)


@pytest.mark.parametrize("format", FORMATS)
def test_a_second_place_of_an_answer_goes_along(tmp_path, format):
    """Without it the two documents would no longer be tied together in the split."""
    first, second = (Store.open("sqlite://", VIEWS) for _ in range(2))
    first.add([made("a", {}, document=name, at="2026-03-31") for name in ("d", "e")])
    first.add([made("b", {}, document="e")])
    assert [row.document for row in first.rows()] == ["d", "e"]
    write_labels(tmp_path / "a", first.rows_and_places(), VIEWS, format)
    assert second.add(read_labels(tmp_path / "a", VIEWS, format)) == Imported(3, 2)
    sides = [{row.text: row.group for row in take(store).rows} for store in (first, second)]
    assert sides[0] == sides[1]
    places = [(row.text, row.document) for row in second.rows_and_places()]
    assert places == [("a", "d"), ("b", "e"), ("a", "e")]


@pytest.mark.parametrize("format", TABLES)
def test_rows_are_read_as_they_were_written(tmp_path, format):
    path = tmp_path / f"labels.{format}"
    assert write_labels(path, ROWS, VIEWS) == 2
    assert read_labels(path, VIEWS) == ROWS


def test_csv_holds_frames_as_json_and_can_be_read_by_others(tmp_path):
    write_labels(tmp_path / "a.csv", ROWS, VIEWS)
    assert (tmp_path / "a.csv").read_bytes().startswith(codecs.BOM_UTF8)  # Excel goes by it
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["text"], first["frames"]) == ("Two ports.", '{"war": "con"}')
    assert second["source"] == 'a "quoted", name\r'


def test_parquet_holds_frames_as_a_struct_or_a_list(tmp_path):
    write_labels(tmp_path / "a.parquet", ROWS, VIEWS)
    write_labels(tmp_path / "b.parquet", [made("a", ["war"], TOPICS)], TOPICS)
    assert pq.read_table(tmp_path / "a.parquet")["frames"].to_pylist() == [
        {"trade": None, "war": "con"}, {"trade": None, "war": None},
    ]  # fmt: skip
    assert pq.read_table(tmp_path / "b.parquet")["frames"].to_pylist() == [["war"]]


def test_parquet_with_a_map_is_read(tmp_path):
    frames = pa.array([[("war", "con")], []], pa.map_(pa.string(), pa.string()))
    pq.write_table(pa.table({"text": ["a", "b"], "frames": frames}), tmp_path / "a.parquet")
    assert [row.frames for row in read_labels(tmp_path / "a.parquet", VIEWS)] == [
        {"war": "con"}, {},
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "loader"), [("jsonl", "json"), ("csv", "csv"), ("parquet",) * 2])
def test_datasets_reads_what_is_exported(tmp_path, kind, loader):
    import datasets

    path = tmp_path / f"labels.{kind}"
    write_labels(path, [ROWS[0], made("=1+1", {"trade": "pro"}, annotator="bo")], VIEWS)
    found = datasets.load_dataset(loader, data_files=str(path), cache_dir=str(tmp_path / "cache"))
    first, second = found["train"]
    frames = first["frames"] if kind != "csv" else json.loads(first["frames"])
    assert (first["text"], first["document"], frames["war"]) == ("Two ports.", "d", "con")
    assert (second["annotator"], second["text"].lstrip("'")) == ("bo", "=1+1")


@pytest.mark.parametrize(
    ("tool", "place"),
    [
        ("label-studio", ("data", "text")),
        ("doccano", ("text",)),
        ("prodigy", ("text",)),
        ("argilla", ("fields", "text")),
        ("potato", ("displayed_text",)),
    ],
)
def test_datasets_reads_what_goes_out_to_a_tool(tmp_path, tool, place):
    import datasets

    path = tmp_path / "out.json"
    write_labels(path, ROWS, VIEWS, tool)
    found = datasets.load_dataset("json", data_files=str(path), cache_dir=str(tmp_path / "cache"))
    texts = []
    for row in found["train"]:
        for name in place:
            row = row[name]
        texts.append(row)
    assert texts == [row.text for row in ROWS]


def test_jsonl_leaves_out_what_a_row_has_not(tmp_path):
    write_labels(tmp_path / "a.jsonl", [made("a", {})], VIEWS)
    assert json.loads((tmp_path / "a.jsonl").read_text()) == {
        "text": "a", "frames": {}, "annotator": "annotator", "codebook": 1,
        "kind": "answer",
    }  # fmt: skip


def test_annotator_of_rows_that_give_none(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [{"annotator": "bo"}, {"annotator": ""}, {"annotator": "annotator"}, {}]
    path.write_text(
        "".join(json.dumps({"text": "a", "frames": {}, **line}) + "\n" for line in lines)
    )
    rows = read_labels(path, VIEWS, annotator="ann")
    assert [row.annotator for row in rows] == ["bo", "ann", "annotator", "ann"]


def test_jsonl_problems_name_their_lines(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [
        "\ufeff" + '{"text": "a", "frames": {}}',
        "",
        '{"text": "a", "frames": {"wra": "pro"}, "lang": "English"}',
        "{text: a}",
        '["a", {}]',
        '{"text": "a"}',
        '{"text": "a", "frames": {}, "x": ' + "9" * 5000 + "}",
        '{"text": "a", "frames": ' + "[" * 100_000 + "}",
        '{"text": "", "frames": {}}',
    ]
    path.write_text("\n".join(lines), "utf-8")
    found = problems_of(path)
    assert [problem.split(": ")[0] for problem in found] == [
        "line 3", "line 3", "line 4", "line 5", "line 6", "line 7", "line 8", "line 9",
    ]  # fmt: skip
    for problem, words in zip(
        found,
        (
            "unknown frames ['wra']", "lang: 'English'", "not JSON: Expecting property name",
            "a row must be a JSON object", "frames is missing", "not JSON: Exceeds the limit",
            "not JSON: maximum recursion depth", "the text is empty",
        ),
        strict=True,
    ):  # fmt: skip
        assert words in problem


def test_csv_problems_name_the_line_a_row_begins_on(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(
        b'text,frames,"a\nnote",at\r\n'  # lines 1 and 2
        b'"Two\nports\nin war","{""war"": ""con""}",,\r\n'  # 3 to 5
        b"\r\n"  # 6
        b"a,{},,noon\r\n"  # 7
        b'"a\n\nb",{war: con},,\r\n'  # 8 to 10
        b"a,{}\r\n"  # 11
        b"a,{},,,\r\n"  # 12
        b'"",{},,\r\n'  # 13
        b'a,"{}"x,,\r\n'  # 14
    )
    assert problems_of(path) == [
        "line 7: at: 'noon' is no time; write it as in 2026-03-31T14:05:00Z",
        "line 8: frames: must map each frame to its stance, not be a string; for example "
        '{"trade":"pro"}',
        "line 11: 2 cells where the header has 4 columns",
        "line 12: 5 cells where the header has 4 columns",
        "line 13: the text is empty",
        "line 14: not CSV: ',' expected after '\"'",
    ]


def test_open_quote_in_csv_is_named_where_it_opens(tmp_path):
    (tmp_path / "a.csv").write_text('text,frames\na,{}\n"b,{}\nc,{}\n')
    assert problems_of(tmp_path / "a.csv") == ["line 3: not CSV: unexpected end of data"]


def test_columns_named_twice_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("text,frames,at,text,at\na,{},,b,\n")
    found = ["line 1: columns named more than once: ['at', 'text']"]
    assert problems_of(tmp_path / "a.csv") == found
    arrays = [pa.array(["a"]), pa.array(["{}"]), pa.array(["b"])]
    table = pa.Table.from_arrays(arrays, names=["text", "frames", "text"])
    pq.write_table(table, tmp_path / "a.parquet")
    found = ["schema: columns named more than once: ['text']"]
    assert problems_of(tmp_path / "a.parquet") == found


def test_other_columns_of_csv_are_kept(tmp_path):
    (tmp_path / "a.csv").write_text("text,frames,note\na,{},x\nb,{},\n")
    assert [row.meta for row in read_labels(tmp_path / "a.csv", VIEWS)] == [{"note": "x"}, {}]


def test_parquet_problems_name_their_rows(tmp_path):
    raw = [
        {"text": "a", "frames": "{}"},
        {"text": "b", "frames": None},
        {"text": "", "frames": "?"},
    ]
    pq.write_table(pa.Table.from_pylist(raw), tmp_path / "a.parquet")
    assert [problem[:12] for problem in problems_of(tmp_path / "a.parquet")] == [
        "row 2: frame", "row 3: the t", "row 3: frame",
    ]  # fmt: skip


def test_no_more_than_so_many_problems_are_shown(tmp_path):
    (tmp_path / "a.jsonl").write_text("x\n" * (SHOWN_PROBLEMS + 7))
    with pytest.raises(LabelError, match="57 problem") as caught:
        read_labels(tmp_path / "a.jsonl", VIEWS)
    assert str(caught.value).endswith("... and 7 more")
    assert len(caught.value.problems) == 57


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("none.jsonl", None, "none.jsonl: cannot read the file: No such file"),
        ("a.txt", b"", "a.txt: cannot tell the format from the name; known: ['jsonl', 'csv', "),
        ("a.json", b'{"a": 1}', "a.json: JSON, but in none of the formats ['label-studio', 'doc"),
        ("a.parquet", b"text", "a.parquet: not a Parquet file"),
        (
            "a.csv",
            b"text\n\x81",
            "a.csv: line 2 is not text in UTF-8 or Windows-1252 (byte 0x81); save it as UTF-8",
        ),
        (
            "a.jsonl",
            b"{}\n" * 9999 + b"\xe9",
            "a.jsonl: line 10000 is not text in UTF-8 (byte 0xe9)",
        ),
    ],
)
def test_file_that_cannot_be_read_is_named(tmp_path, name, data, words):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(LabelError, match=re.escape(words)):
        read_labels(tmp_path / name, VIEWS)


def test_format_wanted_wins_over_the_name():
    assert format_of(Path("a.csv"), "jsonl") == "jsonl"
    assert format_of(Path("a.JSONL")) == "jsonl"


def test_file_is_written_whole_or_left_as_it_was(tmp_path):
    path = tmp_path / "deep" / "a.jsonl"
    write_labels(path, ROWS, VIEWS)
    before = path.read_bytes()

    def broken():
        yield ROWS[0]
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        write_labels(path, broken(), VIEWS)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_new_file_takes_the_place_of_the_old_at_once(tmp_path):
    path, held = tmp_path / "a.jsonl", tmp_path / "held"
    path.write_text("old")
    held.hardlink_to(path)
    write_labels(path, ROWS, VIEWS)
    assert held.read_text() == "old"
    assert read_labels(path, VIEWS) == ROWS
