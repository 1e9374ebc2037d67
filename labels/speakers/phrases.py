# ruff: noqa: RUF001, RUF002 - marks and letters of other scripts are what this file is about
"""Noun phrases beside a verb of saying: where they begin and end, and who they name."""

import re

from labels.speakers.lexicon import Lexicon, forms
from labels.speakers.names import Mention, mention

QUOTED = "\ufffc"
"""Stands for a quotation in a sentence."""

_CAPITAL = r"(?:[A-ZÀ-ÖØ-ÞĀ-ŽА-ЯЁ][\w’'-]*|[A-Z]\.|(?:al|el)-[A-Z][\w’-]*)"
_NAME = re.compile(
    rf"^(?:(?:Mr|Ms|Mrs|Dr|Prof)\.? )?{_CAPITAL}"
    rf"(?: (?:(?:de|da|do|dos|del|di|la|van|von|der|den|bin|al|el|y|e|ben) ){{0,2}}"
    rf"{_CAPITAL}){{1,4}}$"
)
_PHRASE_ENDS = re.compile(
    r"[,;:—–\ufffc(!?]|(?<!\b[A-Z])(?<!Dr)(?<!Mr)(?<!Ms)(?<!Mrs)(?<!St)(?<!Gen)(?<!Sen)(?<!Prof)\.(?=\s|$)"
)
_JOINING = forms("and or y et и und e")
_OF = forms("of de du des da do del d’ di della von")
_FOR = forms("for from at with para à pour chez für bei")
_HOUSES = forms("embassy consulate mission office court university institute delegation")
_CREDENTIAL = re.compile(
    r"^(?:Ph\.?D\.?|M\.?D\.?|Jr\.?|Sr\.?|MPs?|MEP|Q\.?C\.?|K\.?C\.?|[RD]-\w+\.?|\d+)$"
)
_OPENING = forms(
    "and but yet so meanwhile then later still also however instead what mais pero но а aber"
)
_POSSESSIVE = forms("his her its their our my")


def subject_after(text: str, lexicon: Lexicon) -> Mention | None:
    """Read the noun phrase that a text begins with: "X, the minister" is X."""
    chunks = [chunk.strip() for chunk in _PHRASE_ENDS.split(text.lstrip(" ,\t"))]
    if not chunks[0]:
        return None
    phrase = _until_it_ends(_after_object(chunks[0], lexicon), lexicon)
    who = mention(phrase, lexicon)
    if who is None or len(chunks) == 1:
        return who
    if who.kind == "other" and phrase == chunks[0] and (name := _pure_name(chunks[1], lexicon)):
        return Mention(name.text, "name", name.roles | who.roles)
    return who


def _after_object(chunk: str, lexicon: Lexicon) -> str:
    """Drop to whom or where it was said, before the subject: "à l’AFP Marie Dupont"."""
    tokens = chunk.split()
    if tokens[0].lower() not in lexicon.prepositions - lexicon.articles - lexicon.pronouns:
        return chunk
    start = len(tokens)
    while start > 1 and tokens[start - 1][0].isupper():
        start -= 1
    return " ".join(tokens[start:]) if len(tokens) - start >= 2 else chunk


def _pure_name(chunk: str, lexicon: Lexicon) -> Mention | None:
    """Return the name of a person where a chunk is nothing else: an apposition."""
    if not _NAME.match(chunk):
        return None
    name = mention(chunk, lexicon)
    return name if name and name.kind == "name" else None


def _until_it_ends(phrase: str, lexicon: Lexicon) -> str:
    """Cut what no longer belongs to a noun phrase: times, places, a second verb."""
    tokens = phrase.split()
    first = tokens[0].lower() if tokens else ""
    alone = first not in _POSSESSIVE or len(tokens) == 1
    if alone and first in lexicon.pronouns | lexicon.own:
        return tokens[0]
    kept: list[str] = []
    for token in tokens:
        if kept and _ends_phrase(token, kept, lexicon):
            break
        kept.append(token)
    return " ".join(kept)


def _ends_phrase(token: str, kept: list[str], lexicon: Lexicon) -> bool:
    word = token.lower()
    if word in lexicon.dates and token[0].isupper() == (lexicon.code == "en"):
        return True
    if not token.islower():
        return False
    if word in lexicon.breaks - _JOINING:
        return True
    if word in lexicon.prepositions:
        return not _joins(word, kept, lexicon)
    after_noun = kept[-1].lower() not in lexicon.articles
    return after_noun and (
        lexicon.cue.fullmatch(token) is not None or _is_participle(word, lexicon)
    )


def _is_participle(word: str, lexicon: Lexicon) -> bool:
    return lexicon.code == "en" and re.fullmatch(r"\w{2,}[^e]ed", word) is not None


def _joins(word: str, kept: list[str], lexicon: Lexicon) -> bool:
    """Whether a preposition goes on with a noun phrase: "a spokesman for the ministry"."""
    if lexicon.code == "ru":
        return False
    if word in _OF or (word == "in" and kept[-1].lower() in _HOUSES):
        return True
    return word in _FOR and (not kept[-1][0].isupper() or kept[-1].lower() in lexicon.roles)


def subject_before(text: str, lexicon: Lexicon) -> Mention | None:
    """Read the noun phrase that a text ends on, before its verb: "X, the minister, also" is X."""
    if text.rstrip().endswith(QUOTED):
        return None
    text = re.split(r"[;:—–\ufffc]", text.rstrip(" —–"))[-1]
    text = re.sub(r"\b(?:lui|elle)[ -](?:aussi|même)\b", "", text)
    tokens = text.split()
    while tokens and _is_adverb(tokens[-1], lexicon):
        tokens.pop()
    text = _last_clause(" ".join(tokens), lexicon)
    chunks = [chunk.strip() for chunk in text.split(",")]
    if chunks[-1]:
        return _direct_subject(chunks, lexicon)
    inner = [chunk for chunk in chunks if chunk and not _CREDENTIAL.match(chunk)]
    return _apposed_subject(inner, lexicon) if inner else None


def _is_adverb(token: str, lexicon: Lexicon) -> bool:
    word = token.lower().strip(",")
    return word in lexicon.auxiliaries or re.fullmatch(r"[a-z]{3,}ly", word) is not None


def _last_clause(text: str, lexicon: Lexicon) -> str:
    tokens = text.split()
    for place in range(len(tokens) - 2, -1, -1):
        if tokens[place] in lexicon.breaks - _JOINING and tokens[place + 1].strip(","):
            return " ".join(tokens[place + 1 :])
    return text


def _apposed_subject(chunks: list[str], lexicon: Lexicon) -> Mention | None:
    """Read "X, the minister," or "the minister, X," or "X, who leads Y, flanked by Z,"."""
    roles = frozenset(" ".join(chunks).lower().split())
    last = chunks[-1]
    if name := _pure_name(last, lexicon):
        return Mention(name.text, "name", name.roles | roles)
    for chunk in reversed(chunks):
        first = chunk.split()[0]
        if first.lower() in lexicon.prepositions | lexicon.relatives or _is_participle(
            first, lexicon
        ):
            continue
        if name := _pure_name(chunk, lexicon):
            return Mention(name.text, "name", name.roles | roles)
        who = _noun_phrase(chunk, lexicon)
        if who and who.kind in {"name", "pronoun"} and (chunk is chunks[0] or first[0].isupper()):
            return who
        if who and who.kind == "name" and " " in who.text and chunk.endswith(who.text):
            return who
    return _noun_phrase(chunks[0], lexicon)


def _direct_subject(chunks: list[str], lexicon: Lexicon) -> Mention | None:
    chunk = chunks[-1]
    words = chunk.split()
    if words[-1].lower() in _JOINING | {"then", "to"}:
        return None
    if chunk.lower() in lexicon.relatives:
        return _apposed_subject([c for c in chunks[:-1] if c], lexicon) if len(chunks) > 1 else None
    if words[0].lower() in _JOINING:
        words = words[1:]
    return _noun_phrase(" ".join(words), lexicon) if words else None


def _noun_phrase(chunk: str, lexicon: Lexicon) -> Mention | None:
    """Read the noun phrase of a chunk, after an adverbial without a comma."""
    tokens = chunk.split()
    while tokens and tokens[0].lower() in _OPENING | lexicon.breaks:
        tokens = tokens[1:]
    if not tokens:
        return None
    if tokens[-1].lower() in lexicon.pronouns | lexicon.own:
        return mention(tokens[-1], lexicon)
    first = tokens[0].lower()
    if first in lexicon.prepositions and first not in lexicon.articles:
        starts = [at for at, token in enumerate(tokens) if token.lower() in lexicon.articles]
        if starts and not tokens[-1][0].isupper():
            return mention(" ".join(tokens[starts[-1] :]), lexicon)
        while tokens and not tokens[0][0].isupper():
            tokens = tokens[1:]
        run = [token for token in tokens if token.lower() not in lexicon.dates]
        dated = len(run) < len(tokens)
        return mention(" ".join(run), lexicon) if dated or len(run) > 1 else None
    return mention(_until_it_ends(" ".join(tokens), lexicon), lexicon)


def first_subject(left: str, lexicon: Lexicon) -> Mention | None:
    """Return the subject that a sentence begins with: a name, a pronoun or "the company"."""
    chunks = re.split(r"[,;—–\ufffc]|:\s", left)
    for number, chunk in enumerate(chunks):
        tokens = chunk.split()
        while tokens and tokens[0].lower() in _OPENING:
            tokens = tokens[1:]
        if not tokens:
            continue
        first = tokens[0].lower()
        if (verb := lexicon.cue.match(chunk.strip())) and verb["finite"]:
            return subject_after(chunk.strip()[verb.end() :], lexicon)
        if first in lexicon.prepositions - lexicon.articles or first.endswith("ing"):
            continue
        if _is_participle(first, lexicon):
            continue
        following = chunks[number + 1].strip() if number + 1 < len(chunks) else ""
        named = _pure_name(following, lexicon)
        if named and (first in lexicon.articles | _POSSESSIVE or "’s " in chunk or "'s " in chunk):
            return Mention(named.text, "name", named.roles | frozenset(chunk.lower().split()))
        if first in lexicon.pronouns:
            return Mention(tokens[0], "pronoun")
        if first in lexicon.own:
            return Mention(tokens[0], "own")
        if who := _leading_noun_phrase(tokens, lexicon, ended=number + 1 < len(chunks)):
            return who
    return None


def _leading_noun_phrase(tokens: list[str], lexicon: Lexicon, ended: bool) -> Mention | None:
    kept: list[str] = []
    named = False
    for place, token in enumerate(tokens[:12]):
        capital = token[0].isupper() and (bool(kept) or token.lower() not in lexicon.articles)
        if kept and not capital:
            goes_on = token in {"de", "da", "van", "von", "der", "bin", "al", "el"}
            before_name = place + 1 < len(tokens) and tokens[place + 1][0].isupper()
            if named and not goes_on and not (token.lower() in lexicon.roles and before_name):
                break
            if token.lower() in lexicon.auxiliaries | lexicon.passive or _ends_phrase(
                token, kept, lexicon
            ):
                break
        named = named or capital
        kept.append(token)
    else:
        if not named and not (ended and len(kept) <= 4 and kept[0].lower() in lexicon.articles):
            return None
    return mention(" ".join(kept), lexicon)
