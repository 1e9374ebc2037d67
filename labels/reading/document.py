"""What is read: a document, its paragraphs, and why one could not be read."""

from dataclasses import dataclass
from typing import Literal

from labels.errors import FramescopeError

Kind = Literal["title", "heading", "body", "quotation", "caption", "list_item", "boilerplate"]
KINDS: tuple[Kind, ...] = (
    "title", "heading", "body", "quotation", "caption", "list_item", "boilerplate",
)  # fmt: skip
SCORED: frozenset[Kind] = frozenset(("body", "quotation", "list_item"))
"""The kinds that say something in sentences. The others are shown, and not scored."""

FORMATS = ("auto", "html", "markdown", "text", "pdf", "docx")

MAX_BYTES = 20 * 2**20
"""Bytes (characters, for a string) in a document. Whole books are shorter."""

ErrorType = Literal["too_large", "too_complex", "unreadable", "unsupported_format", "empty"]


class DocumentError(FramescopeError):
    """A document that cannot be read. `type` says why, for programs."""

    def __init__(self, type: ErrorType, message: str) -> None:
        super().__init__(message)
        self.type = type


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph, heading or line. `document.text[start:end] == text`, in code points.

    The text has no markup and no escaped signs, and white space only as single spaces.
    """

    text: str
    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Document:
    """A document as a reader sees it, from the top to the end, its furniture included.

    `text` is made of the paragraphs, with a blank line between one and the next. `date` is ISO
    8601, a day; `language` is what the page says of itself, as it says it; `site` the host of a web
    page's own address, or the name of its site. What is not stated is None.
    """

    text: str
    title: str | None
    author: str | None
    date: str | None
    language: str | None
    format: str
    paragraphs: tuple[Paragraph, ...]
    site: str | None = None
