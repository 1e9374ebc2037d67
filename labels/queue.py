"""The queue: texts that annotators are asked to label, each by everyone, in the order they came."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.codebook import Codebook
from labels.insertion import chunks, insert_places
from labels.rows import ANSWER, DECISION, PLACE, LabelledRow, read_row, utc
from labels.store import Store
from labels.text import normalise

RELABEL = "relabel"
"""The batch of texts to label again: an answer from before a text was put in does not do."""

_OF_ANSWERS = ("frames", "annotator", "at", "codebook", "kind")


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A text to label, and where it is from. The fields mean what those of a labelled row do."""

    text: str
    id: str | None = None
    lang: str | None = None
    source: str | None = None
    document: str | None = None
    date: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    sampled: str | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """A text in the queue. `number` is its place; `frames` an answer on it, None without one."""

    number: int
    text_id: str
    batch: str
    row: Unlabelled
    frames: dict[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Texts of the queue that an annotator has answered, and all of them."""

    answered: int
    total: int


def add(store: Store, rows: Iterable[Unlabelled], batch: str, by: str | None = None) -> int:
    """Put texts at the end of the queue and return how many were new to it; all or nothing.

    A text that is in the queue already, in whichever batch, keeps its place; but what is put into
    the batch `RELABEL` leaves it, and is asked for anew at the end. `by` is the name of who asks,
    where they asked over HTTP with a token.

    Raises:
        ErasedError: naming the texts that were erased for good.
    """
    q = schema.queue.c
    stored = 0
    with store.writing() as connection:
        now = utc(datetime.now(UTC))  # under the lock: what was answered before has an earlier time
        for chunk in chunks(map(_place, rows)):
            fresh: dict[str, LabelledRow] = {}
            for row in chunk:
                fresh.setdefault(row.text_id, row)
            here = q.text_id.in_(list(fresh))
            if batch == RELABEL:
                connection.execute(sa.delete(schema.queue).where(here, q.at < now))
            for known in connection.execute(sa.select(q.text_id).where(here)).scalars():
                fresh.pop(known, None)
            insert_places(connection, list(fresh.values()))
            values = [
                {
                    "text_id": key, "occurrence": row.occurrence_key, "batch": batch,
                    "sampled": row.sampled, "at": now, "by": by,
                }
                for key, row in fresh.items()
            ]  # fmt: skip
            if values:
                connection.execute(sa.insert(schema.queue), values)
            stored += len(values)
    return stored


def read_unlabelled(raw: object, codebook: Codebook) -> tuple[Unlabelled | None, list[str]]:
    """Check a text to label, a string or a row, as it was read from a file or a request.

    Returns it, or None and every problem in words. Of a labelled row the answer is left out.
    """
    given = {"text": raw} if isinstance(raw, str) else raw
    if isinstance(given, Mapping):
        kept = {name: value for name, value in given.items() if name not in _OF_ANSWERS}
        given = {**kept, "frames": {} if codebook.stances else []}
    row, problems = read_row(given, codebook)
    if row is None:
        return None, problems
    names = ("text", *PLACE, "meta", "sampled")
    return Unlabelled(**{name: getattr(row, name) for name in names}), []


def waiting(store: Store, annotator: str, limit: int, after: int = 0) -> list[Queued]:
    """Return up to `limit` texts without a standing answer by `annotator`, in queue order.

    A text to label again waits for an answer from after it was queued. `after`: only those
    with a higher number.
    """
    q = schema.queue.c
    query = (
        _queued()
        .where(q.number > after, ~sa.exists(_standing(annotator)))
        .order_by(q.number)
        .limit(limit)
    )
    with store.reading() as connection:
        return [_read(found) for found in connection.execute(query).mappings()]


def answered(store: Store, annotator: str, limit: int) -> list[Queued]:
    """Return the texts that `annotator` answered last, with the answers, newest first.

    A text to label again is none of them until it has been answered again.
    """
    a = schema.annotations.c
    query = (
        _queued(a.frames)
        .join(schema.annotations, a.text_id == schema.queue.c.text_id)
        .where(_does(schema.annotations), *_stands(schema.annotations, annotator))
        .order_by(a.at.desc(), a.number.desc())
        .limit(limit)
    )
    with store.reading() as connection:
        return [_read(found) for found in connection.execute(query).mappings()]


def progress(store: Store, annotator: str) -> Progress:
    """Return how far an annotator is with the queue."""
    total = sa.select(sa.func.count()).select_from(schema.queue)
    done = total.where(sa.exists(_standing(annotator)))
    with store.reading() as connection:
        return Progress(
            connection.execute(done).scalar_one(), connection.execute(total).scalar_one()
        )


def places(store: Store, text_ids: Collection[str]) -> dict[str, Unlabelled]:
    """Return where each of these texts is from: its place in the queue, or else in the store.

    Texts that are in neither are left out.
    """
    o, t = schema.occurrences.c, schema.texts.c
    stored = (
        sa.select(o.text_id, t.text, *(o[name] for name in (*PLACE, "meta")))
        .join_from(schema.occurrences, schema.texts, o.text_id == t.id)
        .order_by(o.key)
    )
    found: dict[str, Unlabelled] = {}
    with store.reading() as connection:
        for part in chunks(text_ids, 500):
            for query, key in ((stored, o.text_id), (_queued(), schema.queue.c.text_id)):
                for row in connection.execute(query.where(key.in_(part))).mappings():
                    found[row["text_id"]] = _unlabelled(row)
    return found


def annotators(store: Store) -> list[str]:
    """Return who has answered a text of the queue, by name."""
    a = schema.annotations.c
    query = (
        sa.select(a.annotator)
        .join(schema.queue, schema.queue.c.text_id == a.text_id)
        .where(a.kind != DECISION)
        .distinct()
        .order_by(a.annotator)
    )
    with store.reading() as connection:
        return list(connection.execute(query).scalars())


def _place(row: Unlabelled) -> LabelledRow:
    """Return a row without an answer, which says where the text is from."""
    names = (*PLACE, "meta", "sampled")
    rest = {name: getattr(row, name) for name in names}
    return LabelledRow(normalise(row.text), frames={}, **rest)


def _standing(annotator: str) -> sa.Select:
    a = schema.annotations
    here = a.c.text_id == schema.queue.c.text_id
    own = (here, _does(a), *_stands(a, annotator))
    return sa.select(a.c.number).where(*own).correlate(schema.queue)


def _does(a: sa.Table) -> sa.ColumnElement[bool]:
    """Return that an answer is not from before its text was put in to be labelled again."""
    q = schema.queue.c
    return sa.or_(q.batch != RELABEL, sa.func.coalesce(a.c.stored, a.c.at) > q.at)


def _stands(a: sa.Table, annotator: str) -> tuple[Any, ...]:
    """Return what holds of an annotator's newest row on a text, where it was not taken back."""
    b = a.alias()
    newer = sa.or_(b.c.at > a.c.at, sa.and_(b.c.at == a.c.at, b.c.number > a.c.number))
    same = (b.c.text_id == a.c.text_id, b.c.annotator == a.c.annotator, b.c.kind != DECISION)
    overtaken = sa.exists(sa.select(b.c.number).where(*same, newer).correlate(a))
    return a.c.annotator == annotator, a.c.kind == ANSWER, ~overtaken


def _queued(*more: sa.ColumnElement) -> sa.Select:
    q, o, t = schema.queue.c, schema.occurrences.c, schema.texts.c
    places = [o[name] for name in (*PLACE, "meta")]
    return (
        sa.select(q.number, q.text_id, q.batch, q.sampled, t.text, *places, *more)
        .join_from(schema.queue, schema.occurrences, q.occurrence == o.key)
        .join(schema.texts, t.id == q.text_id)
    )


def _read(found: sa.RowMapping) -> Queued:
    frames = json.loads(found["frames"]) if "frames" in found else None
    return Queued(found["number"], found["text_id"], found["batch"], _unlabelled(found), frames)


def _unlabelled(found: sa.RowMapping) -> Unlabelled:
    own = {name: found[name] for name in ("text", *PLACE)}
    return Unlabelled(**own, meta=json.loads(found["meta"]), sampled=found.get("sampled"))
