"""What is known of each model: its row, whether its bundle is still there, its reports."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.errors import FramescopeError
from labels.rows import utc
from training.bundle import Manifest

IMPORTED, PRUNED = "imported", "pruned"
"""What can happen to the bundle of a known model."""


class RegistryError(FramescopeError):
    """A model that is not there, or cannot be promoted."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """When and by whom a bundle was removed, its bytes, and the SHA-256 of its manifest."""

    at: str
    by: str
    bytes: int
    manifest: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One model in the registry. Of a pruned one everything is kept but its bundle.

    `at` is when it was trained, `imported` when its bundle came from a file, if it did.
    """

    version: str
    at: str
    labels_hash: str
    base_model: str
    imported: str | None = None
    pruned: Pruned | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A report kept on a model. `gated` is 1 where the gate of this state folder decided on it."""

    at: str
    data_hash: str
    gated: int
    report: dict[str, Any]


def read_models(connection: sa.Connection) -> list[Entry]:
    """All models, oldest first."""
    events = sa.select(schema.bundle_events).order_by(schema.bundle_events.c.number)
    newest = {row["version"]: row for row in connection.execute(events).mappings()}
    found = connection.execute(sa.select(schema.models).order_by(schema.models.c.at))
    return [_entry(row, newest.get(row["version"])) for row in found.mappings()]


def make_known(connection: sa.Connection, manifest: Manifest) -> None:
    """Enter a model whose bundle is in the model store."""
    values = {
        "version": manifest.version, "at": manifest.created,
        "labels_hash": manifest.labels_hash, "base_model": manifest.base_model,
    }  # fmt: skip
    connection.execute(sa.insert(schema.models), [values])


def refuse_pruned(entry: Entry) -> None:
    """Say of a pruned model how to bring its bundle back.

    Raises:
        RegistryError: if it is one.
    """
    if entry.pruned:
        raise RegistryError(
            f"{entry.version} was pruned on {entry.pruned.at[:10]} by {entry.pruned.by}: its "
            "bundle is gone; bring it back from a copy with: framescope models import FILE"
        )


def note(
    connection: sa.Connection, event: str, version: str, by: str, manifest: str | None, size: int
) -> None:
    """Write down that a bundle was imported or pruned.

    `manifest` is the SHA-256 of its manifest, None where it has none; `size` is in bytes.
    """
    values = {
        "version": version, "at": utc(datetime.now(UTC)), "by": by, "event": event,
        "manifest": manifest, "bytes": size,
    }  # fmt: skip
    connection.execute(sa.insert(schema.bundle_events), [values])


def keep_report(
    connection: sa.Connection, version: str, data_hash: str, report: dict[str, Any], gated: bool
) -> None:
    """Keep a report on a model. `gated`: the gate has decided on it."""
    values = {
        "version": version, "at": utc(datetime.now(UTC)), "data_hash": data_hash,
        "gated": int(gated), "report": json.dumps(report),
    }  # fmt: skip
    connection.execute(sa.insert(schema.evaluations), [values])


def _entry(row: sa.RowMapping, event: sa.RowMapping | None) -> Entry:
    if event is None:
        return Entry(**row)
    if event["event"] == IMPORTED:
        return Entry(**row, imported=event["at"])
    kept = {name: event[name] for name in ("at", "by", "bytes", "manifest")}
    return Entry(**row, pruned=Pruned(**kept))
