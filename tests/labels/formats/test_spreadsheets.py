"""CSV and workbooks as Excel writes them, and what Excel would take for a formula."""

import re
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.errors import LabelError
from labels.formats import cells, excel
from labels.formats.files import checked, read_labels, write_labels
from labels.formats.names import Names
from labels.formats.reading import Reading
from tests.labels.samples import VIEWS, made

TEXT = "Zölle – „fair“ für alle?"
ROWS = [["text", "frames", "note"], [TEXT, '{"war": "con"}', "a\nb"], ["Two ports.", "{}", ""]]


def as_csv(delimiter: str, end: str = "\r\n") -> str:
    quoted = (['"' + cell.replace('"', '""') + '"' for cell in row] for row in ROWS)
    return end.join(delimiter.join(row) for row in quoted) + end


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (as_csv(",").encode("utf-8-sig"), "a.csv"),
        (as_csv(";").encode("cp1252"), "a.csv"),
        (as_csv(";").encode("utf-8"), "a.csv"),
        (as_csv("\t").encode("utf-16"), "a.txt"),
        (as_csv("\t").encode("utf-8"), "a.tsv"),
        (("sep=;\r\n" + as_csv(";")).encode("utf-8-sig"), "a.csv"),
        (as_csv(",", "\n").replace("\n", "\r\n").encode("utf-8"), "a.csv"),
    ],
    ids=["BOM", "CP1252", "semicolons", "UTF-16", "tabs", "sep", "line breaks"],
)
def test_csv_as_excel_writes_it(tmp_path, data, name):
    (tmp_path / name).write_bytes(data)
    first, second = read_labels(tmp_path / name, VIEWS)
    assert (first.text, first.frames) == (TEXT, {"war": "con"})
    assert first.meta["note"].split() == ["a", "b"]
    assert (second.text, second.frames, second.meta) == ("Two ports.", {}, {})


def test_empty_rows_and_nameless_columns_of_excel_are_passed_over(tmp_path):
    (tmp_path / "a.csv").write_text("text;frames;;\na;{};;\n;;;\nb;{};;x\n")
    with pytest.raises(LabelError) as caught:
        read_labels(tmp_path / "a.csv", VIEWS)
    assert caught.value.problems == [
        "line 4: a cell to the right of the last column that has a name"
    ]


def test_windows_encoding_is_noted_and_other_code_pages_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("text;frames\nZölle;{}\n".encode("cp1252"))
    reading = Reading(VIEWS, Names(VIEWS))
    assert [row.text for row, _ in checked(path, reading) if row] == ["Zölle"]
    assert reading.said() == ["not UTF-8, read as Windows-1252: look whether its accents are right"]
    path.write_bytes("text;frames\nсуверенитет;{}\n".encode("cp1251"))
    words = "a.csv: line 2 is not text in UTF-8 or Windows-1252 (byte 0xf1); save it as UTF-8"
    with pytest.raises(LabelError, match=re.escape(words)):
        read_labels(path, VIEWS)


WRONG_HEADERS = {
    "named otherwise": (["Paragraph", "Frames"], "no column 'text' and no column 'frames'"),
    "a column per frame": (["text", "trade", "war"], "no column 'frames'"),
}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", WRONG_HEADERS)
def test_a_wrong_header_is_told_once_with_a_right_row(tmp_path, kind, suffix):
    header, words = WRONG_HEADERS[kind]
    path, rows = tmp_path / f"a.{suffix}", [header, *[["a port"] * len(header)] * 3]
    if suffix == "csv":
        path.write_text("".join(f"{','.join(row)}\n" for row in rows))
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    with pytest.raises(LabelError) as caught:
        read_labels(path, VIEWS)
    assert caught.value.problems == [
        f"header: {words}; there are {header}. A row has one cell 'text' and one cell 'frames', "
        'which holds all its frames: {"trade": "pro"}, or {} where it carries none'
    ]


def test_a_table_of_retractions_needs_no_frames(tmp_path):
    (tmp_path / "a.csv").write_text("text,kind\na,retraction\n")
    assert [row.kind for row in read_labels(tmp_path / "a.csv", VIEWS)] == ["retraction"]


@given(st.text() | st.from_regex(r"\A'{0,3}[=+\-@\t\r].{0,3}\Z"))
def test_defused_cells_are_no_formulas_and_come_back(cell):
    out = cells.defused(cell)
    assert not out.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cells.restored(out) == cell


RISKY = ["=1+1", "+1", "-x", "@SUM(A1)", "'=1", "'quoted'", "_x0041_"]


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_formulas_are_defused_on_the_way_out(tmp_path, name):
    rows = [made(text, {}, source=text) for text in RISKY]
    write_labels(tmp_path / name, rows, VIEWS)
    assert read_labels(tmp_path / name, VIEWS) == rows


def test_no_cell_of_a_workbook_is_a_formula(tmp_path):
    write_labels(tmp_path / "a.xlsx", [made(text, {}, source=text) for text in RISKY], VIEWS)
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert [sheet.cell(2, 2).value, sheet.cell(6, 2).value] == ["'=1+1", "''=1"]
    assert sheet.cell(7, 2).value == "'quoted'"


def workbook(path, rows, more=0):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for _ in range(more):
        book.create_sheet()
    book.save(path)


def test_workbook_made_by_hand(tmp_path):
    path = tmp_path / "a.xlsx"
    header, row = ["text ", "frames", "id", "date", "page"], ["Two ports.", '{"war": "con"}', 7.0]
    workbook(path, [[], header, [*row, None, 3], [], [2024, "{}", "x"]], more=2)
    reading = Reading(VIEWS, Names(VIEWS))
    first, second = (row for row, faults in checked(path, reading) if row or pytest.fail(faults))
    assert (first.text, first.id, first.meta) == ("Two ports.", "7", {"page": 3})
    assert (second.text, second.id) == ("2024", "x")
    assert reading.said() == ["only the first sheet is read; other sheets passed over: 2"]


def test_kept_values_of_formulas_are_read_and_never_evaluated(tmp_path):
    path = tmp_path / "a.xlsx"
    workbook(path, [["text", "frames"], ["=A1", "{}"]])
    with pytest.raises(LabelError) as caught:
        read_labels(path, VIEWS)
    assert caught.value.problems == ["row 2: a text must be a string, not NoneType"]
    inside = {}
    with zipfile.ZipFile(path) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    kept = rb'<c r="A2" t="str"><f>A1</f><v>kept value</v></c>'
    inside[sheet], count = re.subn(rb'<c r="A2".*?</c>', kept, inside[sheet])
    assert count == 1
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in inside.items():
            archive.writestr(name, data)
    assert [row.text for row in read_labels(path, VIEWS)] == ["kept value"]


def test_workbook_that_unpacks_to_too_much_is_refused_unread(tmp_path, monkeypatch):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 3_000_000)
    monkeypatch.setattr(excel, "MAX_UNPACKED", 2_000_000)
    with pytest.raises(LabelError, match="the workbook unpacks to 3 MB; at most 2 MB are read"):
        read_labels(path, VIEWS)


def test_what_is_no_workbook_is_named(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"text")
    with pytest.raises(LabelError, match=r"a\.xlsx: not an Excel workbook"):
        read_labels(tmp_path / "a.xlsx", VIEWS)
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        archive.writestr("a", "b")
    with pytest.raises(LabelError, match=r"b\.xlsx: not an Excel workbook"):
        read_labels(tmp_path / "b.xlsx", VIEWS)


def test_text_that_no_cell_holds_is_named(tmp_path):
    with pytest.raises(LabelError, match="row 2: 'text' has 40,000 characters; a cell"):
        write_labels(tmp_path / "a.xlsx", [made("a" * 40_000, {})], VIEWS)
    assert not (tmp_path / "a.xlsx").exists()
