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
from labels.insertion import chunks, counting_last, insert_answers
from labels.resolve import behind_label, latest, resolve
from labels.rows import (
    ADJUDICATOR,
    DECISION,
    PLACE,
    Frames,
    LabelledRow,
    canonical,
    frames_value,
    read_frames,
    utc,
)
from labels.store import Store, StoredAnswer
from labels.text import digest


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
    """A text that is in dispute no longer. `settled` is the decision that stands, if any.

    `decision` is that decision's number.
    """

    def __init__(self, words: str, settled: StoredAnswer | None) -> None:
        super().__init__(words)
        self.settled = settled
        self.decision = settled.number if settled else None


def decide(
    store: Store,
    text_id: str,
    frames: Any,
    by: str | None = None,
    only_disputed: bool = False,
    seen: int | None = None,
) -> None:
    """Store a decision, which settles a text. The newest decision on a text is its label.

    `frames` is as in a labelled row; `by` names who decides. `seen` is the number of the decision
    that may be overruled, 0 where none may; without it any may.

    Raises:
        LabelError: if nobody has answered the text, or the frames are not the codebook's.
        SettledError: if a decision stands that was not seen; with `only_disputed`, also if the
            answers no longer tie.
    """
    try:
        given = read_frames(frames, store.codebook)
    except ValueError as error:
        raise LabelError(f"frames: {error}") from error
    with store.writing() as connection:
        place = _place_of(connection, text_id)
        _refuse_settled(store, connection, text_id, only_disputed, seen)
        now = utc(datetime.now(UTC))
        (at,) = counting_last(connection, [(text_id, ADJUDICATOR, DECISION, None)], now)
        row = LabelledRow(
            **place, frames=given, annotator=ADJUDICATOR, at=at, codebook=store.codebook.version,
            kind=DECISION,
        )  # fmt: skip
        insert_answers(connection, [row], now, by)


def _place_of(connection: sa.Connection, text_id: str) -> dict[str, Any]:
    """Return the text and where it was found when it was answered last."""
    a, o, t = schema.annotations.c, schema.occurrences.c, schema.texts.c
    query = (
        sa.select(t.text, *(o[name] for name in (*PLACE, "meta")))
        .join_from(schema.annotations, schema.occurrences, a.occurrence == o.key)
        .join(schema.texts, t.id == a.text_id)
        .where(a.text_id == text_id)
        .order_by(a.number.desc())
        .limit(1)
    )
    found = connection.execute(query).mappings().first()
    if found is None:
        raise LabelError(
            f"nobody has answered a text with the id '{text_id}'; "
            "see framescope labels adjudicate --list"
        )
    return {**found, "meta": json.loads(found["meta"])}


def _refuse_settled(
    store: Store, connection: sa.Connection, text_id: str, only_disputed: bool, seen: int | None
) -> None:
    if seen is None and not only_disputed:
        return
    here = schema.annotations.c.text_id == text_id
    own = latest(store.answers(connection, here)).get(text_id, {})
    behind = behind_label(own)
    if behind and behind[0].kind == DECISION:
        (last,) = behind
        if last.number != seen:
            who, said = last.by or last.annotator, canonical(last.frames)
            words = f"{text_id}: settled by {who} at {last.at[:16]}: {said}"
            raise SettledError(words, last)
    elif only_disputed and not (own and resolve(own, store.codebook).disputed):
        words = f"{text_id}: settled meanwhile, the answers no longer tie"
        raise SettledError(f"{words}; see framescope labels history", None)


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
