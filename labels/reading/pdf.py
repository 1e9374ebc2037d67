"""PDF, by pdfium: lines with their places on the page, put together into paragraphs.

pdfplumber reads the same in pure Python, at a thirtieth of the speed: too slow for the time that
a document has here.
"""

import ctypes
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
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
_SHORT = 0.12
"""Share of the text's width that a line leaves free where it ends a paragraph."""
_GAP = 1.35
"""A step to the next line that is so many usual ones parts paragraphs."""
_BOLD = 600
"""The weight from which a font is taken for bold, of 100 to 900."""
_MOST_BOLD = 10
"""Lines, from the first on, by which a paragraph is seen to be set in bold."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page. left, right, top and bottom are in points from the lower left corner.

    `edge`: it stands where running heads do. `bold`: its first and last letters are. `width`: the
    page's, in points.
    """

    text: str
    page: int
    left: float
    right: float
    top: float
    bottom: float
    size: float
    edge: bool
    bold: bool = False
    width: float = 0.0


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
        lines += _page_lines(text, number, page.get_size())
        text.close()
        page.close()
    return lines


def _page_lines(text: Any, number: int, page: tuple[float, float]) -> list[Line]:
    import pypdfium2.raw as pdfium

    lines = []
    width, height = page
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
        bold = all(_is_bold(text, place) for place in places)
        line = Line(match[0].strip(), number, left, right, top, bottom, size, edge, bold, width)
        lines.append(line)
    tops = sorted(line.top for line in lines)
    outer = {*tops[:_OUTER_LINES], *tops[-_OUTER_LINES:]}
    return [replace(line, edge=line.edge or line.top in outer) for line in lines]


def _is_bold(text: Any, place: int) -> bool:
    """Return whether a letter is in a bold font: by its weight, or where none is given its name."""
    import pypdfium2.raw as pdfium

    if pdfium.FPDFText_GetFontWeight(text.raw, place) >= _BOLD:
        return True
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(text.raw, place, name, len(name), ctypes.c_int())
    return bool(re.search(b"bold|black|heavy", name.value, re.I))


def _about(document: Any) -> About:
    fields = document.get_metadata_dict(skip_empty=True)
    named = {name: one_line(legible(fields.get(name, ""))) or None for name in ("Title", "Author")}
    return About(named["Title"], named["Author"])


def _blocks(lines: Sequence[Line]) -> Iterator[Block]:
    running = _running(lines)
    size = _common(line.size for line in lines)
    text = [line for line in lines if not _is_running(line, running)]
    leading = _leading(text, size)
    edges = _edges(text)
    kept: list[Line] = []
    aside: list[Block] = []  # a paragraph goes on over what stands between two pages
    for line in lines:
        if _is_running(line, running):
            aside.append(Block(one_line(_whole(line.text)), "boilerplate"))
            continue
        if kept and (_parts(kept[-1], line, size, leading, edges) or _turns(kept, line)):
            yield _block(kept, size, edges[1])
            yield from aside
            kept, aside = [], []
        kept.append(line)
    if kept:
        yield _block(kept, size, edges[1])
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


def _leading(lines: Sequence[Line], size: float) -> float:
    """Return the distance from one line of a paragraph to the next, in points.

    It is the lower quartile of all steps down the page, since many of them part paragraphs where
    these have few lines; in the size of the body alone, since notes are set closer.
    """
    steps = [
        (one.size, one.top - other.top)
        for one, other in pairwise(lines)
        if one.page == other.page and one.top > other.top and one.size == other.size
    ]
    own = sorted(step for one, step in steps if one == size) or sorted(step for _, step in steps)
    return own[len(own) // 4] if own else 0.0


def _edges(lines: Sequence[Line]) -> tuple[float, float]:
    """Return between which places lines stand when they are full, in points from the left.

    Where no line goes on in the next one, none shows it: then the page's margins are alike.
    """
    left = min((line.left for line in lines), default=0.0)
    right = max((line.right for line in lines), default=0.0)
    for one, other in pairwise(lines):
        alike = (one.page, one.size, one.bold) == (other.page, other.size, other.bold)
        if alike and not ends(one.text) and not _is_short(one, (left, right)):
            return left, right
    width = max((line.width for line in lines), default=0.0)
    return min(left, width - right), max(right, width - left)


def _is_short(line: Line, edges: tuple[float, float]) -> bool:
    left, right = edges
    first = next((sign for sign in line.text if sign.isalpha()), "a")
    from_right = unicodedata.bidirectional(first) in ("R", "AL")
    free = line.left - left if from_right else right - line.right
    return free > _SHORT * (right - left)


def _parts(one: Line, other: Line, size: float, leading: float, edges: tuple[float, float]) -> bool:
    """Return whether a new paragraph begins with a line, by where it stands."""
    if abs(one.size - other.size) > 0.6:
        return True
    short = _is_short(one, edges)
    if one.page != other.page or other.top > one.top:  # another page, or another column
        return ends(one.text) and (short or not other.text[:1].islower())
    if one.top - other.top > _GAP * leading * max(1.0, one.size / size):
        return True
    indented = other.left > one.left + 0.8 * one.size and other.left < one.left + 6 * one.size
    return ends(one.text) and (short or indented)


def _turns(kept: Sequence[Line], line: Line) -> bool:
    """Return whether a heading begins or ends here, by its weight; words in bold do neither."""
    if line.bold == kept[-1].bold:
        return False
    if line.bold:
        return ends(kept[-1].text) and not ends(line.text)
    return all(one.bold for one in kept[:_MOST_BOLD]) and not line.text[:1].islower()


def _block(lines: Sequence[Line], size: float, right: float) -> Block:
    text = ""
    for line in lines:
        text = _added(text, line.text) if text else line.text
    text = one_line(_whole(text))
    heading = lines[0].size > 1.15 * size and len(text) < 300
    full = lines[-1].right > right - 4 * lines[-1].size and not ends(text)
    bold = float(all(line.bold for line in lines))
    block = Block(text, "heading" if heading else None, bold=bold, open=full)
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
