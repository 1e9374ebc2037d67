"""What is sent to the service: texts, and documents of several formats made of them."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from labels.reading import SCORED, Document, read
from labels.starter import starter_rows
from serving.predictor import Predictor, ReadText

_SHORTEST, _LONGEST = 12, 240
_IN_A_DOCUMENT = 5


@dataclass(frozen=True, slots=True)
class Page:
    """A document as it is sent, and what reading it gives."""

    name: str
    content: bytes | str
    paragraphs: tuple[str, ...]
    scored: tuple[str, ...]


def distinct_texts(predictor: Predictor, most: int = 200) -> list[str]:
    """Return starter texts of which no two have as many tokens: `tokens` tells whose answer it is.

    They have 12 to 240 tokens.
    """
    found: dict[int, str] = {}
    for row in starter_rows():
        (one,) = predictor.read([row.text])
        if isinstance(one, ReadText) and _SHORTEST <= one.tokens <= _LONGEST:
            found.setdefault(one.tokens, row.text)
        if len(found) == most:
            break
    return [found[tokens] for tokens in sorted(found)]


def pages(texts: Sequence[str]) -> list[Page]:
    """Return two documents of each format, of five texts each."""
    plain = [text for text in texts if text.isascii()]
    found = []
    for number, (name, make) in enumerate(_FORMATS.items()):
        for half in (0, 1):
            start = (2 * number + half) * _IN_A_DOCUMENT % max(1, len(plain) - _IN_A_DOCUMENT)
            own = plain[start : start + _IN_A_DOCUMENT]
            found.append(_page(f"{half}.{name}", make(own)))
    return found


def _page(name: str, content: bytes | str) -> Page:
    document = read(content, "auto" if isinstance(content, bytes) else _format(name), name)
    scored = [one for one in document.paragraphs if one.kind in SCORED]
    return Page(
        name, content, tuple(_text(document, one) for one in document.paragraphs),
        tuple(_text(document, one) for one in scored),
    )  # fmt: skip


def _text(document: Document, paragraph) -> str:
    return document.text[paragraph.start : paragraph.end]


def _format(name: str) -> str:
    return {"md": "markdown", "txt": "text"}.get(kind := name.rpartition(".")[2], kind)


def _html(texts: Sequence[str]) -> str:
    body = "".join(f"<p>{escape(text)}</p>" for text in texts)
    menu = "<nav><ul><li><a href='/a'>Home</a></li><li><a href='/b'>About</a></li></ul></nav>"
    head = '<!DOCTYPE html><html lang="en"><head><title>A report | The Courier</title></head>'
    return (
        f"{head}<body>{menu}<main><article><h1>A report</h1>{body}</article></main></body></html>"
    )


def _markdown(texts: Sequence[str]) -> str:
    return "# A report\n\n" + "\n\n".join(texts) + "\n"


def _plain(texts: Sequence[str]) -> str:
    return "\n\n".join(texts) + "\n"


def _docx(texts: Sequence[str]) -> bytes:
    import docx

    document = docx.Document()
    document.add_heading("A report", 0)
    for text in texts:
        document.add_paragraph(text)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _pdf(texts: Sequence[str]) -> bytes:
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    file = io.BytesIO()
    options: Any = {"pdf.fonttype": 42, "text.parse_math": False}
    with matplotlib.rc_context(options), PdfPages(file) as book:
        for text in texts:
            page = Figure(figsize=(8.3, 11.7))
            lines = textwrap.wrap(" ".join(text.split()), 80)
            page.text(0.1, 0.9, "\n".join(lines), fontsize=11, va="top")
            book.savefig(page)
    return file.getvalue()


_FORMATS: dict[str, Callable[[Sequence[str]], bytes | str]] = {
    "html": _html, "md": _markdown, "txt": _plain, "docx": _docx, "pdf": _pdf
}  # fmt: skip
