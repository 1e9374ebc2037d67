"""The command `framescope labels queue`."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labels import queue
from labels.errors import LabelError
from labels.formats.cells import unpacked
from labels.formats.files import read_raw
from labels.home import Home
from labels.outcome import Outcome
from labels.reading.plain import spans
from labels.store import Store

DOCUMENTS = (".txt", ".md")
"""Plain texts, of which each paragraph is a text to label."""


def change_queue(args: Namespace) -> Outcome:
    """Put the texts of `args.file` into the queue, all or none; or, with `args.list`, say how far.

    Raises:
        LabelError: if there is nothing to do, or with one line per problem of the file.
    """
    store = Store.open(Home.find(args.home).database)
    if args.list:
        return _progress(store)
    if args.file is None:
        raise LabelError("nothing to queue: name a file, or give --list")
    rows = _read(args.file, args.format, store)
    stored = queue.add(store, rows, args.batch or args.file.name)
    already = len(rows) - stored
    data = {"file": str(args.file), "queued": stored, "already": already}
    return Outcome(data, f"{stored:,} texts queued, {already:,} already there")


def _read(path: Path, format: str | None, store: Store) -> list[queue.Unlabelled]:
    document = path.suffix.lower() in DOCUMENTS and format is None
    rows, problems = [], []
    for place, raw, fault in _read_document(path) if document else read_raw(path, format):
        own = None if fault else unpacked(raw)
        row, faults = (None, [fault]) if fault else queue.read_unlabelled(own, store.codebook)
        problems += [f"{place}: {text}" for text in faults]
        if row:
            rows.append(row)
    if problems:
        raise LabelError(f"{path}: {len(problems)} problem(s), nothing was queued", problems)
    return rows


def _read_document(path: Path) -> Iterator[tuple[str, Any, str | None]]:
    try:
        document = path.read_text("utf-8")
    except OSError as error:
        raise LabelError(f"{path}: cannot read the file: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LabelError(f"{path}: not text in UTF-8 (byte {error.start}); save it so") from error
    for number, (start, end) in enumerate(spans(document), start=1):
        yield f"paragraph {number}", {"text": document[start:end], "document": path.name}, None


def _progress(store: Store) -> Outcome:
    far = {name: queue.progress(store, name) for name in queue.annotators(store)}
    total = queue.progress(store, "").total
    done = {name: own.answered for name, own in far.items()}
    lines = [f"{total:,} texts in the queue"]
    lines += [f"  {name}: {count:,} answered" for name, count in done.items()]
    return Outcome({"total": total, "answered": done}, "\n".join(lines))
