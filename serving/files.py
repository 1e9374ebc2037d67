"""Files of texts in, files of scores out. All columns of a row are carried through."""

import csv
import io
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from labels.disk import written_whole
from labels.errors import FramescopeError
from labels.formats import format_of, read_raw
from labels.text import text_id
from serving.predictor import Predictor
from serving.results import Result, TextError
from training.progress import Progress

CHUNK = 1024
"""Rows scored at a time: enough to sort by length, few enough to keep in memory."""


class FilesError(FramescopeError):
    """Files that cannot be scored as asked."""


def score_files(
    predictor: Predictor, files: Sequence[Path], out: Path, column: str, progress: Progress
) -> tuple[int, int]:
    """Score the texts in `column` of every row and write the rows with their scores to `out`.

    A row that cannot be read is written too, with the reason in its column `error`. Rows come out
    in the order they came in; memory does not grow with their number.

    Returns the number of rows, and of those with an error.

    Raises:
        FilesError: if no row has the column, or a column of the input has the name of a score's.
        LabelError: if a file cannot be read.
        WriteError: if `out` cannot be written.
    """
    format = format_of(out)
    progress.stage("reading the files")
    total, given = _survey(files)
    _check(given, column, predictor)
    progress.stage(f"scoring {total} rows")
    counted = [0, 0]

    def scored() -> Iterator[dict[str, Any]]:
        for chunk in _chunks(files):
            for row in _score(predictor, chunk, column):
                counted[0] += 1
                counted[1] += row["error"] is not None
                yield row
            progress.advance(counted[0], total)

    columns = {**given, **_added(predictor)}
    with written_whole(out) as file:
        {"jsonl": _write_jsonl, "csv": _write_csv, "parquet": _write_parquet}[format](
            file, scored(), columns
        )
    progress.close()
    return counted[0], counted[1]


def _survey(files: Iterable[Path]) -> tuple[int, dict[str, type]]:
    """Count the rows, and find each column's type: str where it has several."""
    count = 0
    found: dict[str, set[type]] = {}
    for _, raw, _ in itertools.chain.from_iterable(map(read_raw, files)):
        count += 1
        for name, value in raw.items() if isinstance(raw, dict) else ():
            found.setdefault(name, set()).update([type(value)] if value is not None else [])
    plain = {name: kinds.pop() if len(kinds) == 1 else str for name, kinds in found.items()}
    return count, {name: kind if kind in _ARROW else str for name, kind in plain.items()}


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


def _chunks(files: Iterable[Path]) -> Iterator[list[tuple[str, Any, str | None]]]:
    rows = (
        (f"{path}, {place}", raw, fault) for path in files for place, raw, fault in read_raw(path)
    )
    while chunk := list(itertools.islice(rows, CHUNK)):
        yield chunk


def _score(
    predictor: Predictor, chunk: Sequence[tuple[str, Any, str | None]], column: str
) -> Iterator[dict[str, Any]]:
    texts = [(raw or {}).get(column, "") if not fault else "" for _, raw, fault in chunk]
    answers = predictor.predict(texts)
    empty = dict.fromkeys(_added(predictor))
    codebook = f"{predictor.codebook.name}/{predictor.codebook.version}"
    for (place, raw, fault), text, answer in zip(chunk, texts, answers, strict=True):
        row = {**(raw if isinstance(raw, dict) else {}), **empty}
        row |= {"model": predictor.model, "codebook": codebook}
        if fault or isinstance(answer, TextError):
            row["error"] = f"{place}: {fault or answer.message}"  # type: ignore[union-attr]
        else:
            row |= {"text_id": text_id(text), **_flat(answer)}
        yield row


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
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
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
                    value = row.get(name)
                    if kind is str and value is not None and not isinstance(value, str):
                        row[name] = json.dumps(value, ensure_ascii=False, default=str)
            writer.write_table(pa.Table.from_pylist(chunk, schema))


def _cell(value: Any) -> Any:
    """A CSV cell: lists and objects as JSON."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value
