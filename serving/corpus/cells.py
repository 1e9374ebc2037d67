"""Plain values: what can stand in a cell of every format of file."""

import json
import math
import re
from typing import Any

_HALF_PAIR = re.compile("[\ud800-\udfff]")
_INT64 = range(-(2**63), 2**63)


def plain(value: Any) -> Any:
    """Return `value` as None, str, int, float, bool, or lists and dicts of those.

    Dates, decimals and whatever else JSON lacks become text, bytes are read as UTF-8, and what is
    no character becomes U+FFFD. NaN and infinity become None: JSON has no word for them.

    Raises:
        RecursionError: if lists or dicts are nested some hundreds deep.
    """
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str):
        return _HALF_PAIR.sub("\ufffd", value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {_name(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return str(value)


def kind_of(value: Any) -> type:
    """Return the type of column that holds a plain value: str for what fits no other."""
    if isinstance(value, int) and value not in _INT64:
        return str
    return type(value) if isinstance(value, bool | int | float) else str


def as_json(value: Any) -> str:
    """Return a plain value as text: a string as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _name(key: Any) -> str:
    found = plain(key)
    return found if isinstance(found, str) else str(found)
