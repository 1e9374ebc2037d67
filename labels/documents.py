"""A document into paragraphs, each with its place in the document."""

import re
from dataclasses import dataclass

_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`document[start:end] == text`; offsets count Unicode code points."""

    text: str
    start: int
    end: int


def paragraphs(document: str) -> list[Paragraph]:
    """Split plain text on blank lines. White space around a paragraph belongs to none."""
    found = []
    start = 0
    for gap in [*_BLANK_LINES.finditer(document), None]:
        stop = gap.start() if gap else len(document)
        block = document[start:stop]
        if block.strip():
            first = start + len(block) - len(block.lstrip())
            last = start + len(block.rstrip())
            found.append(Paragraph(document[first:last], first, last))
        start = gap.end() if gap else stop
    return found
