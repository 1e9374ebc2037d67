"""The labelled row: one annotator's answer on one text, as files and the HTTP API carry it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from labels.codebook import Codebook
from labels.text import digest, has_half_pair, id_of_normalised, normalise, text_problem

COLUMNS = (
    "id", "text", "lang", "source", "document", "date", "frames", "annotator", "at", "codebook",
    "sampled", "kind", "meta",
)  # fmt: skip
PLACE = ("id", "lang", "source", "document", "date")
"""The columns that say where a text was found, beside `meta`."""
RANDOM, SUGGESTED = SAMPLED = ("random", "suggested")
"""How a text was chosen to be labelled: drawn at random, or because a strategy suggested it."""
DEFAULT_ANNOTATOR = "annotator"
ADJUDICATOR = "adjudicator"
"""The annotator whose answer settles a paragraph. Who corrects on the local page is one."""

RESOLVED = "resolved"
"""The annotator of rows that hold the resolved label."""

ANSWER, DECISION, RETRACTION = KINDS = ("answer", "decision", "retraction")
"""What a row does: say what its annotator reads in a text, settle the text, or take back what its
annotator last said of it."""

STARTER_SOURCE = "starter/"
"""How the source of every row of the starter corpus begins, and no other row's should."""

_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

Frames = Mapping[str, str | None]
"""Frame to stance, in the codebook's order; the stance is None where the codebook has none."""


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A valid row: `text` is normalised, `frames` holds only the codebook's frames and stances.

    `at` is in UTC as `datetime.isoformat` writes it, or None where the row gives no time. `kind`
    is one of `KINDS`; where it is not given, the adjudicator decides and all others answer.
    """

    text: str
    frames: Frames
    annotator: str = DEFAULT_ANNOTATOR
    id: str | None = None
    lang: str | None = None
    source: str | None = None
    document: str | None = None
    date: str | None = None
    at: str | None = None
    codebook: int = 1
    sampled: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""

    def __post_init__(self) -> None:
        if not self.kind:
            object.__setattr__(self, "kind", usual_kind(self.annotator))

    @property
    def text_id(self) -> str:
        return id_of_normalised(self.text)

    @property
    def answer_key(self) -> str:
        """Hash of who answered what on which text; equal for the same answer imported twice."""
        return self.answer_key_on(self.text_id)

    def answer_key_on(self, text_id: str) -> str:
        """Return `answer_key` where the text's id is known already."""
        frames = _canonical_frames(tuple(self.frames.items()))
        known = f"{_quoted(text_id)},{_quoted(self.annotator)},{frames},{self.codebook}"
        rest = _quoted(self.sampled)
        if self.kind != usual_kind(self.annotator):
            rest += f",{_quoted(self.kind)}"
        return digest(f"[{known},{rest}]")

    @property
    def occurrence_key(self) -> str:
        """Hash of where the text was found."""
        return self.occurrence_key_on(self.text_id)

    def occurrence_key_on(self, text_id: str) -> str:
        """Return `occurrence_key` where the text's id is known already."""
        place = (text_id, self.id, self.lang, self.source, self.document, self.date)
        meta = canonical(dict(self.meta)) if self.meta else "{}"
        return digest(f"[{','.join(map(_quoted, place))},{meta}]")


def usual_kind(annotator: str) -> str:
    """Return the kind of a row that gives none: `DECISION` of the adjudicator, else `ANSWER`."""
    return DECISION if annotator == ADJUDICATOR else ANSWER


def canonical(value: object) -> str:
    """Return `value` as JSON with sorted keys and no spare white space: one text per value."""
    return _CANONICAL.encode(value)


def _quoted(value: str | None) -> str:
    """Return what `canonical` does, which takes longer to get ready than to write a string."""
    return "null" if value is None else encode_basestring(value)


@lru_cache(maxsize=4096)
def _canonical_frames(pairs: tuple[tuple[str, str | None], ...]) -> str:
    return canonical(dict(pairs))


def read_row(raw: object, codebook: Codebook) -> tuple[LabelledRow | None, list[str]]:
    """Check one row as it was read from a file or a request.

    Returns the row, or None and every problem in words. Columns that are not part of the contract
    are kept in `meta`. Missing optional columns, None and empty strings are the same.
    """
    if not isinstance(raw, Mapping):
        return None, [f"a row is an object with at least text and frames, not {_kind(raw)}"]
    given = {key: value for key, value in raw.items() if value is not None and value != ""}
    problems: list[str] = []
    values: dict[str, Any] = {}
    if problem := text_problem(raw.get("text", "")):
        problems.append(problem)
    else:
        values["text"] = normalise(raw["text"])
    if given.get("kind") == RETRACTION:
        if given.setdefault("frames", {}):
            problems.append("kind: a retraction has no frames; leave them out")
    elif "frames" not in given:
        empty = "[]" if not codebook.stances else "{}"
        problems.append(f"frames is missing; {empty} means read and found to carry none")
    if "frames" in given:
        try:
            values["frames"] = read_frames(given["frames"], codebook)
        except ValueError as error:
            problems.append(f"frames: {error}")
    for name, read in _READERS.items():
        if name in given:
            try:
                values[name] = read(given[name])
            except ValueError as error:
                problems.append(f"{name}: {error}")
    extra: dict[str, Any] = {}
    for name in [name for name in given if name not in _KNOWN]:
        try:
            extra |= _meta({str(name): given[name]})
        except ValueError as error:
            problems.append(f"{name!r}: {error}")
    if problems:
        return None, problems
    values.setdefault("codebook", codebook.version)
    values["meta"] = {**extra, **values.get("meta", {})}
    return LabelledRow(**values), []


def read_frames(value: object, codebook: Codebook) -> dict[str, str | None]:
    """Return frames in the codebook's order from a mapping, or a list where it has no stances.

    Raises:
        ValueError: naming every unknown frame and stance, with those that are known.
    """
    if codebook.stances:
        if not isinstance(value, Mapping):
            shown = canonical({codebook.frame_names[0]: codebook.stance_names[0]})
            what = f"must map each frame to its stance, not be {_kind(value)}"
            raise ValueError(f"{what}; for example {shown}")
        pairs: dict[Any, Any] = dict(value)
    elif isinstance(value, list | tuple) or (
        isinstance(value, Mapping) and not any(value.values())
    ):
        pairs = dict.fromkeys(value if all(isinstance(v, str) for v in value) else map(str, value))
    else:
        raise ValueError(f"must be a list: the codebook has no stances; it is {_kind(value)}")
    frames, stances = codebook.frame_names, codebook.stance_names
    faults = []
    if unknown := sorted(str(frame) for frame in pairs if frame not in frames):
        faults.append(f"unknown frames {unknown}; known: {list(frames)}")
    for frame, stance in pairs.items():
        if stances and stance not in stances:
            known = list(stances)
            faults.append(f"unknown stance {stance!r} on {frame!r}; known: {known}")
    if faults:
        raise ValueError("; ".join(faults))
    return {name: pairs[name] for name in frames if name in pairs}


def frames_value(frames: Frames, codebook: Codebook) -> dict[str, str | None] | list[str]:
    """Return frames as a row carries them: a map, or a list where the codebook has no stances."""
    return dict(frames) if codebook.stances else list(frames)


def utc(moment: datetime) -> str:
    """Return a time in UTC in the one form the store keeps, which sorts as text."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    there = aware if aware.tzinfo is UTC else aware.astimezone(UTC)
    return there.isoformat(timespec="microseconds")


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a truth value"}
    return names.get(type(value), f"a {type(value).__name__}")


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a string, not {value!r}")
    if "\0" in value or has_half_pair(value):
        raise ValueError(f"{value!r} holds a NUL or half of a UTF-16 pair, which is no character")
    return value


def _identifier(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"must be a string or a whole number, not {value!r}")
    return _string(str(value))


def _language(value: object) -> str:
    if not isinstance(value, str) or len(value) > 35 or not _LANGUAGE.fullmatch(value):
        raise ValueError(f"{value!r} is no language tag; write it as in en, zh or pt-BR")
    return value


def _date(value: object) -> str:
    try:
        return datetime.fromisoformat(str(value)).date().isoformat()
    except ValueError:
        raise ValueError(f"{value!r} is no date; write it as in 2026-03-31") from None


def _time(value: object) -> str:
    try:
        at = utc(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)))
    except (ValueError, OverflowError):
        raise ValueError(f"{value!r} is no time; write it as in 2026-03-31T14:05:00Z") from None
    if at >= "9999-12-31":  # some programs write it for no time at all
        raise ValueError(f"{value!r} is the end of all time; leave it out, or give the true one")
    return at


def _version(value: object) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if not 1 <= number < 2**31 or isinstance(value, bool):
        raise ValueError(f"{value!r} is no codebook version; it is a whole number from 1")
    return number


def _sampled(value: object) -> str:
    if value not in SAMPLED:
        raise ValueError(f"{value!r}; allowed: {list(SAMPLED)}")
    return str(value)


def _known_kind(value: object) -> str:
    if value not in KINDS:
        raise ValueError(f"{value!r}; allowed: {list(KINDS)}")
    return str(value)


def _meta(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"must be an object, not {_kind(value)}")
    try:
        text = json.dumps(dict(value), ensure_ascii=False, allow_nan=False, default=_plain)
        text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"cannot be kept as JSON: {error}") from None
    return json.loads(text)


def _plain(value: object) -> str:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{_kind(value)} has no form in JSON")


_READERS: dict[str, Callable[[Any], Any]] = {
    "id": _identifier, "lang": _language, "source": _string, "document": _string, "date": _date,
    "annotator": _string, "at": _time, "codebook": _version, "sampled": _sampled,
    "kind": _known_kind, "meta": _meta,
}  # fmt: skip
"""What reads each column but text and frames, and raises ValueError where it cannot be read."""

_KNOWN = frozenset(COLUMNS)
