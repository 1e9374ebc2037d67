"""Documents as rows: read as the page reads them, and a hostile one costs only itself."""

import json

import pytest
from fpdf import FPDF

from labels.reading import MAX_BYTES, SCORED
from labels.reading.guarded import Reader
from serving.corpus.inputs import expanded
from serving.corpus.rows import text_rows
from serving.documents import document_answer, joined
from tests.serving.corpus.fakes import Counting, run

PAGE = """<!doctype html><html lang="en"><head><title>Chips at home</title>
<link rel="canonical" href="https://www.daily.example/2026/chips">
<meta name="author" content="Ana Lopez"></head><body><article><h1>Chips at home</h1>
<p>Both sides agreed to share the results of the new centre, after three days of talks.</p>
<p>“We will build our own chips, and nobody will tell us how,” said Maria Perez, a minister.</p>
</article></body></html>"""
NOTE = (
    "---\ntitle: A note\ndate: 2026-03-05\n---\n\nThe first says something.\n\nSo does this one.\n"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    top = tmp_path_factory.mktemp("documents") / "archive"
    for name in ("daily/2026", "post"):
        (top / name).mkdir(parents=True)
    (top / "daily" / "2026" / "chips.html").write_text(PAGE, "utf-8")
    (top / "post" / "note.md").write_text(NOTE, "utf-8")
    (top / "post" / "bad.pdf").write_bytes(b"%PDF-1.4 and nothing more")
    (top / "post" / "empty.txt").write_bytes(b"")
    (top / "post" / "head.md").write_text("# Only a title\n", "utf-8")
    with (top / "post" / "huge.txt").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    book = FPDF()
    book.add_page()
    book.set_font("Helvetica", size=12)
    book.multi_cell(0, 8, "The ministry keeps all data at home. It says that this is safer for us.")
    book.output(str(top / "paper.pdf"))
    return top


@pytest.fixture(scope="module")
def rows(folder):
    return list(text_rows(expanded([folder])[0], None, folder)[1])


def test_paragraphs_and_speakers_are_those_of_the_page(folder, rows):
    predictor = Counting()
    path = folder / "daily" / "2026" / "chips.html"
    with Reader() as reader:
        document, quotations = reader.read_spoken(path.read_bytes(), "auto", path.name)
    answers = predictor.predict([p.text for p in document.paragraphs if p.kind in SCORED])
    said = document_answer(document, joined(document, quotations, answers), predictor.codebook)
    shown = [part for part in said["paragraphs"] if part["result"]]
    own = [row.cells for row in rows if row.cells["document"] == "daily/2026/chips.html"]
    names = ("start", "end", "kind", "speaker")
    for cells, one in zip(own, shown, strict=True):
        assert [cells[name] for name in names] == [one[name] for name in names]
    assert [cells["speaker"] for cells in own] == [None, "Maria Perez"]
    assert [said["text"][c["start"] : c["end"]] for c in own] == [c["text"] for c in own]
    assert {(c["title"], c["author"]) for c in own} == {("Chips at home", "Ana Lopez")}


def test_where_a_paragraph_comes_from(rows):
    names = ("document", "source", "date", "paragraph", "text")
    own = [tuple(row.cells[name] for name in names) for row in rows if row.fault is None]
    assert own[0][:2] == ("paper.pdf", "archive")
    assert own[1][:2] == ("daily/2026/chips.html", "daily.example")
    assert [one for one in own if one[1] == "post"] == [
        ("post/note.md", "post", "2026-03-05", 1, "The first says something."),
        ("post/note.md", "post", "2026-03-05", 2, "So does this one."),
    ]


def test_a_document_that_cannot_be_read_costs_only_its_own_row(rows):
    found = {row.cells["document"]: row.fault for row in rows if row.fault}
    assert list(found) == ["post/bad.pdf", "post/empty.txt", "post/head.md", "post/huge.txt"]
    assert "the PDF cannot be opened" in found["post/bad.pdf"]
    assert found["post/empty.txt"] == "the document is empty"
    assert found["post/head.md"] == "the document has no paragraph to score"
    assert f"at most {MAX_BYTES:,} are read: split it" in found["post/huge.txt"]


def test_documents_and_tables_together(folder, tmp_path):
    table = tmp_path / "wire.jsonl"
    table.write_text('{"body": "One text.", "outlet": "A"}\n', "utf-8")
    note = folder / "post" / "note.md"
    done, _ = run([table, note], tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    first, second, third = map(json.loads, lines)
    assert (done.text, first["body"], first["outlet"]) == ("body", "One text.", "A")
    assert (second["body"], second["document"]) == ("The first says something.", "note.md")
    assert (third["paragraph"], third["source"], third["error"]) == (2, None, None)
