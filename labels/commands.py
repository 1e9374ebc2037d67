"""The commands `framescope labels import|export|status|check|agreement`.

Each takes the parsed arguments and returns what is to be said. `home` and `codebook` are paths or
None.
"""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from labels.agreement import Alpha, measure
from labels.codebook import Codebook, load_codebook
from labels.errors import LabelError
from labels.formats import format_of, read_labels, write_labels
from labels.home import Home
from labels.outcome import Outcome
from labels.resolve import latest, resolve
from labels.rows import LabelledRow
from labels.snapshot import Labelled, Snapshot, take
from labels.starter import starter_rows, suits
from labels.store import Store

RESOLVED = "resolved"
"""The annotator named in rows that hold the resolved label."""

_SHOWN_CHARACTERS = 80


def open_store(args: Namespace) -> Store:
    """Open the store of `args.home`, for the codebook in the file `args.codebook` if one is given.

    Raises:
        CodebookError: if the codebook cannot be used.
        StoreError: if the store cannot be opened, or serves another codebook.
    """
    codebook = load_codebook(args.codebook) if args.codebook else None
    return Store.open(Home.find(args.home).database, codebook)


def import_labels(args: Namespace) -> Outcome:
    """Store the rows of all `args.files`, or nothing where any of them has a problem.

    `args.annotator` names who answered in rows that do not say; with `args.starter` the starter
    corpus is imported too.

    Raises:
        LabelError: if there is nothing to import, or the starter's labels do not suit the codebook.
    """
    store = open_store(args)
    if not args.files and not args.starter:
        raise LabelError("nothing to import: name a file, or give --starter")
    if args.starter and not suits(store.codebook):
        raise LabelError(
            f"the starter corpus has other frames or stances than '{store.codebook.name}'; "
            "leave out --starter"
        )
    read, problems = _read(args, store.codebook)
    if problems:
        return _refused(problems, "nothing was stored", {"rows": 0, "stored": 0, "already": 0})
    if args.starter:
        read["starter corpus"] = list(starter_rows())
    done = store.add(row for rows in read.values() for row in rows)
    already = done.rows - done.stored
    timeless = sum(row.at is None for rows in read.values() for row in rows)
    lines = [f"{name}: {_count(len(rows), 'row')} read" for name, rows in read.items()]
    lines.append(f"{_count(done.stored, 'row')} stored, {already:,} already there")
    if already and timeless:
        lines.append(
            f"{_count(timeless, 'row')} without 'at': where it equals an earlier answer of the "
            "same annotator, it is not counted again"
        )
    data = {"rows": done.rows, "stored": done.stored, "already": already, "without_at": timeless}
    return Outcome({**data, "problems": []}, "\n".join(lines))


def export_labels(args: Namespace) -> Outcome:
    """Write every answer to `args.out`, or with `args.resolved` one row per text.

    Disputed texts and bridges have no resolved row.

    Raises:
        LabelError: if the file cannot be written.
    """
    format_of(args.out, args.format)
    store = open_store(args)
    rows: Iterable[LabelledRow] = store.rows()
    left_out = {}
    if args.resolved:
        snapshot = take(store)
        rows = (_resolved(row, store.codebook) for row in snapshot.rows)
        left_out = {"disputed": len(snapshot.disputed), "bridges": len(snapshot.bridges)}
    count = write_labels(args.out, rows, store.codebook, args.format)
    text = f"{_count(count, 'row')} written to {args.out}"
    if any(left_out.values()):
        text += "; left out: {disputed:,} disputed, {bridges:,} bridges".format(**left_out)
    return Outcome({"out": str(args.out), "rows": count, **left_out}, text)


def status(args: Namespace) -> Outcome:
    """Count what the store holds. Texts that have no side yet are given one."""
    store = open_store(args)
    snapshot = take(store)
    data = {
        "home": str(Home.find(args.home).folder),
        "codebook": {"name": store.codebook.name, "version": store.codebook.version},
        **store.counts(),
        "resolved": len(snapshot.rows),
        "disputed": len(snapshot.disputed),
        "bridges": len(snapshot.bridges),
        "train": len(snapshot.train),
        "test": len(snapshot.test),
        "frames": _frame_counts(snapshot),
        "languages": dict(Counter(row.lang or "unknown" for row in snapshot.rows).most_common()),
        "labels_hash": snapshot.labels_hash,
    }
    return Outcome(data, _status_text(data, snapshot.codebook))


def check(args: Namespace) -> Outcome:
    """Check `args.files` without storing them; without files, list what in the store needs a look.

    That is the disputed texts, the bridges, and who last answered under an older codebook.
    """
    store = open_store(args)
    if not args.files:
        return _check_store(store)
    read, problems = _read(args, store.codebook)
    counts = {name: len(rows) for name, rows in read.items()}
    if problems:
        return _refused(problems, f"{_count(len(read), 'file')} in order", {"files": counts})
    lines = [f"{name}: {_count(count, 'row')}, no problems" for name, count in counts.items()]
    return Outcome({"files": counts, "problems": []}, "\n".join(lines))


def agreement(args: Namespace) -> Outcome:
    """Say how far the annotators agree."""
    store = open_store(args)
    with store.reading() as connection:
        found = measure(store.answers(connection), store.codebook)
    head = (
        f"{_count(found.texts, 'text')} answered by two or more of "
        f"{_count(len(found.annotators), 'annotator')}, the adjudicator left out"
    )
    rows = [("", "alpha", "95% interval", "units")]
    rows += [(name, *_alpha_cells(value)) for name, value in found.frames.items()]
    if found.stance:
        rows.append(("stance", *_alpha_cells(found.stance)))
    return Outcome(found.to_dict(), "\n".join([head, "", *_table(rows)]))


def _read(
    args: Namespace, codebook: Codebook
) -> tuple[dict[str, list[LabelledRow]], list[dict[str, str]]]:
    """Read all files; return the rows of those in order, and the problems of the others."""
    read: dict[str, list[LabelledRow]] = {}
    problems: list[dict[str, str]] = []
    for path in dict.fromkeys(map(Path, args.files)):
        try:
            annotator = getattr(args, "annotator", None)
            read[str(path)] = read_labels(path, codebook, args.format, annotator)
        except LabelError as error:
            faults = error.problems or [error.summary.removeprefix(f"{path}: ")]
            problems.extend({"file": str(path), "problem": fault} for fault in faults)
    return read, problems


def _refused(problems: list[dict[str, str]], rest: str, data: dict[str, Any]) -> Outcome:
    files = len({problem["file"] for problem in problems})
    lines = [f"{problem['file']}: {problem['problem']}" for problem in problems]
    lines.append(f"{_count(len(problems), 'problem')} in {_count(files, 'file')}; {rest}")
    return Outcome({**data, "problems": problems}, "\n".join(lines), 1)


def _resolved(row: Labelled, codebook: Codebook) -> LabelledRow:
    places = ("text", "frames", "id", "lang", "source", "document", "date")
    return LabelledRow(
        **{name: getattr(row, name) for name in places},
        annotator=RESOLVED,
        codebook=codebook.version,
        meta={"side": row.side},
    )


def _frame_counts(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    counts = {}
    for frame in snapshot.codebook.frame_names:
        marked = [row.frames[frame] for row in snapshot.rows if frame in row.frames]
        stances = {name: marked.count(name) for name in snapshot.codebook.stance_names}
        counts[frame] = {"texts": len(marked), "stances": stances}
    return counts


def _status_text(data: dict[str, Any], codebook: Codebook) -> str:
    names = ("texts", "documents", "annotators", "annotations")
    uses = ("resolved", "train", "test", "disputed", "bridges")
    frames = [("frame", "texts", *codebook.stance_names)]
    for name, counts in data["frames"].items():
        numbers = (counts["texts"], *counts["stances"].values())
        frames.append((name, *(f"{number:,}" for number in numbers)))
    languages = [("language", "texts")]
    languages += [(name, f"{number:,}") for name, number in data["languages"].items()]
    blocks = [
        [f"{data['home']}: codebook {codebook.name}, version {codebook.version}"],
        _table([(name, f"{data[name]:,}") for name in names]),
        _table([(name, f"{data[name]:,}") for name in uses]),
        _table(frames),
        _table(languages),
        [f"labels hash {data['labels_hash']}"],
    ]
    return "\n\n".join("\n".join(block) for block in blocks)


def _check_store(store: Store) -> Outcome:
    snapshot = take(store)
    with store.reading() as connection:
        answers = latest(store.answers(connection))
    texts = _texts(store, {*snapshot.disputed, *snapshot.bridges})
    disputed = [
        {"id": key, "frames": list(resolve(answers[key], store.codebook).disputed), **texts[key]}
        for key in snapshot.disputed
    ]
    bridges = [{"id": key, **texts[key]} for key in snapshot.bridges]
    older = Counter(
        (answer.annotator, answer.codebook)
        for own in answers.values()
        for answer in own.values()
        if answer.codebook < store.codebook.version
    )
    outdated = [
        {"annotator": annotator, "codebook": version, "answers": count}
        for (annotator, version), count in sorted(older.items())
    ]
    data = {"disputed": disputed, "bridges": bridges, "outdated": outdated}
    return Outcome(data, "\n".join(_check_lines(data, store.codebook)))


def _check_lines(data: dict[str, list[dict[str, Any]]], codebook: Codebook) -> Iterator[str]:
    yield f"{_count(len(data['disputed']), 'text')} disputed"
    for one in data["disputed"]:
        yield f"  {one['id']}  {', '.join(one['frames'])}: {one['text']}"
    yield f"{_count(len(data['bridges']), 'text')} between train and test, used on neither"
    for one in data["bridges"]:
        yield f"  {one['id']}  {one['text']}"
    total = sum(one["answers"] for one in data["outdated"])
    yield f"{_count(total, 'answer')} given under a codebook before version {codebook.version}"
    for one in data["outdated"]:
        yield f"  {one['annotator']}, version {one['codebook']}: {one['answers']:,}"


def _texts(store: Store, wanted: set[str]) -> dict[str, dict[str, Any]]:
    """Return, for the text ids wanted, the caller's own id and the first characters."""
    found: dict[str, dict[str, Any]] = {}
    for row in store.rows() if wanted else ():
        if (key := row.text_id) in wanted:
            known = found.setdefault(key, {"row": None, "text": row.text[:_SHOWN_CHARACTERS]})
            known["row"] = known["row"] or row.id
    return found


def _alpha_cells(alpha: Alpha) -> tuple[str, str, str]:
    if alpha.value is None:
        return "undefined", "", f"{alpha.n:,}"
    interval = "" if alpha.low is None else f"{alpha.low:.3f} to {alpha.high:.3f}"
    return f"{alpha.value:.3f}", interval, f"{alpha.n:,}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align columns: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
