"""A batch of evaluations, read from a small TOML file.

models = ["champion", "latest"]    # versions, aliases or bundles' folders; default: champion

[[data]]                           # without files: the frozen test part
name = "pilot"                     # default: the files' names
files = ["pilot.jsonl", "more.csv"]    # beside this file; resolved together
lang = "en"                        # only the rows in this language
format = "jsonl"                   # default: by the files' names
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.judge import JudgeError
from labels.formats import FORMATS

_KINDS = {"name": str, "files": list, "lang": str, "format": str}
_WORDS = {str: "text", list: "a list"}


@dataclass(frozen=True, slots=True)
class DataSpec:
    """A data set to be read. Without `files` it is the frozen test part."""

    files: tuple[Path, ...] = ()
    name: str | None = None
    lang: str | None = None
    format: str | None = None

    @property
    def label(self) -> str:
        """What to call it in an error."""
        return self.name or ", ".join(path.name for path in self.files) or "the frozen test part"


@dataclass(frozen=True, slots=True)
class Batch:
    """Every model is judged on every data set."""

    models: tuple[str, ...]
    data: tuple[DataSpec, ...]


def read_batch(path: Path) -> Batch:
    """Read a batch; files are named from the folder that it lies in.

    Raises:
        JudgeError: naming every problem of the file.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise JudgeError(f"{path}: cannot read the batch: {error.strerror or error}") from error
    except ValueError as error:
        raise JudgeError(f"{path}: not TOML: {error}") from error
    problems = list(_problems(raw, path.parent))
    if problems:
        raise JudgeError("\n".join([f"{path}: {len(problems)} problem(s), none judged", *problems]))
    data = tuple(
        DataSpec(**{**entry, "files": tuple(path.parent / name for name in entry.get("files", ()))})
        for entry in raw.get("data") or [{}]
    )
    return Batch(tuple(raw.get("models", ["champion"])), data)


def _problems(raw: Mapping[str, Any], folder: Path) -> Iterator[str]:
    if unknown := sorted(raw.keys() - {"models", "data"}):
        yield f"unknown keys {unknown}; known: ['data', 'models']"
    if "models" in raw and not _names(raw["models"]):
        yield f"models is {raw['models']!r}; it must be a list of one name or more"
    data = raw.get("data", [])
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        yield "data must be tables; begin each with [[data]]"
        return
    for place, entry in enumerate(data, start=1):
        for problem in _entry_problems(entry, folder):
            yield f"data {place}: {problem}"


def _entry_problems(entry: Mapping[str, Any], folder: Path) -> Iterator[str]:
    if unknown := sorted(entry.keys() - _KINDS.keys()):
        yield f"unknown keys {unknown}; known: {sorted(_KINDS)}"
    for key, kind in _KINDS.items():
        if key in entry and (not isinstance(entry[key], kind) or not entry[key]):
            yield f"{key} is {entry[key]!r}; it must be {_WORDS[kind]}, and not empty"
    if (wanted := entry.get("format")) and wanted not in FORMATS:
        yield f"format is {wanted!r}; known: {list(FORMATS)}"
    files = entry.get("files") or []
    if not isinstance(files, list):
        return
    if files and not _names(files):
        yield f"files is {files!r}; it must be a list of names"
        return
    for name in files:
        if not (folder / name).is_file():
            yield f"{folder / name}: there is no such file"


def _names(value: object) -> bool:
    return bool(value) and isinstance(value, list) and all(isinstance(v, str) and v for v in value)
