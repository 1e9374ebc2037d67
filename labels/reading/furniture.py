"""What tells the furniture of a page from its text, by its words. The words are in a file."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from labels.reading.blocks import Block

_EDGES = " \t.,:;!?…*+•·|/\\-–—=_>»«<[](){}\"'“”‘’#&。：，！、"  # noqa: RUF001
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.]+|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}(?:/\S*)?",
    re.I,
)
_COUNTS = re.compile(
    r"(?:\d+|no)\s+(?:comments?|shares?|likes?|views?|min(?:ute)?s?(?:\s+read)?|reads?)"
    r"|\d+\s+(?:комментари\w*|просмотр\w*|мин\w*|commentaires?|comentarios?|vues?)"
    r"|(?:page|p\.|страница|стр\.|página|صفحة)\s*\d+(?:\s*(?:/|of|de|sur|из|من)\s*\d+)?"
    r"|第\s*\d+\s*页.*|\d+\s*(?:/|of|de|sur|из)\s*\d+|[-–—|]?\s*\d{1,4}\s*[-–—|]?",  # noqa: RUF001
    re.I,
)
_AGO = re.compile(
    r"(?:(?:last )?updated |published |posted )?(?:\d+|an?) (?:minute|hour|day|week|month)s? ago",
    re.I,
)
_MENU = re.compile("[▾▼☰]")
_PARTS = re.compile(r"\s+[|·•]\s+")
_RIGHTS = re.compile(r"©|ⓒ|\(c\)\s*(?:\d{4}|copyright)|copyright\s*(?:©|\(c\)|[\d:])", re.I)
_AGENCY = re.compile(r"(?P<who>[\w.\-’' ]{2,40})\s?/\s?[\w.\- ]{2,30}$")  # noqa: RUF001
_ALONE = re.compile(r"(?:^|[.!?…。;:|(\[/,–—-])\s*$")  # noqa: RUF001
_BESIDE_A_NAME = re.compile(
    r"[|/©:：()\[\]\d–—]|\b(?:via|for|of|the|by|from|courtesy|par|de|per)\b",  # noqa: RUF001
    re.I,
)
_HAN = re.compile("[\u3400-\u9fff]")
SHORT = 200
"""Characters up to which a line can be furniture, or a caption with a name, by how it begins."""
_LONGEST_CALL = 120
"""Characters up to which a whole sentence can be furniture by how it begins."""
_SHORTEST_CALL = 60
"""The same, for a beginning that sentences have too."""
_LONGEST_DISCLAIMER = 400
_LONGEST_NAME = 80
_SMALL_WORDS = "and de la del der den di da du van von bin ibn el al i y et e и"
_CASED = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases of `furniture.yaml`, case-folded."""

    whole: frozenset[str]
    begins: tuple[str, ...]
    calls: tuple[str, ...]
    tail: tuple[str, ...]
    disclaimers: tuple[str, ...]
    beside: tuple[tuple[str, tuple[str, ...]], ...]
    bylines: tuple[str, ...]
    credits: tuple[str, ...]
    buttons: frozenset[str]
    mastheads: frozenset[str]
    months: tuple[tuple[str, ...], ...]
    names: frozenset[str]


@cache
def words() -> Words:
    """Return the phrases; the file is read once."""
    raw = yaml.safe_load(Path(__file__).with_name("furniture.yaml").read_text("utf-8"))
    months = tuple(tuple(name.casefold() for name in names) for names in raw.pop("months"))
    beside = tuple((phrase.casefold(), tuple(more)) for phrase, more in raw.pop("beside").items())
    lists = {name: tuple(str(p).casefold() for p in phrases) for name, phrases in raw.items()}
    return Words(
        whole=frozenset(lists["whole"]),
        # The longest first: "author:" before "author".
        bylines=tuple(sorted(lists["bylines"], key=len, reverse=True)),
        months=months,
        beside=beside,
        names=frozenset(lists["names"]),
        buttons=frozenset(lists["buttons"]),
        mastheads=frozenset(lists["mastheads"]),
        **{name: lists[name] for name in ("begins", "calls", "tail", "disclaimers", "credits")},
    )


def is_furniture(block: Block) -> bool:
    """Return whether a block is furniture by its words."""
    text = block.text
    bare = text.casefold().replace("’", "'").strip(_EDGES)  # noqa: RUF001
    if not bare or bare in words().whole or _ADDRESS.fullmatch(text.strip(_EDGES)):
        return True
    if _COUNTS.fullmatch(text.strip()) or _AGO.fullmatch(bare) or begins_tail(block):
        return True
    if len(text) <= SHORT and not ends(text) and _is_bar(text, bare):
        return True
    if len(text) <= SHORT and _RIGHTS.match(text):
        return True
    ended = ends(text)
    if len(text) <= (_LONGEST_CALL if ended else SHORT) and _begins(bare, words().begins):
        return True
    if len(text) <= (_SHORTEST_CALL if ended else SHORT) and _begins(bare, words().calls):
        return True
    return len(text) <= _LONGEST_DISCLAIMER and _disclaims(bare)


def _is_bar(text: str, bare: str) -> bool:
    """Return whether a line is a menu, or buttons in a row."""
    parts = _PARTS.split(bare)
    named = len(parts) > 1 and any(part.strip(_EDGES) in words().whole for part in parts)
    said = bare.split()
    buttons = len(said) > 1 and words().buttons.issuperset(said)
    return named or buttons or bool(_MENU.search(text))


def is_masthead(text: str) -> bool:
    """Return whether a line has the form of a newspaper's name: "The Norhaven Herald"."""
    name = _PARTS.split(text)[0].split()
    cased = all(word[0].isupper() for word in name)
    return 2 <= len(name) <= 5 and cased and name[-1].casefold() in words().mastheads


def _begins(bare: str, phrases: tuple[str, ...]) -> bool:
    """Return whether a text begins with a phrase, as whole words where a script parts them."""
    if not bare.startswith(phrases):
        return False
    found = [phrase for phrase in phrases if bare.startswith(phrase)]
    return any(
        _HAN.match(phrase[-1])
        or not (phrase[-1] + bare[len(phrase) :][:1]).isalpha()
        or len(phrase) == len(bare)
        for phrase in found
    )


def _disclaims(bare: str) -> bool:
    if len(bare) + len(_HAN.findall(bare)) > _LONGEST_DISCLAIMER:
        return False
    return any(phrase in bare for phrase in words().disclaimers) or any(
        phrase in bare and any(word in bare for word in more) for phrase, more in words().beside
    )


def is_links(block: Block) -> bool:
    """Return whether a block is made of links to elsewhere."""
    text = block.text
    return block.linked > 0.8 and (len(text) <= 120 or block.linked > 0.95) and not ends(text)


def begins_tail(block: Block) -> bool:
    """Return whether a list of other articles, or the place for comments, begins here."""
    bare = block.text.casefold().strip(_EDGES)
    return bare in words().tail


def is_credit(block: Block) -> bool:
    """Return whether a paragraph describes a picture: it ends with, or is, who took it."""
    text = block.text
    if len(text) > 300:
        return False
    if not (ends(text) and len(text) > SHORT) and any(
        _credits(text, phrase) for phrase in words().credits if phrase in text[-80:].casefold()
    ):
        return True
    ending = re.split(r"[.!?。]\s+|\(", text)[-1].rstrip(" ).")
    named = _AGENCY.fullmatch(ending)
    if not named or not ending.rpartition("/")[2].strip()[:2].isupper():
        return False
    before = named["who"].strip()
    last = " ".join(before.split()[-2:])
    return _is_name(before) or (not ends(text) and " " in last and _is_name(last))


def _credits(text: str, phrase: str) -> bool:
    """Return whether a text has the words of a credit at its end, with the name they call for."""
    at = text[-80:].casefold().rfind(phrase) + max(0, len(text) - 80)
    before, after = text[:at], text[at + len(phrase) :]
    label = phrase[-1] in ":：" or after.lstrip()[:1] in (":", "：")  # noqa: RUF001
    if label and not before and len(text) <= 80:
        return True
    if not _HAN.match(phrase) and (before[-1:].isalnum() or after[:1].isalpha()):
        return False
    closed = not ends(text) or text.endswith(")") or bool(_ALONE.search(before))
    alone = _ALONE.search(before) or text[at].isupper() or _HAN.match(phrase)
    name = _BESIDE_A_NAME.sub(" ", after).strip(" .,;")
    if not name:
        return closed and not label
    if label and alone and not ends(text) and len(name.split()) <= 6:
        return True
    cased = any(sign.isupper() for sign in name)
    short = len(name) <= 20 and len(name.split()) <= 4 and not ends(text)
    return bool(alone or (closed and not label)) and _is_name(name) and (cased or short)


def byline(text: str) -> str | None:
    """Return the name in a line that says who wrote the text, or None."""
    if len(text) > _LONGEST_NAME:
        return None
    folded = text.casefold()
    for prefix in words().bylines:
        if folded.startswith(prefix):
            name = text[len(prefix) :].lstrip(" :：|").rstrip(" ,|")  # noqa: RUF001
            parted = prefix[-1] in ":：" or text[len(prefix) :][:1].isspace()  # noqa: RUF001
            return name if parted and _is_name(name) else None
    return None


def _is_name(text: str) -> bool:
    parts = [part.strip(",.()") for part in text.split()]
    if not 0 < len(parts) <= 8 or re.search(r"[\d?!;。，]", text):  # noqa: RUF001
        return False
    small = _SMALL_WORDS.split()
    cased = [part for part in parts if part and part.casefold() not in small]
    return bool(cased) and all(not _CASED.match(part) or not part[0].islower() for part in cased)


def ends(text: str) -> bool:
    """Return whether a text ends as a sentence does, closing quotation marks aside."""
    return text.rstrip("\"'”’»)]}」』 ").endswith(tuple(".!?…。！？؟۔।:：;；"))  # noqa: RUF001
