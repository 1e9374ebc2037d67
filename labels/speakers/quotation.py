"""A quotation and who says it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words of another in a paragraph: `paragraph.text[start:end]`, without the marks.

    start, end: Unicode code points into the paragraph's text. speaker: as written in the document
    ("Maria Zakharova", "Kremlin spokesman"), None where nobody is named.
    """

    start: int
    end: int
    speaker: str | None


class Passage(Protocol):
    """What is asked of a paragraph: its text, and its kind ("body", "quotation", ...)."""

    @property
    def text(self) -> str: ...

    @property
    def kind(self) -> str: ...
