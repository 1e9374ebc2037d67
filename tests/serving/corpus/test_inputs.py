"""What is read: files, folders, standard input; and which column holds the texts."""

import gzip
import io
import json
import os
import re
from collections import Counter

import pytest

from labels.errors import FramescopeError
from serving.corpus.columns import find_text
from serving.corpus.inputs import FilesError, expanded, told_apart
from tests.serving.corpus.fakes import run


def make(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"text": "One text."}\n', "utf-8")


def test_folders_are_gone_through_in_order(tmp_path):
    make(
        tmp_path / "news", "b.jsonl", "a.csv.gz", "times/2020/x.HTML", "post/y.md", "post/z.png",
        ".git/c.jsonl", "post/.d.md", "note", "w.json",
    )  # fmt: skip
    found, passed = expanded([tmp_path / "news"])
    assert [(one.document, one.is_document, one.folder) for one in found] == [
        ("a.csv.gz", False, "news"), ("b.jsonl", False, "news"), ("post/y.md", True, "post"),
        ("times/2020/x.HTML", True, "times"),
    ]  # fmt: skip
    assert passed == Counter({".png": 1, ".json": 1, "no ending": 1})


@pytest.mark.parametrize(
    ("names", "given", "words"),
    [
        ([], "gone.jsonl", "gone.jsonl: cannot read the file: No such file or directory"),
        (["a.doc"], "a.doc", "a.doc: its name says no format that is read; known: .jsonl"),
        (["f/a.png"], "f", "f: no file that can be scored; there is .png (1)"),
    ],
)
def test_what_cannot_be_scored_is_said(tmp_path, names, given, words):
    make(tmp_path, *names)
    with pytest.raises(FilesError, match=re.escape(words)):
        expanded([tmp_path / given])


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["id", "text", "body"], "text"),
        (["id", "Text"], "Text"),
        (["id", "paragraph"], "paragraph"),
        (["Body", "title"], "Body"),
    ],
)
def test_the_column_of_the_texts_is_found(names, found):
    assert find_text(names) == found


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["body", "content"], "the columns ['body', 'content'] may all be that of the texts; the"),
        (["id", "words"], "no column looks like that of the texts; the columns are ['id', 'words'"),
    ],
)
def test_a_column_is_not_guessed(names, words):
    with pytest.raises(FilesError, match=re.escape(words)):
        find_text(names)


def test_a_row_without_the_column_costs_only_itself(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"body": "One text."}\n{"n": 1}\n', "utf-8")
    done, _ = run([path], tmp_path / "out.jsonl")
    assert (done.text, done.rows, done.errors) == ("body", 2, 1)
    said = (tmp_path / "out.jsonl.errors.jsonl").read_text("utf-8")
    reason = "the row has no column 'body', but ['n']"
    assert json.loads(said) == {"file": str(path), "place": "line 2", "reason": reason}


def test_errors_go_where_they_are_told_and_those_of_an_earlier_run_go_away(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "One."}\n{"text": ""}\n', "utf-8")
    run([path], tmp_path / "out.jsonl", errors=tmp_path / "bad.jsonl")
    assert "line 2" in (tmp_path / "bad.jsonl").read_text("utf-8")
    path.write_text('{"text": "One."}\n', "utf-8")
    run([path], tmp_path / "out.jsonl", errors=tmp_path / "bad.jsonl")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


@pytest.mark.parametrize("name", ["in.jsonl.gz", "in.csv.zst"])
def test_a_file_that_is_cut_off_is_named_and_nothing_is_left(tmp_path, name):
    data = gzip.compress(b'{"text": "One text."}\n' * 1000)
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(FramescopeError, match=re.escape(f"{tmp_path / name}: cannot be unpacked")):
        run([tmp_path / name], tmp_path / "out.jsonl")
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_an_error_in_a_packed_file_names_that_file(tmp_path):
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(b'text,n\na,1\n"b"x,2\n'))
    with pytest.raises(FramescopeError, match=re.escape(f"{tmp_path}/in.csv.gz: line 3: not CSV")):
        run([tmp_path / "in.csv.gz"], tmp_path / "out.jsonl")


def test_standard_input_is_json_lines(tmp_path, monkeypatch):
    sent = io.BytesIO(b'{"text": "One text."}\n{"text": 3}\n')
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(sent))
    done, _ = run(["-"], tmp_path / "out.jsonl")
    assert (done.rows, done.errors) == (2, 1)
    assert '"error": "-, line 2: a text must be a string' in (tmp_path / "out.jsonl").read_text()


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("out.xlsx", "cannot be written; end the name in one of .jsonl, .ndjson, .csv"),
        ("out.txt.gz", "out.txt.gz: cannot be written; end the name in one of"),
        ("out.parquet.gz", "Parquet is compressed as it is; leave .gz out"),
        ("full", "full: this folder is not empty; give another --out"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_read(tmp_path, out, words):
    make(tmp_path, "in.jsonl", "full/x.jsonl")
    with pytest.raises(FramescopeError, match=re.escape(words)):
        run([tmp_path / "in.jsonl"], tmp_path / out)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["full", "in.jsonl"]


def test_documents_that_are_called_alike_are_told_apart(tmp_path):
    make(tmp_path, "a/1.html", "b/1.html", "b/2.html", "rows.jsonl")
    found = told_apart(expanded([tmp_path / "a", tmp_path / "b", tmp_path / "rows.jsonl"])[0])
    assert [one.document for one in found] == [
        f"{tmp_path}/a/1.html", f"{tmp_path}/b/1.html", "2.html", "rows.jsonl",
    ]  # fmt: skip


def test_a_name_in_another_encoding_stops_nothing(tmp_path):
    folder = tmp_path / "news"
    folder.mkdir()
    for name in (b"caf\xe9.txt", b"caf\xc3\xa9.txt"):
        with open(os.path.join(os.fsencode(folder), name), "w") as file:
            file.write("Both sides agreed to share what they know.")
    done, _ = run([folder], tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert done.rows == 2
    assert {row["document"] for row in rows} == {"caf\ufffd.txt", "café.txt"}


def test_the_column_of_a_table_after_many_paragraphs_is_found(tmp_path):
    (tmp_path / "long.txt").write_text("\n\n".join(f"Paragraph {n} speaks." for n in range(1001)))
    (tmp_path / "wire.jsonl").write_text('{"body": "One text."}\n', "utf-8")
    done, _ = run([tmp_path / "long.txt", tmp_path / "wire.jsonl"], tmp_path / "out.jsonl")
    assert (done.rows, done.errors, done.text) == (1002, 0, "body")
