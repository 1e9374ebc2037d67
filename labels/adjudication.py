"""Settling disputes: the texts on which annotators tie, and a person's decision on each.

The answers are shown without names and in an order that does not tell whose they are, so that an
adjudicator judges what was said and not who said it. The order is drawn by a hash of text and name:
it is the same each time, and another on each text.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.errors import LabelError
from labels.insertion import chunks, insert_answers
from labels.resolve import latest, resolve
from labels.rows import ADJUDICATOR, DECISION, Frames, LabelledRow, frames_value, read_frames, utc
from labels.store import Store, StoredAnswer
from labels.text import digest

_PLACE = ("id", "lang", "source", "document", "date", "meta")


@dataclass(frozen=True, slots=True)
class Dispute:
    """A text without a label, since annotators tie on the frames named in `frames`.

    `agreed` is what most of them say on the other frames. `answers` are in shuffled order, and
    `annotators` names who gave each.
    """

    text_id: str
    text: str
    occurrence: str
    frames: tuple[str, ...]
    agreed: Frames
    answers: tuple[Frames, ...]
    annotators: tuple[str, ...]


def disputes(store: Store) -> list[Dispute]:
    """Return the texts in dispute, in the order in which they were first answered."""
    with store.reading() as connection:
        found = []
        for text_id, own in latest(store.answers(connection)).items():
            label = resolve(own, store.codebook)
            if label.disputed:
                found.append((text_id, _shuffled(own.values()), label))
        texts = read_texts(connection, [text_id for text_id, _, _ in found])
    return [
        Dispute(
            text_id,
            texts[text_id],
            max(answers, key=lambda answer: answer.number).occurrence,
            label.disputed,
            label.frames,
            tuple(answer.frames for answer in answers),
            tuple(answer.annotator for answer in answers),
        )
        for text_id, answers, label in found
    ]


class SettledError(LabelError):
    """A text that is in dispute no longer."""


def decide(
    store: Store, text_id: str, frames: Any, by: str | None = None, only_disputed: bool = False
) -> None:
    """Store a decision, which settles a text. The newest decision on a text is its label.

    `frames` is as in a labelled row; `by` names who decides.

    Raises:
        LabelError: if nobody has answered the text, or the frames are not the codebook's.
        SettledError: with `only_disputed`, if the answers no longer tie or somebody has decided.
    """
    try:
        given = read_frames(frames, store.codebook)
    except ValueError as error:
        raise LabelError(f"frames: {error}") from error
    a, o, t = schema.annotations.c, schema.occurrences.c, schema.texts.c
    query = (
        sa.select(t.text, *(o[name] for name in _PLACE))
        .join_from(schema.annotations, schema.occurrences, a.occurrence == o.key)
        .join(schema.texts, t.id == a.text_id)
        .where(a.text_id == text_id)
        .order_by(a.number.desc())
        .limit(1)
    )
    with store.writing() as connection:
        found = connection.execute(query).mappings().first()
        if found is None:
            raise LabelError(
                f"nobody has answered a text with the id '{text_id}'; "
                "see framescope labels adjudicate --list"
            )
        if only_disputed and not _is_disputed(store, connection, text_id):
            raise SettledError(f"{text_id}: settled meanwhile; see framescope labels history")
        place = {**found, "meta": json.loads(found["meta"])}
        now = utc(datetime.now(UTC))
        row = LabelledRow(
            **place, frames=given, annotator=ADJUDICATOR, at=now, codebook=store.codebook.version,
            kind=DECISION,
        )  # fmt: skip
        insert_answers(connection, [row], now, by)


def _is_disputed(store: Store, connection: sa.Connection, text_id: str) -> bool:
    here = schema.annotations.c.text_id == text_id
    own = latest(store.answers(connection, here)).get(text_id, {})
    return bool(own) and bool(resolve(own, store.codebook).disputed)


def described(dispute: Dispute, store: Store, names: bool = False) -> dict[str, Any]:
    """Return a dispute as plain values; with `names` also who gave which answer."""
    shown = {
        "id": dispute.text_id,
        "text": dispute.text,
        "frames": list(dispute.frames),
        "agreed": frames_value(dispute.agreed, store.codebook),
        "answers": [frames_value(own, store.codebook) for own in dispute.answers],
    }
    return {**shown, "annotators": list(dispute.annotators)} if names else shown


def read_texts(connection: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return the texts with these ids."""
    columns = schema.texts.c
    found: dict[str, str] = {}
    for part in chunks(ids, 500):
        query = sa.select(columns.id, columns.text).where(columns.id.in_(part))
        found.update(connection.execute(query).all())
    return found


def _shuffled(answers: Iterable[StoredAnswer]) -> list[StoredAnswer]:
    return sorted(answers, key=lambda answer: digest(f"{answer.text_id}:{answer.annotator}"))
