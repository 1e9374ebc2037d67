"""Labelled rows in JSONL, CSV and Parquet: every problem named, files written whole or not."""

import contextlib
import csv
import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from labels.codebook import Codebook
from labels.disk import written_whole
from labels.errors import LabelError
from labels.rows import COLUMNS, LabelledRow, frames_value, read_row

FORMATS = ("jsonl", "csv", "parquet")


class BrokenFileError(LabelError):
    """A file of which nothing can be trusted from the place on that `fault` names."""

    def __init__(self, path: Path, fault: str) -> None:
        self.fault = fault
        super().__init__(f"{path}: {fault}; mend it there, what follows cannot be told apart")


def format_of(path: Path, wanted: str | None = None) -> str:
    """Return the format to use for a file: the one wanted, or the one its name ends in.

    Raises:
        LabelError: if neither says.
    """
    found = wanted or path.suffix.lower().lstrip(".")
    if found not in FORMATS:
        raise LabelError(
            f"{path}: cannot tell the format from the name; known: {list(FORMATS)}. "
            "Rename the file or give --format"
        )
    return found


def read_labels(
    path: Path, codebook: Codebook, format: str | None = None, annotator: str | None = None
) -> list[LabelledRow]:
    """Read a file of labelled rows. `annotator` is the name for rows that give none.

    Raises:
        LabelError: if the file cannot be read, or with one line per problem in it, each with the
            line (JSONL, CSV) or row (Parquet) it stands in. Nothing is read then.
    """
    rows, problems = [], []
    try:
        for place, raw, fault in read_raw(path, format):
            if fault:
                problems.append(f"{place}: {fault}")
                continue
            decoded = _decoded(raw)
            if annotator and decoded.get("annotator") in (None, ""):
                decoded["annotator"] = annotator
            row, faults = read_row(decoded, codebook)
            problems.extend(f"{place}: {text}" for text in faults)
            if row:
                rows.append(row)
    except BrokenFileError as error:
        problems.append(error.fault)
    if problems:
        raise LabelError(f"{path}: {len(problems)} problem(s), nothing was read", problems)
    return rows


def read_raw(path: Path, format: str | None = None) -> Iterator[tuple[str, Any, str | None]]:
    """Yield place, value and fault of every row of a file, before its contents are checked.

    Raises:
        LabelError: if the file is missing, is not text in UTF-8, or is not of its format.
        BrokenFileError: at the place from which on rows or columns cannot be told apart.
    """
    reader = {"jsonl": _read_jsonl, "csv": _read_csv, "parquet": _read_parquet}[
        format_of(path, format)
    ]
    try:
        yield from reader(path)
    except OSError as error:
        raise LabelError(f"{path}: cannot read the file: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise LabelError(f"{path}: {_undecodable(path, error)}; save it as UTF-8") from error


def write_labels(
    path: Path, rows: Iterable[LabelledRow], codebook: Codebook, format: str | None = None
) -> int:
    """Write labelled rows so that reading them gives equal rows. Returns how many were written."""
    count = 0

    def values() -> Iterator[dict[str, Any]]:
        nonlocal count
        for row in rows:
            count += 1
            raw = {name: getattr(row, name) for name in COLUMNS}
            raw["frames"] = frames_value(row.frames, codebook)
            raw["meta"] = dict(row.meta) or None
            yield raw

    write_rows(path, values(), format_of(path, format), codebook)
    return count


def write_rows(path: Path, rows: Iterable[dict[str, Any]], format: str, codebook: Codebook) -> None:
    """Write raw labelled rows; `frames` and `meta` are plain values."""
    writer: Callable = {"jsonl": _write_jsonl, "csv": _write_csv, "parquet": _write_parquet}[format]
    with written_whole(path) as file:
        writer(file, rows, codebook)


def _undecodable(path: Path, error: UnicodeDecodeError) -> str:
    """Say where the text breaks: `error` itself counts from the start of some buffer."""
    data = path.read_bytes()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as found:
        error = found
    line = data.count(b"\n", 0, error.start) + 1
    return f"line {line} is not text in UTF-8 (byte 0x{error.object[error.start]:02x})"


def _decoded(raw: dict[str, Any]) -> dict[str, Any]:
    """CSV and Parquet carry `frames` and `meta` as JSON text."""
    decoded = dict(raw)
    for name in ("frames", "meta"):
        if isinstance(decoded.get(name), str) and decoded[name]:
            # Where it is not JSON, `read_row` says what the column must hold, and shows what it is.
            with contextlib.suppress(ValueError, RecursionError):
                decoded[name] = json.loads(decoded[name])
    return decoded


def _read_jsonl(path: Path) -> Iterator[tuple[str, Any, str | None]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                raw = json.loads(line.rstrip())
            except (ValueError, RecursionError) as error:
                reason = str(error).replace(": line 1 column", " at column")
                yield f"line {number}", None, f"not JSON: {reason}"
                continue
            fault = None if isinstance(raw, dict) else "a row must be a JSON object"
            yield f"line {number}", raw, fault


def _read_csv(path: Path) -> Iterator[tuple[str, Any, str | None]]:
    csv.field_size_limit(2**30)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        header: list[str] = []
        while True:
            place = f"line {reader.line_num + 1}"
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise BrokenFileError(path, f"{place}: not CSV: {error}") from error
            if cells is None:
                return
            if not header:
                header = cells
                _check_columns(path, place, header)
            elif cells and len(cells) != len(header):
                found = f"{len(cells)} cells where the header has {len(header)} columns"
                yield place, None, found
            elif cells:
                yield place, dict(zip(header, cells, strict=True)), None


def _read_parquet(path: Path) -> Iterator[tuple[str, Any, str | None]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        file = pq.ParquetFile(path)
        _check_columns(path, "schema", file.schema_arrow.names)
        for batch in file.iter_batches():
            for raw, fault in _values(batch):
                number += 1
                yield f"row {number}", raw, fault
    except pa.ArrowInvalid as error:
        raise LabelError(f"{path}: not a Parquet file: {error}") from error


def _values(batch: Any) -> Iterator[tuple[Any, str | None]]:
    """Yield the rows of a record batch; one that Python has no values for, with its fault."""
    try:
        yield from ((raw, None) for raw in batch.to_pylist(maps_as_pydicts="lossy"))
    except (ValueError, OverflowError) as error:
        if batch.num_rows > 1:
            for place in range(batch.num_rows):
                yield from _values(batch.slice(place, 1))
        else:
            yield None, f"cannot be read: {error}"


def _check_columns(path: Path, place: str, names: list[str]) -> None:
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise BrokenFileError(path, f"{place}: columns named more than once: {repeated}")


def _write_jsonl(file: IO[bytes], rows: Iterable[dict[str, Any]], codebook: Codebook) -> None:
    for row in rows:
        kept = {key: value for key, value in row.items() if value is not None}
        file.write(json.dumps(kept, ensure_ascii=False).encode("utf-8") + b"\n")


def _write_csv(file: IO[bytes], rows: Iterable[dict[str, Any]], codebook: Codebook) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    # With "\n" alone as the end of a line, a lone "\r" in a cell would be written without quotes.
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        packed = {**row, "frames": json.dumps(row["frames"], ensure_ascii=False)}
        packed["meta"] = json.dumps(row["meta"], ensure_ascii=False) if row["meta"] else None
        writer.writerow(packed)
    text.flush()
    text.detach()


def _write_parquet(file: IO[bytes], rows: Iterable[dict[str, Any]], codebook: Codebook) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    frames = pa.map_(pa.string(), pa.string()) if codebook.stances else pa.list_(pa.string())
    kinds = {"frames": frames, "codebook": pa.int32()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    with pq.ParquetWriter(file, schema) as writer:
        for batch in _batches(rows, 10_000):
            for row in batch:
                if codebook.stances:
                    row["frames"] = list(row["frames"].items())
                row["meta"] = json.dumps(row["meta"], ensure_ascii=False) if row["meta"] else None
            writer.write_table(pa.Table.from_pylist(batch, schema))


def _batches(rows: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    iterator = iter(rows)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
