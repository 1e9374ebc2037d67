import pytest

from labels.language import language_of, language_of_row

GERMAN = "Die Regierung hat gestern ein neues Gesetz über künstliche Intelligenz beschlossen."


@pytest.mark.parametrize(
    ("lang", "found"),
    [("en", "en"), ("EN", "en"), ("zh-Hans", "zh"), ("pt-BR", "pt"), ("yue", "yue")],
)
def test_language_given_counts_without_its_region(lang, found):
    assert language_of_row(lang, GERMAN) == found


@pytest.mark.parametrize("lang", [None, ""])
def test_language_not_given_is_the_one_of_the_text(lang):
    assert language_of_row(lang, GERMAN) == language_of(GERMAN) == "de"
