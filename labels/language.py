"""The language of a text, by py3langid (Lui and Baldwin 2012), which works offline."""

from functools import cache
from typing import Any


def language_of(text: str) -> str:
    """Return the language of a text as a two-letter ISO 639-1 code. A guess on very short texts."""
    return _identifier().classify(text)[0]


def language_of_row(lang: str | None, text: str) -> str:
    """Return the language of a row: of the tag given, else of the text, without its region.

    That is a tag's primary subtag in lower case (RFC 5646): `zh` for zh-Hans, `pt` for pt-BR.
    """
    return (lang or language_of(text)).split("-")[0].lower()


@cache
def _identifier() -> Any:
    # The model takes half a second to load, and not every process asks for a language.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    # Headings in English pass for one of the rarer languages too easily; those have longer codes.
    identifier.set_languages([name for name in identifier.labels if len(name) == 2])
    # Made anew of what is left, since the first one keeps all languages beside: 28 MB.
    return LanguageIdentifier(
        identifier.nb_ptc, identifier.nb_pc, identifier.nb_classes, identifier.tk_nextmove,
        identifier.tk_output, tk_row=identifier.tk_row,
    )  # fmt: skip
