"""Whether a challenger may start from the champion's weights instead of the base model's."""

from pathlib import Path

from eval.lineage import trained_on
from labels.snapshot import Snapshot
from training.bundle import BASELINE, read_manifest
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
    known, held_out = trained_on(champion), {row.text_id for row in parts[0].held_out}
    if known & {row.text_id for row in snapshot.test}:
        return "it was trained on texts of the test part"
    own = set(manifest.held_out.text_ids)
    fitted = known if own == known else known - own
    if len(fitted & held_out) > MOST_KNOWN * len(held_out):
        return f"it was fitted on {len(fitted & held_out)} of the {len(held_out)} held-out texts"
    return None
