"""The commands `framescope labels history|log|restore|retract|scrub`.

Each takes the parsed arguments and returns what is to be said.
"""

from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from labels.erasure import scrub
from labels.errors import LabelError
from labels.formats.files import write_labels
from labels.history import Event, copy_at, events, find_text, restore, retract, rows_at
from labels.home import Home, new_database
from labels.outcome import Outcome
from labels.rows import utc
from labels.store import Store


def open_store(args: Namespace) -> Store:
    """Open the store of `args.home`."""
    return Store.open(Home.find(args.home).database)


def history(args: Namespace) -> Outcome:
    """Say everything that was ever answered, decided, taken back or erased on one text.

    Raises:
        LabelError: if there is no such text.
    """
    store = open_store(args)
    with store.reading() as connection:
        text_id = find_text(connection, args.id)
    found = events(store, text_id)
    return Outcome(list(map(asdict, found)), "\n".join([text_id, *_lines(found)]))


def log(args: Namespace) -> Outcome:
    """Say what was written to the store last."""
    since = moment(args.since) if args.since else None
    found = events(open_store(args), since=since, most=args.number)
    lines = list(_lines(found, with_text=True))
    return Outcome(list(map(asdict, found)), "\n".join(lines) or "nothing was written")


def restore_labels(args: Namespace) -> Outcome:
    """Bring the labels back to what stood at `args.at`.

    With `args.out` nothing is changed, and the rows that were there then are written to a file;
    with `args.into` they are copied into a new state folder.

    Raises:
        LabelError: if the time cannot be read or lies ahead, or both places are given.
        StoreError: if the new state folder holds labels already.
    """
    at = moment(args.at)
    store = open_store(args)
    if args.out and args.into:
        raise LabelError("give --out or --into, not both")
    if args.out:
        count = write_labels(args.out, rows_at(store, at), store.codebook)
        text = f"{count:,} rows that were there at {utc(at)} written to {args.out}"
        return Outcome({"at": utc(at), "out": str(args.out), "rows": count}, text)
    if args.into:
        count = copy_at(store, at, new_database(args.into))
        text = f"{count:,} answers that were there at {utc(at)} copied to {args.into}"
        return Outcome({"at": utc(at), "into": str(args.into), "rows": count}, text)
    done = restore(store, at, args.by)
    text = (
        f"{done.again:,} answers given again, {done.retracted:,} taken back; the labels are those "
        f"of {utc(at)}\nto undo it: framescope labels restore --at {done.undo}"
    )
    return Outcome({"at": utc(at), **asdict(done)}, text)


def retract_answer(args: Namespace) -> Outcome:
    """Take back what `args.annotator` last said of a text.

    Raises:
        LabelError: if there is no such text, or no answer of theirs stands there.
    """
    text_id = retract(open_store(args), args.id, args.annotator, args.by)
    text = f"{text_id}: what {args.annotator} said of it is taken back; its history stays"
    return Outcome({"text_id": text_id, "annotator": args.annotator}, text)


def scrub_store(args: Namespace) -> Outcome:
    """Remove what was erased from the database's files too."""
    if scrub(open_store(args)):
        return Outcome({"scrubbed": True}, "what was erased is gone from the database's files")
    words = (
        "the database is in use, or its tables are another user's; stop the service and run this "
        "again, on PostgreSQL as their owner"
    )
    return Outcome({"scrubbed": False}, words, 1)


def moment(given: str) -> datetime:
    """Return a time from the command line; without a zone it is UTC.

    Raises:
        LabelError: if it is none.
    """
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise LabelError(
            f"{given!r} is no time; write it as in 2026-03-31 or 2026-03-31T14:05:00Z"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _lines(found: Iterable[Event], with_text: bool = False) -> Iterator[str]:
    for event in found:
        who = event.annotator or event.by or "local user"
        parts = [event.stored[:19], event.text_id] if with_text else [event.stored[:19]]
        parts += [event.what, who]
        if event.what == "erasure":
            parts.append(str(event.reason))
        else:
            parts.append(_frames(event.frames or {}) if event.what != "retraction" else "")
            parts.append(f"codebook {event.codebook}")
            parts.append(f"given {event.at[:19]}" if event.at[:19] != event.stored[:19] else "")
            parts.append(f"by {event.by}" if event.by else "")
        yield "  ".join(part for part in parts if part)


def _frames(frames: dict[str, str | None]) -> str:
    if not frames:
        return "no frame"
    return ", ".join(f"{frame}: {stance}" if stance else frame for frame, stance in frames.items())
