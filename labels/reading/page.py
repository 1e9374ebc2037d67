"""Which part of a page is the article, and what the page says of it, by trafilatura.

Barbaresi, Trafilatura: A Web Scraping Library and Command-Line Tool for Text Discovery and
Extraction (ACL 2021). It says which text is the article's; whole blocks, in the order of the page,
are kept by what it says and by where they stand.
"""

import copy
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

import lxml.html

from labels.reading.blocks import About, legible, one_line
from labels.reading.document import Kind
from labels.reading.furniture import byline, words

_CAPTION = frozenset(
    ("<figure>", "caption", "captions", "credit", "figcaption", "wp-caption-text", "legend")
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_TAGS = ("aside", "footer", "form", "menu", "dialog", "address", "figure")
_MARKED = ("selfpromo", "sponsored", "newsletter")
"""Words that begin the attributes for scripts (`data-`) by which sites mark their own notices."""

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
    main, parts = _parts(tree, pieces, fragment)
    text = (None, "quotation", "list_item")
    scored = (
        inside and part is None and piece.kind in text
        for piece, inside, part in zip(pieces, main, parts, strict=True)
    )
    # Rather furniture among the text than no text.
    return (main, parts) if any(scored) else ([True] * len(pieces), [None] * len(pieces))


def _parts(
    tree: lxml.html.HtmlElement, pieces: Sequence[Placed], fragment: bool
) -> tuple[list[bool], list[Kind | None]]:
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

    An element with more than half of the article in it is no furniture, whatever its name; nor are
    several of one name that hold as much together.
    """
    inside: Counter[lxml.html.HtmlElement] = Counter()
    own = [
        (piece, (piece.element, *piece.element.iterancestors()))
        for piece, good in zip(pieces, told, strict=True)
        if good and piece.kind in (None, "quotation", "list_item")
    ]
    for piece, path in own:
        for element in path:
            inside[element] += len(piece.text)
    most = max(inside.values(), default=0) / 2
    names = {element: _names(element) for element, held in inside.items() if held <= most}
    together: Counter[str] = Counter()
    for piece, path in own:
        for name in set().union(*(names.get(element, ()) for element in path)):
            together[name] += len(piece.text)
    text = {name for name, held in together.items() if held > most}
    known: dict[lxml.html.HtmlElement, Kind | None] = {}

    def part(element: lxml.html.HtmlElement) -> Kind | None:
        path = []
        while element is not None and element not in known:
            path.append(element)
            element = element.getparent()
        above = known.get(element) if element is not None else None
        for one in reversed(path):
            if above is None and inside[one] <= most:
                above = _part_of(names.get(one) or _names(one), text)
            known[one] = above
        return above

    return [_but_quoted(part(piece.element), piece) for piece in pieces]


def _but_quoted(part: Kind | None, piece: Placed) -> Kind | None:
    """A figure can hold a quotation, and a quotation a footer."""
    in_quotation = piece.kind in ("quotation", "caption")
    return None if part == "caption" and in_quotation else part


def _part_of(names: frozenset[str], text: set[str]) -> Kind | None:
    left = names - text
    if not left:
        return None
    return "caption" if left <= _CAPTION else "boilerplate"


@cache
def _furniture_names() -> frozenset[str]:
    return words().names | _CAPTION


def _names(element: lxml.html.HtmlElement) -> frozenset[str]:
    """Return what of an element's tag, role, class, id and attributes names a part of a page."""
    tag = element.tag
    if tag in ("body", "html", "main", "article"):
        return frozenset()
    found = {f"<{tag}>"} if tag in _TAGS else set()
    if element.get("role", "").lower() in _ROLES:
        found.add("role")
    if tag == "header" and next(element.iterancestors("article", "main"), None) is None:
        # The head of the page, with the title in it or without.
        if element.find(".//h1") is not None:
            return frozenset(found)
        found.add("<header>")
    written = f"{element.get('class', '')} {element.get('id', '')}".split()
    names = {name.lower() for name in written}
    names |= {part.lower() for name in written for part in _WORD.findall(name)}
    marks = (name[5:].split("-")[0] for name in element.attrib if name.startswith("data-"))
    return frozenset(found | (names & _furniture_names()) | {n for n in marks if n in _MARKED})


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
        site=_line(found.hostname) or _line(found.sitename),
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
