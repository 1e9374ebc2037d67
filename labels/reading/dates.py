"""A line that is a date, in the ways that pages write it."""

import re
from datetime import date

from labels.reading.furniture import ends, words

_NUMBERS = re.compile(r"(?<!\d)(\d{4}|\d{1,2})\s?[./-]\s?(\d{1,2})\s?[./-]\s?(\d{4}|\d{1,2})(?!\d)")
_IDEOGRAPHS = re.compile(r"(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日")
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º)?\.?\s+(?:de\s+)?([^\W\d_]{3,12}(?: الثاني| الأول)?)\.?,?"
    r"\s+(?:de[l]?\s+)?(\d{4})(?!\d)",
    re.I,
)
_MONTH_FIRST = re.compile(
    r"([^\W\d_]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)", re.I
)
_TIME = re.compile(
    r"\d{1,2}\s?[:.h时]\s?\d{2}(?::\d{2})?|\b(?:gmt|utc|et|est|msk|cet|[ap]m|[ap]\.m\.)(?!\w)",
    re.I,
)
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_SAYS_WHICH = re.compile("(?:来源|發布|发布|更新|编辑|編輯|作者|时间|時間|日期|出处)\\s*[：:]")  # noqa: RUF001
_LETTER = re.compile(r"[^\W\d_]")
_LONGEST_LINE = 80
_LETTERS_BESIDE = 24
"""Letters beside the date: a place, a day of the week, `Published`."""

_WIDE_BESIDE = 8
"""Chinese and Japanese characters beside it: so many are a sentence, where no label is one."""

_LETTERS_OF_A_UNIT = 3
"""Letters beside a date that a full stop may follow, the unit of the year in Russian."""


def date_line(text: str) -> str | None:
    """Return the date, ISO 8601, of a line that says no more than a date; None for another.

    Where day and month could be either, the day comes first, as in most of the world.
    """
    if len(text) > _LONGEST_LINE or not re.search(r"\d", text):
        return None
    found = first_date(text)
    if found is None:
        return None
    day, (start, end) = found
    after = text[end:]
    if second := first_date(after):
        after = after[: second[1][0]] + " " + after[second[1][1] :]
    beside = _TIME.sub(" ", f"{text[:start]} {after}").rstrip()
    letters = len(_LETTER.findall(beside))
    ended = ends(beside) and not beside.endswith((":", "："))  # noqa: RUF001
    if letters > _LETTERS_BESIDE or (ended and letters > _LETTERS_OF_A_UNIT):
        return None
    sentence = len(_WIDE.findall(beside)) >= _WIDE_BESIDE and not _SAYS_WHICH.search(beside)
    return None if sentence else day


def first_date(text: str) -> tuple[str, tuple[int, int]] | None:
    """Return the first date in a text, ISO 8601, with its span; None where there is none."""
    for pattern, order in ((_IDEOGRAPHS, "ymd"), (_DAY_FIRST, "dmy"), (_MONTH_FIRST, "mdy")):
        for match in pattern.finditer(text):
            if found := _day(dict(zip(order, match.groups(), strict=True))):
                return found, match.span()
    for match in _NUMBERS.finditer(text):
        first, second, third = match.groups()
        order = "ymd" if len(first) == 4 else "dmy" if int(second) <= 12 else "mdy"
        if len(first) + len(third) > 4 and (
            found := _day(dict(zip(order, (first, second, third), strict=True)))
        ):
            return found, match.span()
    return None


def _day(parts: dict[str, str]) -> str | None:
    month = int(parts["m"]) if parts["m"].isdecimal() else _month(parts["m"].casefold())
    try:
        return date(int(parts["y"]), month, int(parts["d"])).isoformat()
    except ValueError:
        return None


def _month(name: str) -> int:
    """Return the number of a month by its name, 0 where it is none."""
    numbers = (n for n, names in enumerate(words().months, 1) if name.startswith(names))
    return next(numbers, 0)
