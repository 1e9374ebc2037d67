"""The commands `framescope labels import|export`, and the checking of files.

Each takes the parsed arguments and returns what is to be said.
"""

import itertools
import json
import tempfile
from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from operator import attrgetter
from pathlib import Path
from typing import IO, Any

from labels.codebook import Codebook
from labels.commands import open_store
from labels.disk import written_whole
from labels.errors import LabelError
from labels.formats.files import checked, read_texts, write_labels
from labels.formats.label_studio import configuration
from labels.formats.names import Names, load_map
from labels.formats.reading import Reading
from labels.formats.sniff import format_of
from labels.insertion import erased
from labels.outcome import Outcome, counted
from labels.rows import PLACE, RESOLVED, LabelledRow
from labels.snapshot import Labelled, take
from labels.starter import starter_rows_for, suits
from labels.store import Imported, Store

_IN_MEMORY = 16 * 2**20
"""Checked rows wait in memory up to so many characters, then in a temporary file."""
_ON_A_LINE = 500
"""Rows that are put aside at once; one by one takes three times as long."""

_values = attrgetter(*(column.name for column in fields(LabelledRow)))


@dataclass
class FileCheck:
    """What checking one file found: rows in order, those without a time, problems and notes."""

    name: str
    rows: int = 0
    timeless: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def import_labels(args: Namespace) -> Outcome:
    """Store the rows of all `args.files`, or nothing where any of them has a problem.

    With `args.partial` the rows without a problem are stored, and the problems listed; a text that
    was erased is one. All files
    are checked before the first row is stored. `args.annotator` names who answered in rows that do
    not say; with `args.starter` the starter corpus is imported too; `args.map` says what a tool's
    labels stand for, `args.texts` holds the texts of files that have only their ids.

    Raises:
        LabelError: if there is nothing to import, or the starter's labels do not suit the codebook.
        ErasedError: naming the texts that were erased for good, unless `args.allow_erased`.
    """
    store = open_store(args)
    if not args.files and not args.starter:
        raise LabelError("nothing to import: name a file, or give --starter")
    if args.starter and not suits(store.codebook):
        raise LabelError(
            f"the starter corpus has other frames or stances than '{store.codebook.name}'; "
            "leave out --starter"
        )
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="\n") as spool:
        found = [_check(path, args, store.codebook, spool) for path in _paths(args)]
        problems = _problems(found)
        if problems and not args.partial:
            return _refused(problems, "nothing was stored", {"rows": 0, "stored": 0, "already": 0})
        starter = starter_rows_for(store) if args.starter else []
        allowed = getattr(args, "allow_erased", False)
        gone = _erased(store, spool) if args.partial and not allowed else {}
        rows = (row for row in _spooled(spool) if not gone or row.text_id not in gone)
        done = store.add(itertools.chain(rows, starter), allow_erased=allowed)
    if starter:
        timeless = sum(row.at is None for row in starter)
        found.append(FileCheck("starter corpus", len(starter), timeless))
    return _stored(found, done, gone)


def _erased(store: Store, spool: IO[str]) -> dict[str, str]:
    with store.reading() as connection:
        return erased(connection, (row.text_id for row in _spooled(spool)))


def _stored(found: list[FileCheck], done: Imported, gone: dict[str, str]) -> Outcome:
    problems = _problems(found)
    problems += [{"file": "erased texts", "problem": mark} for mark in gone.values()]
    already, without_at = done.rows - done.stored, sum(one.timeless for one in found)
    lines = [f"{entry['file']}: {entry['problem']}" for entry in problems]
    lines += _read_lines(found)
    if problems:
        lines.append(f"{counted(len(problems), 'problem')}; what has one was left out")
    lines.append(f"{counted(done.stored, 'row')} stored, {already:,} already there")
    if already and without_at:
        lines.append(
            f"{counted(without_at, 'row')} without 'at': where it equals an earlier answer of the "
            "same annotator, it is not counted again"
        )
    data = {"rows": done.rows, "stored": done.stored, "already": already, "without_at": without_at}
    said = {"notes": _notes(found), "problems": problems}
    return Outcome({**data, **said}, "\n".join(lines))


def check_files(args: Namespace) -> Outcome:
    """Check `args.files` without storing them."""
    codebook = open_store(args).codebook
    found = [_check(path, args, codebook, None) for path in _paths(args)]
    counts = {one.name: one.rows for one in found if not one.problems}
    problems = _problems(found)
    if problems:
        return _refused(problems, f"{counted(len(counts), 'file')} in order", {"files": counts})
    lines = [f"{name}: {counted(count, 'row')}, no problems" for name, count in counts.items()]
    lines += [f"{one.name}: {note}" for one in found for note in one.notes]
    return Outcome({"files": counts, "problems": []}, "\n".join(lines))


def _paths(args: Namespace) -> Iterable[Path]:
    return dict.fromkeys(map(Path, args.files))


def _check(path: Path, args: Namespace, codebook: Codebook, spool: IO[str] | None) -> FileCheck:
    """Check a file, and put its rows aside in `spool`."""
    names = Names(codebook, load_map(getattr(args, "map", None)))
    texts = read_texts(args.texts) if getattr(args, "texts", None) else {}
    reading = Reading(codebook, names, getattr(args, "annotator", None), texts)
    found = FileCheck(str(path))
    waiting: list[tuple[Any, ...]] = []
    try:
        for row, faults in checked(path, reading, args.format):
            found.problems += faults
            if row is None:
                continue
            found.rows += 1
            found.timeless += row.at is None
            if spool is not None:
                waiting.append(_values(row))
                if len(waiting) == _ON_A_LINE:
                    spool.write(json.dumps(waiting) + "\n")
                    waiting.clear()
    except LabelError as error:
        found.problems.append(error.summary.removeprefix(f"{path}: "))
    if spool is not None:
        spool.write(json.dumps(waiting) + "\n")
    found.notes = reading.said()
    return found


def _spooled(spool: IO[str]) -> Iterator[LabelledRow]:
    spool.seek(0)
    for line in spool:
        yield from itertools.starmap(LabelledRow, json.loads(line))


def _problems(found: Iterable[FileCheck]) -> list[dict[str, str]]:
    return [{"file": one.name, "problem": text} for one in found for text in one.problems]


def _notes(found: Iterable[FileCheck]) -> list[dict[str, str]]:
    return [{"file": one.name, "note": text} for one in found for text in one.notes]


def _read_lines(found: Iterable[FileCheck]) -> Iterator[str]:
    for one in found:
        yield f"{one.name}: {counted(one.rows, 'row')} read"
        yield from (f"{one.name}: {note}" for note in one.notes)


def _refused(problems: list[dict[str, str]], rest: str, data: dict[str, Any]) -> Outcome:
    files = len({problem["file"] for problem in problems})
    lines = [f"{problem['file']}: {problem['problem']}" for problem in problems]
    lines.append(f"{counted(len(problems), 'problem')} in {counted(files, 'file')}; {rest}")
    return Outcome({**data, "problems": problems}, "\n".join(lines), 1)


def export_labels(args: Namespace) -> Outcome:
    """Write every answer to `args.out`, or with `args.resolved` one row per text.

    Where a text was found in a place that no answer names, its first answer is written once more,
    with that place. Disputed texts and bridges have no resolved row. For Label Studio the labeling
    configuration is written beside it.

    Raises:
        LabelError: if the file cannot be written.
    """
    format = format_of(args.out, args.format)
    store = open_store(args)
    rows: Iterable[LabelledRow] = store.rows_and_places()
    left_out = {}
    if args.resolved:
        snapshot = take(store)
        rows = (_resolved(row, store.codebook) for row in snapshot.rows)
        left_out = {"disputed": len(snapshot.disputed), "bridges": len(snapshot.bridges)}
    count = write_labels(args.out, rows, store.codebook, format)
    text = f"{counted(count, 'row')} written to {args.out}"
    if any(left_out.values()):
        text += "; left out: {disputed:,} disputed, {bridges:,} bridges".format(**left_out)
    data = {"out": str(args.out), "rows": count, **left_out}
    if format == "label-studio":
        beside = args.out.with_suffix(".config.xml")
        with written_whole(beside) as file:
            file.write(configuration(store.codebook).encode("utf-8"))
        data["config"] = str(beside)
        text += f", its labeling configuration to {beside}"
    return Outcome(data, text)


def _resolved(row: Labelled, codebook: Codebook) -> LabelledRow:
    return LabelledRow(
        **{name: getattr(row, name) for name in ("text", "frames", *PLACE)},
        annotator=RESOLVED,
        codebook=codebook.version,
        meta={"side": row.side},
    )
