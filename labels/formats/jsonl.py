"""JSON Lines, and the records of tools that write JSON."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from labels.errors import LabelError
from labels.formats.problems import BrokenFileError
from labels.formats.reading import Rows

MAX_JSON = 256 * 2**20
"""A JSON array is read whole, and takes some ten times its size in memory; bytes."""

_HEAD = 2**20
_decode = json.JSONDecoder().decode


def read_lines(path: Path) -> Rows:
    """Yield the object on each line that is not empty."""
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not (line := line.strip()):
                continue
            try:
                raw = _decode(line)
            except (ValueError, RecursionError) as error:
                reason = str(error).replace(": line 1 column", " at column")
                yield f"line {number}", None, f"not JSON: {reason}"
                continue
            fault = None if isinstance(raw, dict) else "a row must be a JSON object"
            yield f"line {number}", raw, fault


def read_records(path: Path) -> Rows:
    """Yield the objects of a file that holds a JSON array, one object, or an object on each line.

    Raises:
        LabelError: if the file is no JSON Lines and larger than `MAX_JSON`.
        BrokenFileError: if it is no JSON.
    """
    if _is_lines(path):
        yield from read_lines(path)
        return
    if (size := path.stat().st_size) > MAX_JSON:
        raise LabelError(
            f"{path}: {size / 2**20:,.0f} MB of JSON; at most {MAX_JSON / 2**20:,.0f} MB can be "
            "read at once: export in parts, or as JSON Lines"
        )
    try:
        raw = json.loads(path.read_text("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise BrokenFileError(path, f"line {error.lineno}: not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise
        raise BrokenFileError(path, f"not JSON: {error}") from error
    for number, record in enumerate(raw if isinstance(raw, list) else [raw], start=1):
        fault = None if isinstance(record, dict) else "a record must be a JSON object"
        yield f"record {number}", record, fault


def write(file: IO[bytes], rows: Iterable[dict[str, Any]]) -> None:
    """Write each row as one line; what is None is left out."""
    for row in rows:
        kept = {key: value for key, value in row.items() if value is not None}
        file.write(json.dumps(kept, ensure_ascii=False).encode("utf-8") + b"\n")


def write_array(file: IO[bytes], records: Iterable[dict[str, Any]]) -> None:
    """Write the records as one JSON array, each on a line of its own."""
    before = b"[\n"
    for record in records:
        file.write(before + json.dumps(record, ensure_ascii=False).encode("utf-8"))
        before = b",\n"
    file.write(b"\n]\n" if before == b",\n" else b"[]\n")


def _is_lines(path: Path) -> bool:
    """Whether the first line is an object by itself."""
    with path.open(encoding="utf-8-sig") as file:
        head = file.read(_HEAD).lstrip()
    if not head or head.startswith("["):
        return not head
    try:
        json.loads(head.split("\n", 1)[0])
    except (ValueError, RecursionError):
        return path.suffix.lower() == ".jsonl"
    return True
