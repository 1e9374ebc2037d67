"""How the labels of one codebook become those of another: a mapping file.

    rename: {sovereignty: digital sovereignty}
    merge: {domination: [neo-colonialism, authoritarian control]}
    split: {safety: [accidents, misuse]}
    drop: [cooperation]
    stances: {favor: supports}

Frames and stances of the same name in both need no word. A split cannot be carried over: who marked
the old frame has not said which of the new ones, and labels the text again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from labels.codebook import Codebook
from labels.errors import CodebookError
from labels.rows import Frames
from labels.yaml_file import read_yaml

_KEYS = {"rename": dict, "merge": dict, "split": dict, "drop": list, "stances": dict}


class Carried(NamedTuple):
    """An answer in the frames of the new codebook, and the new frames that it cannot speak of."""

    frames: dict[str, str | None]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelMap:
    """From each old frame and stance to the new one; a frame in `split` to several.

    An old frame that is in neither is dropped.
    """

    old: Codebook
    new: Codebook
    frames: Mapping[str, str]
    split: Mapping[str, tuple[str, ...]]
    stances: Mapping[str, str]

    def carry(self, frames: Frames) -> Carried:
        """Return an answer in the new frames.

        Lost are the frames that a marked one was split into, and a merged frame whose parts were
        marked with different stances.
        """
        given: dict[str, set[str | None]] = {}
        lost: set[str] = set()
        for name, stance in frames.items():
            if name in self.split:
                lost.update(self.split[name])
            elif name in self.frames:
                kept = self.stances[stance] if stance is not None and self.new.stances else None
                given.setdefault(self.frames[name], set()).add(kept)
        lost.update(name for name, stances in given.items() if len(stances) > 1)
        order = self.new.frame_names
        return Carried(
            {name: next(iter(given[name])) for name in order if name in given and name not in lost},
            tuple(name for name in order if name in lost),
        )

    def older(self, codebook: Codebook) -> Codebook | None:
        """Return an old version as it reads in the new frames, to see what has changed since.

        A frame that was merged or split has its new words, since the mapping is what says that its
        labels hold; a frame that the old one had nothing of is left out. None where that is all.
        """
        sources: dict[str, list[str]] = {}
        for old, new in self.frames.items():
            sources.setdefault(new, []).append(old)
        split = {new for names in self.split.values() for new in names}
        words = {frame.name: frame for frame in codebook.frames}
        frames = []
        for frame in self.new.frames:
            own = sources.get(frame.name, [])
            if frame.name in split or len(own) > 1:
                frames.append(frame)
            elif own and own[0] in words:
                frames.append(replace(words[own[0]], name=frame.name))
        if not frames:
            return None
        meant = {new: old for old, new in self.stances.items()}
        defined = {stance.name: stance for stance in codebook.stances}
        stances = tuple(
            replace(defined[meant[stance.name]], name=stance.name)
            for stance in self.new.stances
            if meant.get(stance.name) in defined
        )
        return replace(
            codebook,
            name=self.new.name,
            # Without examples, whose stances have other names; no label stands on them.
            frames=tuple(replace(frame, examples=()) for frame in frames),
            stances=stances if len(stances) > 1 else self.new.stances,
        )


def read_map(path: Path, old: Codebook, new: Codebook) -> LabelMap:
    """Read a mapping file.

    Raises:
        CodebookError: if it cannot be read, or naming every frame and stance without a place.
    """
    raw = read_yaml(path, "mapping", CodebookError) or {}
    return label_map(raw, old, new, str(path))


def label_map(raw: Any, old: Codebook, new: Codebook, where: str = "mapping") -> LabelMap:
    """Build a mapping from plain values, as in YAML.

    Raises:
        CodebookError: naming every frame and stance without a place.
    """
    if problems := list(_shape_problems(raw)):
        raise CodebookError(f"{where}: " + "; ".join(problems))
    frames = dict(raw.get("rename") or {})
    merged = [(part, name) for name, own in (raw.get("merge") or {}).items() for part in own]
    split = {name: tuple(own) for name, own in (raw.get("split") or {}).items()}
    dropped = list(raw.get("drop") or ())
    named = [*frames, *(part for part, _ in merged), *split, *dropped]
    frames |= dict(merged)
    for name in old.frame_names:
        if name not in named and name in new.frame_names:
            frames[name] = name
    stances = {name: name for name in old.stance_names if name in new.stance_names}
    stances |= raw.get("stances") or {}
    found = LabelMap(old, new, frames, split, stances)
    if problems := [*_frame_problems(found, named, dropped), *_stance_problems(found)]:
        raise CodebookError(f"{where}: " + "; ".join(problems))
    return found


def _shape_problems(raw: object) -> Iterator[str]:
    if not isinstance(raw, Mapping):
        yield f"a mapping file has the keys {sorted(_KEYS)}, and is not {type(raw).__name__}"
        return
    if unknown := sorted(map(str, raw.keys() - _KEYS.keys())):
        yield f"unknown keys {unknown}; known: {sorted(_KEYS)}"
    for key, kind in _KEYS.items():
        value: Any = raw.get(key)
        if value is not None and not isinstance(value, kind):
            yield f"'{key}' must be {kind.__name__}, not {type(value).__name__}"
        elif key in ("merge", "split"):
            groups: Mapping[Any, Any] = value or {}
            for name, parts in groups.items():
                named = isinstance(parts, list) and all(isinstance(one, str) for one in parts)
                if not named or len(parts) < 2:
                    yield f"{key}: '{name}' needs a list of two frames or more, by name"
        elif not all(isinstance(entry, str) for one in _entries(value) for entry in one):
            yield f"'{key}' must hold names only"


def _entries(value: Any) -> Any:
    return value.items() if isinstance(value, Mapping) else [(entry,) for entry in value or ()]


def _frame_problems(found: LabelMap, named: list[str], dropped: list[str]) -> Iterator[str]:
    before, after = found.old.frame_names, found.new.frame_names
    if unknown := sorted({str(name) for name in named if name not in before}):
        yield f"the old codebook has no frames {unknown}; it has {list(before)}"
    if twice := sorted({str(name) for name in named if named.count(name) > 1}):
        yield f"{twice} are named twice; a frame goes one way"
    targets = [*found.frames.values(), *(name for own in found.split.values() for name in own)]
    if unknown := sorted({str(name) for name in targets if name not in after}):
        yield f"the new codebook has no frames {unknown}; it has {list(after)}"
    placed = {*found.frames, *found.split, *dropped}
    if left := [name for name in before if name not in placed]:
        yield f"the old frames {left} have no place; rename, merge, split or drop them"


def _stance_problems(found: LabelMap) -> Iterator[str]:
    before, after = found.old.stance_names, found.new.stance_names
    if after and not before:
        yield "the new codebook has stances and the old has none: no label can be carried over"
    if unknown := sorted(found.stances.keys() - set(before)):
        yield f"the old codebook has no stances {unknown}; it has {list(before)}"
    if not after:
        return
    if unknown := sorted(set(found.stances.values()) - set(after)):
        yield f"the new codebook has no stances {unknown}; it has {list(after)}"
    if left := [name for name in before if name not in found.stances]:
        yield f"the old stances {left} have no place; name them under 'stances'"
