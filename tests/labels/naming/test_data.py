"""The file of words, and the names that come with Babel."""

import re
from collections import Counter

import pytest
from babel import Locale

from labels.naming import named
from labels.naming.gazetteer import DATA, codes, data, gazetteer
from labels.naming.inflection import forms
from labels.naming.phrases import words_of

LANGUAGES = {"en", "zh", "ru", "fr", "es"}
BY_CODE = ("names", "people", "capitals", "seats", "blocs")
SPELLINGS = [
    (section, code, language, spelling)
    for section in BY_CODE
    for code, by_language in data()[section].items()
    for language, given in by_language.items()
    for spelling in ([given] if isinstance(given, str) else given)
]
NOTHING = [(language, one) for language, some in data()["nothing"].items() for one in some]


def test_codes_are_those_of_iso_3166():
    known = codes()
    assert len(known) == 248  # 249 of the standard, less two without people, and Kosovo
    assert all(re.fullmatch("[A-Z]{3}", code) for code in known.values())
    assert len(set(known.values())) == len(known)
    some = {"US": "USA", "FR": "FRA", "CD": "COD", "TL": "TLS", "MM": "MMR", "RO": "ROU"}
    assert {two: known[two] for two in some} == some


@pytest.mark.parametrize("section", [*BY_CODE[:-1], "capital_zones"])
def test_sections_use_known_codes(section):
    assert set(data()[section]) <= set(codes().values())


def test_codes_of_blocs_are_not_those_of_countries():
    blocs = set(data()["blocs"])
    assert not blocs & set(codes().values())
    assert {"EU", "NATO", "BRICS", "ASEAN", "AU", "G7", "G20", "SCO", "UN", "OPEC"} <= blocs


def test_spellings_are_strings_in_known_languages():
    assert {language for _, _, language, _ in SPELLINGS} <= LANGUAGES | {"any"}
    assert {language for language, _ in NOTHING} == LANGUAGES
    words = [
        *(one for *_, one in SPELLINGS), *(one for _, one in NOTHING), *data()["given"],
        *data()["beside_given"], *data()["first_names"], *data()["shouted"],
        *(one for section in ("languages", "treaties") for each in data()[section].values()
          for some in each.values() for one in some),
    ]  # fmt: skip
    # A bare `on` or `no` in YAML is no string.
    assert [one for one in words if not isinstance(one, str) or not words_of(one)] == []
    assert [one for one in words if one != one.strip()] == []


def test_nothing_is_written_twice():
    twice = [one for one, times in Counter(SPELLINGS).items() if times > 1]
    twice += [one for one, times in Counter(NOTHING).items() if times > 1]
    assert twice == []
    shared = Counter((language, one) for _, _, language, one in SPELLINGS)
    both = {("en", "Koreas"), ("zh", "巴以"), ("zh", "以巴")}
    assert {one for one, times in shared.items() if times > 1} == both


def test_keys_of_the_file_are_not_given_twice():
    """YAML takes the last of two equal keys and says nothing."""
    section, seen, twice = "", Counter(), []
    for line in DATA.read_text("utf-8").splitlines():
        if top := re.match(r"(\w+):", line):
            section = top[1]
        elif inner := re.match(r"  (\w+): ", line):
            seen[section, inner[1]] += 1
    twice = [one for one, times in seen.items() if times > 1]
    assert twice == []
    assert seen["people", "FRA"] == 1


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_spelling_is_found_and_means_its_code(language):
    shouted, missed = set(data()["shouted"]), []
    for _, code, of, spelling in SPELLINGS:
        if of not in (language, "any") or spelling in shouted:
            continue
        text = f"x {spelling}x y" if spelling.endswith("-") else f"x {spelling} y"
        if code not in named(text, language).countries:
            missed.append((code, spelling))
    assert missed == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_what_counts_as_nothing_is_not_found(language):
    found = {
        phrase: named(phrase, language).countries
        for of, phrase in NOTHING
        if of == language and named(phrase, language).countries
    }
    assert found == {}


@pytest.mark.parametrize("language", ["en", "zh", "ru", "fr", "es", "de", "pt", "ja", "ar", "hi"])
def test_names_of_cldr_mean_their_countries(language):
    names = Locale.parse(language).territories
    some = ["CN", "RU", "IN", "BR", "DE", "FR", "NG", "ZA", "JP", "EG", "UA", "SG", "AR", "CA"]
    wrong = {
        two: names[two] for two in some if named(names[two], language).countries != [codes()[two]]
    }
    assert wrong == {}


def test_capitals_have_a_zone_that_cldr_names():
    zones = Locale.parse("ru").time_zones
    assert [
        zone for zone in data()["capital_zones"].values() if not zones.get(zone, {}).get("city")
    ] == []


def test_every_sign_of_a_phrase_is_known():
    signs, phrases = data()["signs"], data()["sign_phrases"].split()
    assert len(phrases) == len(set(phrases))
    assert [one for one in phrases if not 2 <= len(one) <= 4] == []
    assert [one for one in phrases if not any(signs.get(sign) for sign in one)] == []
    assert set(signs.values()) - {""} <= set(codes().values()) | set(data()["blocs"])


def test_rules_on_other_meanings_name_what_is_found():
    for rule in data()["elsewhere"]:
        assert rule["means"] in {"", *codes().values()}
        found = [
            name
            for name in rule["names"]
            if any(named(f"a {name} b", language).countries for language in LANGUAGES)
        ]
        assert found == rule["names"]


def test_a_language_is_built_once():
    assert gazetteer("fr") is gazetteer("fr-CA")


@pytest.mark.parametrize(
    ("language", "spelling", "more"),
    [
        ("en", "Chinese", ""),
        ("en", "North Korean", "North Koreans"),
        ("fr", "chinois", "chinoise chinoises"),
        ("fr", "turc", "turcs turque turques"),
        ("fr", "indien", "indiens indienne indiennes"),
        ("fr", "russe", "russes"),
        ("es", "chino", "chinos china chinas"),
        ("es", "iraní", "iraníes iranís"),
        ("es", "belga", "belgas"),
        ("ru", "Россия", "России Россию Россией"),
        ("ru", "Египет", "Египта Египту Египтом Египте"),
        ("ru", "Филиппины", "Филиппин Филиппинам Филиппинах"),
        ("ru", "китаец", "китайца китайцы китайцев китайцам"),
        ("ru", "россиянин", "россияне россиян россиянам россиянка"),
        ("ru", "русский", "русского русскому русских русско-"),
        ("ru", "Гвинея-Бисау", "Гвинеи-Бисау"),
        ("ru", "США", ""),
        ("de", "China", ""),
    ],
)
def test_forms(language, spelling, more):
    found = set(forms(spelling, language))
    # The plural of more than one word has a space in it.
    wanted = {more} if language == "en" and more else set(more.split())
    assert wanted <= found
    if language != "ru" or not more:
        assert found == {spelling, *wanted}


def test_only_the_head_of_a_russian_phrase_changes():
    assert set(forms("Совет Европы", "ru")) >= {"Совет Европы", "Совета Европы", "Советом Европы"}
    assert "Советом Европой" not in set(forms("Совет Европы", "ru"))
    assert "Объединённых Арабских Эмиратов" in set(forms("Объединённые Арабские Эмираты", "ru"))
