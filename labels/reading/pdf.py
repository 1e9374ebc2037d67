"""PDF, by pdfium: lines with their places on the page, put together into paragraphs.

pdfplumber reads the same in pure Python, at a thirtieth of the speed: too slow for the time that
a document has here.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Any

from labels.reading.blocks import About, Block, Reading, legible, one_line
from labels.reading.document import DocumentError
from labels.reading.furniture import ends

_MOST_PAGES = 500
_MOST_CHARACTERS = 2_000_000
_MARGIN = 0.12
"""Share of a page, above and below, in which running heads and page numbers stand."""
_OUTER_LINES = 2
"""Lines of a page, above and below, that can be such heads too, however wide the margin is."""
_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|p\.|стр\.?|страница|página|seite)?\s*\d{1,4}(?:\W+\d{1,4})?\W*", re.I
)
_EOL_HYPHEN = "\ufffe\x02"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page. left, right, top and bottom are in points from the lower left corner."""

    text: str
    page: int
    left: float
    right: float
    top: float
    bottom: float
    size: float
    edge: bool


def read_pdf(content: bytes) -> Reading:
    """Read the text of a PDF, without its pictures.

    Raises:
        DocumentError: if it is damaged or locked, has too many pages, or holds no text.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
        try:
            pages = len(document)
            if pages > _MOST_PAGES:
                raise DocumentError(
                    "too_complex",
                    f"the PDF has {pages:,} pages; at most {_MOST_PAGES} are read: split it",
                )
            lines = _lines(document)
            about = _about(document)
        finally:
            document.close()
    except pypdfium2.PdfiumError as error:
        raise DocumentError(
            "unreadable", f"the PDF cannot be opened ({error}); it is damaged or needs a password"
        ) from error
    if not lines:
        raise DocumentError(
            "empty", "the PDF holds no text, pictures of pages perhaps; run text recognition on it"
        )
    return Reading(list(_blocks(lines)), about)


def _lines(document: Any) -> list[Line]:
    lines: list[Line] = []
    characters = 0
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage()
        characters += text.count_chars()
        if characters > _MOST_CHARACTERS:
            raise DocumentError(
                "too_complex",
                f"the PDF has more than {_MOST_CHARACTERS:,} characters; split it",
            )
        lines += _page_lines(text, number, page.get_height())
        text.close()
        page.close()
    return lines


def _page_lines(text: Any, number: int, height: float) -> list[Line]:
    import pypdfium2.raw as pdfium

    lines = []
    for match in re.finditer(r"[^\r\n]+", text.get_text_range()):
        first = match.start() + len(match[0]) - len(match[0].lstrip())
        last = match.start() + len(match[0].rstrip()) - 1
        if last < first:
            continue
        ends = (first, last)
        places = [pdfium.FPDFText_GetCharIndexFromTextIndex(text.raw, place) for place in ends]
        places = list(ends) if min(places) < 0 else places
        boxes = [text.get_charbox(place, loose=True) for place in places]
        left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
        bottom, top = min(box[1] for box in boxes), max(box[3] for box in boxes)
        size = round(pdfium.FPDFText_GetFontSize(text.raw, places[0]), 1)
        edge = not _MARGIN < ((top + bottom) / 2) / (height or 1) < 1 - _MARGIN
        lines.append(Line(match[0].strip(), number, left, right, top, bottom, size, edge))
    tops = sorted(line.top for line in lines)
    outer = {*tops[:_OUTER_LINES], *tops[-_OUTER_LINES:]}
    return [replace(line, edge=line.edge or line.top in outer) for line in lines]


def _about(document: Any) -> About:
    fields = document.get_metadata_dict(skip_empty=True)
    named = {name: one_line(legible(fields.get(name, ""))) or None for name in ("Title", "Author")}
    return About(named["Title"], named["Author"])


def _blocks(lines: Sequence[Line]) -> Iterator[Block]:
    running = _running(lines)
    size = _common(line.size for line in lines)
    text = [line for line in lines if not _is_running(line, running)]
    leading = _leading(text)
    right = max((line.right for line in text), default=0.0)
    left = min((line.left for line in text), default=0.0)
    kept: list[Line] = []
    aside: list[Block] = []  # a paragraph goes on over what stands between two pages
    for line in lines:
        if _is_running(line, running):
            aside.append(Block(one_line(_whole(line.text)), "boilerplate"))
            continue
        if kept and _parts(kept[-1], line, size, leading, (left, right)):
            yield _block(kept, size, right)
            yield from aside
            kept, aside = [], []
        kept.append(line)
    if kept:
        yield _block(kept, size, right)
    yield from aside


def _running(lines: Sequence[Line]) -> set[str]:
    """Return what stands in the margins of several pages, its numbers aside."""
    pages = Counter(key for _, key in {(line.page, _key(line)) for line in lines if line.edge})
    return {key for key, count in pages.items() if count > 1}


def _key(line: Line) -> str:
    return _NUMBER.sub("0", line.text)


def _is_running(line: Line, running: set[str]) -> bool:
    return line.edge and (_key(line) in running or bool(_PAGE_NUMBER.fullmatch(line.text)))


def _common(sizes: Any) -> float:
    return Counter(sizes).most_common(1)[0][0]


def _leading(lines: Sequence[Line]) -> float:
    """Return the usual distance from one line to the next, in points."""
    steps = [
        one.top - other.top
        for one, other in pairwise(lines)
        if one.page == other.page and one.top > other.top and one.size == other.size
    ]
    return median(steps) if steps else 0.0


def _parts(one: Line, other: Line, size: float, leading: float, width: tuple[float, float]) -> bool:
    """Return whether a new paragraph begins with a line."""
    if abs(one.size - other.size) > 0.6:
        return True
    left, right = width
    short = one.right < right - 0.12 * (right - left)
    if one.page != other.page or other.top > one.top:  # another page, or another column
        return ends(one.text) and (short or not other.text[:1].islower())
    if one.top - other.top > 1.35 * leading * max(1.0, one.size / size):
        return True
    indented = other.left > one.left + 0.8 * one.size and other.left < one.left + 6 * one.size
    return ends(one.text) and (short or indented)


def _block(lines: Sequence[Line], size: float, right: float) -> Block:
    text = ""
    for line in lines:
        text = _added(text, line.text) if text else line.text
    text = one_line(_whole(text))
    heading = lines[0].size > 1.15 * size and len(text) < 300
    full = lines[-1].right > right - 4 * lines[-1].size and not ends(text)
    block = Block(text, "heading" if heading else None, open=full)
    return replace(block, kind="title") if heading and lines[0].size > 1.5 * size else block


def _added(text: str, line: str) -> str:
    """Return text with a line after it. A hyphen at the end of a line divides a word."""
    if text[-1] in _EOL_HYPHEN:
        return text[:-1] + line
    if text[-1] in "-\u00ad\u2010" and text[-2:-1].isalpha() and line[0].islower():
        return text[:-1] + line
    return text + "\n" + line


def _whole(text: str) -> str:
    """Return text without pdfium's mark for a hyphen that divides a word."""
    return legible(text.replace("\x02", "").replace("\ufffe", ""))
