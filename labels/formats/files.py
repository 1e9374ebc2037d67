"""Files of labels: every problem named, files written whole or not."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from labels.codebook import Codebook
from labels.disk import written_whole
from labels.errors import LabelError
from labels.formats import (
    FORMATS,
    TABLES,
    argilla,
    delimited,
    doccano,
    excel,
    jsonl,
    label_studio,
    parquet,
    potato,
    prodigy,
)
from labels.formats.cells import unpacked
from labels.formats.names import Names
from labels.formats.problems import BrokenFileError, check_labelled
from labels.formats.reading import Reading, Rows
from labels.formats.sniff import SUFFIXES, format_of, sniffed
from labels.rows import COLUMNS, LabelledRow, frames_value, read_row


def read_labels(
    path: Path, codebook: Codebook, format: str | None = None, annotator: str | None = None
) -> list[LabelledRow]:
    """Read a file of labels. `annotator` is the name for rows that give none.

    Raises:
        LabelError: if the file cannot be read, or with one line per problem in it, each with the
            line, row or record it stands in. Nothing is read then.
    """
    rows, problems = [], []
    reading = Reading(codebook, Names(codebook), annotator)
    for row, faults in checked(path, reading, format):
        problems.extend(faults)
        if row:
            rows.append(row)
    if problems:
        raise LabelError(f"{path}: {len(problems)} problem(s), nothing was read", problems)
    return rows


def checked(
    path: Path, reading: Reading, format: str | None = None
) -> Iterator[tuple[LabelledRow | None, list[str]]]:
    """Yield every row of a file, or None and its problems, each with its place.

    Tables are read as a stream; the memory taken does not grow with their length. What is JSON
    as a whole, as Label Studio and Argilla write it, is held in memory.

    Raises:
        LabelError: if the file cannot be read at all.
    """
    try:
        for place, raw, fault in _named(path, _raw_rows(path, reading, format)):
            if fault:
                yield None, [f"{place}: {fault}"]
                continue
            if reading.annotator and raw.get("annotator") in (None, ""):
                raw["annotator"] = reading.annotator
            row, faults = read_row(raw, reading.codebook)
            yield row, [f"{place}: {text}" for text in faults]
    except BrokenFileError as error:
        yield None, [error.fault]


def read_raw(path: Path, format: str | None = None) -> Rows:
    """Yield place, value and fault of every row of a table, before its contents are checked.

    Raises:
        LabelError: if the file is missing, is not text in a known encoding, or not of its format.
        BrokenFileError: at the place from which on rows or columns cannot be told apart.
    """
    found = format_of(path, format, TABLES)
    yield from _named(path, _table(path, found, Counter()))


def read_texts(path: Path) -> dict[str, str]:
    """Return the texts of a task's data file, a table or JSON, by their ids.

    Raises:
        LabelError: if the file cannot be read, or a row has no `id` and `text`.
    """
    found, problems = {}, []
    is_table = path.suffix.lower() in SUFFIXES
    rows = read_raw(path) if is_table else _named(path, jsonl.read_records(path))
    for place, raw, fault in rows:
        if fault or raw.get("id") in (None, "") or not isinstance(raw.get("text"), str):
            problems.append(f"{place}: {fault or 'a row must have id and text'}")
        else:
            found[str(raw["id"])] = raw["text"]
    if problems:
        raise LabelError(f"{path}: {len(problems)} problem(s), no texts were read", problems)
    return found


def _raw_rows(path: Path, reading: Reading, wanted: str | None) -> Rows:
    format = sniffed(path, wanted)
    if format in TABLES:
        has_header = format != "jsonl"
        for place, raw, fault in _table(path, format, reading.notes):
            if has_header and not fault:
                check_labelled(path, raw, reading.codebook)
                has_header = False  # every row of such a table has its columns
            yield place, raw if fault else unpacked(raw), fault
        return
    suffix = SUFFIXES.get(path.suffix.lower())
    is_table = suffix in ("csv", "xlsx")
    records = _table(path, str(suffix), reading.notes) if is_table else jsonl.read_records(path)
    readers: dict[str, Callable[[Rows, Reading], Rows]] = {
        "label-studio": label_studio.read, "doccano": partial(doccano.read, path),
        "prodigy": prodigy.read, "argilla": argilla.read, "potato": partial(potato.read, path),
    }  # fmt: skip
    yield from readers[format](records, reading)


def _table(path: Path, format: str, notes: Counter[str]) -> Rows:
    if format == "csv":
        return delimited.read(path, notes)
    if format == "xlsx":
        return excel.read(path, notes)
    return parquet.read(path) if format == "parquet" else jsonl.read_lines(path)


def _named(path: Path, rows: Rows) -> Rows:
    """Yield rows; where the file cannot be read, say which and why."""
    try:
        yield from rows
    except OSError as error:
        raise LabelError(f"{path}: cannot read the file: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise LabelError(f"{path}: {_undecodable(path, error)}; save it as UTF-8") from error


def _undecodable(path: Path, error: UnicodeDecodeError) -> str:
    """Say where the text breaks: `error` itself counts from the start of some buffer."""
    data = path.read_bytes()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as found:
        error = found
    line = data.count(b"\n", 0, error.start) + 1
    return f"line {line} is not text in UTF-8 (byte 0x{error.object[error.start]:02x})"


def write_labels(
    path: Path, rows: Iterable[LabelledRow], codebook: Codebook, format: str | None = None
) -> int:
    """Write labelled rows so that reading them gives equal rows. Returns how many were written.

    Raises:
        LabelError: if the format is not known, or has no room for a row.
        WriteError: if the file cannot be written. `path` is as it was then.
    """
    found = format_of(path, format, FORMATS)
    count = 0

    def counting() -> Iterator[LabelledRow]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    writers: dict[str, Callable[[IO[bytes], Iterable[Any], Codebook], None]] = {
        "label-studio": label_studio.write, "doccano": doccano.write, "prodigy": prodigy.write,
        "argilla": argilla.write, "potato": potato.write,
    }  # fmt: skip
    with written_whole(path) as file:
        if found in writers:
            writers[found](file, counting(), codebook)
        else:
            _write_table(file, (_values(row, codebook) for row in counting()), found, codebook)
    return count


def write_rows(
    path: Path, rows: Iterable[dict[str, Any]], codebook: Codebook, format: str | None = None
) -> None:
    """Write rows of which not every column is known, such as who answers, to a table.

    Each has all of `COLUMNS`; a column that is None is left open.

    Raises:
        LabelError: if the format is not that of a table.
        WriteError: if the file cannot be written. `path` is as it was then.
    """
    found = format_of(path, format, TABLES)
    with written_whole(path) as file:
        _write_table(file, rows, found, codebook)


def _write_table(
    file: IO[bytes], rows: Iterable[dict[str, Any]], format: str, codebook: Codebook
) -> None:
    if format == "parquet":
        parquet.write(file, rows, codebook)
    else:
        {"jsonl": jsonl.write, "csv": delimited.write, "xlsx": excel.write}[format](file, rows)


def _values(row: LabelledRow, codebook: Codebook) -> dict[str, Any]:
    raw = {name: getattr(row, name) for name in COLUMNS}
    raw["frames"] = frames_value(row.frames, codebook)
    raw["meta"] = dict(row.meta) or None
    return raw
