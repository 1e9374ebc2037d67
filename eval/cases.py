"""The cases of `behaviours.yaml`, read and checked against the codebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.behaviours import RULES, Alike, Carries, Case, Turns
from labels.codebook import Codebook
from labels.errors import FramescopeError
from labels.text import text_problem
from labels.yaml_file import read_yaml

DEFAULT_BEHAVIOURS = Path(__file__).parent / "behaviours.yaml"
PLACEHOLDER = "{country}"
SHOWN_PROBLEMS = 20
BROKEN_WORDS = 2
"""How many words of a paragraph are broken: those at the ends of two lines."""


class BehaviourError(FramescopeError):
    """A file of behaviours that cannot be used."""


def load_cases(codebook: Codebook, path: Path | str = DEFAULT_BEHAVIOURS) -> dict[str, list[Case]]:
    """Read the cases of every behaviour, by its name, in the order of `RULES`.

    What is one case: in `clear`, `outside` and `nothing` a text; in `denial` a claim with its
    denial; in `country` the first name against another one, in one text; in `furniture` an
    addition before or after a clear paragraph (each paragraph takes one of each, in turn); in
    `typography` a change to a clear paragraph, where it changes anything.

    Raises:
        BehaviourError: if the file is missing, is not YAML, or names frames or stances that the
            codebook does not have; it names the place of every fault.
    """
    raw = read_yaml(path, "behaviours", BehaviourError, "are")
    check = _Check(codebook)
    parts = check.mapping(raw, tuple(RULES), "the file")
    clear = list(_clear(parts["clear"], check))
    plain = [case.text for case in clear]
    cases: dict[str, list[Case]] = {
        "clear": [*clear],
        "outside": [*_outside(parts["outside"], check)],
        "nothing": [*_nothing(parts["nothing"], check)],
        "denial": [*_denial(parts["denial"], check)],
        "country": [*_country(parts["country"], check)],
        "furniture": [*_furniture(parts["furniture"], plain, check)],
        "typography": [*_typography(parts["typography"], plain, check)],
    }
    if check.problems:
        shown = check.problems[:SHOWN_PROBLEMS]
        hidden = len(check.problems) - len(shown)
        tail = [f"... and {hidden} more"] if hidden else []
        raise BehaviourError("; ".join([f"{path}: {shown[0]}", *shown[1:], *tail]))
    return {name: cases[name] for name in RULES}


class _Check:
    """Takes the file apart. A fault is noted with its place, and nothing is taken from there.

    What is None was missing, and has been noted by who looked for it.
    """

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.problems: list[str] = []

    def mapping(
        self, value: object, needed: tuple[str, ...], where: str, more: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Return the values of the keys, None for those that are missing."""
        known = (*needed, *more)
        if not isinstance(value, Mapping):
            if value is not None or where == "the file":
                self.problems.append(f"{where} must be a mapping with the keys {list(known)}")
            return dict.fromkeys(known)
        for name in needed:
            if value.get(name) is None:
                self.problems.append(f"{where} has no '{name}'")
        if unknown := sorted(map(str, value.keys() - set(known))):
            self.problems.append(f"{where} has unknown keys {unknown}; known: {list(known)}")
        return {name: value.get(name) for name in known}

    def entries(self, value: object, where: str) -> Iterator[tuple[str, Any]]:
        """Yield each entry of a list with its place."""
        if not isinstance(value, list) or not value:
            if value is not None:
                self.problems.append(f"{where} must be a list of at least one entry")
            return
        for place, entry in enumerate(value):
            if entry is None:
                self.problems.append(f"{where}[{place}] is empty")
            else:
                yield f"{where}[{place}]", entry

    def texts(self, value: object, where: str) -> list[str]:
        return [
            text for place, entry in self.entries(value, where) for text in self.text(entry, place)
        ]

    def text(self, value: object, where: str) -> list[str]:
        """Return the text alone in a list, or an empty list where it is none."""
        problem = text_problem(value) if value is not None else None
        if problem:
            self.problems.append(f"{where}: {problem}")
        return [value] if isinstance(value, str) and not problem else []

    def by_frame(self, value: object, where: str) -> Iterator[tuple[str, str, Any]]:
        """Yield each frame of a mapping with the place of its entry, and the entry."""
        if not isinstance(value, Mapping) or not value:
            if value is not None:
                self.problems.append(f"{where} must be a mapping from frames to lists")
            return
        for name, entry in value.items():
            self.name(name, "frame", where)
            yield name, f"{where}.{name}", entry

    def name(self, value: object, kind: str, where: str) -> str:
        """Return the name of a frame or stance."""
        names = self.codebook.frame_names if kind == "frame" else self.codebook.stance_names
        if value is not None and value not in names:
            self.problems.append(f"{where}: unknown {kind} {value!r}; known: {list(names)}")
        return str(value)


def _clear(raw: object, check: _Check) -> Iterator[Carries]:
    for where, entry in check.entries(raw, "clear"):
        own = check.mapping(entry, ("frame", "item", "texts"), where)
        check.text(own["item"], f"{where}.item")
        frame = check.name(own["frame"], "frame", f"{where}.frame")
        for text in check.texts(own["texts"], f"{where}.texts"):
            yield Carries(text, (frame,), ())


def _outside(raw: object, check: _Check) -> Iterator[Carries]:
    for where, entry in check.entries(raw, "outside"):
        own = check.mapping(entry, ("frame", "item", "texts"), where, ("instead",))
        check.text(own["item"], f"{where}.item")
        frame = check.name(own["frame"], "frame", f"{where}.frame")
        instead = check.name(own["instead"], "frame", f"{where}.instead")
        for text in check.texts(own["texts"], f"{where}.texts"):
            yield Carries(text, (instead,) if own["instead"] else (), (frame,))


def _nothing(raw: object, check: _Check) -> Iterator[Carries]:
    for text in check.texts(raw, "nothing"):
        yield Carries(text, (), check.codebook.frame_names)


def _denial(raw: object, check: _Check) -> Iterator[Turns]:
    own = check.mapping(raw, ("stances", "pairs"), "denial")
    stances = [
        check.name(entry, "stance", where)
        for where, entry in check.entries(own["stances"], "denial.stances")
    ]
    if len(stances) != 2:
        if own["stances"] is not None:
            check.problems.append("denial.stances must be two: the claim's and the denial's")
        return
    for frame, where, entries in check.by_frame(own["pairs"], "denial.pairs"):
        for place, entry in check.entries(entries, where):
            pair = check.mapping(entry, ("claim", "denial"), place)
            claims = check.text(pair["claim"], f"{place}.claim")
            denials = check.text(pair["denial"], f"{place}.denial")
            for claim, denial in zip(claims, denials, strict=False):
                yield Turns(claim, denial, frame, (stances[0], stances[1]))


def _country(raw: object, check: _Check) -> Iterator[Alike]:
    own = check.mapping(raw, ("names", "texts"), "country")
    names = check.texts(own["names"], "country.names")
    if own["names"] is not None and len(names) < 2:
        check.problems.append("country.names must hold two names or more")
    for _, where, entries in check.by_frame(own["texts"], "country.texts"):
        for text in check.texts(entries, where):
            if PLACEHOLDER not in text:
                check.problems.append(f"{where}: no {PLACEHOLDER} in {text!r}")
            for name in names[1:]:
                yield Alike(
                    text.replace(PLACEHOLDER, names[0]),
                    text.replace(PLACEHOLDER, name),
                    f"'{name}' for '{names[0]}'",
                )


def _furniture(raw: object, plain: list[str], check: _Check) -> Iterator[Alike]:
    own = check.mapping(raw, ("before", "after"), "furniture")
    before = check.texts(own["before"], "furniture.before")
    after = check.texts(own["after"], "furniture.after")
    for k, text in enumerate(plain if before and after else ()):
        first, last = before[k % len(before)], after[k % len(after)]
        yield Alike(text, f"{first} {text}", f"'{first}' before it")
        yield Alike(text, f"{text} {last}", f"'{last}' after it")


def _typography(raw: object, plain: list[str], check: _Check) -> Iterator[Alike]:
    own = check.mapping(raw, ("broken",), "typography")
    words = []
    for where, entry in check.entries(own["broken"], "typography.broken"):
        if re.fullmatch(r"[^\W\d_]+-[^\W\d_]+", str(entry)):
            words.append(str(entry))
        else:
            check.problems.append(f"{where}: {entry!r} must be a word with one hyphen in it")
    for change, changed in _changes(words).items() if words else ():
        for text in plain:
            if (new := changed(text)) != text:
                yield Alike(text, new, change)


def _changes(words: list[str]) -> dict[str, Callable[[str], str]]:
    ends = (word.split("-") for word in words)
    starts = re.compile("|".join(rf"\b{start}(?={end})" for start, end in ends), re.IGNORECASE)
    return {
        "upper case": str.upper,
        "curly quotes around it": lambda text: f"\u201c{text}\u201d",
        "curly apostrophes and long dashes": lambda text: text.replace("'", "\u2019").replace(
            " - ", " \u2014 "
        ),
        "double spaces": lambda text: text.replace(" ", "  "),
        "broken words": lambda text: starts.sub(r"\g<0>- ", text, count=BROKEN_WORDS),
    }
