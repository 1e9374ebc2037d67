"""Finding the longest of many known phrases in a text, word by word, in linear time.

A phrase is kept under a key: its words folded (case, accents), and between two of them what stands
there, where a hyphen is as good as a space. Scripts without spaces between words have a word for
each character.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

_UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
)
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}](?:[^\W_{_UNSPACED}]|[{_MARKS}])*")
_HYPHENS = "-\u2010\u2011"
_APOSTROPHES = "'\u2019\u02bc`\u00b4"
_LONGEST_GAP = 3


def _letters_without_marks() -> dict[int, str | None]:
    table: dict[int, str | None] = dict.fromkeys(range(0x300, 0x370))
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        plain = unicodedata.normalize("NFD", chr(code))[0]
        if plain != chr(code):
            table[code] = plain
    table[ord("ё")] = "е"  # noqa: RUF001 - Cyrillic
    return table


_PLAIN = _letters_without_marks()


class Word(NamedTuple):
    """A word of a text: as the keys have it, and as it stands at text[start:end]."""

    key: str
    start: int
    end: int
    text: str


class Found(NamedTuple):
    """A phrase found: words[first:last] of the text, and what was kept under it."""

    first: int
    last: int
    phrase: "Phrase"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A spelling and what it stands for. need: for each word 0 (any case), 1 (a capital first)
    or 2 (capitals only). hyphen: whether a hyphen must follow."""

    labels: tuple[str, ...]
    kind: str
    need: tuple[int, ...]
    hyphen: bool = False


@lru_cache(maxsize=1 << 16)
def folded(word: str) -> str:
    """Return a word without case and accents."""
    lower = word.lower()
    if lower.isascii():
        return lower
    return unicodedata.normalize("NFC", word).casefold().translate(_PLAIN)


def words_of(text: str) -> list[Word]:
    """Return the words of a text."""
    return [Word(folded(m.group()), m.start(), m.end(), m.group()) for m in _WORD.finditer(text)]


@lru_cache(maxsize=1 << 12)
def _as_key(gap: str) -> str | None:
    if gap.isspace():
        return " "
    bare = gap.strip()
    if bare in _HYPHENS:
        return " " if bare == gap else None
    if bare in _APOSTROPHES:
        return "'"
    if bare == ".":
        return "."
    if bare in ("(", "（"):  # noqa: RUF001
        return "("
    return bare if bare in ("&", "/") else None


def gap_between(text: str, one: Word, other: Word) -> str | None:
    """Return what stands between two words, as keys have it; None where it parts phrases."""
    if one.end == other.start:
        return ""
    return _as_key(text[one.end : other.start]) if other.start - one.end <= _LONGEST_GAP else None


def _needs(word: str) -> int:
    if not word[0].isupper():
        return 0
    return 2 if len(word) > 1 and word.upper() == word else 1


@dataclass(slots=True)
class Phrases:
    """Known phrases; `None` is kept under what only begins one. stems: of those that end in `*`."""

    known: dict[str, list[Phrase] | None] = field(default_factory=dict)
    stems: dict[str, list[Phrase]] = field(default_factory=dict)
    lengths: list[int] = field(default_factory=list)

    def add(self, spelling: str, labels: tuple[str, ...], kind: str) -> bool:
        """Add a spelling; return False where it has no word in it.

        A `*` at its end stands for any ending of its last word, a hyphen for one that follows.
        """
        words = words_of(spelling)
        if not words:
            return False
        keys = _keys(spelling, words)
        starred = spelling.endswith("*")
        for key in keys[:-1]:
            self.known.setdefault(key, None)
        need = tuple(_needs(word.text) for word in words)
        phrase = Phrase(labels, kind, need, spelling[-1] in _HYPHENS)
        kept = self.stems if starred else self.known
        alike = [*(kept.get(keys[-1]) or []), phrase]
        # Suisse is the country and suisse the adjective: the one that asks for more comes first.
        kept[keys[-1]] = sorted(alike, key=lambda one: -sum(one.need))
        if starred:
            self.lengths = sorted({*self.lengths, len(keys[-1])}, reverse=True)
        return True

    def longest(self, text: str, words: list[Word], first: int) -> Found | None:
        """Return the longest phrase that begins at a word, or None."""
        best: Found | None = None
        key, last = words[first].key, first
        while True:
            kept = self.known.get(key, ())
            for phrase in kept or ():
                if _fits(phrase, text, words, first, last):
                    best = Found(first, last + 1, phrase)
                    break
            else:
                if self.stems and (stem := self._stem(key, text, words, first, last)):
                    best = Found(first, last + 1, stem)
            if kept == () or last + 1 == len(words):
                return best
            gap = gap_between(text, words[last], words[last + 1])
            if gap is None:
                return best
            last += 1
            key = f"{key}{gap}{words[last].key}"

    def _stem(self, key: str, text: str, words: list[Word], first: int, last: int) -> Phrase | None:
        shortest = len(key) - len(words[last].key)
        for length in self.lengths:
            if shortest < length <= len(key):
                for phrase in self.stems.get(key[:length], ()):
                    if len(phrase.need) == last + 1 - first and _fits(
                        phrase, text, words, first, last
                    ):
                        return phrase
        return None

    def spread(self, text: str, words: list[Word]) -> Iterator[Found]:
        """Yield phrases that do not overlap, from the left.

        Of two that overlap the longer counts, else the first: in 在华盛顿 that is 华盛顿, not 在华.
        """
        waiting: Found | None = None
        for first in range(len(words)):
            if words[first].key not in self.known and not self.stems:
                continue
            found = self.longest(text, words, first)
            if found is None:
                continue
            if waiting is None or found.first >= waiting.last:
                if waiting is not None:
                    yield waiting
                waiting = found
            elif found.last - found.first > waiting.last - waiting.first:
                waiting = found
        if waiting is not None:
            yield waiting


def _keys(spelling: str, words: list[Word]) -> list[str]:
    """Return the keys of the beginnings of a spelling, the last of them the whole."""
    keys = [words[0].key]
    for one, other in pairwise(words):
        gap = gap_between(spelling, one, other)
        keys.append(f"{keys[-1]}{' ' if gap is None else gap}{other.key}")
    return keys


def _fits(phrase: Phrase, text: str, words: list[Word], first: int, last: int) -> bool:
    for need, word in zip(phrase.need, words[first : last + 1], strict=True):
        if need == 1 and word.text[0].islower():
            return False
        if need == 2 and word.text.upper() != word.text:
            return False
    return not phrase.hyphen or text[words[last].end : words[last].end + 1] in tuple(_HYPHENS)
