# ruff: noqa: RUF001 - marks and letters of other scripts are what this file is about
"""Who says a quotation, by the words around it, in languages with spaces between words."""

import re
from dataclasses import dataclass
from itertools import islice

from labels.speakers.lexicon import Lexicon
from labels.speakers.names import Mention, mention
from labels.speakers.phrases import QUOTED, first_subject, subject_after, subject_before

_CREDIT = re.compile(r"^\s*[,.]?\s*(?:[—–―-]{1,2}|\()\s*(?P<who>[^,(;—–\n]{2,80})")
_FORUM = re.compile(r"^\s*,?\s*(?P<who>[^\W\d_a-zа-я][^,;:\ufffc]{2,60}),\s*(?=[^\W\d_])")
_TRANSCRIPT = re.compile(r"^\s*(?P<who>[^,:;.\ufffc]{2,60}?)(?:\s*,[^:\ufffc]{2,80})?\s*:\s*$")
_WORDS_OF = re.compile(
    r"(?P<who>[^,;:\ufffc]{2,60}?)(?:[’']s?)?\s+(?:own )?"
    r"(?:words?|phrase|phrasing|terms|formulation|verdict|warning|message|motto|complaint|claim|"
    r"promise|remark|comment|pledge|description|answer|reply|response|line|argument|slogan)\b"
    r"[^\ufffc]{0,40}$",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:[,:]|\b(?:that|que|qu’|as|it|them|this|him|her|что|dass|was|is))?\s*"
    r"(?:an?|the|his|her|its|their|as|un|une)?\s*$",
    re.IGNORECASE,
)
_QUOTED_AS = re.compile(
    r"\b(?:quoted|cited|quotes|cites|quoting|citing)\s+(?P<who>[^\ufffc]+?)\s+as\s*$"
)
_IN_VIEW = re.compile(r"\s*(?:To|For) (?P<who>[A-Z][^,\ufffc]{2,50}),")
_IN_WORDS = re.compile(
    r"in (?P<who>[^,;:.\ufffc]{2,60}?)[’']s? (?:own )?(?:words|phrase|telling)\b"
)
_ASKED = re.compile(r"\s+(?:about|whether|if|why|how|for|by|what)\b")


@dataclass(frozen=True, slots=True)
class Found:
    """A speaker, and how near the words that name them stand.

    direct: they stand right beside the quotation. before: the part of the sentence before the verb,
    where the person whom a pronoun means may be named.
    """

    who: Mention
    direct: bool
    before: str = ""


def speaker_in(left: str, right: str, ended: bool, lexicon: Lexicon) -> Found | None:
    """Return who says the quotation between `left` and `right`, the rest of its sentence.

    Words right before it count most, then those right after, then the rest of the sentence.
    Other quotations of the sentence stand there as `QUOTED`. ended: the quotation ends with a sign,
    or one follows it, as it does before ", said X".
    """
    return (
        _just_before(left, lexicon)
        or _just_after(right, ended, lexicon)
        or _earlier(left, lexicon)
        or _later(right, lexicon)
        or _named_before_colon(left, lexicon)
    )


def speaker_inside(quoted: str, lexicon: Lexicon) -> Found | None:
    """Return who is named inside the marks, as French and Russian do: « …, dit X, … »."""
    if lexicon.code not in {"fr", "es", "it", "pt", "ru"}:
        return None
    for comma in islice(re.finditer(r"[,!?…]\s*(?:[—–]\s*)?", quoted), 40):
        rest = _clitics(quoted[comma.end() : comma.end() + 120])
        cue = lexicon.cue.match(rest)
        who = subject_after(rest[cue.end() :], lexicon) if cue and cue["finite"] else None
        if who and who.kind in {"name", "pronoun"}:
            return Found(who, True)
    return None


def _found(who: Mention | None, direct: bool, before: str = "") -> Found | None:
    return Found(who, direct, before) if who else None


def _just_before(left: str, lexicon: Lexicon) -> Found | None:
    link = _LINK.search(left)
    cues = list(lexicon.cue.finditer(left))
    if not link or not cues or cues[-1].end() < len(left[: link.start()].rstrip()):
        return None
    return _by_cue(left, cues, lexicon, direct=True)


def _earlier(left: str, lexicon: Lexicon) -> Found | None:
    sources = list(lexicon.source.finditer(left))
    cues = list(lexicon.cue.finditer(left))
    if sources and (not cues or sources[-1].start() > cues[-1].start()):
        after = left[sources[-1].end() :]
        if who := subject_after(after, lexicon):
            return Found(who, len(after) < 120)
    if cues:
        near = len(left[cues[-1].end() :].split()) <= 4 or left.rstrip().endswith(":")
        if found := _by_cue(left, cues, lexicon, near):
            return found
    if (view := _IN_VIEW.match(left)) and lexicon.code == "en":
        who = mention(view["who"], lexicon)
        if who and who.kind == "name":
            return Found(who, False)
    if words := _WORDS_OF.search(left):
        chunk = re.split(r"\b(?:in|as|by|with|on|at)\b|,", words["who"])[-1].strip()
        who = mention(chunk, lexicon)
        if who and who.kind != "other":
            return Found(who, True)
        if re.match(r"(?:his|her)\b", chunk, re.IGNORECASE):
            return Found(Mention("he", "pronoun"), True)
    return None


def _by_cue(left: str, cues: list[re.Match[str]], lexicon: Lexicon, direct: bool) -> Found | None:
    """Return the subject of the last verb that has one, else that of the sentence."""
    for cue in reversed(cues[-6:]):
        before, after = left[: cue.start()], left[cue.end() :]
        if by := re.match(lexicon.by, after):
            return _found(subject_after(after[by.end() :], lexicon), direct)
        if cue["participle"]:
            if quoted := _QUOTED_AS.search(before):
                return _found(mention(quoted["who"], lexicon), direct)
            continue
        words = before.split()
        if words and words[-1].lower() in lexicon.passive | (lexicon.articles - lexicon.pronouns):
            continue
        if _ASKED.match(after) and not words:
            continue
        who = subject_before(before, lexicon)
        if who is None and lexicon.code != "en":
            after_verb = subject_after(after, lexicon)
            who = after_verb if after_verb and after_verb.kind == "name" else None
        if who:
            return Found(who, direct, before)
    adjacent = direct and (bool(cues[-1]["participle"]) or left.rstrip().endswith(":"))
    return _found(first_subject(left, lexicon), adjacent)


def _just_after(right: str, ended: bool, lexicon: Lexicon) -> Found | None:
    dashed = bool(re.match(r"\s*[,.]?\s*[—–―-]", right))
    text = _clitics(re.sub(r"^[\s,.—–―-]+", "", right))
    if source := lexicon.source.match(text):
        return _found(subject_after(text[source.end() :], lexicon), True)
    if words := _IN_WORDS.match(text):
        return _found(mention(words["who"], lexicon), True)
    how = re.match(r"(?:is|was) (?:how|what|all) (?P<rest>.+)|as (?P<as>.+)", text)
    if how:
        text = how["rest"] or how["as"]
    elif not (ended or re.match(r"\s*[,—–―-]", right)):
        return _credit(right, dashed, lexicon) if right.lstrip().startswith("(") else None
    auxiliaries = "|".join(sorted(map(re.escape, lexicon.auxiliaries))) or r"(?!)"
    lead = re.match(rf"(?:(?:{auxiliaries})\s+)*", text, re.IGNORECASE)
    verb = text[lead.end() :] if lead else text
    if (cue := lexicon.cue.match(verb)) or (cue := lexicon.cue.match(text)):
        rest = cue.string[cue.end() :]
        who = subject_after(rest, lexicon)
        if who is None and lexicon.drops_pronouns:
            who = Mention("", "pronoun")
        if cue["finite"] and who:
            return Found(who, True)
    elif found := _subject_then_verb(text, lexicon):
        return found
    elif any_verb := lexicon.inverted.match(verb):
        who = subject_after(verb[any_verb.end() :], lexicon)
        if who and who.kind == "name" and " " in who.text:
            return Found(who, True)
    return _credit(right, dashed, lexicon)


def _credit(right: str, dashed: bool, lexicon: Lexicon) -> Found | None:
    """A name without a verb: "— Name, title" or, as forums print it, ", Name, Title, Body."."""
    pattern = _CREDIT if dashed or right.lstrip().startswith("(") else _FORUM
    credit = pattern.match(right)
    if credit is None or lexicon.cue.search(credit["who"]):
        return None
    who = mention(credit["who"].strip(), lexicon)
    return Found(who, True) if who and who.kind == "name" else None


def _clitics(text: str) -> str:
    """French inversion with its hyphens undone: "a-t-il ajouté" is "a ajouté il"."""
    text = re.sub(r"^(a|ont|avait)-t-(ils?|elles?|on) (\w+)", r"\1 \3 \2", text)
    return re.sub(r"^(\w+)-(?:t-)?(ils?|elles?|on)\b", r"\1 \2", text)


def _subject_then_verb(text: str, lexicon: Lexicon) -> Found | None:
    cues = (cue for cue in lexicon.cue.finditer(text[:250]) if cue["finite"])
    cue = next(cues, None) or lexicon.any_verb.match(text)
    if cue is None:
        return None
    before = text[: cue.start(cue.lastgroup or 0)]
    first = before.split(" ", 1)[0].lower().strip(",")
    not_a_subject = lexicon.breaks | lexicon.relatives | lexicon.passive | lexicon.prepositions
    if first in not_a_subject - lexicon.articles - lexicon.own:
        return None
    if QUOTED in before or len(before.split()) > 25:
        return None
    return _found(subject_before(before, lexicon), True)


def _later(right: str, lexicon: Lexicon) -> Found | None:
    part = right.split(QUOTED)[0]
    for comma in list(re.finditer(r",\s*[—–-]?\s*", part))[-4:]:
        rest = _clitics(re.sub(r"^(?:as|como|comme|как|wie)\s", "", part[comma.end() :]))
        if source := lexicon.source.match(rest):
            return _found(subject_after(rest[source.end() :], lexicon), False)
        if cue := lexicon.cue.match(rest):
            if cue["finite"] and (who := subject_after(rest[cue.end() :], lexicon)):
                return Found(who, False)
        elif found := _subject_then_verb(rest, lexicon):
            return Found(found.who, False)
    if source := lexicon.source.search(part):
        return _found(subject_after(part[source.end() :], lexicon), False)
    return None


def _named_before_colon(left: str, lexicon: Lexicon) -> Found | None:
    if not left.rstrip().endswith((":", "：")):
        return None
    if transcript := _TRANSCRIPT.match(left):
        who = mention(transcript["who"], lexicon)
        if who and re.fullmatch(r"(?:\w+ )*(?:" + lexicon.documents + ")", who.text):
            return Found(who, True)
        if len(transcript["who"].strip()) == 1:
            return None
        if who and who.kind == "name" and transcript["who"].strip().endswith(who.text):
            return Found(who, True)
    return _found(first_subject(left, lexicon), True)
