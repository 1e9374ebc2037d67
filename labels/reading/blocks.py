"""Blocks: what the readers of the formats give, and how they become a document."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from labels.reading.document import Document, DocumentError, Kind, Paragraph

_DROPPED = re.compile("[\u00ad\u200b\u2060\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x9f\ufffe\uffff]")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_WIDE = "\u3000-\u303f\u3040-\u30ff\u3400-\u9fff\uff00-\uff60"
_BETWEEN_WIDE = re.compile(rf"(?<=[{_WIDE}])\n(?=[{_WIDE}])")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document that stands on lines of its own.

    `kind`: what the markup says, None for a plain paragraph. `main`: whether it is in the part of
    the page that is the article. `linked`, `bold`: the shares of its characters that are. `apart`:
    it stands further from its neighbours than they from theirs. `open`: its last line was full, so
    that it may go on in the next one.
    """

    text: str
    kind: Kind | None = None
    main: bool = True
    linked: float = 0.0
    bold: float = 0.0
    apart: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """What a document says of itself, outside of its text."""

    title: str | None = None
    author: str | None = None
    date: str | None = None
    language: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader of one format found."""

    blocks: Sequence[Block]
    about: About = field(default_factory=About)


def legible(text: str) -> str:
    """Return `text` without what no reader sees, and without what is no character."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _HALF_PAIR.sub("\ufffd", _CONTROL.sub(" ", _DROPPED.sub("", text)))


def one_line(text: str) -> str:
    """Return `text` with single spaces. A line break between Chinese characters is no space."""
    return " ".join(_BETWEEN_WIDE.sub("", text).split())


def document_of(blocks: Sequence[Block], about: About, format: str) -> Document:
    """Put settled blocks together; one without a kind is body.

    Raises:
        DocumentError: `empty`, if there is no block.
    """
    if not blocks:
        raise DocumentError("empty", "the document holds no text")
    paragraphs, at = [], 0
    for block in blocks:
        end = at + len(block.text)
        paragraphs.append(Paragraph(block.text, at, end, block.kind or "body"))
        at = end + 2
    text = "\n\n".join(block.text for block in blocks)
    return Document(
        text, about.title, about.author, about.date, about.language, format, tuple(paragraphs),
        about.site,
    )  # fmt: skip


def furniture(block: Block) -> Block:
    """Return the block as boilerplate."""
    return replace(block, kind="boilerplate")
