# ruff: noqa: RUF001 - marks and letters of other scripts are what this file is about
"""The words by which a language says who speaks."""

import re
from dataclasses import dataclass
from functools import cached_property


def forms(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


@dataclass(frozen=True)
class Lexicon:
    """What the rules of `attribution` ask of a language. Patterns are regular expressions.

    saying: verb forms (with auxiliaries) that say who speaks; participles: those without a subject
    of their own ("adding"); sources: "according to"; pronouns: stand for the speaker named last
    (persons: those of a person); own: the author ("I"); articles, auxiliaries, prepositions,
    breaks: words at which a noun phrase begins or ends; roles: words before a name that are not
    part of it; topics: words that end the name of an office or a body, not a person's;
    documents: nouns that speak ("report"); groups: people in the plural ("critics").
    """

    code: str
    saying: str
    participles: str = r"(?!)"
    sources: str = r"(?!)"
    pronouns: frozenset[str] = frozenset()
    persons: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    auxiliaries: frozenset[str] = frozenset()
    passive: frozenset[str] = frozenset()
    by: str = r"(?!)"
    prepositions: frozenset[str] = frozenset()
    breaks: frozenset[str] = frozenset()
    relatives: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    documents: str = r"(?!)"
    drops_pronouns: bool = False
    reacting: str = r"(?!)"
    """Any verb, where a name or pronoun stands between it and a quotation: "he grumbled"."""
    reacting_inverted: str = r"(?!)"
    """Any verb, where it stands between a quotation and a name: "grumbled Jane Doe"."""
    groups: frozenset[str] = frozenset()

    @cached_property
    def cue(self) -> re.Pattern[str]:
        return re.compile(
            rf"(?<![\w’'-])(?=[^\W\d_])(?:(?P<finite>{self.saying})|(?P<participle>{self.participles}))(?![\w’'-])",
            re.IGNORECASE,
        )

    @cached_property
    def source(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w’'-])(?:{self.sources})\s+(?=\S)", re.IGNORECASE)

    @cached_property
    def inverted(self) -> re.Pattern[str]:
        return re.compile(rf"(?:{self.reacting_inverted})\s+(?=[A-ZÀ-ÞА-ЯЁ])")

    @cached_property
    def any_verb(self) -> re.Pattern[str]:
        name = r"[A-ZÀ-Þ][\w’'-]*(?: [A-ZÀ-Þ][\w’'-]*){0,4}"
        return re.compile(
            rf"(?:he|she|they|{name}(?:,[^.:;\ufffc]{{1,80}},)?)\s+(?P<verb>{self.reacting})(?=[\s,.;:]|$)"
        )
