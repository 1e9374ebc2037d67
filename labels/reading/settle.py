"""What each block is, whichever format it came from: furniture, heading, caption, body."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile

from labels.reading.blocks import About, Block, Reading, furniture
from labels.reading.dates import date_line, first_date
from labels.reading.furniture import (
    begins_tail,
    byline,
    ends,
    is_credit,
    is_furniture,
    is_links,
    is_masthead,
)

_LONGEST_HEADING = 150
_LONGEST_QUESTION = 100
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_BULLET = re.compile(
    r"(?:[-–—•*·▪‣◦]|\d{1,2}\.|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})\))\s+(?=\S)"  # noqa: RUF001
)
_SENTENCE = re.compile(r"[.!?。！？؟۔]['\"”’»)]*(?:\s|$|(?<=[。！？]))")  # noqa: RUF001
_SENTENCE_END = re.compile(r"[^\W\d_]{3}[.!?؟۔]['\"”’»)]*(?:\s|$)|[。！？]")  # noqa: RUF001
_LONGEST_MARKED = 300
_LONGEST_SAID = 80
"""Characters of a marked heading, and of one of several sentences: a longer one is text."""

_HYPHENS = ("-", "\u2010", "\u00ad")
_MOST_BETWEEN = 6


def settled(
    found: Reading, guess_headings: bool, wrapped: bool = True
) -> tuple[list[Block], About]:
    """Give every block its kind, join what was broken, and find title, author and date.

    `guess_headings`: in formats without marks for headings, short lines without an end are.
    `wrapped`: in formats of lines an item of a list can be broken; marked up, it is whole.
    """
    blocks = [replace(block, text=block.text.strip()) for block in found.blocks]
    blocks = _by_words([block for block in blocks if block.text])
    blocks = _joined(blocks, wrapped)
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
        if block.kind in ("title", "heading") and _is_text(block.text):
            block = replace(block, kind=None)
        head = above and block.kind in ("title", "heading")
        known = block.kind == "boilerplate" or not block.main
        if known or is_furniture(block) or (is_links(block) and not head) or _signs(block.text):
            block = furniture(block)
        elif block.kind is None and is_credit(block):
            block = replace(block, kind="caption")
        above = above and block.kind is not None
        done.append(block)
    return done


def _is_text(heading: str) -> bool:
    several = len(heading) > _LONGEST_SAID and len(_SENTENCE_END.findall(heading)) > 1
    return len(heading) > _LONGEST_MARKED or (several and ends(heading))


def _signs(text: str) -> bool:
    return bool(byline(text) or date_line(text))


def _joined(blocks: Iterable[Block], wrapped: bool) -> list[Block]:
    """Join paragraphs that a page break, a hard wrap or an insertion broke in mid-sentence.

    What was inserted comes after the whole paragraph.
    """
    done: list[Block] = []
    waiting: int | None = None  # place of a paragraph without an end
    for block in blocks:
        plain = block.kind in (None, "quotation", "list_item")
        if plain and waiting is not None and _goes_on(done[waiting], block, wrapped):
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


def _goes_on(first: Block, second: Block, wrapped: bool) -> bool:
    """Return whether the second paragraph is the rest of the first, which has no end."""
    if second.kind not in (None, first.kind):
        return False
    if first.kind == "list_item" and not (wrapped or first.open):
        return False
    beginning = second.text.lstrip("\"'“‘«([ ")  # noqa: RUF001
    if first.open and _UNSPACED.match(beginning):
        return True
    long_enough = len(first.text) > 20 or first.text.endswith(_HYPHENS)
    lower = beginning[:1].islower() and not beginning[1:2].isupper()  # "iPhone" begins a sentence
    return long_enough and lower and not _BULLET.match(second.text)


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
    if not (names or stated) and len(before) > 1 and is_masthead(blocks[before[0]].text):
        blocks[before[0]] = furniture(blocks[before[0]])
        heads, before = heads[1:], sorted(before[1:], key=lambda n: _is_section(blocks[n].text))
    same = [n for n in names + heads if stated and _alike(blocks[n].text, stated)]
    first_line = _first_line(blocks)
    same.sort(key=lambda n: (not _is_same(blocks[n].text, stated), -len(blocks[n].text)))
    chosen = next(iter([*same, *names, *before, *first_line]), None)
    for place in names:
        blocks[place] = replace(blocks[place], kind="heading")
    if chosen is None:
        return blocks, None
    blocks[chosen] = replace(blocks[chosen], kind="title")
    return blocks, blocks[chosen].text


def _is_section(heading: str) -> bool:
    """Whether a line between masthead and title is a section's name: a word or two."""
    return len(heading.split()) < 3 and not _UNSPACED.search(heading)


def _first_line(blocks: Sequence[Block]) -> list[int]:
    """A question as the first line of an article is its title."""
    place = next((n for n, b in enumerate(blocks) if b.kind != "boilerplate"), None)
    if place is None or place + 1 >= len(blocks):
        return []
    first = blocks[place]
    short = first.kind is None and len(first.text) <= _LONGEST_HEADING
    return [place] if short and first.text.endswith("?") else []


def _alike(heading: str, stated: str) -> bool:
    one, other = _bare(heading), _bare(stated)
    return bool(one) and (one in other if len(one) > 8 else one == other)


def _is_same(heading: str, stated: str | None) -> bool:
    return stated is not None and _bare(heading) == _bare(stated)


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


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
