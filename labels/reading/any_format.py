"""One way in for every format."""

import re

from labels.reading.blocks import About, Reading, document_of, legible
from labels.reading.document import Document, DocumentError
from labels.reading.formats import check_size, decoded, format_of, text_format
from labels.reading.settle import settled

_FIRST_TAG = re.compile(
    r"<(?:p|div|h[1-6]|article|section|ul|ol|table|blockquote|figure|img)\b", re.I
)
_PAGE = re.compile(r"<!doctype|<html[\s>]|<body[\s>]", re.I)
_COMMENT = re.compile(r"<!--.*?-->", re.S)


def read(content: bytes | str, format: str = "auto", name: str | None = None) -> Document:
    """Read a document into paragraphs, in this process. Nothing is fetched from anywhere.

    `format`: one of `FORMATS`; `auto` looks at the content. PDF and DOCX come as bytes. `name`:
    the file's, which helps to tell the format.

    Raises:
        DocumentError: if it cannot be read; `type` says why.
    """
    check_size(content)
    found = format_of(content, format, name)
    try:
        if isinstance(content, bytes) and found in ("pdf", "docx"):
            reading = _read_file(content, found)
        else:
            text = legible(decoded(content) if isinstance(content, bytes) else content)
            found = text_format(text) if found == "auto" else found
            reading = _read_text(text, found)
    except (RecursionError, MemoryError) as error:
        raise DocumentError("too_complex", "the document is too complex to be read") from error
    marked = any(block.kind in ("title", "heading") for block in reading.blocks)
    guess = found in ("text", "pdf", "docx") or (found == "markdown" and not marked)
    lines = found in ("text", "pdf")
    blocks, about = settled(reading, guess_headings=guess, wrapped=lines)
    return document_of(blocks, about, found)


def _read_file(content: bytes, format: str) -> Reading:
    if format == "pdf":
        from labels.reading.pdf import read_pdf

        return read_pdf(content)
    from labels.reading.docx import read_docx

    return read_docx(content)


def _read_text(text: str, format: str) -> Reading:
    if format == "text":
        from labels.reading.plain import read_plain

        return read_plain(text)
    from labels.reading.html import read_html
    from labels.reading.markdown import as_html, front_matter

    if format == "markdown":
        about, text = front_matter(text)
        found = read_html(as_html(text), fragment=True)
        return Reading(found.blocks, about)
    if _PAGE.search(text):
        return read_html(text)
    # A part of a page, as feeds and clippers save it, with lines of Markdown above.
    text = _COMMENT.sub("", text)
    first = _FIRST_TAG.search(text)
    cut = first.start() if first else 0
    return Reading(read_html(as_html(text[:cut]) + text[cut:], fragment=True).blocks, About())
