"""Where a model and a figure on it come from: what goes at the end of a report."""

import importlib.metadata
import platform
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from labels.duplicates import near_duplicates
from labels.snapshot import Labelled, Snapshot
from training.bundle import SNAPSHOT, Manifest, read_manifest

_PACKAGES = (
    "framescope", "numpy", "scikit-learn", "evaluate", "openvino", "onnxruntime", "krippendorff"
)  # fmt: skip
_NAMED = 20


class Seen(NamedTuple):
    """Ids of the rows that a model was trained on, and of the near-duplicates of such."""

    same: list[str]
    nearly: list[str]

    @property
    def ids(self) -> set[str]:
        """The ids of both."""
        return {*self.same, *self.nearly}

    def among(self, rows: Iterable[Labelled]) -> "Seen":
        """Return what of it is among these rows."""
        ids = {row.text_id for row in rows}
        return Seen(
            [key for key in self.same if key in ids], [key for key in self.nearly if key in ids]
        )


def seen_in_training(folder: Path, rows: Sequence[Labelled]) -> Seen:
    """Return which rows the model of the bundle in `folder` was trained on.

    A row counts as nearly seen where a text that the model was trained on is its near-duplicate, by
    the rule that the split goes by.
    """
    known = {row.text_id: row.text for row in _training_rows(folder)}
    return Seen([row.text_id for row in rows if row.text_id in known], _nearly_seen(known, rows))


def lineage(manifest: Manifest, seen: Seen, command: str) -> dict[str, Any]:
    """Return hashes, settings and versions, and which judged rows the model was trained on.

    `command` is what repeats the report.
    """
    return {
        "command": command,
        "code": code_version(),
        "created": manifest.created,
        "labels_hash": manifest.labels_hash,
        "test_hash": manifest.test_hash,
        "codebook_hash": manifest.codebook.hash,
        "base_model": manifest.base_model,
        "seed": manifest.config["seed"],
        "precision": manifest.precision,
        "rows_seen_in_training": len(seen.same),
        "rows_nearly_seen_in_training": len(seen.nearly),
        "seen": [*seen.same, *seen.nearly][:_NAMED],
        "settings": dict(manifest.config),
        "packages": dict(manifest.packages),
        "judged_with": {name: importlib.metadata.version(name) for name in _PACKAGES}
        | {"python": platform.python_version()},
    }


def code_version() -> str:
    """Return the installed version of framescope, and the git commit where the code is in one."""
    version = importlib.metadata.version("framescope")
    root = Path(__file__).parent.parent
    if not (root / ".git").exists():  # installed, perhaps inside some other project's repository
        return version
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12", "--match="]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return version
    return f"{version}, commit {done.stdout.strip()}" if done.returncode == 0 else version


def trained_on(folder: Path) -> set[str]:
    """Return the ids of the texts that a bundle was fitted or calibrated on."""
    return {row.text_id for row in _training_rows(folder)}


def _training_rows(folder: Path) -> list[Labelled]:
    found = Snapshot.read(folder / SNAPSHOT, read_manifest(folder).codebook)
    return [*found.train, *found.contested]


def _nearly_seen(known: dict[str, str], rows: Sequence[Labelled]) -> list[str]:
    """The rows with a near-duplicate among the texts that are known, without those known."""
    fresh = {row.text_id: row.text for row in rows if row.text_id not in known}
    pairs = near_duplicates({**known, **fresh})
    found = {key for one in pairs for key in one if (one[0] in known) != (one[1] in known)}
    return sorted(found & fresh.keys())
