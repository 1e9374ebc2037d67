"""Which format a document is in, and the characters of one that comes as bytes."""

import codecs
import re

from labels.reading.document import FORMATS, MAX_BYTES, DocumentError

_NAMES = {
    ".html": "html", ".htm": "html", ".xhtml": "html", ".md": "markdown", ".markdown": "markdown",
    ".txt": "text", ".pdf": "pdf", ".docx": "docx",
}  # fmt: skip
_OTHERS = {
    b"\xd0\xcf\x11\xe0": "an old Word, Excel or PowerPoint file; save it as DOCX",
    b"{\\rtf": "RTF; save it as DOCX",
    b"\x89PNG": "a picture; its text cannot be read",
    b"\xff\xd8\xff": "a picture; its text cannot be read",
    b"GIF8": "a picture; its text cannot be read",
    b"\x1f\x8b": "compressed by gzip; unpack it",
    b"BZh": "compressed by bzip2; unpack it",
    b"\xfd7zXZ": "compressed by xz; unpack it",
    b"Rar!": "an archive; unpack it",
    b"7z\xbc\xaf": "an archive; unpack it",
}
_AS_TEXT = {
    "%PDF-": "a PDF file", "JVBERi0": "a PDF file in base64", "PK\x03\x04": "a DOCX file",
    "UEsDBB": "a DOCX file in base64",
}  # fmt: skip
"""How the characters of a file begin that should have come as bytes."""
_PAGE = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.I)
_BLOCK = re.compile(
    r"<(?:p|div|h[1-6]|article|section|ul|ol|table|blockquote|figure)(?:\s[^>]*)?>", re.I
)
_FEED = re.compile(
    r"\s*+(?:(?:<\?xml[^>]*+>|<!--(?:(?!-->).)*+-->)\s*+)*+<(?:rss|feed|rdf:RDF)[\s>]", re.S
)
# A line of dashes is a mark by itself or under one line, not under a paragraph of several.
_MARKS = re.compile(
    r"^(?:#{1,6}\s+\S|>\s+\S|```|!\[[^\]\n]*\]\()|(?<!!)\[[^\]\n]+\]\([^)\n]+\)"
    r"|(?:\A|\n[^\S\n]*\n)(?:[^\n]{1,120}\n)?[-=]{3,}[^\S\n]*$"
    r"|\*\*[^*\n]+\*\*|\\[$*_#]|</?u>",
    re.M,
)
_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
_HEAD = 4096
_LABELS = {
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "ascii", "us-ascii"), "cp1252"),
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949", "iso-8859-9": "cp1254", "tis-620": "cp874",
}  # fmt: skip
"""What pages mean by a name of an encoding (WHATWG, Encoding Standard, names and labels)."""

_MOST_BROKEN = 0.05
"""Share of the characters beyond ASCII that may be broken in an encoding that is believed."""


def format_of(content: bytes | str, format: str, name: str | None) -> str:
    """Return the format to read `content` in: the one that is named, or the one it shows.

    Raises:
        DocumentError: `unsupported_format`, if it is none that is read here.
    """
    if format not in FORMATS:
        allowed = ", ".join(FORMATS)
        raise DocumentError("unsupported_format", f"no format '{format}'; there are: {allowed}")
    if isinstance(content, str):
        _refuse_file(content)
    found = _binary_format(content) if isinstance(content, bytes) else None
    if format in ("pdf", "docx") and found != format:
        raise DocumentError("unsupported_format", f"this is no {format.upper()} file; {_HOW}")
    if found and format not in ("auto", found):
        words = f"this is a {found.upper()} file, not {format}; leave the format out"
        raise DocumentError("unsupported_format", words)
    if found or format != "auto":
        return found or format
    suffix = re.search(r"\.\w+$", (name or "").lower())
    named = _NAMES.get(suffix.group()) if suffix else None
    if named in ("pdf", "docx"):
        raise DocumentError("unsupported_format", f"{name} is no {named.upper()} file; {_HOW}")
    return named if named in ("html", "markdown") else "auto"


_HOW = "send the file itself, as bytes"


def text_format(content: str) -> str:
    """Return which of `html`, `markdown` and `text` a text is written in.

    Raises:
        DocumentError: `unsupported_format`, for a feed.
    """
    if _FEED.match(content):
        words = "this is a feed of many articles; send the page of one"
        raise DocumentError("unsupported_format", words)
    if _PAGE.search(content[:_HEAD]) or len(_BLOCK.findall(content)) >= 2:
        return "html"
    return "markdown" if _MARKS.search(content) else "html" if _BLOCK.search(content) else "text"


def _refuse_file(content: str) -> None:
    head = content[:_HEAD].lstrip("\ufeff \t\r\n")
    for begin, what in _AS_TEXT.items():
        if head.startswith(begin):
            words = f"this is {what}, sent as text; send it as a file"
            raise DocumentError("unsupported_format", words)


def _binary_format(content: bytes) -> str | None:
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content.startswith(b"PK\x03\x04"):
        if b"word/document.xml" in content or b"[Content_Types].xml" in content:
            return "docx"
        raise DocumentError("unsupported_format", "this is a ZIP archive; unpack it")
    for begin, what in _OTHERS.items():
        if content.startswith(begin):
            raise DocumentError("unsupported_format", f"this is {what}")
    return None


def decoded(content: bytes) -> str:
    """Return the characters of a text, by its mark, its declaration, UTF-8, or its look.

    Raises:
        DocumentError: `unreadable`, if it is text in no encoding.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if content.startswith(mark):
            return content.decode(encoding, "replace").lstrip("\ufeff")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        declared = _CHARSET.search(content[:_HEAD])
    label = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    for encoding, errors in ((label, "strict"), ("utf-8", "replace"), (label, "replace")):
        try:
            text = content.decode(_LABELS.get(encoding, encoding), errors)
        except (LookupError, UnicodeError):
            continue
        if errors == "strict" or _is_believed(text):
            return text
    return _guessed(content)


def _is_believed(text: str) -> bool:
    """Return whether few enough characters are broken: a cut one, or a piece of another text."""
    broken = text.count("\ufffd")
    good = len(text) - len(text.encode("ascii", "ignore")) - broken
    return good > 1 and broken <= max(1, _MOST_BROKEN * good)


def _guessed(content: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(content[: 2**18]).best()
    if best is None or b"\0" in content[:_HEAD]:
        raise DocumentError(
            "unreadable", "the bytes are text in no encoding known here; save the file as UTF-8"
        )
    return content.decode(best.encoding, "replace")


def check_size(content: bytes | str) -> None:
    """Refuse what is too large before anything looks into it.

    Raises:
        DocumentError: `too_large` or `empty`.
    """
    if len(content) > MAX_BYTES:
        unit = "bytes" if isinstance(content, bytes) else "characters"
        raise DocumentError(
            "too_large",
            f"the document has {len(content):,} {unit}; at most {MAX_BYTES:,} are read: split it",
        )
    if not content or content.isspace():
        raise DocumentError("empty", "the document is empty")
