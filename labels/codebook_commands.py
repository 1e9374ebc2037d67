"""The commands `framescope codebook show|diff|history|set|migrate`.

Each takes the parsed arguments and returns what is to be said.
"""

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from labels.codebook import Codebook, load_codebook
from labels.codebook_diff import change_lines, changes
from labels.codebook_migration import migrate
from labels.codebook_page import codebook_markdown
from labels.codebook_versions import Version, set_codebook, versions
from labels.commands import open_store
from labels.errors import CodebookError
from labels.home import new_database
from labels.label_map import read_map
from labels.outcome import Outcome, counted, table
from labels.queue import RELABEL
from labels.stale import MARKED, UNMARKED, find_stale
from labels.store import Store


def show(args: Namespace) -> Outcome:
    """Show the codebook, or one version of it, as Markdown."""
    store = _store(args)
    found = _named(_versions(store), args.version) if args.version else store.codebook
    return Outcome(found.to_dict(), codebook_markdown(found))


def history(args: Namespace) -> Outcome:
    """List the versions served, oldest first, with who set them and why."""
    data: list[dict[str, Any]] = [
        {
            "version": one.codebook.version, "at": one.at, "by": one.by, "note": one.note,
            "hash": one.codebook.hash,
        }
        for one in _versions(_store(args))
    ]  # fmt: skip
    rows = [("version", "since", "by", "note")]
    rows += [
        (str(one["version"]), one["at"][:16], one["by"] or "", one["note"] or "") for one in data
    ]
    return Outcome(data, "\n".join(table(rows)))


def diff(args: Namespace) -> Outcome:
    """Say what changed between two versions, each a number or a file.

    Without any it is the last two; with one, that one and the version served.
    """
    store = _store(args)
    known = _versions(store)
    if args.a is None:
        old = known[-2].codebook if len(known) > 1 else known[-1].codebook
    else:
        old = _named(known, args.a)
    new = store.codebook if args.b is None else _named(known, args.b)
    found = changes(old, new)
    head = f"'{old.name}' version {old.version} to '{new.name}' version {new.version}"
    lines = [head, *change_lines(found)] if found else [f"{head}: nothing changed"]
    data = {
        "old": {"name": old.name, "version": old.version},
        "new": {"name": new.name, "version": new.version},
        "changes": [asdict(change) for change in found],
    }
    return Outcome(data, "\n".join(lines))


def set_version(args: Namespace) -> Outcome:
    """Serve an edited codebook, and say what changed and which labels that puts in doubt.

    Raises:
        CodebookError: if it is not a later version of the one served.
    """
    store, new = _store(args), load_codebook(args.file)
    old = store.codebook
    if not set_codebook(store, new, args.by, args.note):
        return Outcome({"version": new.version, "changes": []}, "nothing has changed")
    found = changes(old, new)
    counts = find_stale(store).counts()
    lines = [f"version {new.version} of '{new.name}' is served from now on", *change_lines(found)]
    for frame, own in counts.items():
        lines.append(
            f"'{frame}': may be stale now: answers that mark it {own[MARKED]:,}, that do not "
            f"{own[UNMARKED]:,}"
        )
    if counts:
        lines.append("list them: framescope labels check --out stale.jsonl")
        lines.append(f"ask again: framescope labels queue stale.jsonl --batch {RELABEL}")
    data = {"version": new.version, "changes": [asdict(one) for one in found], "stale": counts}
    return Outcome(data, "\n".join(lines))


def migrate_labels(args: Namespace) -> Outcome:
    """Carry the labels over to a codebook with other frames, into a new state folder.

    Raises:
        CodebookError: if the mapping leaves a frame or a stance without a place.
        StoreError: if the new folder holds labels already.
    """
    store, new = _store(args), load_codebook(args.to)
    mapping = read_map(args.map, store.codebook, new)
    url = new_database(args.into)
    done = migrate(store, url, mapping)
    lines = [
        f"{counted(done.rows, 'answer')} read, {done.carried:,} carried over to {args.into}",
        *(f"'{frame}': {counted(n, 'answer')} taken back" for frame, n in done.lost.items()),
    ]
    if done.others:
        lines.append(f"{counted(done.others, 'more answer')} to the same texts taken back")
    if done.texts:
        lines.append(f"{counted(done.texts, 'text')} in the queue as '{RELABEL}', to label again")
    lines.append("models and tokens stay behind; give --home, or the URL, to work there")
    return Outcome({**asdict(done), "into": str(args.into)}, "\n".join(lines))


def _store(args: Namespace) -> Store:
    args.codebook = None
    return open_store(args)


def _versions(store: Store) -> list[Version]:
    with store.reading() as connection:
        return versions(connection)


def _named(known: list[Version], name: str) -> Codebook:
    """Return the version of this number, or the codebook in this file."""
    if not name.isdecimal():
        return load_codebook(Path(name))
    for one in known:
        if one.codebook.version == int(name):
            return one.codebook
    there = [one.codebook.version for one in known]
    raise CodebookError(f"no version {name} was ever served here; there are {there}")
