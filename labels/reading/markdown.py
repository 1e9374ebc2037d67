"""Markdown, by markdown-it-py (CommonMark), with the HTML that stands in it."""

import re

from markdown_it import MarkdownIt

from labels.reading.blocks import About, one_line
from labels.reading.dates import first_date
from labels.reading.furniture import ends

_NESTED = 100
_LONGEST_WRAP = 120
"""Characters: several longer lines that end as sentences are not wrapped, but paragraphs."""

_FRONT = re.compile(r"\s*---[^\S\n]*\n(.{0,20000}?)\n---[^\S\n]*(?:\n|$)", re.S)
_FIELD = re.compile(
    r"""^(title|author|date|lang|language)\s*:\s*["']?(.*?)["']?\s*$""", re.M | re.I
)


def as_html(content: str) -> str:
    """Return Markdown as HTML; tables of GitHub's kind too. Nothing in it is run or fetched."""
    long = sum(len(line) > _LONGEST_WRAP and ends(line) for line in content.splitlines())
    options = {"maxNesting": _NESTED, "breaks": long > 1}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    return parser.render(content)


def front_matter(content: str) -> tuple[About, str]:
    """Return what the lines between `---` at the top say, and the text below them."""
    match = _FRONT.match(content)
    fields = {n.lower(): one_line(v) or None for n, v in _FIELD.findall(match[1])} if match else {}
    if match is None or not fields:
        return About(), content
    day = first_date(fields.get("date") or "")
    language = fields.get("lang") or fields.get("language")
    about = About(fields.get("title"), fields.get("author"), day[0] if day else None, language)
    return about, content[match.end() :]
