import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.text import (
    MAX_CHARACTERS,
    normalise,
    placed_words,
    text_id,
    text_problem,
    words,
)
from tests.labels.samples import texts

SPACES = st.sampled_from([" ", "\n", "\t", "\r\n", "\u00a0", "\u2028", "   ", "\n\n"])


def test_text_is_one_line_in_nfc():
    assert normalise("  cafe\u0301 \r\n\tau  lait\u00a0") == "caf\u00e9 au lait"


@given(texts)
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


@given(st.lists(texts, min_size=1, max_size=5), st.data())
def test_id_is_the_same_whatever_the_white_space_and_form(parts, data):
    plain = " ".join(parts)
    spaced = "".join(data.draw(SPACES) + part for part in parts) + data.draw(SPACES)
    assert text_id(unicodedata.normalize("NFD", spaced)) == text_id(plain)


def test_id_is_the_same_on_every_machine():
    # From another program: printf 'café au lait' | b2sum -l 96
    assert text_id(" café  au lait") == "p1:3dc2ecb8d3e57f12c6302afc"


def test_other_words_have_another_id():
    assert text_id("a b") != text_id("ab") != text_id("Ab")


def test_words_are_folded_and_characters_stand_for_words_without_spaces():
    assert words("Straße, 2 e-mails!") == ["strasse", "2", "e", "mails"]
    assert words("AI主权 ok") == ["ai", "主", "权", "ok"]


@pytest.mark.parametrize("text", ["a", "a\nb", "🙂", "x" * MAX_CHARACTERS])
def test_paragraph_has_no_problem(text):
    assert text_problem(text) is None


@pytest.mark.parametrize(
    ("value", "words_"),
    [
        (None, "must be a string, not NoneType"),
        (3, "must be a string, not int"),
        ("", "the text is empty"),
        (" \n\u2003", "the text is empty"),
        ("x" * (MAX_CHARACTERS + 1), "has 100,001 characters; at most 100,000"),
        ("a\ud83d", "half of a UTF-16 pair"),
        ("a\0b", "NUL"),
    ],
    ids=["none", "number", "empty", "blank", "long", "surrogate", "nul"],
)
def test_problem_is_named(value, words_):
    assert words_ in (text_problem(value) or "")


@settings(deadline=None)
@given(
    st.text(max_size=60)
    | st.text(alphabet="aéE\u0301ßİ\u0345ἷ ᾳ\u1100\u1161日\u3000-_", max_size=30)
)
def test_placed_words_are_the_words_of_the_normalised_text(text):
    placed = placed_words(text)
    assert [word for word, _, _ in placed] == words(normalise(text))
    starts = [start for _, start, _ in placed]
    assert starts == sorted(starts)
    assert all(0 <= start < end <= len(text) for _, start, end in placed)


def test_words_are_placed_in_the_text_as_it_is():
    text = "  Straße,\nÉTAT-major 日本"
    assert [(word, text[start:end]) for word, start, end in placed_words(text)] == [
        ("strasse", "Straße"), ("état", "ÉTAT"), ("major", "major"), ("日", "日"), ("本", "本"),
    ]  # fmt: skip
    decomposed = "un e\u0301tat, oui"
    assert placed_words(decomposed)[1] == ("état", 3, 9)
