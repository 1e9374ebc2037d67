"""Which format a file is in, told from its name and from what it begins with."""

import codecs
import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from labels.errors import LabelError
from labels.formats import FORMATS, STREAMED, TABLES, delimited

SUFFIXES = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet",
    ".xlsx": "xlsx",
}  # fmt: skip
_HEAD = 2**20


def format_of(path: Path, wanted: str | None = None, known: Collection[str] = FORMATS) -> str:
    """Return the format to write a file in: the one wanted, or the one its name ends in.

    `known` are those that can be written; what is `STREAMED` goes by the name alone.

    Raises:
        LabelError: if neither says.
    """
    found = wanted or SUFFIXES.get(path.suffix.lower())
    if found not in known and known == STREAMED:
        endings = ", ".join(ending for ending, name in SUFFIXES.items() if name in known)
        raise LabelError(f"{path}: cannot be written; end the name in one of {endings}")
    if found is None or found not in known:
        raise LabelError(
            f"{path}: cannot tell the format from the name; known: {list(known)}. "
            "Rename the file or give --format"
        )
    return found


def sniffed(path: Path, wanted: str | None = None) -> str:
    """Return the format to read a file in: the one wanted, or what its name and its begin say.

    Raises:
        LabelError: if they say nothing, or allow for several formats.
        OSError: if the file cannot be read.
    """
    if wanted:
        return format_of(path, wanted)
    named = SUFFIXES.get(path.suffix.lower())
    if named in ("parquet", "xlsx"):
        return named
    first = _first_row(path) or {}
    fitting = [name for name, fits in SIGNS.items() if fits(first)]
    if len(fitting) == 1:
        return _table_of(first, named) if fitting == ["row"] else fitting[0]
    if len(fitting) > 1:
        names = [_table_of(first, named) if name == "row" else name for name in fitting]
        raise LabelError(f"{path}: this may be any of {names}; say which with --format")
    if named:
        return named
    if path.suffix.lower() == ".json":
        raise LabelError(
            f"{path}: JSON, but in none of the formats {[n for n in FORMATS if n not in TABLES]}; "
            "say which it is with --format"
        )
    return format_of(path)


def _table_of(first: Mapping[str, Any], named: str | None) -> str:
    """A row under the columns' own names is in the table that the file's name says."""
    return named or ("jsonl" if any(first.values()) else "csv")


SIGNS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "row": lambda row: {"text", "frames"} <= row.keys(),
    "label-studio": lambda row: (
        isinstance(row.get("data"), dict) and bool({"annotations", "completions"} & row.keys())
    ),
    "doccano": lambda row: (
        bool({"text", "data"} & row.keys())
        and bool({"label", "labels"} & row.keys())
        and not {"frames", "answer", "instance_id"} & row.keys()
    ),
    "prodigy": lambda row: (
        row.get("answer") in ("accept", "reject", "ignore")
        and bool({"_task_hash", "_input_hash", "accept", "options", "_view_id"} & row.keys())
    ),
    "argilla": lambda row: isinstance(row.get("fields"), dict) and "responses" in row,
    "potato": lambda row: (
        bool({"label_annotations", "instance_id_to_label_to_value"} & row.keys())
        or ("instance_id" in row and bool({"user", "user_id"} & row.keys()))
    ),
}
"""What the first row of a file in a format looks like; of a table without rows, the columns."""


def _first_row(path: Path) -> Mapping[str, Any] | None:
    """Return the first object of a JSON file, or the columns of a table, each with the value ""."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if b"\0" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    text = head.decode("utf-8-sig", errors="replace").lstrip()
    if text.startswith(("{", "[")):
        return _first_object(path, text, len(head) == _HEAD)
    try:
        encoding = delimited.encoding_of(path)
    except LabelError:
        return None
    return dict.fromkeys(delimited.header(path, encoding), "")


def _first_object(path: Path, text: str, is_cut: bool) -> Mapping[str, Any] | None:
    start = text.lstrip("[ \r\n\t")
    try:
        first, _ = json.JSONDecoder().raw_decode(start)
    except (ValueError, RecursionError):
        if not is_cut or path.suffix.lower() != ".json":
            return None
        try:
            whole = json.loads(path.read_text("utf-8-sig"))
        except (ValueError, RecursionError):
            return None
        first = whole[0] if isinstance(whole, list) and whole else whole
    return first if isinstance(first, dict) else None
