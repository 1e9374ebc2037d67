"""The quotations of a document, each with its speaker."""

import re
from collections.abc import Sequence

from labels.language import language_of, language_of_row
from labels.speakers import english, european
from labels.speakers.marks import spans_of
from labels.speakers.names import People
from labels.speakers.quotation import Passage, Quotation
from labels.speakers.sentences import HAN, sentences_of
from labels.speakers.walk import Walk

_SAMPLE = 2_000
_ENOUGH = 500
"""Characters from which the language of a text is believed rather than what a page says of it."""

_DASHES = " ―—–-"  # noqa: RUF001
_ASIDE = {"boilerplate", "caption"}
"""Kinds of paragraph that do not belong to the run of the text."""

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LEXICONS = {
    lexicon.code: lexicon
    for lexicon in (
        english.ENGLISH,
        european.FRENCH,
        european.SPANISH,
        european.PORTUGUESE,
        european.ITALIAN,
        european.GERMAN,
        european.RUSSIAN,
    )
}


def quotations(
    paragraphs: Sequence[Passage], language: str | None = None
) -> list[tuple[Quotation, ...]]:
    """Return the quotations of each paragraph, in order and disjoint, with their speakers.

    language: of the document, as an ISO 639-1 code or a tag that begins with one; None: found from
    the text. Speakers are read in English, Chinese, Russian, French, Spanish, Portuguese, Italian
    and German, by rules over the words around a quotation; elsewhere by the English rules, which
    then seldom find one. Nothing is raised, whatever the texts.

    A quotation is what stands between the outermost marks, or a paragraph of kind "quotation" that
    has none. One that runs over several paragraphs has a part in each, with one speaker. What is
    marked but is no quotation is left out: a word or phrase of up to three words (eight Chinese
    characters), or a title in capitals, that the words beside it attribute to nobody, as in
    so-called "sovereign AI". Attributed ("what he called ..."), it is a quotation. Words reported
    without marks (indirect speech), and dialogue after a dash, are not looked for.

    The speaker is whoever the words name, without office or article: a person, else a body, a
    document or a role ("Kremlin spokesman"). A surname stands for the full name in the document, a
    pronoun for the person named last, whatever their gender, and "the minister" for the person
    with that office. Several voices in one pair of marks have the outermost's speaker.
    """
    texts = [paragraph.text for paragraph in paragraphs]
    lexicon = _LEXICONS.get(_language(texts, language), english.ENGLISH)
    made: list[tuple[Quotation, ...]] = [()] * len(texts)
    kinds = [paragraph.kind for paragraph in paragraphs]
    # Below a quotation in a block, a caption says whose words it is, as a line after a dash does.
    named = {k for k in range(1, len(kinds)) if kinds[k - 1 : k + 1] == ["quotation", "caption"]}
    main = [at for at, kind in enumerate(kinds) if kind not in _ASIDE or at in named]
    asides = [[at] for at, kind in enumerate(kinds) if kind in _ASIDE and at not in named]
    for places in (main, *asides):
        part = [f"— {texts[at].lstrip(_DASHES)}" if at in named else texts[at] for at in places]
        spans = spans_of(part, [paragraphs[at].kind == "quotation" for at in places])
        read = [sentences_of(text, found) for text, found in zip(part, spans, strict=True)]
        people = People.of(texts if places is main else part, lexicon)
        for at, quoted in zip(places, Walk(part, read, people, lexicon).run(), strict=True):
            made[at] = () if at in named else tuple(quoted)
    return made


def _language(texts: Sequence[str], language: str | None) -> str:
    sample = " ".join(texts)[:_SAMPLE]
    stated = language.replace("_", "-") if language else None
    if stated and len(sample) >= _ENOUGH:
        # Many sites say that all they have is in English.
        found = language_of(sample)
        stated = found if found in _LEXICONS else stated
    language = stated
    if not language and len(_CYRILLIC.findall(sample)) > len(sample) / 3:
        return "ru"
    if not language and len(HAN.findall(sample)) > len(sample) / 4:
        return "zh"
    return language_of_row(language, sample)
