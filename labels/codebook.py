"""The codebook: which frames there are, what each claims, and the stances toward a claim.

The order of frames and of stances is part of every saved model's format: ids are positions in
`Codebook.frames` and `Codebook.stances`. Words may be edited, under a higher version; other frames
or stances make another codebook, with a state folder of its own. Examples show what the words mean
and belong to no version: two codebooks that differ in them alone are equal, and have one hash.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from labels.errors import CodebookError
from labels.text import digest
from labels.yaml_file import read_yaml

DEFAULT_CODEBOOK = Path(__file__).parent / "codebook.yaml"


@dataclass(frozen=True, slots=True)
class Example:
    """A text that carries a frame, its `stance` ("" in a codebook without stances), and `why`."""

    text: str
    stance: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: the `claim` its stance is about, what is `inside` its edge and what `outside`.

    `examples` are for whoever labels. No label and no model stands on them.
    """

    name: str
    claim: str = ""
    definition: str = ""
    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    examples: tuple[Example, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Stance:
    """One stance toward a frame's claim."""

    name: str
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Codebook:
    """Frames and stances in their fixed order. Without stances, a frame is only present or absent.

    `min_frames` is 0 or 1; with 1 the highest frame counts as present where none passes its
    threshold.
    """

    name: str
    version: int
    frames: tuple[Frame, ...]
    stances: tuple[Stance, ...] = ()
    language: str = "en"
    min_frames: int = 0
    guidelines: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise CodebookError(f"codebook '{self.name}': " + "; ".join(problems))

    @property
    def frame_names(self) -> tuple[str, ...]:
        return tuple(frame.name for frame in self.frames)

    @property
    def stance_names(self) -> tuple[str, ...]:
        return tuple(stance.name for stance in self.stances)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of a model's outputs: frames first, then `frame:stance`, frame by frame."""
        pairs = (f"{frame}:{stance}" for frame in self.frame_names for stance in self.stance_names)
        return (*self.frame_names, *pairs)

    @property
    def hash(self) -> str:
        """Tagged hash of everything in the codebook but its examples."""
        return f"c1:{digest(json.dumps(self.without_examples().to_dict(), sort_keys=True))}"

    @property
    def examples(self) -> tuple[tuple[Example, ...], ...]:
        """Each frame's examples, in the order of the frames."""
        return tuple(frame.examples for frame in self.frames)

    def without_examples(self) -> "Codebook":
        """Return what labels and models stand on."""
        return replace(self, frames=tuple(replace(frame, examples=()) for frame in self.frames))

    def same_labels(self, other: "Codebook") -> bool:
        """Whether labels of one can be used with the other: equal frames, stances and order."""
        return (self.frame_names, self.stance_names) == (other.frame_names, other.stance_names)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; `Codebook.from_dict` reads them back.

        A frame without examples has no such key: so it was before there were any.
        """
        raw = json.loads(json.dumps(asdict(self)))
        for frame in raw["frames"]:
            if not frame["examples"]:
                del frame["examples"]
        return raw

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], where: str = "codebook") -> "Codebook":
        """Build a codebook from plain values, as in YAML or JSON.

        Raises:
            CodebookError: naming every unknown key and every value of the wrong kind.
        """
        problems = list(_shape_problems(raw))
        if problems:
            raise CodebookError(f"{where}: " + "; ".join(problems))
        frames = tuple(_frame(entry) for entry in raw["frames"])
        stances = tuple(
            Stance(entry) if isinstance(entry, str) else Stance(**entry)
            for entry in raw.get("stances") or ()
        )
        rest = {
            key: value
            for key, value in raw.items()
            if key not in ("frames", "stances") and value is not None
        }
        return cls(frames=frames, stances=stances, **rest)


def load_codebook(path: Path | str = DEFAULT_CODEBOOK) -> Codebook:
    """Read a codebook from YAML.

    Raises:
        CodebookError: if the file is missing, is not YAML, or does not describe a codebook.
    """
    raw = read_yaml(path, "codebook", CodebookError)
    return Codebook.from_dict(raw, where=str(path))


def _frame(entry: str | Mapping[str, Any]) -> Frame:
    if isinstance(entry, str):
        return Frame(entry)
    lists: dict[str, Any] = {key: tuple(entry.get(key) or ()) for key in ("inside", "outside")}
    lists["examples"] = tuple(
        Example(**{key: value for key, value in example.items() if value is not None})
        for example in entry.get("examples") or ()
    )
    return Frame(**{**entry, **lists})


_KINDS: dict[str, type] = {
    "name": str, "version": int, "language": str, "min_frames": int, "guidelines": str,
    "frames": list, "stances": list,
}  # fmt: skip
_FRAME_KEYS = {
    "name": str, "claim": str, "definition": str, "inside": list, "outside": list, "examples": list,
}  # fmt: skip
_EXAMPLE_KEYS = {"text": str, "stance": str, "why": str}
_STANCE_KEYS = {"name": str, "definition": str}


def _shape_problems(raw: object):
    if not isinstance(raw, Mapping):
        yield f"a codebook is a mapping with the keys {sorted(_KINDS)}, not {type(raw).__name__}"
        return
    yield from _key_problems(raw, _KINDS, ("name", "version", "frames"), "the codebook")
    for kind, known in (("frames", _FRAME_KEYS), ("stances", _STANCE_KEYS)):
        entries = raw.get(kind)
        for place, entry in enumerate(entries if isinstance(entries, list) else ()):
            where = f"{kind}[{place}]"
            if isinstance(entry, Mapping):
                yield from _key_problems(entry, known, ("name",), where)
                yield from _example_problems(entry.get("examples"), where)
            elif not isinstance(entry, str):
                yield f"{where} must be a name or a mapping with the keys {sorted(known)}"


def _example_problems(examples: object, where: str):
    for place, example in enumerate(examples if isinstance(examples, list) else ()):
        here = f"{where}.examples[{place}]"
        if isinstance(example, Mapping):
            yield from _key_problems(example, _EXAMPLE_KEYS, ("text",), here)
        else:
            yield f"{here} must be a mapping with the keys {sorted(_EXAMPLE_KEYS)}"


def _key_problems(raw: Mapping, known: Mapping[str, type], needed: tuple[str, ...], where: str):
    if unknown := sorted(map(str, raw.keys() - known.keys())):
        yield f"{where} has unknown keys {unknown}; known: {sorted(known)}"
    for key in needed:
        if raw.get(key) is None:
            yield f"{where} has no '{key}'"
    for key, kind in known.items():
        value = raw.get(key)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            yield f"{where}: '{key}' must be {kind.__name__}, not {type(value).__name__}"
        elif key in ("inside", "outside") and not _strings(value):
            yield f"{where}: '{key}' must be a list of strings; quote what holds ': '"


def _strings(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(v, str) for v in value))


def _problems(codebook: Codebook):
    if not codebook.frames:
        yield "no frames; name at least one"
    if len(codebook.stances) == 1:
        yield "one stance alone says nothing; name two or more, or none"
    if codebook.min_frames not in (0, 1):
        yield f"min_frames is {codebook.min_frames}; allowed: 0 or 1"
    if codebook.version < 1:
        yield f"version is {codebook.version}; it counts from 1"
    for kind, names in (("frame", codebook.frame_names), ("stance", codebook.stance_names)):
        for name in names:
            if not name.strip() or name != name.strip() or ":" in name:
                yield f"{kind} name {name!r}: it must not be empty, hold ':' or end in white space"
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"{kind} '{name}' is named twice"
    known = codebook.stance_names or ("",)
    for frame in codebook.frames:
        for number, example in enumerate(frame.examples, 1):
            if not example.text.strip():
                yield f"frame '{frame.name}', example {number}: its text is empty"
            if example.stance not in known:
                yield (
                    f"frame '{frame.name}', example {number}: the stance is '{example.stance}'; "
                    f"allowed: {list(known)}"
                )
