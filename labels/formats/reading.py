"""What a reader is told, and what it says beside the rows."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labels.codebook import Codebook
from labels.formats.names import Names

Raw = tuple[str, Any, str | None]
"""Place, value and fault of one row, before its contents are checked; with a fault, no value."""

Rows = Iterator[Raw]


@dataclass
class Reading:
    """One file's reading.

    names: what the labels of a tool stand for.
    annotator: who answered, where a row does not say.
    texts: the caller's id of a text to the text, for files that hold ids only.
    notes: what was passed over or taken for granted, and how often.
    """

    codebook: Codebook
    names: Names
    annotator: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)

    def said(self) -> list[str]:
        """Return the notes as lines."""
        return [f"{note}: {count:,}" if count > 1 else note for note, count in self.notes.items()]
