"""CSV and its relatives, as programs and as Excel write them."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from labels.errors import LabelError
from labels.formats.cells import packed, restored
from labels.formats.problems import BrokenFileError, check_columns
from labels.formats.reading import Rows
from labels.rows import COLUMNS

DELIMITERS = ",;\t"
WINDOWS = "Windows-1252"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", **dict.fromkeys(_UTF16, "utf-16")}
_HEAD = 2**20


def read(path: Path, notes: Counter[str]) -> Rows:
    """Yield the rows of a CSV file; cells are text, and what `cells.defused` added is taken off.

    Read are UTF-8 and UTF-16 with a byte order mark, UTF-8 without one, and Windows-1252, which is
    how Excel saves "CSV" in Western Europe; commas, semicolons and tabs; a first line "sep=;".

    Raises:
        LabelError: if the file is in another encoding.
        BrokenFileError: at the place from which on cells or columns cannot be told apart.
    """
    csv.field_size_limit(2**30)
    encoding = encoding_of(path)
    if encoding == "cp1252":
        notes[f"not UTF-8, read as {WINDOWS}: look whether its accents are right"] += 1
    delimiter, skipped = dialect(path, encoding)
    with path.open(encoding=encoding, newline="") as file:
        for _ in range(skipped):
            next(file)
        yield from _rows(path, csv.reader(file, delimiter=delimiter, strict=True), skipped)


def _rows(path: Path, reader: Any, skipped: int) -> Rows:
    header: list[str] = []
    width = 0
    while True:
        place = f"line {reader.line_num + skipped + 1}"
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise BrokenFileError(path, f"{place}: not CSV: {error}") from error
        if cells is None:
            return
        if not any(cells):  # an empty line, or what Excel writes for an empty row
            continue
        if not header:
            width, header = len(cells), list(map(restored, _trimmed(cells)))
            check_columns(path, place, header)
        elif len(cells) != width:
            found = f"{len(cells)} cells where the header has {width} columns"
            yield place, None, found
        elif any(cells[len(header) :]):
            yield place, None, "a cell to the right of the last column that has a name"
        else:
            named = zip(header, cells, strict=False)
            yield place, {name: restored(cell) for name, cell in named}, None


def _trimmed(header: list[str]) -> list[str]:
    """Drop the nameless columns at the end that Excel writes where cells were once used."""
    while header and not header[-1].strip():
        header = header[:-1]
    return header


def encoding_of(path: Path) -> str:
    """Return the encoding of a text file, after decoding all of it where no mark says.

    Raises:
        LabelError: if it is neither UTF-8 nor Windows-1252. Several bytes above 127 in a row are
            no Western European word, so that a file in another code page is not misread.
    """
    with path.open("rb") as file:
        head = file.read(4)
        for mark, name in _MARKS.items():
            if head.startswith(mark):
                return name
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := file.read(_HEAD):
                decoder.decode(block)
            decoder.decode(b"", final=True)
            return "utf-8"
        except UnicodeDecodeError:
            pass
        file.seek(0)
        for number, line in enumerate(file, start=1):
            try:
                line.decode("cp1252")
                wrong = re.search(rb"[\x80-\xff]{4}", line)
                byte = wrong[0][0] if wrong else None
            except UnicodeDecodeError as error:
                byte = line[error.start]
            if byte is not None:
                raise LabelError(
                    f"{path}: line {number} is not text in UTF-8 or {WINDOWS} (byte 0x{byte:02x}); "
                    "save it as UTF-8, in Excel as 'CSV UTF-8'"
                )
    return "cp1252"


def header(path: Path, encoding: str) -> list[str]:
    """Return the names of the columns; none where the file has no row."""
    delimiter, skipped = dialect(path, encoding)
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(_HEAD)
    return _first("".join(head.splitlines(keepends=True)[skipped:]), delimiter)


def dialect(path: Path, encoding: str) -> tuple[str, int]:
    """Return what separates the cells, and how many lines stand before the header.

    It is what the line "sep=" says; else what gives the header a column "text"; else what gives it
    the most columns.
    """
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(_HEAD)
    if said := re.match(r"sep=(.)\r?\n", head, re.IGNORECASE):
        return said[1], 1
    headers = {mark: _first(head, mark) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: ("text" in headers[mark], len(headers[mark]))), 0


def _first(head: str, delimiter: str) -> list[str]:
    try:
        rows: Iterator[list[str]] = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        return next((cells for cells in rows if any(cells)), [])
    except csv.Error:
        return []


def write(file: IO[bytes], rows: Iterable[dict[str, Any]]) -> None:
    """Write rows as CSV in UTF-8 with its mark, `frames` and `meta` as JSON, formulas defused."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    # With "\n" alone as the end of a line, a lone "\r" in a cell would be written without quotes.
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(packed(row))
    text.flush()
    text.detach()
