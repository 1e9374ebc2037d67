"""Plain text: blocks between blank lines, lines broken at a fixed width joined again."""

import re
from collections.abc import Iterator

from labels.reading.blocks import Block, Reading, legible, one_line
from labels.reading.dates import date_line
from labels.reading.furniture import byline, ends

_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_LONGEST_WRAP = 120
"""No text is wrapped at more characters: longer lines are paragraphs of their own."""
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_RULE = re.compile(r"\s*[-=_*]{3,}\s*")
_BULLET = re.compile(r"\s*(?:[-–—•*·▪‣◦]|\(?\d{1,2}[.)])\s+\S")  # noqa: RUF001


def spans(document: str) -> list[tuple[int, int]]:
    """Return where the paragraphs of a plain text are, in code points.

    They are parted by blank lines; white space around a paragraph belongs to none.
    """
    found, start = [], 0
    for gap in [*_BLANK_LINES.finditer(document), None]:
        stop = gap.start() if gap else len(document)
        block = document[start:stop]
        if block.strip():
            found.append((stop - len(block.lstrip()), start + len(block.rstrip())))
        start = gap.end() if gap else stop
    return found


def read_plain(content: str) -> Reading:
    """Read plain text."""
    content = legible(content)
    places = spans(content)
    width = max((len(line) for line in content.splitlines()), default=0)
    blocks = []
    for number, (start, end) in enumerate(places):
        lines = content[start:end].splitlines()
        before = content[places[number - 1][1] : start] if number else ""
        after = content[end : places[number + 1][0]] if number + 1 < len(places) else ""
        apart = before.count("\n") > 2 or after.count("\n") > 2
        for text in _paragraphs(lines, width):
            blocks.append(Block(one_line(text), apart=apart))
    return Reading(blocks)


def _paragraphs(lines: list[str], width: int) -> Iterator[str]:
    kept: list[str] = []
    ended = sum(map(ends, lines))
    whole = len(lines) > 2 and ended >= 0.8 * len(lines) and bool(_UNSPACED.search(lines[0]))
    for number, line in enumerate(lines):
        own = whole and number and ends(lines[number - 1])
        if kept and (own or _breaks(kept[-1], line, width, number == 1)):
            yield "\n".join(kept)
            kept = []
        kept.append(line)
    yield "\n".join(kept)


def _breaks(line: str, following: str, width: int, first: bool) -> bool:
    """Return whether a line's end is the writer's, not that of a wrapped line."""
    if _RULE.fullmatch(line) or _RULE.fullmatch(following):
        return True
    if _BULLET.match(following) or byline(line) or date_line(line) or byline(following):
        return True
    rest = following.lstrip()
    if width > _LONGEST_WRAP:
        return ends(line) or not rest[:1].islower()
    if _UNSPACED.match(rest) and ends(line):
        return len(line) < width - 2
    # A wrapped line is one that had no room for the next word.
    room = len(line) + 1 + len(rest.split(maxsplit=1)[0] if rest else "") <= width - 8
    return room and (ends(line) or (first and len(line) < 0.6 * width and not rest[:1].islower()))
