"""The first model of a state folder: the linear baseline alone, in seconds."""

from dataclasses import replace

from labels.snapshot import Snapshot
from training.baseline import fit_baseline
from training.bundle import BASELINE, LINEAR, LINEAR_ONLY, Manifest
from training.config import TrainConfig
from training.fit import checked_parts, finish, identity, only_run
from training.logits import joined, split_outputs
from training.member import fit_member
from training.parts import everything
from training.progress import Progress
from training.registry import Registry


def train_baseline(
    snapshot: Snapshot, config: TrainConfig, registry: Registry, progress: Progress
) -> Manifest:
    """Fit and calibrate the linear model, and save a bundle that holds nothing else.

    It is what the baseline in the bundle of a fine-tuned model is: fitted, calibrated and judged in
    the same way on the same texts, so that the two can be compared. What a killed fine-tuning left
    to go on from is not touched.

    Raises:
        TrainingError: if there are too few labels, or another run is under way in this state
            folder.
    """
    snapshot = replace(snapshot, soft=config.soft_labels)
    parts, codebook = checked_parts(snapshot, config), snapshot.codebook
    with only_run(registry):
        found = []
        for k, part in enumerate(parts):
            named = f" (part {k + 1} of {len(parts)})" if len(parts) > 1 else ""
            progress.stage(f"fitting the linear model on {len(part.fit)} texts{named}")
            linear = fit_baseline(part.fit, codebook, config.seed, config.soft_labels)
            texts = [row.text for row in part.held_out]
            found.append(split_outputs(linear.outputs(texts)[0], codebook))
        if len(parts) > 1:
            linear = fit_baseline(everything(parts), codebook, config.seed, config.soft_labels)
        held_out = [row for part in parts for row in part.held_out]
        progress.stage(f"calibrating on {len(held_out)} texts that the model has not seen")
        member, scores = fit_member({LINEAR: joined(found)}, held_out, codebook, config.seed)
        about = Manifest(
            **identity(snapshot, (linear.coefficients, linear.intercepts)),
            members={BASELINE: member},
            max_tokens=None,
            base_model=LINEAR_ONLY,
            # Those that matter here; unlike a recipe, so that this counts as another model.
            config={
                name: getattr(config, name)
                for name in ("seed", "held_out_share", "test_share", "soft_labels")
            },
            precision="fp32",
            held_out=scores,
        )
        registry.add(about, lambda folder: finish(folder, linear, about, snapshot))
    return about
