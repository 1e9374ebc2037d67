# ruff: noqa: RUF001, RUF002 - marks and letters of other scripts are what this file is about
"""Quotation marks: where the words of another begin and end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

_CLOSED_BY = {
    "“": "”",
    "„": "”",
    "«": "»",
    "»": "«",
    "「": "」",
    "『": "』",
    '"': '"',
    "‘": "’",
    "'": "'",
}
_MARKS = re.compile("[“”„‟«»「」『』\"‘’']")
_DOUBLE = re.compile('[“”„‟«»「」『』"]')
_SINGLES = {"‘", "'"}
_ELISION = re.compile(r"['‘’](?:tis|twas|em|til|cause|n|bout|round|\d0s)\b", re.IGNORECASE)
_OPENS_AFTER = re.compile(r"[\s(\[{<—–:：，,/\-“„«\"‘]")
_CONTINUES = re.compile(r"\s*[“„«»「『\"‘']")
_LEADS_IN = re.compile(r"[:：,，]\s*$")
_GOES_ON = re.compile(r"[,.!?]*\s*(?:[—–-]\s*[a-zà-ÿа-яё]|[,，]|[.。]?\s*$)")
_DEEPEST = 8
"""Quotations within quotations that are told apart."""

_AHEAD = 500
_CARRY = 6
"""Paragraphs in which a quotation that is opened once may run on without a mark."""


@dataclass(slots=True)
class Span:
    """`text[start:end]` stands between marks; `runs_on`: the next paragraph goes on with it."""

    start: int
    end: int
    outer_start: int
    outer_end: int
    runs_on: bool = False


@dataclass(slots=True)
class _Scan:
    spans: list[Span]
    left_open: int | None = None
    mark: str = ""
    last_inner_close: int | None = None


def spans_of(texts: Sequence[str], whole: Sequence[bool]) -> list[list[Span]]:
    """Return the outermost quotations of each text, in order and disjoint.

    A quotation that is not closed runs on where the next text begins with a mark, or closes a
    quotation that it does not open. whole: texts known to be one quotation, with or without marks.
    """
    found: list[list[Span]] = []
    carried = ""
    for place, text in enumerate(texts):
        following = texts[place + 1 : place + 1 + _CARRY]
        if whole[place] and text.strip() and not _is_quoted(text):
            found.append([Span(*_trimmed(text, 0, len(text)), 0, len(text))])
            carried = ""
            continue
        scan = _scan(text, carried)
        carried = "" if scan.left_open is None else _finish(text, scan, following)
        found.append([span for span in scan.spans if span.start < span.end])
    return found


def _is_quoted(text: str) -> bool:
    return _CONTINUES.match(text) is not None


def _finish(text: str, scan: _Scan, following: Sequence[str]) -> str:
    """Give a quotation that is left open its end; return the mark that the next text inherits."""
    opened = scan.left_open
    assert opened is not None
    end = len(text.rstrip())
    if following and (_CONTINUES.match(following[0]) and _family(following[0]) == scan.mark):
        scan.spans.append(_span(text, opened, end, runs_on=True))
        return ""
    if _closes_later(scan.mark, following):
        scan.spans.append(_span(text, opened, end, runs_on=True))
        return scan.mark
    inner = scan.last_inner_close
    if inner is not None and _GOES_ON.match(text, inner + 1):
        scan.spans.append(_span(text, opened, inner))
        scan.spans += _scan(text, "", inner + 1).spans
    elif scan.mark not in _SINGLES and (opened <= 0 or _LEADS_IN.search(text[:opened])):
        scan.spans.append(_span(text, opened, end))
    else:
        scan.spans += _scan(text, "", opened + 1, singles=scan.mark not in _SINGLES).spans
    return ""


def _family(text: str) -> str:
    return text.lstrip()[0]


def _closes_later(mark: str, following: Sequence[str]) -> bool:
    if mark not in {"“", "«", "「", "„"}:
        return False
    for text in following:
        if not _DOUBLE.search(text):
            continue
        scan = _scan(text, mark)
        return bool(scan.spans) and scan.spans[0].outer_start < 0
    return False


def _span(text: str, opened: int, closed: int, runs_on: bool = False) -> Span:
    return Span(*_trimmed(text, opened + 1, closed), opened, min(closed + 1, len(text)), runs_on)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    inside = text[start:end]
    first = start + len(inside) - len(inside.lstrip())
    return first, max(first, start + len(inside.rstrip()))


def _scan(text: str, carried: str, start: int = 0, singles: bool = True) -> _Scan:
    """Walk the marks once, with a stack of those open. carried: one open from the text before."""
    stack = [(carried, -1)] if carried else []
    spans: list[Span] = []
    inner: int | None = None
    marks = _MARKS if singles else _DOUBLE
    for match in marks.finditer(text, start):
        at, mark = match.start(), match.group()
        if mark in "‘’'" and not _counts(text, at, stack):
            continue
        opened = _opened_by(text, at, mark, stack)
        if opened and len(stack) == _DEEPEST:
            continue
        if opened:
            stack.append((opened, at))
        elif (level := _closed_level(mark, stack)) is not None:
            first = stack[level][1]
            del stack[level:]
            inner = at
            if not stack:
                spans.append(_span(text, first, at))
    if not stack:
        return _Scan(spans)
    return _Scan(spans, stack[0][1], stack[0][0], inner if inner and inner > stack[0][1] else None)


def _counts(text: str, at: int, stack: list[tuple[str, int]]) -> bool:
    """Whether a single mark is more than an apostrophe: outside of double marks only."""
    if stack and stack[0][0] not in _SINGLES:
        return False
    after = text[at + 1 : at + 2]
    if stack:
        return not after.isalnum() and not _is_possessive(text, at)
    before = text[at - 1 : at]
    return (
        text[at] != "’"
        and (at == 0 or _OPENS_AFTER.match(before) is not None)
        and after.isalnum()
        and not _ELISION.match(text, at)
    )


def _is_possessive(text: str, at: int) -> bool:
    """Whether "s’" before a word is a plural's: where a mark that closes comes before one opens."""
    if text[at - 1 : at] != "s" or not re.match(r"\s[a-z]", text[at + 1 : at + 3]):
        return False
    for match in islice(re.finditer("[‘’']", text[at + 1 : at + _AHEAD]), 10):
        place = at + 1 + match.start()
        before, after = text[place - 1], text[place + 1 : place + 2]
        if before.isspace() and after.isalpha():
            return False
        if (
            not before.isspace()
            and not after.isalnum()
            and not re.match(r"s\W\s[a-z]", text[place - 1 : place + 3])
        ):
            return True
    return False


def _opened_by(text: str, at: int, mark: str, stack: list[tuple[str, int]]) -> str:
    """Return the kind of quotation that a mark opens, or nothing where it opens none."""
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    fresh = not before or _OPENS_AFTER.match(before) is not None
    words_follow = bool(after) and (after.isalnum() or after in "[(<…'‘«“¿¡$€£#@—–-.")
    kinds = {kind for kind, _ in stack}
    if mark in "„‟「『":
        return "„" if mark == "‟" else mark
    if mark == "“":
        if "„" in kinds and not (fresh and words_follow):
            return ""
        typed_as_opening = bool(kinds & {"“", "„"}) and not fresh and not words_follow
        return "" if typed_as_opening else "“"
    if mark == "«":
        return "" if "»" in kinds else "«"
    if mark == "»":
        return "»" if not kinds and fresh and words_follow else ""
    if mark == "”":
        return "“" if not kinds and (not before or before.isspace()) and words_follow else ""
    if mark == '"':
        if '"' in kinds:
            return '"' if before.isspace() and words_follow else ""
        return '"' if words_follow and not _joined(before) else ""
    return mark if mark in _SINGLES and not stack else ""


def _joined(before: str) -> bool:
    """Whether a letter or digit stands before a mark, in a script that puts spaces there."""
    return before.isalnum() and before < "\u2e80"


def _closed_level(mark: str, stack: list[tuple[str, int]]) -> int | None:
    for level in range(len(stack) - 1, max(-1, len(stack) - 8), -1):
        kind = stack[level][0]
        if _CLOSED_BY[kind] == mark or (mark == "“" and kind in "„“") or (kind == "'" == mark):
            return level
        if kind == "‘" and mark == "'":
            return level
    return None
