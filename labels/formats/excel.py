"""Excel workbooks."""

import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from labels.errors import FramescopeError, LabelError
from labels.formats.cells import packed, restored
from labels.formats.problems import check_columns
from labels.formats.reading import Rows
from labels.rows import COLUMNS

MAX_UNPACKED = 512 * 2**20
"""A workbook is a ZIP archive; one that would unpack to more is refused unread. Bytes."""

MAX_CHARACTERS = 32_767
"""What a cell of a workbook holds (Microsoft, Excel specifications and limits)."""

MAX_ROWS = 1_048_576

# XML has no place for these; ECMA-376, part 1, 22.9.2.19 (ST_Xstring) writes them as _xHHHH_.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TEXTS = ("id", "text", "source", "document", "annotator")


def read(path: Path, notes: Counter[str]) -> Rows:
    """Yield the rows of a workbook's first sheet; the first that is not empty names the columns.

    Formulas are not evaluated: the values that Excel kept for them are read. The archive is read
    as a stream, and refused where it would unpack to more than `MAX_UNPACKED`; that its XML nests
    no entities without end is the doing of expat (2.4.1 and later).

    Raises:
        LabelError: if the file is no workbook, or too large.
        BrokenFileError: if columns cannot be told apart.
    """
    _check_size(path)
    with path.open("rb") as file:
        yield from _first_sheet(path, file, notes)


def _first_sheet(path: Path, file: IO[bytes], notes: Counter[str]) -> Rows:
    import openpyxl

    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    # A damaged file makes openpyxl raise whatever comes of it: errors of zlib, of types, of keys.
    except Exception as error:
        raise LabelError(f"{path}: not an Excel workbook (.xlsx): {error}") from error
    try:
        if not book.worksheets:
            raise LabelError(f"{path}: the workbook has no sheet with cells")
        if others := len(book.worksheets) - 1:
            notes["only the first sheet is read; other sheets passed over"] += others
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size need not be true
        yield from _rows(path, sheet.iter_rows(values_only=True))
    except FramescopeError:
        raise
    except Exception as error:
        raise LabelError(f"{path}: the workbook cannot be read: {error}") from error
    finally:
        book.close()


def _rows(path: Path, rows: Iterator[tuple[Any, ...]]) -> Rows:
    header: list[str] = []
    for number, cells in enumerate(rows, start=1):
        values = [_value(cell) for cell in cells]
        if all(value in (None, "") for value in values):
            continue
        place = f"row {number}"
        if not header:
            header = ["" if value is None else str(value).strip() for value in values]
            while header and not header[-1]:
                header.pop()
            check_columns(path, place, header)
            continue
        if any(value is not None for value in values[len(header) :]):
            yield place, None, "a cell to the right of the last column that has a name"
            continue
        raw = dict(zip(header, values, strict=False))
        for name in _TEXTS:
            if raw.get(name) is not None:
                raw[name] = str(raw[name])
        yield place, raw, None


def _value(cell: Any) -> Any:
    if isinstance(cell, str):
        return restored(_ESCAPED.sub(lambda match: chr(int(match[1], 16)), cell))
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    # The others are for names in no encoding, and for releases of the format that are to come.
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise LabelError(f"{path}: not an Excel workbook (.xlsx): {error}") from error
    if size > MAX_UNPACKED:
        raise LabelError(
            f"{path}: the workbook unpacks to {size / 2**20:,.0f} MB; at most "
            f"{MAX_UNPACKED / 2**20:,.0f} MB are read: save it as CSV UTF-8"
        )


def write(file: IO[bytes], rows: Iterable[dict[str, Any]]) -> None:
    """Write rows as a workbook of one sheet; every cell is text or a number, never a formula.

    Raises:
        LabelError: if there are more rows, or a cell has more characters, than a workbook holds.
    """
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("labels")
    sheet.append(list(COLUMNS))
    try:
        for number, row in enumerate(rows, start=2):
            if number > MAX_ROWS:
                raise LabelError(f"a workbook holds {MAX_ROWS:,} rows; export as CSV or Parquet")
            cells = packed(row)
            sheet.append([_cell(number, name, cells[name]) for name in COLUMNS])
    finally:
        sheet.close()
    book.save(file)


def _cell(number: int, name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = _UNWRITABLE.sub(lambda match: f"_x{ord(match[0]):04X}_", value)
    if len(text) > MAX_CHARACTERS:
        raise LabelError(
            f"row {number}: '{name}' has {len(text):,} characters; a cell of a workbook holds "
            f"{MAX_CHARACTERS:,}: export as CSV or Parquet"
        )
    return text
