"""Where a model and a figure on it come from: what goes at the end of a report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labels.snapshot import Labelled, Snapshot
from labels.split import TRAIN
from training.bundle import SNAPSHOT, Manifest, read_manifest


def lineage(
    manifest: Manifest, folder: Path, rows: Sequence[Labelled], command: str
) -> dict[str, Any]:
    """Return hashes, settings and versions, and how many judged rows the model was trained on.

    `command` is what repeats the report.
    """
    known = trained_on(folder)
    return {
        "command": command,
        "created": manifest.created,
        "labels_hash": manifest.labels_hash,
        "test_hash": manifest.test_hash,
        "codebook_hash": manifest.codebook.hash,
        "base_model": manifest.base_model,
        "precision": manifest.precision,
        "rows_seen_in_training": sum(row.text_id in known for row in rows),
        "settings": dict(manifest.config),
        "packages": dict(manifest.packages),
    }


def trained_on(folder: Path) -> set[str]:
    """Return the ids of the texts that a bundle was fitted or calibrated on."""
    snapshot = Snapshot.read(folder / SNAPSHOT, read_manifest(folder).codebook)
    return {row.text_id for row in snapshot.rows if row.side == TRAIN}
