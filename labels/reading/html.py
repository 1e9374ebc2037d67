"""HTML: every block of a page in order, each with where it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import lxml.html
from lxml import etree

from labels.reading.blocks import Block, Reading, legible, one_line
from labels.reading.dates import date_line
from labels.reading.document import DocumentError, Kind
from labels.reading.furniture import byline, ends
from labels.reading.page import about_page, article_parts

_BREAK = "\x1e"
_UNSEEN = frozenset((
    "area", "audio", "canvas", "datalist", "embed", "frame", "frameset", "head", "iframe", "img",
    "input", "link", "map", "math", "meta", "meter", "noscript", "object", "optgroup", "option",
    "param", "picture", "progress", "rp", "rt", "script", "select", "source", "style", "svg",
    "template", "textarea", "title", "track", "video",
))  # fmt: skip
_INLINE = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "nobr", "q", "ruby", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
))  # fmt: skip
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "summary"), "heading"),
    **dict.fromkeys(("li", "dd", "dt"), "list_item"),
    **dict.fromkeys(("figcaption", "caption"), "caption"),
    **dict.fromkeys(("nav", "button"), "boilerplate"),
    "blockquote": "quotation",
}
_OUTER: tuple[Kind, ...] = ("boilerplate", "quotation", "caption")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_FOR_SCREEN_READERS = frozenset(("sr-only", "visually-hidden", "screen-reader-text"))
_HEADLINE = re.compile(r"\b(?:title|headline)\b", re.I)
_NOTE_MARK = re.compile(r"\W*\w{1,3}\W*")
_DEEPEST = 250
_LONG_LINE = 80
_LONGEST_LABEL = 80
_LONG_LABEL = 20
"""Characters from which a line in a box is text, if boxes of its kind beside it hold sentences."""


@dataclass(slots=True)
class Piece:
    """A block with the element that holds it. `kind` is what the markup says."""

    text: str
    element: lxml.html.HtmlElement
    kind: Kind | None
    linked: float
    bold: float


def read_html(content: str, fragment: bool = False) -> Reading:
    """Read a page, or with `fragment` a part of one, all of which is the article.

    Raises:
        DocumentError: if its tags are nested too deep, or it defines entities.
    """
    tree = parsed(legible(content))
    pieces = list(_Walk().pieces(tree))
    main, parts = article_parts(tree, pieces, fragment)
    boxes = {_box(piece) for piece in pieces if ends(piece.text)}
    blocks = [
        Block(
            piece.text,
            part or _own_kind(piece, boxes),
            inside or piece.element.tag == "h1",
            piece.linked,
            piece.bold,
        )
        for piece, inside, part in zip(pieces, main, parts, strict=True)
    ]
    return Reading(blocks, about_page(tree))


def _box(piece: Piece) -> tuple[object, ...]:
    """Return what the boxes of a page's paragraphs have in common, where they are `div`."""
    element = piece.element
    return (element.getparent(), element.tag == "div" and element.get("class", ""))


def _own_kind(piece: Piece, boxes: set[tuple[object, ...]]) -> Kind | None:
    """Return the kind of a piece: a short line in a box or a cell of a table is no paragraph.

    `boxes`: those that hold sentences; a line in one of them is as good as its neighbours.
    """
    label = piece.kind is None and piece.element.tag not in ("p", "pre", "body")
    short = len(piece.text) <= _LONGEST_LABEL and piece.bold < 0.9 and not ends(piece.text)
    text = piece.element.tag == "div" and len(piece.text) >= _LONG_LABEL and _box(piece) in boxes
    if label and short and not text:
        return "heading" if _HEADLINE.search(piece.element.get("class", "")) else "boilerplate"
    return piece.kind


def parsed(content: str) -> lxml.html.HtmlElement:
    """Parse HTML as browsers do. Nothing is fetched and no entity of its own is expanded."""
    if re.search(r"<!ENTITY\b", content, re.I):
        raise DocumentError("unreadable", "the page defines XML entities, which are not read")
    # As bytes in UTF-8: what the page says of its encoding held for the file it came in.
    parser = lxml.html.HTMLParser(
        remove_comments=True, remove_pis=True, no_network=True, encoding="utf-8"
    )
    try:
        tree = lxml.html.document_fromstring(content.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError) as error:
        raise DocumentError("empty", "the page holds no text") from error
    limits = (e.message for e in parser.error_log if e.type_name == "ERR_RESOURCE_LIMIT")
    if any("depth" in message for message in limits):
        raise DocumentError(
            "too_complex",
            f"the page nests more than {_DEEPEST} tags in each other; save its text alone",
        )
    return tree


@dataclass(slots=True)
class _Run:
    """Text that is waiting to become a block: pieces, each with whether it is linked and bold."""

    parts: list[tuple[str, bool, bool]] = field(default_factory=list)

    def add(self, text: str | None, linked: bool, bold: bool) -> None:
        if text:
            self.parts.append((text, linked, bold))

    def is_empty(self) -> bool:
        return not any(text.strip() and text != _BREAK for text, _, _ in self.parts)

    def take(self) -> Iterator[tuple[str, float, float]]:
        """Yield the text of each block, and the shares of it that are linked and bold."""
        lines: list[list[tuple[str, bool, bool]]] = [[]]
        for text, linked, bold in self.parts:
            if text == _BREAK:
                lines.append([])
            else:
                lines[-1].append((text, linked, bold))
        self.parts = []
        for group in _grouped(lines):
            # What stood there as an entity (&shy;) is a sign only now.
            text = one_line(legible("".join(part for part, _, _ in group)))
            if not text:
                continue
            sizes = [(len("".join(part.split())), linked, bold) for part, linked, bold in group]
            total = sum(size for size, _, _ in sizes) or 1
            yield (
                text,
                sum(size for size, linked, _ in sizes if linked) / total,
                sum(size for size, _, bold in sizes if bold) / total,
            )


def _grouped(
    lines: list[list[tuple[str, bool, bool]]],
) -> Iterator[list[tuple[str, bool, bool]]]:
    """Group lines into paragraphs: an empty line parts them, and so do long lines."""
    texts = [one_line("".join(part for part, _, _ in line)) for line in lines]
    long = sum(len(text) > _LONG_LINE for text in texts) >= 2
    group: list[tuple[str, bool, bool]] = []
    previous = ""
    for text, line in zip(texts, lines, strict=True):
        if group and (long or not text or _signed(text) or _signed(previous)):
            yield group
            group = []
        if text:
            group += [("\n", False, False), *line] if group else line
            previous = text
    yield group


def _signed(text: str) -> bool:
    return bool(byline(text) or date_line(text))


class _Walk:
    """Goes through a page once. Inline elements add to a run, all others end it."""

    def __init__(self) -> None:
        self._run = _Run()

    def pieces(self, element: lxml.html.HtmlElement) -> Iterator[Piece]:
        """Yield the blocks of an element, in the order of the page."""
        yield from self._inside(element, None, False, False, element)
        yield from self._flush(element, None)

    def _inside(
        self,
        element: lxml.html.HtmlElement,
        kind: Kind | None,
        linked: bool,
        bold: bool,
        holder: lxml.html.HtmlElement,
    ) -> Iterator[Piece]:
        self._run.add(element.text, linked, bold)
        for child in element:
            tag = child.tag if isinstance(child.tag, str) else ""
            if tag in ("br", "hr"):
                if tag == "hr":
                    yield from self._flush(holder, kind)
                self._run.add(_BREAK, False, False)
            elif tag and tag not in _UNSEEN and not _hidden(child):
                inner_bold = bold or tag in ("b", "strong")
                inner_linked = linked or (tag == "a" and not child.get("href", "#").startswith("#"))
                source = kind == "quotation" and self._run.is_empty() and _is_source(child)
                if tag in _INLINE and not source:
                    yield from self._inside(child, kind, inner_linked, inner_bold, holder)
                else:
                    yield from self._flush(holder, kind)
                    inner = _kind(tag, kind)
                    yield from self._inside(child, inner, inner_linked, inner_bold, child)
                    yield from self._flush(child, inner)
            self._run.add(child.tail, linked, bold)

    def _flush(self, holder: lxml.html.HtmlElement, kind: Kind | None) -> Iterator[Piece]:
        for text, linked, bold in self._run.take():
            yield Piece(text, holder, kind, linked, bold)


def _kind(tag: str, outer: Kind | None) -> Kind | None:
    """Return the kind of what stands in an element, in one of a kind."""
    own = _KINDS.get(tag)
    if outer == "quotation" and tag in ("footer", "cite"):
        return "caption"
    if outer in _OUTER:
        # A figure can hold a quotation, and furniture holds furniture.
        return own if outer == "caption" and own == "quotation" else outer
    return own or outer


def _is_source(element: lxml.html.HtmlElement) -> bool:
    """Return whether an element that begins a line is all of it, and says whose words they are."""
    following = element.getnext()
    alone = following is None or following.tag not in _INLINE
    return element.tag == "cite" and alone and not (element.tail or "").strip()


def _hidden(element: lxml.html.HtmlElement) -> bool:
    if element.tag in ("html", "body"):  # scripts that stop flicker hide these, and show them
        return False
    if "hidden" in element.attrib or _HIDDEN.search(element.get("style", "")):
        return True
    if element.tag == "sup":
        text = element.text_content()
        return bool(_NOTE_MARK.fullmatch(text)) and element.find(".//a") is not None
    return not _FOR_SCREEN_READERS.isdisjoint(element.get("class", "").split())
