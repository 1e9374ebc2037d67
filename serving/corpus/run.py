"""What a run is: which inputs, model and options. An unfinished one goes on only as it was."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from serving.corpus.inputs import STDIN, FilesError, Input, fingerprint
from serving.corpus.rows import STDIN_FILE

FORMAT = 1
"""Of the work folder. Raise it with any change of what stands in it."""

_OPTIONS = {
    "text": "--text", "model": "--model", "backend": "FRAMESCOPE_BACKEND", "named": "--named",
    "names": "the list of names", "errors": "--errors", "window": "the size of windows",
    "codebook": "the codebook", "out": "--out", "format": "the release of framescope",
}  # fmt: skip


def inputs_of(files: Mapping[str, Sequence[Input]], stdin: Path | None) -> dict[str, Any]:
    """Return the fingerprint of each input as it was given; `stdin`: what came there."""
    return {
        name: _content(stdin) if name == STDIN and stdin else fingerprint(own)
        for name, own in files.items()
    }


def keep_stdin(scratch: Path, has_earlier: bool) -> Path:
    """Keep standard input in a file, and return what came now, or before where nothing comes now.

    So a stream that cannot be given again is no obstacle to going on. What an unfinished run has
    read is never replaced: another stream may have been given to it by mistake.
    """
    new, kept = scratch / "stdin.new", scratch / STDIN_FILE
    with new.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file, 2**20)
    if kept.exists() and not new.stat().st_size:
        new.unlink()
        return kept
    return new if has_earlier else new.replace(kept)


def _content(path: Path) -> dict[str, Any]:
    whole = blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(2**20):
            whole.update(block)
    return {"files": 1, "bytes": path.stat().st_size, "digest": whole.hexdigest()}


def check_same(earlier: dict[str, Any], now: dict[str, Any], folder: Path) -> None:
    """Refuse to go on with another run than the one that was begun.

    Raises:
        FilesError: with what differs, and what to do.
    """
    if not (found := [*_inputs(earlier["inputs"], now["inputs"]), *_options(earlier, now)]):
        return
    raise FilesError(
        f"{folder} holds an unfinished run of another command: {'; '.join(found)}. "
        "To go on with it, give that command again; to begin anew, delete that folder; "
        "to keep both, give another --out"
    )


def _inputs(earlier: dict[str, Any], now: dict[str, Any]) -> list[str]:
    if list(earlier) != list(now):
        return [f"the inputs were {' '.join(earlier)} and are {' '.join(now)}"]
    return [_changed(name, earlier[name], now[name]) for name in now if earlier[name] != now[name]]


def _changed(name: str, earlier: dict[str, Any], now: dict[str, Any]) -> str:
    what = "standard input" if name == STDIN else name
    for unit in ("files", "bytes"):
        if earlier[unit] != now[unit]:
            return f"{what} had {earlier[unit]:,} {unit} and has {now[unit]:,}"
    return f"{what} was changed"


def _options(earlier: dict[str, Any], now: dict[str, Any]) -> list[str]:
    return [
        f"{said} was {_shown(earlier.get(key))} and is {_shown(now.get(key))}"
        for key, said in _OPTIONS.items()
        if earlier.get(key) != now.get(key)
    ]


def _shown(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "given" if value else "not given"
    return str(value)
