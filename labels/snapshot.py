"""The labels as they stand now: resolved, split, and hashed. What training and evaluation read."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.codebook import Codebook
from labels.resolve import Resolved, latest, resolve
from labels.rows import STARTER_SOURCE, Frames, LabelledRow, canonical
from labels.split import BRIDGE, TEST, TEST_SHARE, TRAIN, Side, assign
from labels.store import Store
from labels.text import digest


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text with its resolved label. `group` holds together what must stay on one side."""

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


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All resolved labels in the order of their text ids, and what was left out and why."""

    codebook: Codebook
    rows: tuple[Labelled, ...]
    disputed: tuple[str, ...] = ()
    bridges: tuple[str, ...] = ()

    @property
    def train(self) -> list[Labelled]:
        return [row for row in self.rows if row.side == TRAIN]

    @property
    def test(self) -> list[Labelled]:
        return [row for row in self.rows if row.side == TEST]

    @property
    def labels_hash(self) -> str:
        """Hash of every text's resolved label and side, and of the frames and stances."""
        names = [self.codebook.frame_names, self.codebook.stance_names]
        return f"l1:{rows_hash(self.rows, canonical(names))}"

    def write(self, path: Path) -> None:
        """Write the rows as Parquet; `frames` is JSON."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.table(
            {name: [_cell(row, name) for row in self.rows] for name in Labelled.__slots__},
            pa.schema([(name, pa.string()) for name in Labelled.__slots__]),
        )
        pq.write_table(table, path)

    @classmethod
    def read(cls, path: Path, codebook: Codebook) -> "Snapshot":
        """Read what `write` wrote."""
        import pyarrow.parquet as pq

        raw: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        rows = (Labelled(**{**row, "frames": json.loads(row["frames"])}) for row in raw)
        return cls(codebook, tuple(rows))


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
        texts, places = _texts(connection), _places(connection)
        texts = {key: texts[key] for key in sorted(labels)}
        sides = _settled(connection)
        documents = {key: [p["document"] for p in places[key] if p["document"]] for key in texts}
        fresh = assign(texts, documents, sides, test_share)
        if fresh:
            values = [{"text_id": k, "group": s.group, "side": s.side} for k, s in fresh.items()]
            connection.execute(sa.insert(schema.sides), values)
    sides.update(fresh)
    return _snapshot(store.codebook, texts, labels, places, sides)


def take_rows(rows: Iterable[LabelledRow], codebook: Codebook, test_share: float) -> Snapshot:
    """Return the snapshot of labels that are in no store, resolved and split the same way."""
    store = Store.open("sqlite://", codebook)
    store.add(rows)
    return take(store, test_share)


def _snapshot(codebook, texts, labels: dict[str, Resolved], places, sides: dict[str, Side]):
    rows, disputed, bridges = [], [], []
    for key, text in texts.items():
        side, label = sides[key], labels[key]
        if label.disputed:
            disputed.append(key)
        elif side.side == BRIDGE:
            bridges.append(key)
        else:
            place = places[key][0]
            rows.append(Labelled(key, text, label.frames, side.side, side.group, **place))
    return Snapshot(codebook, tuple(rows), tuple(disputed), tuple(bridges))


def _starter_places(connection: sa.Connection) -> set[str]:
    columns = schema.occurrences.c
    query = sa.select(columns.key).where(columns.source.startswith(STARTER_SOURCE))
    return set(connection.execute(query).scalars())


def _texts(connection: sa.Connection) -> dict[str, str]:
    query = sa.select(schema.texts.c.id, schema.texts.c.text)
    return dict(connection.execute(query).all())


def _places(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
    names = ("id", "lang", "source", "document", "date")
    columns = [schema.occurrences.c[name] for name in names]
    query = sa.select(schema.occurrences.c.text_id, *columns).order_by(schema.occurrences.c.key)
    found: dict[str, list[dict[str, Any]]] = {}
    for key, *values in connection.execute(query):
        found.setdefault(key, []).append(dict(zip(names, values, strict=True)))
    return found


def _settled(connection: sa.Connection) -> dict[str, Side]:
    columns = schema.sides.c
    query = sa.select(columns.text_id, columns.group, columns.side)
    return {key: Side(group, side) for key, group, side in connection.execute(query)}


def _cell(row: Labelled, name: str) -> str | None:
    value = getattr(row, name)
    return canonical(dict(value)) if name == "frames" else value
