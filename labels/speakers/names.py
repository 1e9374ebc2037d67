# ruff: noqa: RUF001 - marks and letters of other scripts are what this file is about
"""Who is meant: a noun phrase to a name, a short name to the full one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile

from labels.speakers.lexicon import Lexicon, forms

_APPOSITION = re.compile(r", (?:who|the|an?|\w+ (?:of|minister|president|director))\b")
_LONGEST = 12
_PARTICLES = forms(
    "de da do dos das del della di la le van von der den ter ten bin ibn bint al el ul e y du af "
    "av zu zur ben mac mc st. ould"
)
_FAMILY_FIRST = forms(
    "Xi Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng "
    "Liang Xie Song Tang Han Feng Deng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye "
    "Cheng Wei Su Lu Ding Ren Shen Yao Fu Zhong Tan Fan Jin Shi Mao Qin Geng Hua Lai Tsai Kim Lee "
    "Park Choi Jung Jeong Kang Cho Yoon Moon Ahn Hwang Bae Nguyen Tran Pham Hoang Phan Vu Dang Bui "
    "Ngo To"
)
_WORD = re.compile(r"[^\W\d_][\w’'.-]*(?:[.’'][\w-]+)*", re.UNICODE)
_RUN = re.compile(
    r"(?:[A-ZÀ-ÖØ-ÞĀ-ŽА-ЯЁİ][\w’'-]*|[A-Z]\.)"
    r"(?: (?:(?:" + "|".join(sorted(map(re.escape, _PARTICLES))) + r") ){0,2}"
    r"(?:[A-ZÀ-ÖØ-ÞĀ-ŽА-ЯЁİ][\w’'-]*|[A-Z]\.|(?:al|el|ul|as|ar)-[A-Z][\w’-]*))+"
)
_OF = forms("of for de du des da do del d’ di della von para")
_ANY_RUN = re.compile(_RUN.pattern.replace("))+", "))*"))
_PLURAL = forms("they them their ils elles ellos ellas eles elas loro они")
_BEGINNINGS = forms(
    "what how why yet so nor then than not no yes asked speaking meanwhile even only like unlike "
    "when both neither either perhaps instead however here there these those such some many most "
    "few two can does is are selon comme così cuando como как по так"
)
_PLACES = forms(
    "South North East West Eastern Western New United Saudi Sri Hong Silicon Middle Latin European "
    "African Asian Arab Great San Los Las Costa El Big Central White Wall Cold World"
)
_STRIPPED = ' \t,;:.—–-()"“”«»\ufffc'


@dataclass(frozen=True, slots=True)
class Mention:
    """A noun phrase that speaks. kind: "name", "pronoun", "own" (the author) or "other"."""

    text: str
    kind: str
    roles: frozenset[str] = frozenset()


def _capital(token: str) -> bool:
    return any(sign.isupper() for sign in token) and token[0] not in "’'"


def _bare(token: str) -> str:
    return token.rstrip(",;:.").lower() if len(token) > 2 else token.lower()


def _without_possessive(token: str) -> str:
    return re.sub(r"[’']s?$", "", token)


def strip_office(run: list[str], lexicon: Lexicon) -> tuple[list[str], list[str]]:
    """Cut offices and bodies from before a name: (name, what was cut)."""
    cut = 0
    for place, token in enumerate(run):
        word = _bare(token)
        parts = word.split("-")
        if (
            word in lexicon.roles
            or token.lower() in lexicon.roles
            or word in lexicon.topics
            or word in lexicon.dates
            or (len(parts) > 1 and parts[-1] in lexicon.roles)
            or re.search(r"[’']s?$", token)
        ):
            cut = place + 1
    while cut < len(run) - 2 and re.fullmatch(r"[A-ZА-ЯЁ]{2,}", run[cut]):
        cut += 1
    if lexicon.code == "ru" and len(run) - cut > 2:
        cut = len(run) - (3 if re.search(r"(?:вич|вна)$", run[-2]) else 2)
    return run[cut:], run[:cut]


def _run_at_end(tokens: list[str]) -> list[str]:
    """Return the capitalised words, with particles between them, that the tokens end on."""
    run: list[str] = []
    for token in reversed(tokens):
        if _capital(token) or (run and token in _PARTICLES):
            run.insert(0, token)
        else:
            break
    while run and run[0] in _PARTICLES and run[0] not in {"von", "van", "bin", "al", "el", "de"}:
        run.pop(0)
    while run and not _capital(run[0]) and len(run) == 1:
        run.pop(0)
    return run


def mention(phrase: str, lexicon: Lexicon) -> Mention | None:
    """Read a noun phrase, at most 12 words: "Foreign Minister Wang Yi" is the name Wang Yi."""
    phrase = re.sub(r"\s*\([^)]*\)", "", phrase).strip(_STRIPPED)
    tokens = [token for token in phrase.replace("l’", "l’ ").split() if token]
    tokens = tokens[-_LONGEST:]
    if not tokens:
        return None
    if len(tokens) == 1 and tokens[0].lower() in lexicon.pronouns:
        return Mention(tokens[0], "pronoun")
    if tokens[0].lower() in lexicon.own and len(tokens) <= 2:
        return Mention(tokens[0], "own")
    while tokens and tokens[0].lower() in lexicon.articles | forms("its his her their our my your"):
        tokens = tokens[1:]
    if not tokens:
        return None
    if len(tokens) == 1 and tokens[0].lower() in lexicon.groups:
        return Mention(tokens[0].lower(), "other")
    head = list(takewhile(lambda token: token not in lexicon.prepositions, tokens)) or tokens
    if head[-1] in _PARTICLES:
        head = tokens
    run = _run_at_end(head)
    if run:
        name, office = strip_office(run, lexicon)
        lower = [_bare(token) for token in [*head[: len(head) - len(run)], *office]]
        if name and (len(head) == len(tokens) or len(name) > 1 or not office):
            ends = tokens[len(head) :][:1]
            if ends and ends[0] in _OF and not _is_person(name, office, lower, lexicon):
                return _other(tokens)
            return Mention(_joined(name), "name", frozenset(lower))
        if len(head) == len(tokens):
            return _other(tokens)
    ending = _run_at_end(tokens)
    name, office = strip_office(ending, lexicon)
    if office and len(name) > 1:
        return Mention(_joined(name), "name", frozenset(map(_bare, tokens[: -len(name)])))
    return _other(tokens)


def _is_person(name: list[str], office: list[str], lower: list[str], lexicon: Lexicon) -> bool:
    return bool(office) or bool(set(lower) & lexicon.roles) or len(name) > 1


def _joined(tokens: list[str]) -> str:
    joined = " ".join(tokens).strip(_STRIPPED.replace(".", ""))
    if joined.endswith(".") and not re.search(r"\b(?:Jr|Sr|[A-Z])\.$", joined):
        joined = joined[:-1]
    return _without_possessive(joined) if joined.endswith(("’s", "'s")) else joined


def _other(tokens: list[str]) -> Mention | None:
    text = " ".join(tokens).replace("l’ ", "l’").strip(_STRIPPED)
    if not text or len(text) < 2 or not any(sign.isalpha() for sign in text):
        return None
    return Mention(text, "other", frozenset(_bare(token) for token in tokens))


@dataclass(slots=True)
class People:
    """The people of a document, and who of them was named last."""

    lexicon: Lexicon
    full: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    last: str | None = None
    offices: list[tuple[int, frozenset[str], str]] = field(default_factory=list)
    persons: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, texts: Iterable[str], lexicon: Lexicon) -> "People":
        """Collect the names of two to four words, by their last word and by a family name."""
        people = cls(lexicon)
        for place, text in enumerate(texts):
            for match in _RUN.finditer(text):
                people._meet(
                    place,
                    match.group(),
                    text[max(0, match.start() - 60) : match.start()],
                    text[match.end() : match.end() + 80],
                )
        return people

    def _meet(self, place: int, run: str, before: str, after: str) -> None:
        tokens = run.split()
        while tokens and self._is_grammar(tokens[0]):
            tokens = tokens[1:]
        name, office = strip_office(tokens[:8], self.lexicon)
        name = [_without_possessive(token) for token in name]
        if not 2 <= len(name) <= 5:
            return
        words = [
            _bare(word) for word in [*office, *before[-40:].split()[-3:], *after[:60].split()[:7]]
        ]
        roles = frozenset(words) & self.lexicon.roles
        named = [*office, *before[-30:].split()[-1:]]
        if any(_bare(word) in self.lexicon.roles for word in named) or _APPOSITION.match(after):
            self.persons.add(" ".join(name))
            self.offices.append((place, roles, " ".join(name)))
        keys = {name[-1].lower()}
        if name[0] in _FAMILY_FIRST:
            keys.add(name[0].lower())
        for key in keys:
            known = self.full.setdefault(key, [])
            if all(" ".join(name) != other for _, other in known[-20:]):
                known.append((place, " ".join(name)))

    def _is_grammar(self, token: str) -> bool:
        """Whether a word has its capital from the sentence that it begins."""
        word, lexicon = token.lower(), self.lexicon
        grammar = lexicon.articles | lexicon.prepositions | lexicon.breaks | lexicon.auxiliaries
        return (
            word in grammar | lexicon.passive | _BEGINNINGS
            or lexicon.source.match(f"{token} x") is not None
            or lexicon.cue.fullmatch(token) is not None
        )

    def resolve(self, found: Mention, place: int, before: str = "") -> str | None:
        """Return the speaker that a mention in paragraph `place` stands for, and remember it.

        before: what stands before it in its sentence, where a pronoun finds its name first.
        """
        if found.kind == "own":
            return None
        if found.kind == "pronoun":
            self.note(before, place)
            self.last = self.last or self._nearest(place)
            if found.text.lower() in _PLURAL and self.last in self.persons:
                return None
            return self.last
        if found.kind == "other":
            by_role = self._by_role(found, place)
            self.last = by_role or found.text
            return self.last
        name = self._full_name(found.text, place)
        self.last = name
        self.persons.add(name)
        self.offices.append((place, found.roles & self.lexicon.roles, name))
        return name

    def knows(self, found: Mention) -> bool:
        """Whether a name is that of a person who was named with an office, or has spoken."""
        return self._full_name(found.text, 1 << 30) in self.persons

    def note(self, text: str, place: int, subject: Mention | None = None) -> None:
        """Take the first person named in a text for the one that pronouns mean.

        subject: of the sentence; a name of two or three words there is taken for a person's.
        """
        for match in _ANY_RUN.finditer(text):
            name, office = strip_office(match.group().split()[:8], self.lexicon)
            full = self._full_name(" ".join(map(_without_possessive, name)), place) if name else ""
            titled = {_bare(word) for word in office} & self.lexicon.roles
            if full in self.persons or (full and titled):
                self.last = full
                return
        words = subject.text.split() if subject and subject.kind == "name" else []
        if 2 <= len(words) <= 3 and not _PLACES & set(words):
            self.last = self._full_name(" ".join(words), place)

    def _full_name(self, name: str, place: int) -> str:
        tokens = name.split()
        known = self.full.get(tokens[-1].lower(), [])
        if not known and self.lexicon.code == "ru":
            known = self._inflected(tokens[-1])
        elif len(tokens) > 1:
            known = [(at, full) for at, full in known if full.lower().endswith(f" {name.lower()}")]
        if not known and len(tokens) == 1:
            known = [(0, full) for full in sorted(self.persons) if full.startswith(f"{name} ")]
            known = known if len(known) == 1 else []
        before = [full for at, full in known if at <= place]
        persons = [full for full in before if full in self.persons]
        if self.last in before:
            return self.last
        return (persons or before or [full for _, full in known] or [name])[-1]

    def _nearest(self, place: int) -> str | None:
        named = [(at, full) for known in self.full.values() for at, full in known if at <= place]
        named = [(at, full) for at, full in named if not _PLACES & set(full.split())]
        return max(named)[1] if named else None

    def _inflected(self, token: str) -> list[tuple[int, str]]:
        stem = _without_ending(token.lower())
        if len(stem) < 4:
            return []
        fitting = (known for key, known in self.full.items() if _without_ending(key) == stem)
        return next(fitting, [])

    def _by_role(self, found: Mention, place: int) -> str | None:
        words = found.text.split()
        if len(words) > 2 or words[-1] not in self.lexicon.roles or not found.text.islower():
            return None
        fitting = [
            (at, name) for at, roles, name in self.offices if at <= place and set(words) <= roles
        ]
        return max(fitting)[1] if fitting else None


def _without_ending(word: str) -> str:
    return re.sub(r"(?:ым|им|ом|ем|ой|ей|ого|его|ому|ий|ый|а|я|у|ю|е|ы|и)$", "", word)
