"""What is to be scored: files of rows, documents, folders of both, and standard input."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from labels.errors import FramescopeError
from labels.formats.sniff import SUFFIXES

STDIN = "-"
"""Stands for standard input, which holds JSON Lines."""

ERRORS = ".errors.jsonl"
"""How the file ends that lists rows which could not be scored."""

PACKED = {".gz": "gzip", ".zst": "zstd"}
DOCUMENTS = (".html", ".htm", ".xhtml", ".md", ".markdown", ".txt", ".pdf", ".docx")
_HEAD = 2**16


class FilesError(FramescopeError):
    """Files that cannot be scored as asked."""


@dataclass(frozen=True, slots=True)
class Input:
    """One file. `name`: as errors call it; `document`: its path below the folder that was given.

    `folder`: the first part of that path, or the folder's own name for a file right in it; None for
    a file that was given by itself.
    """

    path: Path
    name: str
    is_document: bool
    document: str
    folder: str | None = None


def expanded(given: Sequence[str | Path]) -> tuple[list[Input], Counter[str]]:
    """Return the files that are meant, in order, and the endings of those passed over in folders.

    Folders are gone through to the bottom, sorted by name; hidden files and folders are left out.

    Raises:
        FilesError: if one is not there, is of no format that is read, or nothing is left.
    """
    found: list[Input] = []
    passed: Counter[str] = Counter()
    for name in map(str, given):
        path = Path(name)
        if name == STDIN:
            if any(one.name == STDIN for one in found):
                raise FilesError("- is given twice; there is one standard input")
            found.append(Input(path, STDIN, False, STDIN))
        elif path.is_dir():
            found += _below(path, passed)
        elif not path.exists():
            raise FilesError(f"{path}: cannot read the file: No such file or directory")
        elif (kind := _is_document(path)) is None:
            known = " ".join([*SUFFIXES, *DOCUMENTS])
            raise FilesError(
                f"{path}: its name says no format that is read; known: {known}, tables also with "
                f"{' or '.join(PACKED)} after it, folders of them, and - for standard input"
            )
        else:
            found.append(Input(path, printable(path), kind, printable(path.name)))
    if not found:
        what = ", ".join(f"{ending} ({n})" for ending, n in sorted(passed.items())) or "nothing"
        raise FilesError(
            f"{', '.join(map(str, given))}: no file that can be scored; there is {what}"
        )
    return found, passed


def told_apart(inputs: Sequence[Input]) -> list[Input]:
    """Call documents by their whole paths that would be called alike: a/1.html and b/1.html.

    What is counted by document, as intervals are, would else take them for one.
    """
    times = Counter(one.document for one in inputs if one.is_document)
    return [
        replace(one, document=one.name) if one.is_document and times[one.document] > 1 else one
        for one in inputs
    ]


def printable(path: str | Path) -> str:
    """Return a path as text that can be written anywhere; a name in another encoding has marks."""
    return os.fsencode(path).decode("utf-8", "replace")


def _below(top: Path, passed: Counter[str]) -> Iterator[Input]:
    for folder, inner, names in os.walk(top):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith(".") or not os.path.isfile(path):
                continue
            if (kind := _is_document(path)) is None:
                passed[path.suffix.lower() or "no ending"] += 1
                continue
            inside = path.relative_to(top)
            source = inside.parts[0] if len(inside.parts) > 1 else top.resolve().name
            below, outlet = printable(inside.as_posix()), printable(source)
            yield Input(path, printable(path), kind, below, outlet)


def _is_document(path: Path) -> bool | None:
    """Whether a file's name is that of a document; None where it is neither that nor a table."""
    suffix = path.suffix.lower()
    if suffix in DOCUMENTS:
        return True
    inner = Path(path.stem).suffix.lower() if suffix in PACKED else suffix
    return False if inner in SUFFIXES else None


def fingerprint(files: Sequence[Input]) -> dict[str, int | str]:
    """Return what tells files from others: how many, of how many bytes, and a digest.

    The digest is of names, sizes, times of change, and of each file's first 64 KiB.

    Raises:
        OSError: if one cannot be read.
    """
    whole, size = blake2b(digest_size=16), 0
    for one in files:
        about = one.path.stat()
        with one.path.open("rb") as file:
            head = file.read(_HEAD)
        size += about.st_size
        mark = f"{one.name}\0{about.st_size}\0{about.st_mtime_ns}\0{len(head)}\0"
        whole.update(mark.encode("utf-8", "surrogateescape") + head)
    return {"files": len(files), "bytes": size, "digest": whole.hexdigest()}
