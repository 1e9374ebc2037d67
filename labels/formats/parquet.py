"""Parquet."""

import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from labels.codebook import Codebook
from labels.errors import LabelError
from labels.formats.problems import check_columns
from labels.formats.reading import Rows
from labels.rows import COLUMNS

_BATCH = 10_000
_READ = 1_000
_BUFFER = 2**20
"""Bytes: without it all of a row group is read at once, and many files have a single one."""


def read(path: Path) -> Rows:
    """Yield the rows of a Parquet file. `frames` is a struct of stances, a map, a list or JSON.

    Raises:
        LabelError: if the file is no Parquet file.
        BrokenFileError: if columns cannot be told apart.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        file = pq.ParquetFile(path, buffer_size=_BUFFER)
        check_columns(path, "schema", file.schema_arrow.names)
        for batch in file.iter_batches(_READ):
            for raw, fault in _values(batch):
                number += 1
                yield f"row {number}", raw, fault
    except pa.ArrowException as error:
        raise LabelError(f"{path}: not a Parquet file: {error}") from error


def _values(batch: Any) -> Iterator[tuple[Any, str | None]]:
    """Yield the rows of a record batch; one that Python has no values for, with its fault."""
    import pyarrow as pa

    frames = batch.schema.get_field_index("frames")
    is_struct = frames >= 0 and pa.types.is_struct(batch.schema.field(frames).type)
    try:
        for raw in batch.to_pylist(maps_as_pydicts="lossy"):
            if is_struct and raw["frames"] is not None:
                stances = raw["frames"].items()
                raw["frames"] = {name: stance for name, stance in stances if stance is not None}
            yield raw, None
    except (ValueError, OverflowError) as error:
        if batch.num_rows > 1:
            for place in range(batch.num_rows):
                yield from _values(batch.slice(place, 1))
        else:
            yield None, f"cannot be read: {error}"


def write(file: IO[bytes], rows: Iterable[dict[str, Any]], codebook: Codebook) -> None:
    """Write rows as Parquet, `meta` as JSON.

    `frames` is a struct with one text for each frame, null where the frame is absent, since
    `datasets` reads no maps; a list where the codebook has no stances.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = pa.string()
    frames = pa.struct([(name, text) for name in codebook.frame_names])
    kinds = {"frames": frames if codebook.stances else pa.list_(text), "codebook": pa.int32()}
    schema = pa.schema([(name, kinds.get(name, text)) for name in COLUMNS])
    iterator = iter(rows)
    with pq.ParquetWriter(file, schema) as writer:
        while batch := list(itertools.islice(iterator, _BATCH)):
            for row in batch:
                row["meta"] = json.dumps(row["meta"], ensure_ascii=False) if row["meta"] else None
            writer.write_table(pa.Table.from_pylist(batch, schema))
