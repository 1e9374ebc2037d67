"""Comparisons as they are asked: `source=A: date<2024-03 vs date>=2024-03`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne

import numpy as np
from numpy.typing import NDArray

from eval.shares.columns import Column, is_ordered
from eval.shares.reading import Corpus
from eval.shares.sources import SharesError

_CONDITION = re.compile(r"\s*([^<>=!]+?)\s*(!=|<=|>=|=|<|>)\s*(.+?)\s*")
_AND, _VERSUS, _WITHIN = re.compile(r"\s+and\s+"), re.compile(r"\s+vs\s+"), re.compile(r":\s+")
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip

DATE = "date"

GRAMMAR = (
    "write it as 'source=A vs source=B', 'source=A: date<2024-03 vs date>=2024-03', or with two "
    "'vs' for the difference of two differences; conditions are joined by 'and', and test a column "
    "with =, !=, <, <=, > or >="
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A column, a test and a value. A date is compared as far as the value is written out.

    A date that is not written as ISO 8601 has it is on no side: 31/01/2024 cannot be told from a
    larger or smaller string.
    """

    column: str
    test: str
    value: str

    def holds(self, cell: object) -> bool:
        if isinstance(cell, tuple):
            inside = any(_TESTS["="](one, self.value) for one in cell)
            return inside if self.test == "=" else not inside
        shown = str(cell)
        if self.column == DATE:
            if not is_ordered(shown):
                return False
            shown = shown[: len(self.value)]
        try:
            return _TESTS[self.test](float(shown), float(self.value))  # type: ignore[arg-type]
        except ValueError:
            return _TESTS[self.test](shown, self.value)


@dataclass(frozen=True, slots=True)
class Side:
    """What all rows of one side have, as it was written."""

    text: str
    conditions: tuple[Condition, ...]

    def rows(self, corpus: Corpus) -> NDArray[np.bool_]:
        """Which rows are on this side, (R,). A row without a value is on none.

        Raises:
            SharesError: if dates are asked for, and none can be read.
        """
        found = np.ones(len(corpus), dtype=bool)
        for condition in self.conditions:
            column: Column = corpus.columns[condition.column]
            dates = column.values if condition.column == DATE else []
            if dates and not any(map(is_ordered, dates)):
                raise SharesError(
                    f"no date can be compared, such as '{dates[0]}'; write them as 2024-03-31"
                )
            holds = np.array([condition.holds(value) for value in column.values] + [False])
            found &= holds[column.places]
        return found


@dataclass(frozen=True, slots=True)
class Question:
    """What is compared: each side with its sign in the difference.

    Two sides: the second less the first. Four: how much more the second pair changed than the
    first. `within` is what all sides have in common, or the two that changes are compared of.
    """

    text: str
    within: tuple[Side, ...]
    sides: tuple[Side, ...]

    @property
    def dated(self) -> bool:
        """Whether a date is compared."""
        return DATE in self.columns

    @property
    def columns(self) -> list[str]:
        parts = (*self.within, *self.sides)
        return [condition.column for side in parts for condition in side.conditions]

    def cells(self) -> list[tuple[Side, float]]:
        """Every side with all its conditions, and its sign."""
        found = []
        outer = self.within or (Side("", ()),)
        signs = (-1.0, 1.0) if len(outer) == 2 else (1.0,)
        for around, outside in zip(outer, signs, strict=True):
            for side, inside in zip(self.sides, (-1.0, 1.0), strict=True):
                text = ", ".join(filter(None, (around.text, side.text)))
                found.append((Side(text, around.conditions + side.conditions), outside * inside))
        return found


def read_question(text: str) -> Question:
    """Read a comparison.

    Raises:
        SharesError: if it is none.
    """
    parts = [part.strip() for part in _WITHIN.split(text.strip())]
    if len(parts) > 2 or not all(parts):
        raise SharesError(f"'{text}' is no comparison: {GRAMMAR}")
    sides = _sides(parts[-1], text)
    within = _sides(parts[0], text) if len(parts) == 2 else ()
    if len(within) == 2 and len(sides) == 1:
        within, sides = sides, within
    if len(sides) != 2 or len(within) > 2:
        raise SharesError(f"'{text}' must have two sides with 'vs' between them: {GRAMMAR}")
    return Question(text.strip(), within, sides)


def _sides(text: str, whole: str) -> tuple[Side, ...]:
    sides = []
    for part in _VERSUS.split(text):
        conditions = []
        for one in _AND.split(part):
            found = _CONDITION.fullmatch(one)
            if not found:
                raise SharesError(f"'{one}' in '{whole}' is no condition: {GRAMMAR}")
            column, test, value = found.groups()
            conditions.append(Condition(column, test, value.strip("'\"")))
        sides.append(Side(part.strip(), tuple(conditions)))
    return tuple(sides)
