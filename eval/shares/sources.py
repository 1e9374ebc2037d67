"""Where scored rows come from: files, folders of parts, and tables of other libraries."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labels.errors import FramescopeError
from labels.formats.files import read_raw
from serving.corpus.columns import PRESENT
from serving.corpus.inputs import ERRORS, PACKED

AT_ONCE = 50_000
"""Rows read at a time."""

_TABLES = (".parquet", ".jsonl", ".csv", *PACKED)


class SharesError(FramescopeError):
    """Scored files or labels of which shares cannot be told as asked."""


def batches(source: Any, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield a scored corpus in parts, with the columns asked for that it has.

    `source`: a path, several, or whatever gives itself as an Arrow stream (pandas, Polars,
    PyArrow). A folder's files are its parts, in the order of their names.

    Raises:
        SharesError: if it is none of that, or a folder holds no scored file.
        LabelError: if a file cannot be read.
    """
    if hasattr(source, "__arrow_c_stream__"):
        reader = pa.RecordBatchReader.from_stream(source)
        for batch in reader:
            yield _plain_types(_only(pa.Table.from_batches([batch]), columns))
        return
    for path in _files(source):
        if path.suffix.lower() == ".parquet":
            yield from _parquet(path, columns)
        else:
            yield from _plain(path, columns)


def _files(source: Any) -> Iterator[Path]:
    given = [source] if isinstance(source, str | Path) else source
    if not isinstance(given, list | tuple):
        raise SharesError(
            f"a scored corpus is a path, a list of paths, or a table, not {type(source).__name__}"
        )
    for path in map(Path, given):
        if not path.is_dir():
            yield path
            continue
        inside = sorted(p for p in path.rglob("*") if _is_scored(p))
        if not inside:
            raise SharesError(f"{path}: no scored file in this folder; it may hold {_TABLES}")
        yield from inside


def _is_scored(path: Path) -> bool:
    return path.suffix.lower() in _TABLES and not path.name.endswith(ERRORS)


def _parquet(path: Path, columns: Sequence[str] | None) -> Iterator[pa.Table]:
    try:
        with pq.ParquetFile(path) as file:
            wanted = None
            if columns is not None:
                # Of a file that has none of them, rows are still to be counted.
                wanted = [name for name in columns if name in file.schema_arrow.names] or None
            for batch in file.iter_batches(AT_ONCE, columns=wanted):
                yield pa.Table.from_batches([batch])
    except (OSError, pa.ArrowInvalid) as error:
        raise SharesError(f"{path}: cannot read this as Parquet: {error}") from error


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """The file itself, or for a time what is in it."""
    packing = PACKED.get(path.suffix.lower())
    if packing is None:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder) / path.stem
        try:
            with (
                pa.input_stream(str(path), compression=packing) as packed,
                inside.open("wb") as out,
            ):
                shutil.copyfileobj(packed, out)
        except (OSError, pa.ArrowException) as error:
            raise SharesError(f"{path}: cannot be unpacked as {packing}: {error}") from error
        yield inside


def _plain(path: Path, columns: Sequence[str] | None) -> Iterator[pa.Table]:
    with _unpacked(path) as inside:
        yield from _rows(path, read_raw(inside), columns)


def _rows(
    path: Path, rows: Iterator[tuple[str, Any, str | None]], columns: Sequence[str] | None
) -> Iterator[pa.Table]:
    while chunk := list(itertools.islice(rows, AT_ONCE)):
        if faults := [f"{place}: {fault}" for place, _, fault in chunk if fault]:
            raise SharesError(f"{path}: {faults[0]}; score the texts again")
        names = columns or list(dict.fromkeys(name for _, row, _ in chunk for name in row))
        cells = {name: [_cell(row.get(name)) for _, row, _ in chunk] for name in names}
        known = {name for _, row, _ in chunk for name in row}
        made = {n: pa.array(c) for n, c in cells.items() if n in known}
        yield pa.table(made or {"error": pa.nulls(len(chunk), pa.string())})


def _cell(value: Any) -> Any:
    if value is None or value == "":
        return None
    return [str(one) for one in value] if isinstance(value, list) else str(value)


def _only(table: pa.Table, columns: Sequence[str] | None) -> pa.Table:
    if columns is None:
        return table
    return table.select([name for name in columns if name in table.column_names])


def _plain_types(table: pa.Table) -> pa.Table:
    """Polars gives views of strings, which Arrow cannot filter yet."""
    plain = []
    for column in table.schema:
        inner = column.type.value_type if hasattr(column.type, "value_type") else column.type
        if pa.types.is_string_view(inner):
            listed = inner is not column.type and not pa.types.is_dictionary(column.type)
            column = column.with_type(pa.list_(pa.string()) if listed else pa.string())
        plain.append(column)
    return table.cast(pa.schema(plain))


def names_of(source: Any) -> list[str]:
    """Return the names of a corpus's columns.

    Raises:
        SharesError: if there is no row, or no frame among the columns.
    """
    if hasattr(source, "__arrow_c_schema__"):
        found = pa.schema(source).names
    elif hasattr(source, "__arrow_c_stream__"):
        found = pa.RecordBatchReader.from_stream(source).schema.names
    else:
        first = next(batches(source), None)
        if first is None:
            raise SharesError(f"{source}: there is no row in it")
        found = first.column_names
    if not any(name.endswith(PRESENT) for name in found):
        raise SharesError(
            f"no column ends in '{PRESENT}'; the columns are {sorted(found)}. "
            "Give a file that framescope score wrote"
        )
    return list(found)
