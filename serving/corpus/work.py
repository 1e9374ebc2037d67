"""The folder beside the output in which an unfinished run stands, so that it can go on."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from labels.disk import WriteError
from serving.corpus.inputs import FilesError
from serving.corpus.spool import Plan
from serving.corpus.writing import Target, join

_RUN, _PLAN, _COMPLETE, _LOCK = "run.json", "plan.json", "complete.json", "lock"
_PARTS, _ERRORS, _ROWS, _PLACED = "parts", "errors", "rows", "placed"
_OWN = {
    _RUN, _PLAN, _COMPLETE, _LOCK, _PARTS, _ERRORS, _ROWS, _PLACED, "texts.db", "texts.db-journal",
    "scratch", "unfinished",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """The folder of one run, held by this process alone."""

    folder: Path
    target: Target

    @property
    def rows(self) -> Path:
        """The windows that were read."""
        return self.folder / _ROWS

    @property
    def scratch(self) -> Path:
        """Files for a time, and standard input."""
        return self.folder / "scratch"

    @property
    def texts(self) -> Path:
        """The database of the different texts."""
        return self.folder / "texts.db"

    @property
    def plan(self) -> Plan | None:
        """What was read; None before all of it was."""
        raw = self._read(_PLAN)
        return Plan.from_json(raw) if raw else None

    @property
    def outcome(self) -> dict[str, Any] | None:
        """What came out of a run that has scored all; None before it has."""
        return self._read(_COMPLETE)

    def earlier_run(self) -> dict[str, Any] | None:
        """Return what the run is that has read all and is not finished; None if there is none."""
        return self._read(_RUN) if (self.folder / _PLAN).exists() else None

    def start(self, run: dict[str, Any]) -> None:
        """Begin a run, or begin it again; standard input is kept."""
        self._clear(keep={_LOCK, "scratch"})
        for name in (_PARTS, _ERRORS, _ROWS):
            (self.folder / name).mkdir()
        self._place(_RUN, _json(run))

    def planned(self, plan: Plan) -> None:
        """Keep what was read. From here on a run goes on where it was."""
        for path in [*self.rows.iterdir(), self.rows, self.texts]:
            _sync(path)
        self._place(_PLAN, _json(plan.to_json()))

    def windows_done(self) -> int:
        """Return how many windows are scored; they are the first ones."""
        return sum(1 for _ in (self.folder / _PARTS).iterdir())

    def commit(self, number: int, part: bytes, errors: list[dict[str, str]]) -> None:
        """Keep a window's part of the output, and its errors."""
        if errors:
            lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in errors)
            self._place(f"{_ERRORS}/part-{number:05}.jsonl", lines.encode("utf-8"))
        self._place(f"{_PARTS}/part-{number:05}.{self.target.format}", part)

    def complete(self, outcome: dict[str, Any]) -> None:
        """Keep what came out, all windows being scored."""
        self._place(_COMPLETE, _json(outcome))

    def finish(self, columns: dict[str, type], errors: Path) -> None:
        """Put the output and the errors where they belong, also if that was begun before."""
        parts = self.folder / _PARTS
        if parts.exists():
            self._place_errors(errors)
            if self.target.is_folder:
                if self.target.path.exists():  # and is empty
                    self.target.path.rmdir()
                parts.rename(self.target.path)
            else:
                whole = self.folder / "unfinished"
                join(self.target, sorted(parts.iterdir()), columns, whole)
                _sync(whole)
                whole.replace(self.target.path)
                parts.rename(self.folder / _PLACED)
            _sync(self.target.path.parent)

    def errors(self) -> int:
        """Return how many rows have an error so far."""
        total = 0
        for part in (self.folder / _ERRORS).iterdir():
            with part.open("rb") as file:
                total += sum(1 for _ in file)
        return total

    def remove(self) -> None:
        """Remove the folder, at one moment: half of it would say that something is to be done."""
        gone = _removed(self.folder)
        self.folder.rename(gone)
        shutil.rmtree(gone)

    def _place_errors(self, errors: Path) -> None:
        parts = sorted((self.folder / _ERRORS).iterdir())
        if not parts:
            errors.unlink(missing_ok=True)  # those of an earlier run would pass for this one's
            return
        beside = errors.with_name(f".{errors.name}.partial")
        with beside.open("wb") as out:
            for part in parts:
                out.write(part.read_bytes())
            out.flush()
            os.fsync(out.fileno())
        beside.replace(errors)

    def _place(self, name: str, content: bytes) -> None:
        beside, path = self.folder / "unfinished", self.folder / name
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync(path.parent)

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self.folder / name
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def _clear(self, keep: set[str]) -> None:
        for path in self.folder.iterdir():
            if path.name in keep:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


@contextmanager
def opened(target: Target) -> Iterator[Work]:
    """Hold the work folder of an output, made if there is none.

    Raises:
        FilesError: if another run holds it, or it is a folder of something else.
        WriteError: if it cannot be made.
    """
    folder = work_folder(target)
    shutil.rmtree(_removed(folder), ignore_errors=True)
    try:
        (folder / "scratch").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"{target.path}: cannot write here: {error.strerror}") from error
    if others := sorted({path.name for path in folder.iterdir()} - _OWN):
        raise FilesError(
            f"{folder}: the unfinished run would stand here, and there is something else: "
            f"{', '.join(others[:3])}; move it away, or give another --out"
        )
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise FilesError(
            f"{target.path}: another run is writing it; wait for its end, or give another --out"
        ) from error
    try:
        yield Work(folder, target)
    finally:
        lock.release()


def work_folder(target: Target) -> Path:
    """Return where an unfinished run stands."""
    return target.path.with_name(f"{target.path.name}.partial")


def _removed(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.removed")


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"


def _sync(path: Path) -> None:
    """Wait until a file, or the entries of a folder, are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
