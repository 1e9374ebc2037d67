"""What a labelled row holds and a labelling tool has no place for.

It goes along under the one key `framescope`: `place` says where the text was found, `answer` what
its label was and who gave it when. A tool keeps such a key with the text. When somebody has
relabelled the text since, the label is no longer the one in `answer`, and `answer` counts for
nothing.
"""

from collections.abc import Mapping
from typing import Any

from labels.codebook import Codebook
from labels.rows import COLUMNS, PLACE, SAMPLED, LabelledRow, frames_value

KEY = "framescope"
ANSWER = tuple(name for name in COLUMNS if name not in (*PLACE, "meta", "text", "frames"))
_OURS = ("kind", "codebook", "sampled")
"""What means something of its own here; under these names a team's data hold what they like."""
_SUGGESTED_WITH = ("why", "suggestion", "model")
"""What `framescope labels suggest` writes beside `sampled`: with these it means what ours does."""


def place_of(row: LabelledRow) -> dict[str, Any]:
    """Return where a text was found, as plain values."""
    found = {name: getattr(row, name) for name in PLACE}
    return {name: value for name, value in found.items() if value} | (
        {"meta": dict(row.meta)} if row.meta else {}
    )


def answer_of(row: LabelledRow, codebook: Codebook) -> dict[str, Any]:
    """Return who answered what and when, as plain values."""
    found = {name: getattr(row, name) for name in ANSWER}
    given = {name: value for name, value in found.items() if value is not None}
    return {**given, "frames": frames_value(row.frames, codebook)}


def is_kept(answer: object, frames: object, annotator: str | None = None) -> bool:
    """Whether `answer` is still the one given: the same label, by the same annotator if known."""
    if not isinstance(answer, Mapping) or answer.get("frames") != frames:
        return False
    return annotator in (None, answer.get("annotator"))


def restored(
    own: Mapping[str, Any], text: object, frames: object, carried: object, kept: bool
) -> dict[str, Any]:
    """Return a row as it was exported, or as far as the tool knows it.

    `own` is what the tool itself says; what it calls as only we do is kept as meta. `carried` is
    the value of `KEY`; its `answer` is used where `kept` says that it is still the one.
    """
    held = carried if isinstance(carried, Mapping) else {}
    place, answer = held.get("place"), held.get("answer")
    raw = {name: value for name, value in own.items() if name not in _OURS}
    foreign = {name: own[name] for name in _OURS if own.get(name) not in (None, "")}
    if own.get("sampled") in SAMPLED and all(name in own for name in _SUGGESTED_WITH):
        raw["sampled"] = foreign.pop("sampled")
    meta = raw.get("meta") or {}
    if foreign and isinstance(meta, Mapping):  # else the check of the row names the fault
        raw["meta"] = {**meta, **foreign}
    if isinstance(place, Mapping):
        raw = {name: value for name, value in raw.items() if name in ANSWER}
        raw |= {name: place[name] for name in (*PLACE, "meta") if name in place}
    if kept and isinstance(answer, Mapping):
        raw = {name: value for name, value in raw.items() if name not in ANSWER}
        raw |= {name: answer[name] for name in ANSWER if name in answer}
    return {**raw, "text": text, "frames": frames}
