"""The labels as they stand now: resolved, split, and hashed. What training and evaluation read."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.codebook import Codebook
from labels.resolve import latest, resolve, shares
from labels.rows import PLACE, STARTER_SOURCE, SUGGESTED, Frames, LabelledRow, canonical
from labels.split import BRIDGE, TEST, TEST_SHARE, TRAIN, Side, assign
from labels.store import Store
from labels.text import digest

_IN_JSON = ("frames", "shares", "disputed")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text with its resolved label. `group` holds together what must stay on one side.

    `shares` is the soft label; see `labels.resolve.shares`. `disputed` names the frames that tied,
    of which `frames` says nothing.
    """

    text_id: str
    text: str
    frames: Frames
    side: str
    group: str
    id: str | None = None
    lang: str | None = None
    source: str | None = None
    document: str | None = None
    date: str | None = None
    sampled: str | None = None
    shares: Mapping[str, float] = field(default_factory=dict)
    disputed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All resolved labels in the order of their text ids, and what was left out and why.

    `contested` are the disputed texts, which have no label but a soft one. `soft` says whether soft
    labels are trained on, so that they count as labels in the hash and are written.
    """

    codebook: Codebook
    rows: tuple[Labelled, ...]
    disputed: tuple[str, ...] = ()
    bridges: tuple[str, ...] = ()
    contested: tuple[Labelled, ...] = ()
    soft: bool = False

    @property
    def train(self) -> list[Labelled]:
        return [row for row in self.rows if row.side == TRAIN]

    @property
    def test(self) -> list[Labelled]:
        """The frozen test part. A text that a strategy chose says nothing of texts at large."""
        return [row for row in self.rows if row.side == TEST and row.sampled != SUGGESTED]

    @property
    def suggested(self) -> list[Labelled]:
        """The texts that are not in the test part only because a strategy chose them."""
        return [row for row in self.rows if row.side == TEST and row.sampled == SUGGESTED]

    @property
    def labels_hash(self) -> str:
        """Hash of every text's resolved label and side, and of the frames and stances."""
        about: list[Any] = [self.codebook.frame_names, self.codebook.stance_names]
        if self.soft:
            own = (*self.rows, *self.contested)
            about.append(sorted([row.text_id, row.side, dict(row.shares)] for row in own))
        return f"l1:{rows_hash(self.rows, canonical(about))}"

    def write(self, path: Path) -> None:
        """Write the rows as Parquet; `frames`, `shares` and `disputed` are JSON.

        Contested texts are among them where they are trained on.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows = [*self.rows]
        if self.soft:
            rows += [row for row in self.contested if row.side == TRAIN]
        table = pa.table(
            {name: [_cell(row, name) for row in rows] for name in Labelled.__slots__},
            pa.schema([(name, pa.string()) for name in Labelled.__slots__]),
        )
        pq.write_table(table, path)

    @classmethod
    def read(cls, path: Path, codebook: Codebook) -> "Snapshot":
        """Read what `write` wrote."""
        import pyarrow.parquet as pq

        raw: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        rows = [Labelled(**{**row, **_from_json(row)}) for row in raw]
        settled = tuple(row for row in rows if not row.disputed)
        return cls(codebook, settled, contested=tuple(row for row in rows if row.disputed))


def rows_hash(rows: Iterable[Labelled], extra: str = "") -> str:
    """Hash of texts, labels and sides, in any order."""
    lines = sorted(canonical([row.text_id, dict(row.frames), row.side]) for row in rows)
    return digest("\n".join([*lines, extra]), 16)


def take(store: Store, test_share: float = TEST_SHARE, starter: bool = True) -> Snapshot:
    """Resolve all answers, give every text that has none its side, and return the snapshot.

    Without `starter` the starter corpus's own answers are left out, also where they are stored.

    The sides are drawn and kept in one transaction, so that two takers agree.
    """
    with store.writing() as connection:
        left_out = set() if starter else _starter_places(connection)
        found = (a for a in store.answers(connection) if a.occurrence not in left_out)
        answers = latest(found)
        labels = {key: resolve(own, store.codebook) for key, own in answers.items()}
        soft = {key: shares(own) for key, own in answers.items()}
        texts, places = _texts(connection), _places(connection, _sampled(connection))
        texts = {key: texts[key] for key in sorted(labels)}
        sides = _settled(connection)
        documents = {key: [p["document"] for p in places[key] if p["document"]] for key in texts}
        fresh = assign(texts, documents, sides, test_share)
        if fresh:
            values = [{"text_id": k, "group": s.group, "side": s.side} for k, s in fresh.items()]
            connection.execute(sa.insert(schema.sides), values)
    sides.update(fresh)
    rows, contested, bridges = [], [], []
    for key, text in texts.items():
        side, label = sides[key], labels[key]
        row = Labelled(
            key, text, label.frames, side.side, side.group, **places[key][0],
            shares=soft[key], disputed=label.disputed,
        )  # fmt: skip
        if label.disputed:
            contested.append(row)
        elif side.side == BRIDGE:
            bridges.append(key)
        else:
            rows.append(row)
    disputed = tuple(row.text_id for row in contested)
    return Snapshot(store.codebook, tuple(rows), disputed, tuple(bridges), tuple(contested))


def take_rows(rows: Iterable[LabelledRow], codebook: Codebook, test_share: float) -> Snapshot:
    """Return the snapshot of labels that are in no store, resolved and split the same way."""
    store = Store.open("sqlite://", codebook)
    store.add(rows)
    return take(store, test_share)


def _starter_places(connection: sa.Connection) -> set[str]:
    columns = schema.occurrences.c
    query = sa.select(columns.key).where(columns.source.startswith(STARTER_SOURCE))
    return set(connection.execute(query).scalars())


def _texts(connection: sa.Connection) -> dict[str, str]:
    query = sa.select(schema.texts.c.id, schema.texts.c.text)
    return dict(connection.execute(query).all())


def _sampled(connection: sa.Connection) -> dict[str, str]:
    """Text id to how the text was chosen: at random, where an answer or the queue says so."""
    found = (sa.select(t.c.text_id, t.c.sampled) for t in (schema.annotations, schema.queue))
    query = sa.union(*(own.where(own.selected_columns.sampled.is_not(None)) for own in found))
    return dict(sorted(connection.execute(query).all(), key=lambda row: row[1] != SUGGESTED))


def _places(
    connection: sa.Connection, sampled: Mapping[str, str]
) -> dict[str, list[dict[str, Any]]]:
    columns = [schema.occurrences.c[name] for name in PLACE]
    query = sa.select(schema.occurrences.c.text_id, *columns).order_by(schema.occurrences.c.key)
    found: dict[str, list[dict[str, Any]]] = {}
    for key, *values in connection.execute(query):
        place = {**dict(zip(PLACE, values, strict=True)), "sampled": sampled.get(key)}
        found.setdefault(key, []).append(place)
    return found


def _settled(connection: sa.Connection) -> dict[str, Side]:
    columns = schema.sides.c
    query = sa.select(columns.text_id, columns.group, columns.side)
    return {key: Side(group, side) for key, group, side in connection.execute(query)}


def _cell(row: Labelled, name: str) -> str | None:
    value = getattr(row, name)
    return canonical(value) if name in _IN_JSON else value


def _from_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """What of a row is kept as JSON; bundles of earlier releases have the frames alone."""
    found = {name: json.loads(row[name]) for name in _IN_JSON if name in row}
    return {**found, "disputed": tuple(found.get("disputed", ()))}
