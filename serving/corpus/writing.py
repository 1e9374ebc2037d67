"""Scored rows in the formats they are written in."""

import csv
import gzip
import io
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labels.disk import written_whole
from labels.errors import LabelError
from labels.formats import STREAMED
from labels.formats.cells import defused
from labels.formats.sniff import format_of
from serving.corpus.cells import as_json
from serving.corpus.inputs import PACKED, FilesError

Row = dict[str, Any]
_GZIP_LEVEL = 6
"""As the program gzip; its highest takes three times as long for 2% less."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Target:
    """Where scores go: a file, or a folder of Parquet files. `packing`: gzip, zstd or None."""

    path: Path
    format: str
    packing: str | None = None
    is_folder: bool = False

    @classmethod
    def of(cls, given: str | Path) -> "Target":
        """Read what `--out` says: a name without an ending is a folder.

        Raises:
            LabelError: if the name says no format that can be written.
            FilesError: for Parquet that is to be compressed once more.
        """
        path = Path(given)
        if path.is_dir() or not path.suffix or str(given).endswith("/"):
            return cls(path, "parquet", is_folder=True)
        packing = PACKED.get(path.suffix.lower())
        if packing is None:
            return cls(path, format_of(path, known=STREAMED))
        try:
            format = format_of(Path(path.stem), known=STREAMED)
        except LabelError as error:
            raise FilesError(str(error).replace(path.stem, str(path), 1)) from error
        if format == "parquet":
            raise FilesError(f"{path}: Parquet is compressed as it is; leave {path.suffix} out")
        return cls(path, format, packing)


def write_rows(out: Path, rows: Sequence[Row], columns: dict[str, type]) -> None:
    """Write a few rows of plain values in the format of the file's name, whole or not at all.

    In CSV formulas are defused, and reading the file as labels or texts takes that off again.

    Raises:
        LabelError: if the name says no format.
        WriteError: if `out` cannot be written.
    """
    part = encoded(format_of(out, known=STREAMED), rows, columns, first=True)
    with written_whole(out) as file:
        file.write(part)


def encoded(format: str, rows: Sequence[Row], columns: dict[str, type], first: bool) -> bytes:
    """Return some of the rows of a file as bytes; `first`: it begins with them."""
    if format == "parquet":
        return _parquet(rows, columns)
    return _csv(rows, columns, first) if format == "csv" else _jsonl(rows)


def _jsonl(rows: Sequence[Row]) -> bytes:
    encode = json.JSONEncoder(ensure_ascii=False).encode
    return "".join([encode(row) + "\n" for row in rows]).encode("utf-8")


def _csv(rows: Sequence[Row], columns: dict[str, type], first: bool) -> bytes:
    text = io.StringIO(newline="")
    # With "\n" alone as the end of a line, a lone "\r" in a cell would be written without quotes.
    writer = csv.DictWriter(text, list(columns), lineterminator="\r\n")
    if first:
        writer.writerow({name: defused(name) for name in columns})
    for row in rows:
        packed = {n: as_json(v) if isinstance(v, dict | list) else v for n, v in row.items()}
        writer.writerow({name: _harmless(value) for name, value in packed.items()})
    # Excel goes by the mark.
    return text.getvalue().encode("utf-8-sig" if first else "utf-8")


def _harmless(value: Any) -> Any:
    """A number of a CSV is a string here; it is no formula, and stays a number."""
    return value if isinstance(value, str) and _NUMBER.fullmatch(value) else defused(value)


def _parquet(rows: Sequence[Row], columns: dict[str, type]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    cells = {
        name: [None if (v := row.get(name)) is None else as_json(v) for row in rows]
        if kind is str
        else [row.get(name) for row in rows]
        for name, kind in columns.items()
    }
    out = io.BytesIO()
    pq.write_table(pa.table(cells, _schema(columns)), out)
    return out.getvalue()


def _schema(columns: dict[str, type]) -> Any:
    import pyarrow as pa

    kinds = {
        str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(),
        list: pa.list_(pa.string()),
    }  # fmt: skip
    return pa.schema([(name, kinds[kind]) for name, kind in columns.items()])


def join(target: Target, parts: Iterable[Path], columns: dict[str, type], path: Path) -> None:
    """Write the parts of a file, which were encoded one by one, as one file."""
    if target.format == "parquet":
        _join_parquet(parts, columns, path)
        return
    with _opened(path, target.packing) as out:
        for part in parts:
            with part.open("rb") as content:
                shutil.copyfileobj(content, out, 2**20)


def _join_parquet(parts: Iterable[Path], columns: dict[str, type], path: Path) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, _schema(columns)) as writer:
        for part in parts:
            writer.write_table(pq.read_table(part))


@contextmanager
def _opened(path: Path, packing: str | None) -> Iterator[Any]:
    with path.open("wb") as file:
        if packing is None:
            yield file
        elif packing == "gzip":
            # Without a name and a time in it, so that the same rows are the same bytes.
            with gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as out:
                yield out
        else:
            import pyarrow as pa

            with pa.CompressedOutputStream(pa.PythonFile(file, "w"), packing) as out:
                yield out
