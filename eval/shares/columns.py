"""Columns of a scored file as numbers: each value once, and for each row the place of its value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_DAY = re.compile(r"(\d{4})-(\d{2})(-\d{2})?")
_ORDERED = re.compile(r"\d{4}(-\d{2}(-\d{2}([T ].*)?)?)?")
_PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2]|Q[1-4]))?")

DATED: dict[str, Callable[[str], str | None]] = {
    "year": lambda date: _dated(date, lambda year, _: year),
    "quarter": lambda date: _dated(date, lambda year, month: f"{year}-Q{(int(month) + 2) // 3}"),
    "month": lambda date: _dated(date, lambda year, month: f"{year}-{month}"),
}
"""What a date falls into."""

LISTED = {"country": "countries", "name": "names"}
"""What a row may have several of, and the column that lists them."""


class Column:
    """Values of rows as places in a list; -1 where there is none."""

    def __init__(self, read: Callable[[Any], Hashable | None]) -> None:
        self._read = read
        self._places: dict[Hashable, int] = {}
        self._parts: list[NDArray[np.int32]] = []

    def add(self, cells: pa.Array) -> None:
        """Add a batch of cells."""
        if pa.types.is_list(cells.type) or pa.types.is_large_list(cells.type):
            places = [self._place(None if row is None else tuple(row)) for row in cells.to_pylist()]
            self._parts.append(np.array(places, dtype=np.int32))
            return
        coded = strings(cells).dictionary_encode()
        own = np.array([self._place(value) for value in coded.dictionary.to_pylist()] + [-1])
        chosen = pc.fill_null(coded.indices, len(own) - 1).to_numpy(zero_copy_only=False)
        self._parts.append(own[chosen].astype(np.int32))

    def _place(self, value: Any) -> int:
        read = None if value is None or value == "" else self._read(value)
        return -1 if read is None else self._places.setdefault(read, len(self._places))

    @property
    def places(self) -> NDArray[np.int32]:
        """For each row the place of its value, (R,)."""
        if len(self._parts) > 1:
            self._parts = [np.concatenate(self._parts)]
        return self._parts[0] if self._parts else np.empty(0, dtype=np.int32)

    @property
    def values(self) -> list[Any]:
        """The values, by their place."""
        return list(self._places)


def column_of(name: str) -> Column:
    """Return an empty column for what `--by` calls it."""
    if name in DATED:
        return Column(DATED[name])
    return Column(_several if name in LISTED else str)


def periods_between(periods: Sequence[str]) -> list[str]:
    """Return months, quarters or years from the first to the last, also those that are missing."""
    first, last = min(periods), max(periods)
    year, _, part = first.partition("-")
    if not part:
        return [f"{number:04}" for number in range(int(year), int(last) + 1)]
    mark, most = ("Q", 4) if part.startswith("Q") else ("", 12)
    number, found = int(part.removeprefix("Q")), [first]
    while found[-1] < last:
        year, number = (year, number + 1) if number < most else (f"{int(year) + 1:04}", 1)
        found.append(f"{year}-{mark}{number}" if mark else f"{year}-{number:02}")
    return found


def are_periods(by: str, groups: Sequence[str]) -> bool:
    """Whether groups are months, quarters or years, which follow one another."""
    return by in DATED and all(map(_PERIOD.fullmatch, groups))


def is_ordered(date: str) -> bool:
    """Whether a date is written as ISO 8601 has it, so that a later one is a larger string."""
    return bool(_ORDERED.fullmatch(date))


def read_from(name: str, columns: list[str]) -> str:
    """Return the column of a file that holds what `--by` names."""
    if name in columns:
        return name
    return "date" if name in DATED else LISTED.get(name, name)


def strings(cells: pa.Array) -> pa.Array:
    """Return cells as strings, dates as ISO 8601 writes them."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    return cells if pa.types.is_string(cells.type) else cells.cast(pa.string())


def truths(cells: pa.Array) -> NDArray[np.int8]:
    """Return truth values as 1 and 0, and what is none as -1; CSV has them as words."""
    if pa.types.is_boolean(cells.type):
        return pc.fill_null(cells.cast(pa.int8()), -1).to_numpy(zero_copy_only=False)
    known = {"true": 1, "1": 1, "false": 0, "0": 0}
    return np.array([known.get(str(cell).lower(), -1) for cell in cells.to_pylist()], dtype=np.int8)


def _dated(date: str, made: Callable[[str, str], str]) -> str | None:
    found = _DAY.match(date)
    return made(found[1], found[2]) if found and "01" <= found[2] <= "12" else None


def _several(cell: Any) -> tuple[str, ...] | None:
    """A list of strings, which CSV has as JSON; each once."""
    if isinstance(cell, str):
        try:
            cell = json.loads(cell)
        except ValueError:
            cell = [cell]
    listed = cell if isinstance(cell, list | tuple) else [cell]
    return tuple(dict.fromkeys(str(one) for one in listed if one not in (None, ""))) or None
