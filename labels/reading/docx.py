"""DOCX, by python-docx: paragraphs and tables in order, with the styles that Word gives them."""

import io
import re
import zipfile
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from labels.reading.blocks import About, Block, Reading, legible, one_line
from labels.reading.document import DocumentError, Kind
from labels.reading.furniture import ends

_MOST_FILES = 2000
_MOST_BYTES = 100 * 2**20
"""Bytes of all that is packed in the file, as it says itself; no more than that is unpacked."""
_MOST_XML = 30 * 2**20
_RATIO = 200
_SMALL = 2**20
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("title", "title"), ("subtitle", "heading"), ("heading", "heading"), ("toc", "boilerplate"),
    ("quote", "quotation"), ("intense quote", "quotation"), ("block text", "quotation"),
    ("caption", "caption"), ("list", "list_item"), ("header", "boilerplate"),
    ("footer", "boilerplate"), ("footnote", "boilerplate"),
)  # fmt: skip
_DEEPEST_TABLE = 5
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")


def _word(*names: str) -> frozenset[str]:
    return frozenset(
        f"{{http://schemas.openxmlformats.org/wordprocessingml/2006/main}}{n}" for n in names
    )


_TABLE, _LETTERS, _BOX = (next(iter(_word(name))) for name in ("tbl", "t", "txbxContent"))
_PARTS, _ROWS, _CELLS = _word("p", "tbl"), _word("tr"), _word("tc")
_AROUND = _word("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LEFT_OUT = _word("del", "moveFrom", "txbxContent") | {_FALLBACK}
_SIGNS = {
    sign: text
    for names, text in ((("br", "cr"), "\n"), (("tab",), "\t"), (("noBreakHyphen",), "-"))
    for sign in _word(*names)
}


def read_docx(content: bytes) -> Reading:
    """Read a DOCX file. Pictures, notes, comments and what a tracked change deletes are left out.

    The element names are those of ECMA-376, part 1 (WordprocessingML).

    Raises:
        DocumentError: if it is damaged, is no text document, or unpacks to too much.
    """
    _check_archive(content)
    import docx

    try:
        document = docx.Document(io.BytesIO(content))
        body = list(_blocks(document._body._element, document, 0))
        blocks = [*_edges(document, "header"), *body, *_edges(document, "footer")]
        about = _about(document)
    except DocumentError:
        raise
    # Each part of the file can be wrong in its own way, and python-docx has no error of its own.
    except Exception as error:
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise DocumentError(
            "unreadable", f"the DOCX file cannot be read ({what[:200]}); save it again in Word"
        ) from error
    return Reading(blocks, about)


def _check_archive(content: bytes) -> None:
    """Refuse an archive by what it says of itself, before anything in it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        words = f"the DOCX file is no ZIP archive that can be opened ({error}); save it again"
        raise DocumentError("unreadable", words) from error
    if not any(member.filename == "word/document.xml" for member in members):
        names = {member.filename.partition("/")[0] for member in members}
        kind = "a spreadsheet" if "xl" in names else "slides" if "ppt" in names else "an archive"
        raise DocumentError("unsupported_format", f"this is {kind}, not a text document in DOCX")
    size = sum(member.file_size for member in members)
    xml = max(member.file_size for member in members if member.filename.endswith(".xml"))
    packed = any(
        member.file_size > max(_SMALL, _RATIO * member.compress_size) for member in members
    )
    if len(members) > _MOST_FILES or size > _MOST_BYTES or xml > _MOST_XML or packed:
        raise DocumentError(
            "too_large",
            f"the DOCX file unpacks to {size:,} bytes in {len(members):,} parts; at most "
            f"{_MOST_BYTES:,} in {_MOST_FILES:,}, {_MOST_XML:,} in one of text and "
            f"{_RATIO} times its packed size, are read",
        )


def _inner(element: Any, tags: frozenset[str]) -> Iterator[Any]:
    """Yield the elements with one of the tags, through what Word puts around them."""
    for child in element:
        if child.tag in tags:
            yield child
        elif child.tag in _AROUND:
            yield from _inner(child, tags)


def _blocks(element: Any, holder: Any, depth: int) -> Iterator[Block]:
    """Yield the blocks of an element. `holder`: what python-docx finds the styles by."""
    from docx.text.paragraph import Paragraph

    styles: dict[str | None, Kind | None] = {}
    for item in _inner(element, _PARTS):
        if item.tag == _TABLE:
            if depth < _DEEPEST_TABLE:
                yield from _table(item, holder, depth)
            continue
        paragraph = Paragraph(item, holder)
        style = item.style  # the id: to look up the name each time takes long
        if style not in styles:
            styles[style] = _kind(paragraph.style.name or "" if paragraph.style else "")
        kind = styles[style]
        if kind is None and item.xpath("boolean(./w:pPr/w:numPr)"):
            kind = "list_item"
        for text in _EMPTY_LINE.split(legible(_text(item))):
            if line := one_line(text):
                yield Block(line, kind, bold=_bold(paragraph))
        for box in item.iter(_BOX):
            if depth < _DEEPEST_TABLE and not _above(box, item) & _LEFT_OUT:
                yield from _blocks(box, holder, depth + 1)


def _above(element: Any, top: Any) -> set[str]:
    """Return the tags of the elements between one and another."""
    return {one.tag for one in takewhile(lambda one: one is not top, element.iterancestors())}


def _text(paragraph: Any) -> str:
    """Return all the text of a paragraph, but for that of boxes and of tracked deletions."""
    left_out = next(paragraph.iter(*_LEFT_OUT), None) is not None
    return "".join(
        _SIGNS.get(node.tag) or node.text or ""
        for node in paragraph.iter(_LETTERS, *_SIGNS)
        if not (left_out and _above(node, paragraph) & _LEFT_OUT)
    )


def _table(table: Any, holder: Any, depth: int) -> Iterator[Block]:
    for row in _inner(table, _ROWS):
        for cell in _inner(row, _CELLS):
            for block in _blocks(cell, holder, depth + 1):
                short = block.kind is None and len(block.text) < 80 and not ends(block.text)
                yield Block(block.text, "boilerplate" if short else block.kind, bold=block.bold)


def _kind(style: str) -> Kind | None:
    name = style.lower()
    return next((kind for begin, kind in _KINDS if name.startswith(begin)), None)


def _bold(paragraph: Any) -> float:
    runs = [(len(run.text), bool(run.bold)) for run in paragraph.runs]
    return sum(size for size, bold in runs if bold) / (sum(size for size, _ in runs) or 1)


def _edges(document: Any, name: str) -> Iterator[Block]:
    """Yield the lines above or below the pages, each once."""
    seen = set()
    for section in document.sections:
        if getattr(section, name).is_linked_to_previous:
            continue
        edge = getattr(section, name)
        for block in _blocks(edge._element, edge, 0):
            if block.text not in seen:
                seen.add(block.text)
                yield Block(block.text, "boilerplate")


def _about(document: Any) -> About:
    stated = document.core_properties
    names = ("title", "author", "language")
    title, author, language = (one_line(legible(getattr(stated, n) or "")) for n in names)
    # What python-docx itself puts in where nothing is stated.
    title, author = title.removesuffix("Word Document"), author.removesuffix("python-docx")
    return About(title or None, author or None, None, language or None)
