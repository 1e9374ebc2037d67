# ruff: noqa: RUF001 - the endings of Russian words
"""The forms of a spelling: number, gender and case, by rule.

A form that no one writes does no harm, so the rules give too many rather than too few. Spellings
are expected as the words stand in a dictionary.
"""

import re
from collections.abc import Callable, Iterator
from itertools import product

_ADJECTIVE = {
    "ий": "ий ая ое ие ого ой ую им ом ими их ому ою ей его ему ем ее",
    "ый": "ый ая ое ые ого ой ую ым ом ыми ых ому ою",
    "ой": "ой ая ое ые ого ую ым ом ыми ых ому ою",
    "ая": "ая ой ую ою",
    "ое": "ое ого ому ым им ом",
    "ые": "ые ых ым ыми",
    "ие": "ие их им ими",
}
_ADJECTIVES = (*_ADJECTIVE, "овы")
_NOUN = [
    # (ending of the word, how much to cut from it, what to put there; - for nothing)
    ("анин", 2, "ин ина ину ином ине е ам ами ах - ка ки ке ку кой ок кам ками ках"),
    ("янин", 2, "ин ина ину ином ине е ам ами ах - ка ки ке ку кой ок кам ками ках"),
    ("аец", 2, "ец йца йцу йцем йце йцы йцев йцам йцами йцах йка йки йку йкой"),
    ("еец", 2, "ец йца йцу йцем йце йцы йцев йцам йцами йцах йка йки йку йкой"),
    ("иец", 2, "ец йца йцу йцем йце йцы йцев йцам йцами йцах йка йки йку йкой"),
    ("лец", 2, "ец ьца ьцу ьцем ьце ьцы ьцев ьцам ьцами ьцах ца цу цем цы цев цам"),
    ("ец", 2, "ец ца цу цем цом це цы цев цов цам цами цах ка ки ке ку кой ок кам"),
    ("ия", 1, "я и ю ей ею"),
    ("га", 1, "а и е у ой ою"),
    ("ка", 1, "а и е у ой ою"),
    ("ха", 1, "а и е у ой ою"),
    ("ша", 1, "а и е у ей ею"),
    ("а", 1, "а ы е у ой ою"),
    ("ея", 1, "я и е ю ей ею"),
    ("я", 1, "я и е ю ей ею"),
    ("ь", 1, "ь я ю ем е и ью ей"),
    ("й", 1, "й я ю ем е и"),
    ("ет", 2, "ет та ту том те ета ету етом ете еты"),
    ("острова", 1, "а ов ам ами ах"),
    ("овы", 1, "ы ых ым ыми ов ам ами ах"),
    ("ы", 1, "ы ов ам ами ах -"),
    ("ово", 1, "о а у ом е"),
    ("ие", 1, "е я ю ем и"),
]
_CONSONANT = re.compile("[бвгджзклмнпрстфхцчшщ]$")
_MASCULINE = "а у ом ем е ы и ов ей ам ами ах"
_FRENCH_PLURAL_AS_SINGULAR = ("s", "x", "z")


def forms(spelling: str, language: str) -> Iterator[str]:
    """Yield the forms of a spelling in a language, the spelling itself first.

    In languages without rules here, and of abbreviations, that is the spelling alone.
    """
    yield spelling
    words = spelling.split()
    rule = _RULES.get(language)
    if rule is None or spelling.endswith("-"):
        return
    before, changing, after = _changing(words, language)
    for picked in product(*(_choices(word, rule) for word in changing)):
        yield " ".join([*before, *picked, *after])
    if language == "ru" and len(words) == 1 and re.search("[сц]кий$", spelling):
        yield spelling[:-2] + "о-"


def _changing(words: list[str], language: str) -> tuple[list[str], list[str], list[str]]:
    """Return a phrase in three: the words that change together, and those before and after.

    In English the last word changes, in Russian the adjectives up to the first noun.
    """
    if language == "en":
        return words[:-1], words[-1:], []
    if language != "ru":
        return [], words, []
    nouns = (at for at, word in enumerate(words) if not word.lower().endswith(_ADJECTIVES))
    head = next(nouns, len(words) - 1) + 1
    return [], words[:head], words[head:]


def _choices(word: str, rule: Callable[[str], list[str]]) -> list[str]:
    """Return the forms of a word; of its last part alone where it has a hyphen, save in Russian."""
    *head, last = word.split("-")
    fixed = [] if rule is _russian else head
    parts = [[part, *_of_part(part, rule)] for part in (*head, last)[len(fixed) :]]
    return list(dict.fromkeys("-".join([*fixed, *picked]) for picked in product(*parts)))


def _of_part(part: str, rule: Callable[[str], list[str]]) -> list[str]:
    return [] if len(part) < 3 or part[1:].upper() == part[1:] else rule(part)


def _english(word: str) -> list[str]:
    return [] if word.endswith(("s", "h", "se", "x", "z")) else [f"{word}s"]


def _french(word: str) -> list[str]:
    if word.endswith("e"):
        return [f"{word}s"]
    feminine = f"{word}e"
    if word.endswith(("ien", "éen", "on", "el")):
        feminine = f"{word}{word[-1]}e"
    elif word.endswith("ec"):
        feminine = f"{word}que"
    elif word.endswith("c"):
        feminine = f"{word[:-1]}que"
    plural = [] if word.endswith(_FRENCH_PLURAL_AS_SINGULAR) else [f"{word}s"]
    return [*plural, feminine, f"{feminine}s"]


def _spanish(word: str) -> list[str]:
    if word.endswith("o"):
        return [f"{word[:-1]}{end}" for end in ("os", "a", "as")]
    if word.endswith(("í", "ú")):
        return [f"{word}es", f"{word}s"]
    if word.endswith(("e", "a", "é")):
        return [f"{word}s"]
    if word.endswith("z"):
        return [f"{word[:-1]}ces"]
    # Accents count for nothing, so the one that francesa loses may stay.
    return [f"{word}{end}" for end in ("es", "a", "as")] if not word.endswith("as") else []


def _russian(word: str) -> list[str]:
    if len(word) > 4 and (endings := _ADJECTIVE.get(word[-2:])) and not word.endswith("ание"):
        stem = word[:-2]
        adjective = [stem + end for end in endings.split()]
    else:
        adjective = []
    for ending, cut, put in _NOUN:
        if word.lower().endswith(ending):
            stem = word[: len(word) - cut]
            return adjective + [stem + end.strip("-") for end in put.split()]
    if _CONSONANT.search(word):
        return [word + end for end in _MASCULINE.split()]
    return adjective


_RULES: dict[str, Callable[[str], list[str]]] = {
    "en": _english,
    "fr": _french,
    "es": _spanish,
    "ru": _russian,
}
