"""What changed between two versions of a codebook, and which labels that puts in doubt."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from labels.codebook import Codebook, Example, Frame, Stance

_PIECE = re.compile(r"\n\s*\n|\n(?=\s*- )")
"""Between the pieces of the guidelines: paragraphs and entries of lists."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed: `what` of the frame, the stance or the codebook called `name`.

    `what` is the name of a field, or "new", "removed" or "order". Of a list, `removed` and `added`
    hold the entries that went and came; of a text, the old and the new words.
    """

    kind: str
    name: str
    what: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


class Doubt(NamedTuple):
    """Whether a change puts answers in doubt that mark a frame, and such that do not."""

    marked: bool
    unmarked: bool


def changes(old: Codebook, new: Codebook) -> list[Change]:
    """Return what changed, the codebook as a whole first. White space does not count."""
    return [
        *_fields("codebook", new.name, old, new, ("name", "language", "min_frames")),
        *_entries("codebook", new.name, "guidelines", _pieces(old), _pieces(new)),
        *_named("stance", old.stances, new.stances),
        *_named("frame", old.frames, new.frames),
    ]


def change_lines(found: Iterable[Change]) -> Iterator[str]:
    """Yield the lines of a readable diff: what was removed after `-`, what was added after `+`."""
    for change in found:
        yield f"{change.kind} '{change.name}': {change.what}"
        yield from (f"  - {entry}" for entry in change.removed)
        yield from (f"  + {entry}" for entry in change.added)


def doubts(old: Codebook, new: Codebook) -> dict[str, Doubt]:
    """Return the frames of `new` whose labels given under `old` may not hold any more.

    Other words in a definition, or a frame that is new, can change any answer. Where more is
    inside a frame, or less outside, it may have been left out wrongly; where less is inside, or
    more outside, marked wrongly. Another claim, or another definition of a stance, changes the
    stances of those who marked. Examples change no answer: they only show what the words mean.
    """
    found = changes(old, new)
    stances = any(change.kind == "stance" for change in found)
    result = {}
    for frame in new.frame_names:
        own = [change for change in found if change.kind == "frame" and change.name == frame]
        marked = stances or any(_unmarks(change) for change in own)
        unmarked = any(_marks(change) for change in own)
        if marked or unmarked:
            result[frame] = Doubt(marked, unmarked)
    return result


def _marks(change: Change) -> bool:
    """Whether texts without the frame may have it now."""
    return (
        change.what in ("new", "definition")
        or (change.what == "inside" and bool(change.added))
        or (change.what == "outside" and bool(change.removed))
    )


def _unmarks(change: Change) -> bool:
    """Whether texts with the frame may have lost it, or have another stance."""
    return (
        change.what in ("claim", "definition")
        or (change.what == "inside" and bool(change.removed))
        or (change.what == "outside" and bool(change.added))
    )


def _named(
    kind: str, old: tuple[Frame | Stance, ...], new: tuple[Frame | Stance, ...]
) -> Iterator[Change]:
    before, after = {one.name: one for one in old}, {one.name: one for one in new}
    for name in before.keys() - after.keys():
        yield Change(kind, name, "removed", _words(before[name].definition), ())
    for name, own in after.items():
        if name not in before:
            yield Change(kind, name, "new", (), _words(own.definition))
        elif isinstance(own, Frame):
            yield from _fields(kind, name, before[name], own, ("claim", "definition"))
            for what in ("inside", "outside"):
                yield from _entries(
                    kind, name, what, getattr(before[name], what), getattr(own, what)
                )
            was = before[name]
            shown = was.examples if isinstance(was, Frame) else ()
            yield from _entries(
                kind, name, "examples", map(_example, shown), map(_example, own.examples)
            )
        else:
            yield from _fields(kind, name, before[name], own, ("definition",))
    kept = [name for name in before if name in after]
    if kept != [name for name in after if name in before]:
        yield Change(kind, "all", "order", (", ".join(kept),), (", ".join(after),))


def _fields(
    kind: str, name: str, old: object, new: object, fields: tuple[str, ...]
) -> Iterator[Change]:
    for what in fields:
        before, after = (_words(str(getattr(one, what))) for one in (old, new))
        if before != after:
            yield Change(kind, name, what, before, after)


def _entries(
    kind: str, name: str, what: str, old: Iterable[str], new: Iterable[str]
) -> Iterator[Change]:
    before, after = ([word for one in side for word in _words(one)] for side in (old, new))
    removed = tuple(entry for entry in before if entry not in after)
    added = tuple(entry for entry in after if entry not in before)
    if removed or added:
        yield Change(kind, name, what, removed, added)


def _example(example: Example) -> str:
    stance = f"{example.stance}: " if example.stance else ""
    return f"{stance}{example.text}" + (f" ({example.why})" if example.why else "")


def _pieces(codebook: Codebook) -> list[str]:
    return _PIECE.split(codebook.guidelines)


def _words(text: str) -> tuple[str, ...]:
    """A text without its line breaks, or nothing where it is empty."""
    text = " ".join(text.split())
    return (text,) if text else ()
