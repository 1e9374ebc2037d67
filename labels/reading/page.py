"""Which part of a page is the article, and what the page says of it, by trafilatura.

Barbaresi, Trafilatura: A Web Scraping Library and Command-Line Tool for Text Discovery and
Extraction (ACL 2021). It says which text is the article's; whole blocks, in the order of the page,
are kept by what it says and by where they stand.
"""

import copy
import re
from collections.abc import Sequence
from typing import Any, Protocol

import lxml.html

from labels.reading.blocks import About, legible, one_line
from labels.reading.document import Kind
from labels.reading.furniture import byline, words

_CAPTION = frozenset(("caption", "captions", "credit", "figcaption", "wp-caption-text", "legend"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_ROLES = ("navigation", "banner", "complementary", "contentinfo", "search", "dialog", "form")
_LONG = 80
_ENOUGH = 0.3
"""Share of the long blocks' text that trafilatura must have found to be believed."""


class Placed(Protocol):
    """A text with the element that holds it."""

    text: str
    element: lxml.html.HtmlElement
    kind: Any


def article_parts(
    tree: lxml.html.HtmlElement, pieces: Sequence[Placed], fragment: bool
) -> tuple[list[bool], list[Kind | None]]:
    """Return for each piece whether it is the article's, and the part of the page it names.

    A part is `boilerplate` or `caption`, or None for text.
    """
    found = "" if fragment else _article_text(tree)
    told = [bool(found) and _squashed(piece.text) in found for piece in pieces]
    parts = _named_parts(pieces, told if found else [True] * len(pieces))
    plain = [part is None and piece.kind is None for piece, part in zip(pieces, parts, strict=True)]
    long = [len(piece.text) > _LONG and good for piece, good in zip(pieces, plain, strict=True)]
    whole = sum(len(piece.text) for piece, good in zip(pieces, long, strict=True) if good)
    seen = sum(
        len(piece.text)
        for piece, good, inside in zip(pieces, long, told, strict=True)
        if good and inside
    )
    if not found or seen < _ENOUGH * whole or seen < _LONG:
        return [True] * len(pieces), parts
    homes: set[lxml.html.HtmlElement] = set()
    for piece, good, inside in zip(pieces, long, told, strict=True):
        if good and inside:
            homes |= _homes(piece.element)
    near = [bool(homes & _homes(piece.element)) for piece in pieces]
    return [inside or by for inside, by in zip(told, near, strict=True)], parts


def _homes(element: lxml.html.HtmlElement) -> set[lxml.html.HtmlElement]:
    """The elements whose other blocks belong to the same article as one block of it."""
    outer = element.getparent()
    homes = {outer} if outer is not None and outer.tag != "body" else set()
    if outer is not None and outer.tag in ("section", "blockquote", "ul", "ol", "figure"):
        above = outer.getparent()
        homes |= {above} if above is not None and above.tag != "body" else set()
    article = next(element.iterancestors("article"), None)
    if article is None:
        article = next(element.iterancestors("main"), None)
    return homes | ({article} if article is not None else set())


def _named_parts(pieces: Sequence[Placed], told: Sequence[bool]) -> list[Kind | None]:
    """Return the part of the page by the names of the elements around each piece.

    An element with more than half of the article in it is no furniture, whatever its name.
    """
    inside: dict[lxml.html.HtmlElement, int] = {}
    for piece, good in zip(pieces, told, strict=True):
        if good and piece.kind in (None, "quotation"):
            for element in (piece.element, *piece.element.iterancestors()):
                inside[element] = inside.get(element, 0) + len(piece.text)
    most = max(inside.values(), default=0) / 2
    known: dict[lxml.html.HtmlElement, Kind | None] = {}

    def part(element: lxml.html.HtmlElement) -> Kind | None:
        path = []
        while element is not None and element not in known:
            path.append(element)
            element = element.getparent()
        above = known.get(element) if element is not None else None
        for own in reversed(path):
            name = _part_named(own) if inside.get(own, 0) <= most else None
            known[own] = above = above or name
        return above

    return [part(piece.element) for piece in pieces]


def _part_named(element: lxml.html.HtmlElement) -> Kind | None:
    if element.tag in ("body", "html", "main", "article"):
        return None
    if element.get("role", "").lower() in _ROLES:
        return "boilerplate"
    if element.tag == "header" and next(element.iterancestors("article", "main"), None) is None:
        return None if element.find(".//h1") is not None else "boilerplate"
    written = f"{element.get('class', '')} {element.get('id', '')}"
    names = {name.lower() for name in written.split()}
    names |= {part.lower() for name in written.split() for part in _WORD.findall(name)}
    names |= {name[5:].split("-")[0] for name in element.attrib if name.startswith("data-")}
    if names & words().names:
        return "boilerplate"
    return "caption" if names & _CAPTION else None


def _article_text(tree: lxml.html.HtmlElement) -> str:
    """Return the text of the article by trafilatura, without white space; empty if it finds none.

    It is a guess at best: what it cannot take apart is left to the other rules.
    """
    from trafilatura import bare_extraction

    try:
        found = bare_extraction(copy.deepcopy(tree), include_comments=False, favor_recall=True)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return ""
    return _squashed(getattr(found, "text", "") or "")


def _squashed(text: str) -> str:
    return "".join(legible(text).split())


def about_page(tree: lxml.html.HtmlElement) -> About:
    """Return what a page says of itself in its head and its markup."""
    from trafilatura import extract_metadata

    try:
        found = extract_metadata(copy.deepcopy(tree), extensive=False)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return About(language=_language(tree))
    author = _line(found.author)
    return About(
        title=_line(found.title),
        author=byline(author) or author if author else None,
        date=_line(found.date),
        language=_language(tree),
    )


def _language(tree: lxml.html.HtmlElement) -> str | None:
    stated = tree.xpath(
        "string((//html/@lang | //html/@xml:lang | //body/@lang | //article/@lang"
        " | //meta[@property='og:locale']/@content"
        " | //meta[translate(@http-equiv, 'CL', 'cl')='content-language']/@content)[1])"
    )
    return _line(stated.replace("_", "-"))


def _line(text: str | None) -> str | None:
    return one_line(legible(text or "")) or None
