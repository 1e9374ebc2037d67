"""What was said of a text, by whom and when; taking an answer back; the labels of another day.

Nothing is overwritten. Taking back, and going back, write rows of their own, which can be taken
back in turn.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.database import connect, one_state, only_writer, prepare
from labels.errors import LabelError, StoreError
from labels.insertion import counting_last
from labels.resolve import latest, order
from labels.rows import ANSWER, DECISION, RETRACTION, LabelledRow, utc
from labels.store import Store, StoredAnswer

COPIED = ("settings", "codebooks", "texts", "occurrences", "annotations", "sides", "erasures")
"""The tables that make up the labels, each after those it refers to."""

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Event:
    """One row ever written on a text.

    `at` is when it was said, `stored` when it came into the store, `by` who wrote it (None: the
    local user or an import). `what` is one of `labels.rows.KINDS`, or "erasure", which has a
    reason and nothing else.
    """

    text_id: str
    what: str
    at: str
    stored: str
    by: str | None
    annotator: str | None = None
    frames: dict[str, str | None] | None = None
    codebook: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """What going back did: rows given again, and rows taken back. Restoring `undo` undoes it."""

    again: int
    retracted: int
    undo: str


def find_text(connection: sa.Connection, given: str) -> str:
    """Return the id of the text that `given` names: a text's id, or the caller's own of its row.

    Raises:
        LabelError: if it names no text, or several.
    """
    o, e = schema.occurrences.c, schema.erasures.c
    for column in (schema.texts.c.id, o.text_id, e.text_id):
        if connection.execute(sa.select(column).where(column == given).limit(1)).first():
            return given
    query = sa.select(o.text_id).where(o.id == given).distinct().order_by(o.text_id)
    found = list(connection.execute(query).scalars())
    if len(found) == 1:
        return found[0]
    if found:
        raise LabelError(f"'{given}' is the id of {len(found)} texts; name one of them: {found}")
    raise LabelError(
        f"there is no text '{given}'; give its id, as in p1:0a1b..., or the id of its row"
    )


def events(
    store: Store, text_id: str | None = None, since: datetime | None = None, most: int | None = None
) -> list[Event]:
    """Return what was written on one text or on all, oldest first, the newest `most` of it.

    `since` goes by when it was stored.
    """
    a, e = schema.annotations.c, schema.erasures.c
    stored = sa.func.coalesce(a.stored, a.at)
    names = ("text_id", "annotator", "frames", "at", "codebook", "by")
    answers = sa.select(*(a[name] for name in names), a.kind.label("what"), stored.label("stored"))
    marks = sa.select(e.text_id, e.at, e.by, e.reason, e.at.label("stored"))
    if text_id is not None:
        answers, marks = answers.where(a.text_id == text_id), marks.where(e.text_id == text_id)
    if since is not None:
        answers, marks = answers.where(stored >= utc(since)), marks.where(e.at >= utc(since))
    answers = answers.order_by(stored.desc(), a.number.desc()).limit(most)
    marks = marks.order_by(e.at.desc(), e.number.desc()).limit(most)
    with store.reading() as connection:
        rows = connection.execute(answers).mappings()
        found = [Event(**{**row, "frames": json.loads(row["frames"])}) for row in rows]
        found += [Event(**row, what="erasure") for row in connection.execute(marks).mappings()]
    found.reverse()
    found.sort(key=lambda event: event.stored)
    return found if most is None else found[-most:]


def retract(
    store: Store, given: str, annotator: str, by: str | None = None, now: datetime | None = None
) -> str:
    """Take back what stands of `annotator` on a text, and return the text's id.

    Raises:
        LabelError: if the annotator has no standing answer there.
    """
    with store.writing() as connection:
        text_id = find_text(connection, given)
        here = schema.annotations.c.text_id == text_id
        standing = latest(store.answers(connection, here)).get(text_id, {})
        if annotator not in standing:
            raise LabelError(
                f"{text_id}: '{annotator}' has no answer that stands; those who have: "
                f"{sorted(standing)}"
            )
        write_again(connection, [taken_back(standing[annotator])], by, now or datetime.now(UTC))
    return text_id


def restore(
    store: Store, at: datetime, by: str | None = None, now: datetime | None = None
) -> Restored:
    """Bring every text back to what stood at a time, by writing rows that say so again.

    To undo it, restore `Restored.undo`, the time just before it. Texts that were erased
    since stay gone.

    Raises:
        LabelError: if `at` lies ahead.
    """
    if at > (now or datetime.now(UTC)):
        raise LabelError(f"{utc(at)} lies ahead; give a time that is past")
    again: list[StoredAnswer] = []
    taken: list[StoredAnswer] = []
    with store.writing() as connection:
        # Under the lock, so that all there is now was stored by `before`.
        before = now - _TICK if now else datetime.now(UTC)
        then, today = _standing(store, connection, _stored_by(at)), _standing(store, connection)
        for text_id in sorted({*then, *today}):
            old, new = then.get(text_id, {}), today.get(text_id, {})
            lost = {voice[0] for voice in new if voice not in old}
            taken += [taken_back(new[voice]) for voice in _one_each(new, lost)]
            changed = [
                voice
                for voice in old
                if voice[0] in lost or voice not in new or _said(old[voice]) != _said(new[voice])
            ]
            rest = {voice: answer for voice, answer in new.items() if voice[0] not in lost}
            if any(kind == DECISION for _, kind in changed) or _decided(old) != _decided(rest):
                # All of them, for the newest is the label: they must come in their old order.
                changed += [one for one in old if one[1] == DECISION and one not in changed]
            again += sorted((old[voice] for voice in changed), key=order)
        write_again(connection, [*taken, *again], by, before + _TICK)
    return Restored(len(again), len(taken), utc(before))


def rows_at(store: Store, at: datetime) -> Iterator[LabelledRow]:
    """Return every row that was stored by a time, in order of arrival."""
    return store.rows(_stored_by(at))


def copy_at(store: Store, at: datetime, url: str | sa.URL) -> int:
    """Copy the labels as they were at a time into a new database; return how many answers it has.

    Texts keep their sides, and every version of the codebook and mark of an erasure goes along: the
    codebook served is today's. Models, tokens and the queue stay behind.

    Raises:
        StoreError: if the database has tables already.
    """
    target = connect(url)
    with one_state(store.engine) as source, only_writer(target) as copy:
        if sa.inspect(copy).get_table_names():
            raise StoreError(f"{target.url.render_as_string()}: holds something; name a new folder")
        prepare(copy)
        copy.execute(sa.delete(schema.settings))
        wanted = sa.select(schema.annotations.c.text_id).where(_stored_by(at))
        places = sa.select(schema.annotations.c.occurrence).where(_stored_by(at))
        which = {
            "texts": schema.texts.c.id.in_(wanted),
            "occurrences": schema.occurrences.c.key.in_(places),
            "annotations": _stored_by(at),
            "sides": schema.sides.c.text_id.in_(wanted),
        }
        counts = {name: _copy(source, copy, name, which.get(name, sa.true())) for name in COPIED}
    target.dispose()
    return counts["annotations"]


def _copy(source: sa.Connection, target: sa.Connection, name: str, which: Any) -> int:
    table = schema.metadata.tables[name]
    query = sa.select(table).where(which).execution_options(yield_per=1000)
    count = 0
    for part in source.execute(query).mappings().partitions():
        target.execute(sa.insert(table), [dict(row) for row in part])
        count += len(part)
    return count


def _stored_by(at: datetime) -> sa.ColumnElement[bool]:
    columns = schema.annotations.c
    return sa.func.coalesce(columns.stored, columns.at) <= utc(at)


_Voice = tuple[str, str]
"""An annotator and a kind: whoever decides on a text may have answered it as well."""


def _standing(
    store: Store, connection: sa.Connection, *which: sa.ColumnElement[bool]
) -> dict[str, dict[_Voice, StoredAnswer]]:
    """Return what stands on each text, answers and decisions apart."""
    found: dict[str, dict[_Voice, StoredAnswer]] = {}
    for kind in (ANSWER, DECISION):
        rows = (one for one in store.answers(connection, *which) if one.kind in (kind, RETRACTION))
        for text_id, own in latest(rows).items():
            voices = found.setdefault(text_id, {})
            voices.update({(who, kind): answer for who, answer in own.items()})
    return found


def _decided(voices: dict[_Voice, StoredAnswer]) -> list[_Voice]:
    """Return who has decided, in the order in which they did."""
    return sorted(
        (voice for voice in voices if voice[1] == DECISION), key=lambda voice: order(voices[voice])
    )


def _one_each(voices: dict[_Voice, StoredAnswer], names: set[str]) -> list[_Voice]:
    """Return a voice of each name: one retraction takes back all that somebody has said."""
    return [(who, ANSWER if (who, ANSWER) in voices else DECISION) for who in sorted(names)]


def _said(answer: StoredAnswer) -> tuple[Any, ...]:
    return answer.kind, answer.frames, answer.codebook, answer.sampled


def taken_back(answer: StoredAnswer) -> StoredAnswer:
    """Return the row that takes an answer back."""
    return replace(answer, kind=RETRACTION, frames={})


def write_again(
    connection: sa.Connection, answers: list[StoredAnswer], by: str | None, now: datetime
) -> None:
    """Write each answer again so that it counts last, also after one dated ahead of `now`."""
    voices = [(answer.text_id, answer.annotator, answer.kind, None) for answer in answers]
    values = []
    for answer, at in zip(answers, counting_last(connection, voices, utc(now)), strict=True):
        row = LabelledRow(
            "", answer.frames, answer.annotator,
            codebook=answer.codebook, sampled=answer.sampled, kind=answer.kind,
        )  # fmt: skip
        values.append(
            {
                "text_id": answer.text_id, "occurrence": answer.occurrence, "by": by,
                "annotator": answer.annotator, "codebook": answer.codebook, "kind": answer.kind,
                "frames": json.dumps(answer.frames, ensure_ascii=False), "at": at,
                "sampled": answer.sampled, "key": row.answer_key_on(answer.text_id),
                "stored": utc(now),
            }
        )  # fmt: skip
    if values:
        connection.execute(sa.insert(schema.annotations), values)
