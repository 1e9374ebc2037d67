"""What each block is, whichever format it came from: furniture, heading, caption, body."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile

from labels.reading.blocks import About, Block, Reading, furniture
from labels.reading.dates import date_line, first_date
from labels.reading.furniture import begins_tail, byline, ends, is_credit, is_furniture, is_links

_LONGEST_HEADING = 150
_LONGEST_QUESTION = 100
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_BULLET = re.compile(r"(?:[-–—•*·▪‣◦]|\(?\d{1,2}[.)]|[a-z]\))\s+(?=\S)")  # noqa: RUF001
_SENTENCE = re.compile(r"[.!?。！？؟۔]['\"”’»)]*(?:\s|$|(?<=[。！？]))")  # noqa: RUF001
_HYPHENS = ("-", "\u2010", "\u00ad")
_MOST_BETWEEN = 6


def settled(found: Reading, guess_headings: bool) -> tuple[list[Block], About]:
    """Give every block its kind, join what was broken, and find title, author and date.

    `guess_headings`: in formats without marks for headings, short lines without an end are.
    """
    blocks = [replace(block, text=block.text.strip()) for block in found.blocks]
    blocks = _by_words([block for block in blocks if block.text])
    blocks = _joined(blocks)
    blocks = [_heading(block, guess_headings) for block in blocks]
    blocks = _tail(blocks)
    blocks, title = _titled(blocks, found.about.title)
    author, day = _signed(blocks)
    about = replace(
        found.about,
        title=title or found.about.title,
        author=found.about.author or author,
        date=found.about.date or day,
    )
    return blocks, about


def _by_words(blocks: Iterable[Block]) -> list[Block]:
    """Mark furniture and captions. Above the text a title may be a link; below, it leads away."""
    done, above = [], True
    for block in blocks:
        head = above and block.kind in ("title", "heading")
        known = block.kind == "boilerplate" or not block.main
        if known or is_furniture(block) or (is_links(block) and not head) or _signs(block.text):
            block = furniture(block)
        elif block.kind is None and is_credit(block):
            block = replace(block, kind="caption")
        above = above and block.kind is not None
        done.append(block)
    return done


def _signs(text: str) -> bool:
    return bool(byline(text) or date_line(text))


def _joined(blocks: Iterable[Block]) -> list[Block]:
    """Join paragraphs that a page break, a hard wrap or an insertion broke in mid-sentence.

    What was inserted comes after the whole paragraph.
    """
    done: list[Block] = []
    waiting: int | None = None  # place of a paragraph without an end
    for block in blocks:
        plain = block.kind in (None, "quotation", "list_item")
        if plain and waiting is not None and _goes_on(done[waiting], block):
            first = done[waiting]
            done[waiting] = replace(first, text=joint(first.text, block.text), open=block.open)
            if _is_closed(done[waiting]):
                waiting = None
            continue
        done.append(block)
        if plain:
            waiting = None if _is_closed(block) else len(done) - 1
        elif block.kind in ("title", "heading") or len(done) - (waiting or 0) > _MOST_BETWEEN:
            waiting = None
    return done


def _is_closed(block: Block) -> bool:
    return ends(block.text) and not block.text.endswith((";", ","))


def _goes_on(first: Block, second: Block) -> bool:
    """Return whether the second paragraph is the rest of the first, which has no end."""
    if second.kind not in (None, first.kind):
        return False
    beginning = second.text.lstrip("\"'“‘«([ ")  # noqa: RUF001
    if first.open and _UNSPACED.match(beginning):
        return True
    long_enough = len(first.text) > 20 or first.text.endswith(_HYPHENS)
    return long_enough and beginning[:1].islower() and not _BULLET.match(second.text)


def joint(first: str, second: str) -> str:
    """Return two parts of one sentence as one text."""
    if first.endswith(_HYPHENS) and len(first) > 1 and first[-2].isalpha():
        return first[:-1] + second
    wide = _UNSPACED.match(first[-1]) and _UNSPACED.match(second[0])
    return first + ("" if wide else " ") + second


def _heading(block: Block, guess: bool) -> Block:
    if block.kind is not None:
        return block
    text = block.text
    if guess and (bullet := _BULLET.match(text)):
        return replace(block, text=text[bullet.end() :], kind="list_item")
    if len(text) > _LONGEST_HEADING:
        return block
    unended = not ends(text) or (text.endswith((":", "：")) and not _SENTENCE.search(text))  # noqa: RUF001
    alone = block.apart and text.endswith("?") and len(text) <= _LONGEST_QUESTION
    if (block.bold > 0.9 and (unended or alone)) or (guess and (not ends(text) or alone)):
        return replace(block, kind="heading")
    return block


def _tail(blocks: Sequence[Block]) -> list[Block]:
    """Mark what stands under `You may also like` and has no sentence."""
    done, inside = [], False
    for block in blocks:
        if block.kind == "boilerplate":
            inside = inside or begins_tail(block)
        elif inside and not _SENTENCE.search(block.text):
            block = furniture(block)
        else:
            inside = False
        done.append(block)
    return done


def _titled(blocks: list[Block], stated: str | None) -> tuple[list[Block], str | None]:
    """Find the title among the headings; what else was called a title is a heading."""
    names = [place for place, block in enumerate(blocks) if block.kind == "title"]
    heads = [place for place, block in enumerate(blocks) if block.kind == "heading"]
    first_body = next((n for n, b in enumerate(blocks) if b.kind is None), len(blocks))
    before = [place for place in heads if place < first_body]
    same = [n for n in names + heads if stated and _alike(blocks[n].text, stated)]
    first_line = _first_line(blocks)
    chosen = next(iter([*same, *names, *before, *first_line]), None)
    for place in names:
        blocks[place] = replace(blocks[place], kind="heading")
    if chosen is None:
        return blocks, None
    blocks[chosen] = replace(blocks[chosen], kind="title")
    return blocks, blocks[chosen].text


def _first_line(blocks: Sequence[Block]) -> list[int]:
    """A question as the first line of an article is its title."""
    place = next((n for n, b in enumerate(blocks) if b.kind != "boilerplate"), None)
    if place is None or place + 1 >= len(blocks):
        return []
    first = blocks[place]
    short = first.kind is None and len(first.text) <= _LONGEST_HEADING
    return [place] if short and first.text.endswith("?") else []


def _alike(heading: str, stated: str) -> bool:
    one, other = ("".join(filter(str.isalnum, text.casefold())) for text in (heading, stated))
    return bool(one) and (one in other if len(one) > 8 else one == other)


def _signed(blocks: Sequence[Block]) -> tuple[str | None, str | None]:
    """Return the author that a line around the text gives, and the date that one above it gives."""
    lines = [block.text for block in blocks if block.kind == "boilerplate"]
    head = takewhile(lambda block: block.kind not in (None, "quotation", "list_item"), blocks)
    above = [block.text for block in head if block.kind == "boilerplate"]
    authors = (name for text in lines if (name := byline(_before_date(text))))
    days = (day for text in above if (day := date_line(text)))
    return next(authors, None), next(days, None)


def _before_date(text: str) -> str:
    found = first_date(text)
    return text[: found[1][0]].rstrip(" ,|-–—·•") if found and found[1][0] else text  # noqa: RUF001
