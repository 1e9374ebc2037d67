"""What countries and blocs are called in a language: CLDR's names by Babel, and `naming.yaml`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import UnknownLocaleError, get_global

from labels.errors import FramescopeError
from labels.naming.inflection import forms
from labels.naming.phrases import Phrases, folded
from labels.yaml_file import read_yaml

DATA = Path(__file__).with_name("naming.yaml")
_WITHDRAWN = frozenset({"BUR", "FXX", "ROM", "TMP", "ZAR"})
"""Former codes that CLDR still has for a country of today."""
NOTHING = "nothing"
SIGN = "sign"
_KINDS = {
    "names": "country",
    "people": "people",
    "capitals": "capital",
    "seats": "seat",
    "blocs": "bloc",
}
_NO_COUNTRY = re.compile("A[ACQ]|BV|CP|DG|EU|TA|Q[M-Z]|X[A-Z]|ZZ")
"""What ISO 3166 leaves to its users, and what has no people."""
_OWN_NAMES = frozenset({"CD", "CG", "HK", "MO", "PS"})
"""CLDR's names of these hold the name of another country, or a word for what they are."""
_WRITTEN = frozenset({"en", "es", "fr", "ru", "zh"})
"""Languages that `naming.yaml` has words of; others take the abbreviations of blocs in English."""
_ENGLISH_TOO = frozenset(
    {"zh", "ja", "ko", "ru", "uk", "be", "bg", "sr", "ar", "fa", "he", "el", "th", "hi"}
)
"""Languages in other scripts than English, whose texts have English names between."""


class GazetteerError(FramescopeError):
    """Data on countries that cannot be used."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Spellings (folded) that mean `means`, or nothing, where a text has one of `beside`."""

    names: frozenset[str]
    beside: tuple[str, ...]
    means: str


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Words, folded, beside which the name of a people is that of its language."""

    after: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()
    then: frozenset[str] = frozenset()
    joins: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Treaties:
    """Words, folded, beside which the name of a capital is a treaty's."""

    after: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """What is known of a language. signs: of Chinese, each to its country's code or to ""."""

    phrases: Phrases
    signs: Mapping[str, str] = field(default_factory=dict)
    sign_phrases: frozenset[str] = frozenset()
    sign_beginnings: frozenset[str] = frozenset()
    neighbours: Neighbours = field(default_factory=Neighbours)
    treaties: Treaties = field(default_factory=Treaties)
    given: frozenset[str] = frozenset()
    beside_given: frozenset[str] = frozenset()
    first_names: frozenset[str] = frozenset()
    elsewhere: tuple[Elsewhere, ...] = ()
    shouted: frozenset[str] = frozenset()


@cache
def data() -> dict[str, Any]:
    """Return what `naming.yaml` holds; it is read once."""
    return read_yaml(DATA, "names of countries", GazetteerError, "are")


@cache
def codes() -> dict[str, str]:
    """Return the ISO 3166 alpha-3 code of each alpha-2 code; of Kosovo the XKX in common use."""
    three = {
        to[0]: code
        for code, to in get_global("territory_aliases").items()
        if len(code) == 3 and code.isalpha() and len(to) == 1 and code not in _WITHDRAWN
    }
    countries = {two: code for two, code in three.items() if not _NO_COUNTRY.fullmatch(two)}
    return {**countries, "XK": "XKX"}


def gazetteer(language: str) -> Gazetteer:
    """Return what is known of a language, by its two-letter code or a longer tag.

    A language that CLDR has no names in is read as English.
    """
    primary = language.replace("_", "-").split("-")[0].lower()
    try:
        Locale.parse(primary)
    except (UnknownLocaleError, ValueError):
        primary = "en"
    return _built(primary)


@cache
def _built(language: str) -> Gazetteer:
    raw = data()
    phrases = Phrases()
    of = [language, "en"] if language in _ENGLISH_TOO else [language]
    collected: dict[str, tuple[tuple[str, ...], str]] = {}
    for each in reversed(of):
        for spelling, labels, kind in _spellings(each):
            earlier = collected.get(spelling)
            both = earlier is not None and earlier[1] == kind and kind != NOTHING
            more = tuple(dict.fromkeys([*(earlier[0] if both and earlier else ()), *labels]))
            collected[spelling] = (more, kind)
    # The last is the strongest, and of one key the first that fits counts.
    for spelling, (labels, kind) in reversed(collected.items()):
        phrases.add(spelling, labels, kind)
    sign_phrases = frozenset(raw["sign_phrases"].split() if language == "zh" else ())
    return Gazetteer(
        phrases=phrases,
        signs=raw["signs"],
        sign_phrases=sign_phrases,
        sign_beginnings=frozenset(phrase[0] for phrase in sign_phrases),
        neighbours=Neighbours(**_folded_lists(raw["languages"], language)),
        treaties=Treaties(**_folded_lists(raw["treaties"], language)),
        given=_folded(raw["given"]),
        beside_given=_folded(raw["beside_given"]),
        first_names=_folded(raw["first_names"]),
        elsewhere=tuple(
            Elsewhere(_folded(rule["names"]), tuple(rule["beside"]), rule["means"])
            for rule in raw["elsewhere"]
        ),
        shouted=frozenset(raw["shouted"]),
    )


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(folded(word) for word in words)


def _folded_lists(raw: Mapping[str, dict], language: str) -> dict[str, frozenset[str]]:
    return {key: _folded(words) for key, words in raw.get(language, {}).items()}


def _spellings(language: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield every form of every spelling with its codes and kind; later ones are stronger."""
    raw = data()
    tags = (language, f"{language}_Hant") if language == "zh" else (language,)
    sources = list(_of_section("people", language))
    for tag in tags:
        sources += _from_cldr(tag)
    for section in ("names", "capitals", "seats", "blocs"):
        sources += _of_section(section, language)
    if language not in _WRITTEN:
        english = list(_of_section("blocs", "en"))
        sources += [one for one in english if one[0].isupper() and one[0] not in raw["shouted"]]
    sources += [(s, (), NOTHING) for s in _listed(raw["nothing"].get(language))]
    for spelling, labels, kind in sources:
        for form in forms(spelling, language):
            if kind in ("country", "capital", "bloc") and language != "ru" and form != spelling:
                break
            yield form, labels, kind


def _of_section(section: str, language: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for code, by_language in data()[section].items():
        for key in ("any", language):
            for spelling in _listed(by_language.get(key)):
                yield spelling, (code,), _KINDS[section]


def _listed(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


def _from_cldr(tag: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield the names of countries, blocs and capitals of a CLDR locale."""
    locale = Locale.parse(tag)
    for two, name in locale.territories.items():
        if two in ("EU", "UN"):
            yield name, (two,), "bloc"
        elif (code := codes().get(two)) and two not in _OWN_NAMES:
            for variant in _variants(name):
                yield variant, (code,), "country"
    latin = folded(locale.territories.get("FR", "")).isascii()
    for code, zone in data()["capital_zones"].items():
        city = locale.time_zones.get(zone, {}).get("city")
        # CLDR leaves out a name that is written as the zone's; others are written so as well.
        cities = [city, zone.rpartition("/")[2].replace("_", " ")] if latin else [city]
        for name in filter(None, cities):
            yield name, (code,), "capital"


def _variants(name: str) -> list[str]:
    """Return "Myanmar (Burma)" as both its names, and & written out."""
    outer, bracket, inner = name.rstrip(")）").partition(" (")  # noqa: RUF001
    names = [outer, inner] if bracket and not inner.isupper() else [outer]
    return [*names, *(one.replace(" & ", " and ") for one in names if " & " in one)]
