"""The names that a labelling tool's labels go by, and the frames and stances they stand for."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from labels.codebook import Codebook
from labels.errors import LabelError
from labels.yaml_file import read_yaml

Choice = tuple[str | None, str]
"""A label that was chosen, and the control, question or scheme it was chosen in, where it has one.
"""

Pair = tuple[str | None, str | None]
"""Frame and stance; a label may stand for either alone."""


class Names:
    """Reads a tool's labels.

    A label is a frame, or a frame and its stance ("safety:favor", "Safety / Favor"); or a stance,
    where it was chosen in a control named after a frame ("safety", "stance_safety"). Case, spaces
    and punctuation do not matter where the rest is unique. `mapping` gives what other labels stand
    for; None drops a label, or all that is chosen in a control.
    """

    def __init__(self, codebook: Codebook, mapping: Mapping[str, str | None] | None = None) -> None:
        self._codebook = codebook
        self._mapping = dict(mapping or {})
        frames, stances = codebook.frame_names, codebook.stance_names
        pairs: dict[str, Pair] = {frame: (frame, None) for frame in frames}
        pairs |= {f"{frame}:{stance}": (frame, stance) for frame in frames for stance in stances}
        self._pairs = _folded(pairs)
        self._stances = _folded({stance: (None, stance) for stance in stances})
        controls: dict[str, Pair] = {name: (frame, None) for frame, name in questions(codebook)}
        controls |= {frame: (frame, None) for frame in frames}
        loose = _folded(controls)
        for pattern in ("stance of {}", "stance on {}", "stance toward {}", "{} stance"):
            for frame in frames:
                loose.setdefault(_fold(pattern.format(frame)), (frame, None))
        self._controls = loose
        if wrong := [f"{k!r}: {v!r}" for k, v in self._mapping.items() if not self._known(v)]:
            raise LabelError(f"the map names what is no label: {wrong}; {self._allowed()}")

    def frames(self, choices: Iterable[Choice]) -> dict[str, str | None] | list[str]:
        """Return what was chosen as a labelled row carries it.

        Raises:
            ValueError: naming every unknown label, and every frame with two stances or none.
        """
        found: dict[str, str | None] = {}
        unknown, twice = [], set()
        for control, label in choices:
            if control is not None and self._mapping.get(control, "") is None:
                continue
            pair = self._pair(control, label)
            if pair is None:
                unknown.append(label if control is None else f"{control}: {label}")
                continue
            frame, stance = pair
            if frame is None:
                continue
            if stance and found.get(frame) not in (None, stance):
                twice.add(frame)
            found[frame] = stance or found.get(frame)
        ordered = {name: found[name] for name in self._codebook.frame_names if name in found}
        without = [name for name, stance in ordered.items() if stance is None]
        if not self._codebook.stances:
            without = []
        faults = [f"unknown labels {sorted(set(unknown))}; {self._allowed()}"] if unknown else []
        faults += [f"two stances on {sorted(twice)}"] if twice else []
        if without:
            faults.append(f"no stance on {without}; --map says which labels stand for stances")
        if faults:
            raise ValueError("; ".join(faults))
        return ordered if self._codebook.stances else list(ordered)

    def _pair(self, control: str | None, label: str) -> Pair | None:
        if label in self._mapping:
            mapped = self._mapping[label]
            if mapped is None:
                return None, None
            label = mapped
        frame = _found(self._controls, control)[0] if control else None
        if frame and (stance := _found(self._stances, label)[1]):
            return frame, stance
        pair = _found(self._pairs, label)
        return pair if pair[0] else None

    def _known(self, value: str | None) -> bool:
        return value is None or any(
            _found(known, value) != (None, None) for known in (self._pairs, self._stances)
        )

    def _allowed(self) -> str:
        known = f"known: the frames {list(self._codebook.frame_names)}"
        if self._codebook.stances:
            known += f" with the stances {list(self._codebook.stance_names)}"
        return f"{known}, as in '{self._codebook.outputs[-1]}'; --map says what others are"


def questions(codebook: Codebook) -> list[tuple[str, str]]:
    """Return each frame, and the name of the question that asks for its stance in a tool.

    The names hold lower-case letters, digits, "_" and "-" only, which all tools take.
    """
    slugs = [
        re.sub(r"[^a-z0-9_-]+", "_", f"stance_{name.lower()}") for name in codebook.frame_names
    ]
    return [
        (frame, slug if slugs.count(slug) == 1 and slug != "stance__" else f"stance_{number}")
        for number, (frame, slug) in enumerate(
            zip(codebook.frame_names, slugs, strict=True), start=1
        )
    ]


def load_map(path: Path | None) -> dict[str, str | None]:
    """Read what a tool's labels stand for: a YAML file of `label: frame`, `label: frame:stance` or
    `label: stance`; `null` drops a label, or a whole question.

    Raises:
        LabelError: if the file cannot be read, or holds anything else.
    """
    if path is None:
        return {}
    raw = read_yaml(path, "map", LabelError)
    if not isinstance(raw, dict) or not all(
        isinstance(key, str) and (value is None or isinstance(value, str))
        for key, value in raw.items()
    ):
        raise LabelError(
            f"{path}: a map holds lines as in 'Sov +: sovereignty:favor' or 'Unsure: null'; "
            "quote labels such as yes, no and numbers"
        )
    return raw


def _fold(name: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", name.casefold()).split())


def _folded(exact: Mapping[str, Pair]) -> dict[str, Pair]:
    """Add the folded names that stand for one thing only."""
    folds = Counter(map(_fold, exact))
    once = {_fold(name): pair for name, pair in exact.items() if folds[_fold(name)] == 1}
    return {**once, **exact}


def _found(known: Mapping[str, Pair], name: str) -> Pair:
    return known.get(name) or known.get(_fold(name)) or (None, None)
