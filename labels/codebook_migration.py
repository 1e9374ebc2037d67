"""Carrying labels over to a codebook with other frames, into a state folder of its own.

The old folder is only read, so no label is lost. The new one gets every text and where it was
found, the sides of the split, the queue, the marks of what was erased, and the whole history of
answers in the new frames. An answer that cannot be carried over becomes a retraction. Where a label
stood on it, the answers that are left would make another one: all that stand on the text are taken
back, and it goes to the queue to be labelled again by everyone. A retraction takes back its
author's decisions too: those that stand in the old folder and can be carried over are written
again.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.codebook import Codebook
from labels.codebook_versions import settle, versions, write_down
from labels.database import connect, place_of, prepare
from labels.errors import CodebookError, StoreError
from labels.history import taken_back, write_again
from labels.insertion import chunks
from labels.label_map import LabelMap
from labels.queue import RELABEL
from labels.resolve import behind_label, latest, order
from labels.rows import DECISION, RETRACTION, LabelledRow, utc
from labels.store import Store, StoredAnswer

BY = "framescope codebook migrate"

_Standing = dict[str, dict[str, StoredAnswer]]
"""What stands on each text: text id -> annotator -> answer."""

_COPIED = (schema.texts, schema.occurrences, schema.sides, schema.queue, schema.erasures)


@dataclass(frozen=True, slots=True)
class Migrated:
    """Rows read, those carried over, and those taken back by frame; texts to label again.

    `others` counts the answers that could be carried over and were taken back with their text.
    """

    rows: int
    carried: int
    lost: dict[str, int]
    texts: int
    others: int


def migrate(store: Store, url: str | sa.URL, mapping: LabelMap) -> Migrated:
    """Carry the labels of a store over into an empty one at `url`. All or nothing.

    Raises:
        CodebookError: if the new codebook's version is not higher than any that the store served.
        StoreError: if the new store is not empty.
    """
    # Not through Store.open, which would commit before the labels are there.
    target = Store(connect(url), mapping.new)
    with store.reading() as source:
        kept = versions(source)
        _check_version(mapping.new, max(one.codebook.version for one in kept))
        with target.writing() as connection:
            _make_tables(connection, mapping.new)
            for version in kept:
                if older := mapping.older(version.codebook):
                    note = f"'{version.codebook.name}' in the frames of '{mapping.new.name}'"
                    write_down(connection, older, BY, note)
            for table in _COPIED:
                _copy(source, connection, table)
            found = _carry(store, source, connection, mapping)
            before, after = latest(store.answers(source)), latest(target.answers(connection))
            texts = _without_label(before, mapping)
            others = _take_back(connection, texts, after)
            _decide_again(connection, texts, before, after, mapping)
            _queue(connection, texts)
    target.engine.dispose()
    return replace(found, texts=len(texts), others=others)


def _make_tables(connection: sa.Connection, new: Codebook) -> None:
    """Make a new store's tables, or use those of one that serves `new` and holds nothing."""
    place = place_of(connection.engine)
    there = set(sa.inspect(connection).get_table_names())
    passed_over = (schema.settings, schema.codebooks)
    used = [
        name
        for name, table in schema.metadata.tables.items()
        if name in there
        and table not in passed_over
        and connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first()
    ]
    if schema.codebooks.name in there and any(one.codebook != new for one in versions(connection)):
        used.append(schema.codebooks.name)
    if used:
        raise StoreError(
            f"{place}: there are labels here already, or what belongs to some: {used}; "
            "name a folder for a new state"
        )
    prepare(connection)
    settle(connection, new, place)


def _check_version(new: Codebook, highest: int) -> None:
    if new.version <= highest:
        raise CodebookError(
            f"codebook '{new.name}' has the version {new.version}, and the labels were given under "
            f"versions up to {highest}; write 'version: {highest + 1}' in the file"
        )


def _copy(source: sa.Connection, connection: sa.Connection, table: sa.Table) -> None:
    """Copy a table. Numbers are given anew where a table has them, in the same order."""
    columns = [column for column in table.c if column.name != "number"]
    order = table.c.get("number", next(iter(table.primary_key)))
    query = sa.select(*columns).order_by(order).execution_options(yield_per=1000)
    for rows in chunks(source.execute(query).mappings(), 1000):
        connection.execute(sa.insert(table), [dict(row) for row in rows])


def _carry(
    store: Store, source: sa.Connection, connection: sa.Connection, mapping: LabelMap
) -> Migrated:
    rows = carried = 0
    lost: Counter[str] = Counter()
    for answers in chunks(store.answers(source), 1000):
        values: dict[tuple[str, str], dict[str, Any]] = {}
        for answer in answers:
            frames, gone = mapping.carry(answer.frames)
            row = _row(answer, frames, bool(gone))
            values[row["key"], row["at"]] = row
            lost.update(gone)
            carried += not gone
        rows += len(answers)
        fresh = list(_fresh(connection, values))
        if fresh:
            connection.execute(sa.insert(schema.annotations), fresh)
    return Migrated(rows, carried, dict(lost), texts=0, others=0)


def _row(answer: StoredAnswer, frames: dict[str, str | None], lost: bool) -> dict[str, Any]:
    kind, by = (RETRACTION, BY) if lost else (answer.kind, answer.by)
    kept = {} if lost else frames
    row = LabelledRow(
        "", kept, answer.annotator, codebook=answer.codebook, sampled=answer.sampled, kind=kind
    )
    return {
        "text_id": answer.text_id, "occurrence": answer.occurrence, "at": answer.at, "kind": kind,
        "key": row.answer_key_on(answer.text_id), "annotator": answer.annotator, "by": by,
        "frames": json.dumps(kept, ensure_ascii=False), "codebook": answer.codebook,
        "sampled": answer.sampled, "stored": answer.stored,
    }  # fmt: skip


def _fresh(
    connection: sa.Connection, values: dict[tuple[str, str], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The rows that are not there: two answers of one moment may have become the same one."""
    own = schema.annotations.c
    query = sa.select(own.key, own.at).where(own.key.in_([key for key, _ in values]))
    known = {tuple(row) for row in connection.execute(query)}
    yield from (row for place, row in values.items() if place not in known)


def _without_label(standing: _Standing, mapping: LabelMap) -> dict[str, StoredAnswer]:
    """Return the texts whose label stands on an answer that was not carried over, with that one."""
    found = {}
    for text_id, own in standing.items():
        for answer in behind_label(own):
            if mapping.carry(answer.frames).lost:
                found[text_id] = answer
    return found


def _take_back(connection: sa.Connection, texts: Collection[str], after: _Standing) -> int:
    """Take back all that stands on these texts, and return how many answers that was."""
    rest = [taken_back(answer) for text_id in texts for answer in after.get(text_id, {}).values()]
    write_again(connection, rest, BY, datetime.now(UTC))
    return len(rest)


def _decide_again(
    connection: sa.Connection,
    texts: Collection[str],
    before: _Standing,
    after: _Standing,
    mapping: LabelMap,
) -> None:
    """Write the decisions again of texts where a lost answer of their author took one back.

    All of them, for the newest is the label: they must come in their old order.
    """
    again: list[StoredAnswer] = []
    for text_id, own in before.items():
        if text_id in texts:
            continue
        standing = after.get(text_id, {})
        decided = []
        for answer in sorted(own.values(), key=order):
            frames, lost = mapping.carry(answer.frames)
            if answer.kind == DECISION and not lost:
                decided.append(replace(answer, frames=frames))
        kept = {who for who, answer in standing.items() if answer.kind == DECISION}
        if any(answer.annotator not in kept for answer in decided):
            again += decided
    write_again(connection, again, BY, datetime.now(UTC))


def _queue(connection: sa.Connection, texts: dict[str, StoredAnswer]) -> None:
    """Put texts at the end of the queue, but for those that are in it."""
    own = schema.queue.c
    known = set(connection.execute(sa.select(own.text_id)).scalars())
    now = utc(datetime.now(UTC))
    fresh = [
        {
            "text_id": text_id, "occurrence": answer.occurrence, "batch": RELABEL,
            "sampled": answer.sampled, "at": now, "by": BY,
        }
        for text_id, answer in texts.items()
        if text_id not in known
    ]  # fmt: skip
    for rows in chunks(fresh, 1000):
        connection.execute(sa.insert(schema.queue), rows)
