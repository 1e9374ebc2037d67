"""Rows of texts, from tables and documents alike."""

import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labels.errors import LabelError
from labels.formats.files import read_raw
from labels.text import HALF_PAIR, has_half_pair, text_problem
from serving.corpus.cells import plain
from serving.corpus.columns import TEXT, find_text
from serving.corpus.inputs import PACKED, STDIN, FilesError, Input

_LOOKED_AT = 1000
"""Rows that are looked at to find the column of the texts."""

STDIN_FILE = "stdin.jsonl"
"""The file in the folder for unpacked ones that holds what came on standard input."""

_BLOCK = 2**20


@dataclass(frozen=True, slots=True)
class TextRow:
    """One text with its row. `cells` are plain values; `fault`: why there is no text to score.

    `file` and `place` say where it stands: "articles.csv", "line 7". `broken`: the columns in which
    half of a UTF-16 pair was replaced.
    """

    file: str
    place: str
    cells: dict[str, Any]
    fault: str | None = None
    is_document: bool = False
    broken: tuple[str, ...] = ()


def text_rows(
    inputs: Sequence[Input],
    column: str | None,
    scratch: Path,
    ended: Callable[[int], None] = lambda done: None,
) -> tuple[str, Iterator[TextRow]]:
    """Return the column of the texts, the one wanted or the one found, and the rows in order.

    A row without a fault has a text there that the model can read. `scratch`: a folder for files
    that have to be unpacked, one at a time. `ended` is told how many files are read.

    Raises:
        FilesError: if no column is wanted, and the rows do not show which it is.
        LabelError: while reading, if a table cannot be read, or not from some place on.
    """
    rows = _all_rows(inputs, scratch, ended)
    head = list(itertools.islice(rows, _LOOKED_AT))
    if column is None:
        tables = [one for one in inputs if not one.is_document]
        if tables and all(row.is_document for row in head):
            with closing(_table_rows(tables[0], scratch)) as later:
                head_of_table = list(itertools.islice(later, _LOOKED_AT))
        else:
            head_of_table = [row for row in head if not row.is_document]
        found = dict.fromkeys(name for row in head_of_table for name in row.cells)
        column = find_text(list(found)) if found else TEXT
    return column, _checked(itertools.chain(head, rows), column)


def _checked(rows: Iterable[TextRow], column: str) -> Iterator[TextRow]:
    for row in rows:
        cells = row.cells
        if row.is_document and column != TEXT:
            cells = {column if name == TEXT else name: value for name, value in cells.items()}
        fault = row.fault or _problem(row, cells, column)
        yield replace(row, cells=cells, fault=fault) if fault or cells is not row.cells else row


def _problem(row: TextRow, cells: dict[str, Any], column: str) -> str | None:
    if column not in cells:
        return f"the row has no column '{column}', but {sorted(cells)}"
    return HALF_PAIR if column in row.broken else text_problem(cells[column])


def _all_rows(
    inputs: Sequence[Input], scratch: Path, ended: Callable[[int], None]
) -> Iterator[TextRow]:
    done = 0
    for is_document, run in itertools.groupby(inputs, key=lambda one: one.is_document):
        if is_document:
            from serving.corpus.documents import document_rows

            for rows in document_rows(run):
                yield from rows
                ended(done := done + 1)
            continue
        for one in run:
            yield from _table_rows(one, scratch)
            ended(done := done + 1)


def _table_rows(one: Input, scratch: Path) -> Generator[TextRow, None, None]:
    with _unpacked(one, scratch) as path:
        try:
            for place, raw, fault in read_raw(path):
                yield _row(one.name, place, raw, fault)
        except LabelError as error:
            if path == one.path:
                raise
            raise FilesError(str(error).replace(str(path), one.name)) from error


def _row(file: str, place: str, raw: Any, fault: str | None) -> TextRow:
    if fault:
        return TextRow(file, place, {}, fault)
    try:
        cells = plain(raw)
    except RecursionError:
        return TextRow(file, place, {}, "lists or objects in it are nested too deep")
    broken = {n: v for n, v in raw.items() if isinstance(v, str) and has_half_pair(v)}
    return TextRow(file, place, cells, broken=tuple(broken))


@contextmanager
def _unpacked(one: Input, scratch: Path) -> Iterator[Path]:
    """Give the file itself, or for a time its content unpacked in the folder for that.

    Raises:
        FilesError: if it is not compressed as its name says, or is cut off.
    """
    if one.name == STDIN:
        yield scratch / STDIN_FILE
        return
    packing = PACKED.get(one.path.suffix.lower())
    if packing is None:
        yield one.path
        return
    path = scratch / f"unpacked{Path(one.path.stem).suffix.lower()}"
    try:
        _unpack(one.path, packing, path)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _unpack(path: Path, packing: str, into: Path) -> None:
    import pyarrow as pa

    try:
        with (
            pa.OSFile(str(path)) as raw,
            pa.CompressedInputStream(raw, packing) as content,
            into.open("wb") as file,
        ):
            while block := content.read(_BLOCK):
                file.write(block)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise FilesError(f"{path}: cannot be unpacked as {packing}: {error}") from error
