"""Whether a challenger may start from the champion's weights instead of the base model's."""

from pathlib import Path
from typing import NamedTuple

from eval.lineage import trained_on
from labels.snapshot import Snapshot
from training.bundle import BASELINE, BundleError, read_manifest
from training.config import TrainConfig
from training.parts import parts_of

MOST_KNOWN = 0.05
"""Share of the held-out texts that the champion may have been fitted on: they are drawn again as
texts come in, and calibration on texts that a model knows makes it look surer than it is."""


def why_not_warm(champion: Path, snapshot: Snapshot, config: TrainConfig) -> str | None:
    """Return why fine-tuning cannot start from the bundle of a champion; None where it can."""
    manifest = read_manifest(champion)
    if manifest.main == BASELINE:
        return "it is the linear baseline alone"
    if manifest.base_model != config.encoder_name:
        return f"its base model is {manifest.base_model}, not {config.encoder_name}"
    if not manifest.codebook.same_labels(snapshot.codebook):
        return "its codebook has other frames or stances"
    if len(parts := parts_of(snapshot.train, config.held_out_share, config.cross_fits)) > 1:
        return "of so few labels it was trained on those that it would be calibrated on, too"
    try:
        known, fitted = _learned(champion)
    except BundleError as error:
        return f"what it was itself started from cannot be read: {error}"
    if known & {row.text_id for row in snapshot.test}:
        return "it was trained on texts of the test part"
    held_out = {row.text_id for row in parts[0].held_out}
    if len(fitted & held_out) > MOST_KNOWN * len(held_out):
        return f"it was fitted on {len(fitted & held_out)} of the {len(held_out)} held-out texts"
    return None


class _Learned(NamedTuple):
    """Ids of the texts that weights come from: `known` in any way, `fitted` by fine-tuning."""

    known: set[str]
    fitted: set[str]


def _learned(folder: Path) -> _Learned:
    """Return what a bundle's weights come from, those that it was started from included.

    Each start adds a few texts that the next calibration part may hold; only their sum says how
    many it knows.

    Raises:
        BundleError: if a bundle of the line is gone, so that nobody can tell.
    """
    manifest = read_manifest(folder)
    known, own = trained_on(folder), set(manifest.held_out.text_ids)
    fitted = known if own == known else known - own
    if start := manifest.config.get("warm_start"):
        before = _learned(_moved(Path(start), folder))
        return _Learned(known | before.known, fitted | before.fitted)
    return _Learned(known, fitted)


def _moved(start: Path, folder: Path) -> Path:
    """Where a bundle that another was started from lies, also once the state folder has moved."""
    return start if start.is_dir() else folder.parent / start.name
