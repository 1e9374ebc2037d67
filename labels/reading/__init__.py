"""Documents into paragraphs, each with its place and its kind."""

from labels.reading.any_format import read
from labels.reading.document import (
    FORMATS,
    KINDS,
    MAX_BYTES,
    SCORED,
    Document,
    DocumentError,
    Kind,
    Paragraph,
)

__all__ = [
    "FORMATS", "KINDS", "MAX_BYTES", "SCORED", "Document", "DocumentError", "Kind", "Paragraph",
    "read",
]  # fmt: skip
