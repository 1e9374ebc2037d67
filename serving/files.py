"""Files of texts in, files of scores out. All columns of a row are carried through."""

import csv
import io
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from labels.disk import written_whole
from labels.errors import FramescopeError
from labels.formats import STREAMED
from labels.formats.cells import defused
from labels.formats.files import read_raw
from labels.formats.sniff import format_of
from labels.reading.plain import spans
from labels.text import text_id
from serving.cells import as_json, kind_of, plain
from serving.predictor import Predictor
from serving.results import Result, TextError
from training.progress import Progress

CHUNK = 1024
"""Rows scored at a time: enough to sort by length, few enough to keep in memory."""


DOCUMENTS = (".txt", ".md")
"""Files that are one text: split into paragraphs on blank lines, with their places in it."""


class FilesError(FramescopeError):
    """Files that cannot be scored as asked."""


def score_files(
    predictor: Predictor, files: Sequence[Path], out: Path, column: str, progress: Progress
) -> tuple[int, int]:
    """Score the texts in `column` of every row and write the rows with their scores to `out`.

    A document in plain text gives a row for each paragraph.

    A row that cannot be read is written too, with the reason in its column `error`. Rows come out
    in the order they came in; memory does not grow with their number. All files are read once
    before the first text is scored.

    Returns the number of rows, and of those with an error.

    Raises:
        FilesError: if no row has the column, or a column of the input has the name of a score's.
        LabelError: if a file cannot be read, or not from some place on.
        WriteError: if `out` cannot be written.
    """
    format_of(out, known=STREAMED)  # says so before hours of scoring if it is no format
    progress.stage("reading the files")
    total, given = _survey(files, column)
    _check(given, column, predictor)
    progress.stage(f"scoring {total} rows")
    counted = [0, 0]

    def scored() -> Iterator[dict[str, Any]]:
        for chunk in _chunks(files, column):
            for row in _score(predictor, chunk):
                counted[0] += 1
                counted[1] += row["error"] is not None
                yield row
            progress.advance(counted[0], total)

    write_rows(out, scored(), {**given, **_added(predictor)})
    progress.close()
    return counted[0], counted[1]


def write_rows(out: Path, rows: Iterator[dict[str, Any]], columns: dict[str, type]) -> None:
    """Write rows of plain values in the format of the file's name, whole or not at all.

    In CSV formulas are defused, and reading the file as labels or texts takes that off again.

    Raises:
        LabelError: if the name says no format.
        WriteError: if `out` cannot be written.
    """
    writers = {"jsonl": _write_jsonl, "csv": _write_csv, "parquet": _write_parquet}
    writer = writers[format_of(out, known=STREAMED)]
    with written_whole(out) as file:
        writer(file, rows, columns)


@dataclass(frozen=True, slots=True)
class TextRow:
    """A row of a file. `text` is as it was read, `cells` are plain; `fault` is why it is empty."""

    place: str
    text: object
    cells: dict[str, Any]
    fault: str | None


def text_rows(files: Iterable[Path], column: str) -> Iterator[TextRow]:
    """Yield the rows of files in order; a document in plain text has one for each paragraph."""
    for path in files:
        for place, raw, fault in _read(path, column):
            cells, text = {}, ""
            if not fault:
                try:
                    cells, text = plain(raw), raw.get(column, "")
                except RecursionError:
                    fault = "lists or objects in it are nested too deep"
            yield TextRow(f"{path}, {place}", text, cells, fault)


def _read(path: Path, column: str) -> Iterator[tuple[str, Any, str | None]]:
    """Yield place, row and fault; of a text document, a row for each of its paragraphs."""
    if path.suffix.lower() not in DOCUMENTS:
        yield from read_raw(path)
        return
    try:
        document = path.read_text("utf-8")
    except OSError as error:
        raise FilesError(f"{path}: cannot read the file: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FilesError(f"{path}: not text in UTF-8 (byte {error.start})") from error
    for number, (start, end) in enumerate(spans(document), start=1):
        place = {"document": path.name, "start": start, "end": end}
        yield f"paragraph {number}", {column: document[start:end], **place}, None


def _survey(files: Iterable[Path], column: str) -> tuple[int, dict[str, type]]:
    """Count the rows, and find each column's type."""
    count = 0

    def cells() -> Iterator[dict[str, Any]]:
        nonlocal count
        for row in text_rows(files, column):
            count += 1
            yield row.cells

    columns = columns_of(cells())
    return count, columns


def columns_of(rows: Iterable[dict[str, Any]]) -> dict[str, type]:
    """Return the columns of rows of plain values, each with its type: str where it has several."""
    found: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.items():
            found.setdefault(name, set()).update([kind_of(value)] if value is not None else [])
    return {n: kinds.pop() if len(kinds) == 1 else str for n, kinds in found.items()}


def _check(given: dict[str, type], column: str, predictor: Predictor) -> None:
    if column not in given:
        raise FilesError(
            f"no row has a column '{column}'; the columns are {sorted(given)}. "
            "Name the one that holds the text with --text"
        )
    if taken := sorted(given.keys() & _added(predictor).keys()):
        raise FilesError(
            f"the columns {taken} of the input have the names of results; rename them first"
        )


def _added(predictor: Predictor) -> dict[str, type]:
    """The columns of a result; a frame's own column holds its score."""
    frames: dict[str, type] = {}
    for name in predictor.codebook.frame_names:
        frames |= {name: float, f"{name}:present": bool, f"{name}:uncertain": bool}
        if predictor.codebook.stances:
            frames |= {f"{name}:stance": str}
    meta = {"model": str, "codebook": str, "text_id": str, "language": str}
    return {
        **meta, "language_supported": bool, "truncated": bool, "tokens": int, **frames, "error": str
    }  # fmt: skip


def _chunks(files: Iterable[Path], column: str) -> Iterator[list[TextRow]]:
    rows = text_rows(files, column)
    while chunk := list(itertools.islice(rows, CHUNK)):
        yield chunk


def _score(predictor: Predictor, chunk: Sequence[TextRow]) -> Iterator[dict[str, Any]]:
    answers = predictor.predict([row.text for row in chunk])
    empty = dict.fromkeys(_added(predictor))
    codebook = f"{predictor.codebook.name}/{predictor.codebook.version}"
    for row, answer in zip(chunk, answers, strict=True):
        found = {**row.cells, **empty, "model": predictor.model, "codebook": codebook}
        if isinstance(answer, TextError):
            found["error"] = plain(f"{row.place}: {row.fault or answer.message}")
        else:
            found |= {"text_id": text_id(str(row.text)), **_flat(answer)}
        yield found


def _flat(result: Result) -> dict[str, Any]:
    names = ("language", "language_supported", "truncated", "tokens")
    found: dict[str, Any] = {name: getattr(result, name) for name in names}
    for frame in result.frames:
        found[frame.label] = frame.score
        found[f"{frame.label}:present"] = frame.present
        found[f"{frame.label}:uncertain"] = frame.uncertain
        if frame.stance:
            found[f"{frame.label}:stance"] = frame.stance.label
    return found


_ARROW = {str: "string", int: "int64", float: "float64", bool: "bool"}


def _write_jsonl(file: IO[bytes], rows: Iterator[dict[str, Any]], _: dict[str, type]) -> None:
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n")


def _write_csv(file: IO[bytes], rows: Iterator[dict[str, Any]], columns: dict[str, type]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")  # Excel goes by the mark
    # With "\n" alone as the end of a line, a lone "\r" in a cell would be written without quotes.
    writer = csv.DictWriter(text, list(columns), lineterminator="\r\n")
    writer.writerow({name: defused(name) for name in columns})
    for row in rows:
        packed = {n: as_json(v) if isinstance(v, dict | list) else v for n, v in row.items()}
        writer.writerow({name: defused(value) for name, value in packed.items()})
    text.flush()
    text.detach()


def _write_parquet(
    file: IO[bytes], rows: Iterator[dict[str, Any]], columns: dict[str, type]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(n, pa.type_for_alias(_ARROW[kind])) for n, kind in columns.items()])
    with pq.ParquetWriter(file, schema) as writer:
        while chunk := list(itertools.islice(rows, CHUNK)):
            for row in chunk:
                for name, kind in columns.items():
                    if kind is str and row.get(name) is not None:
                        row[name] = as_json(row[name])
            writer.write_table(pa.Table.from_pylist(chunk, schema))
