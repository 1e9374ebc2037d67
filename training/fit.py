"""From a snapshot of labels to a bundle in the registry."""

import contextlib
import hashlib
import importlib.metadata
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from filelock import FileLock, Timeout
from numpy.typing import NDArray

from labels.codebook import Codebook
from labels.rows import canonical, utc
from labels.snapshot import Snapshot, rows_hash
from labels.split import TRAIN
from labels.text import digest
from training.baseline import fit_baseline
from training.bundle import (
    BASELINE,
    ENCODER,
    ENSEMBLE,
    GRAPH,
    LINEAR,
    SNAPSHOT,
    HeldOut,
    Manifest,
    Member,
    write_manifest,
)
from training.card import model_card
from training.config import TrainConfig, TrainingError
from training.linear import LinearModel
from training.logits import Logits, joined, split_outputs
from training.member import fit_member
from training.parts import Mean, Part, everything, parts_of, with_disputed
from training.progress import Progress
from training.registry import Registry

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from training.model import FrameClassifier

FEWEST = 20
"""Labelled texts on the training side below which training is refused."""

_LOCK_WAIT = 1.0
"""Seconds to try for the lock: who looks whether it is held, holds it for an instant itself."""

_PACKAGES = ("torch", "transformers", "scikit-learn", "onnxruntime", "bentoml", "framescope")


def train(
    snapshot: Snapshot, config: TrainConfig, registry: Registry, progress: Progress
) -> Manifest:
    """Fine-tune, calibrate, export, and save the bundle with its baseline.

    A run that was killed is resumed by the same call. The test part of the snapshot is not looked
    at but for its hash.

    Raises:
        TrainingError: if there are too few labels, the encoder cannot be loaded, or another run is
            under way in this state folder.
    """
    snapshot = replace(snapshot, soft=config.soft_labels)
    parts = checked_parts(snapshot, config)
    with only_run(registry):
        return _train(snapshot, parts, config, registry, progress)


@contextlib.contextmanager
def only_run(registry: Registry) -> Iterator[None]:
    """Keep other training runs out of this state folder.

    Raises:
        TrainingError: if one is under way.
    """
    registry.home.work.mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(registry.home.work / "training.lock", timeout=_LOCK_WAIT).acquire()
    except Timeout:
        raise TrainingError(
            f"another training run is under way in {registry.home.folder}; wait for it to end"
        ) from None
    with lock:
        yield


def checked_parts(snapshot: Snapshot, config: TrainConfig) -> list[Part]:
    """Return what to fit and to calibrate on.

    Raises:
        TrainingError: if there are too few labels.
    """
    parts = parts_of(snapshot.train, config.held_out_share, config.cross_fits)
    n_fit = min(len(part.fit) for part in parts)
    if len(snapshot.train) < FEWEST or n_fit < FEWEST // 2:
        raise TrainingError(
            f"{len(snapshot.train)} labelled texts on the training side (disputed texts and test "
            f"texts do not count), {n_fit} of them to fit on; at least {FEWEST} and "
            f"{FEWEST // 2} are needed: import more labels"
        )
    if not any(row.frames for row in snapshot.train):
        raise TrainingError("no text on the training side carries a frame; import more labels")
    if config.soft_labels:
        return with_disputed(parts, [row for row in snapshot.contested if row.side == TRAIN])
    return parts


class _Fitted(NamedTuple):
    """What training makes, before it is written."""

    model: "FrameClassifier"
    tokenizer: "PreTrainedTokenizerBase"
    linear: LinearModel
    members: dict[str, Member]
    held_out: HeldOut
    precision: str


def _train(
    snapshot: Snapshot,
    parts: list[Part],
    config: TrainConfig,
    registry: Registry,
    progress: Progress,
) -> Manifest:
    fitted_on = [[row.text_id for row in part.fit] for part in parts]
    settings = [snapshot.labels_hash, fitted_on, snapshot.codebook.hash, config.to_dict()]
    work = registry.home.work / digest(canonical(settings), 8)
    made = _fit(parts, snapshot.codebook, config, work, progress)
    progress.stage("writing the bundle")
    weights = made.model.state_dict()
    arrays = (weights[name].detach().cpu().numpy() for name in sorted(weights))
    about = Manifest(
        **identity(snapshot, arrays),
        members=made.members,
        max_tokens=config.max_tokens,
        base_model=config.encoder_name,
        config=config.to_dict(),
        precision=made.precision,
        held_out=made.held_out,
    )
    registry.add(about, lambda folder: _write(folder, made, about, snapshot))
    # With it goes what is left of earlier runs that were killed, which would lie there for ever.
    for left in registry.home.work.glob("*/"):
        shutil.rmtree(left, ignore_errors=True)
    return about


def _fit(
    parts: list[Part], codebook: Codebook, config: TrainConfig, work: Path, progress: Progress
) -> _Fitted:
    """Fit on each part; of several models, keep the mean of encoders and a linear one of all texts.

    The mean of the weights of models fine-tuned from the same start does as well as the mean of
    their scores (Wortsman et al. 2022, "Model soups").
    """
    from training.finetune import finetune, score

    found: list[dict[str, Logits]] = []
    mean = Mean()
    for k, part in enumerate(parts):
        named = f" (part {k + 1} of {len(parts)})" if len(parts) > 1 else ""
        texts = [row.text for row in part.held_out]
        progress.stage(f"fitting the linear model{named}")
        linear = fit_baseline(part.fit, codebook, config.seed, config.soft_labels)
        progress.stage(f"fine-tuning {config.encoder_name} on {len(part.fit)} texts{named}")
        steps = config.steps(len(part.fit), len(parts))
        own = work / f"part-{k}"
        model, tokenizer, precision = finetune(part.fit, codebook, config, steps, own, progress)
        encoded = score(model, tokenizer, texts, codebook, config.max_tokens)
        found.append({ENCODER: encoded, LINEAR: split_outputs(linear.outputs(texts)[0], codebook)})
        mean.add(model.state_dict())
    if len(parts) > 1:
        model.load_state_dict(mean.weights)
        linear = fit_baseline(everything(parts), codebook, config.seed, config.soft_labels)
    held_out = [row for part in parts for row in part.held_out]
    progress.stage(f"calibrating on {len(held_out)} texts by models that have not seen them")
    both = {name: joined([own[name] for own in found]) for name in (ENCODER, LINEAR)}
    ensemble, scores = fit_member(both, held_out, codebook, config.seed)
    baseline, _ = fit_member({LINEAR: both[LINEAR]}, held_out, codebook, config.seed)
    members = {ENSEMBLE: ensemble, BASELINE: baseline}
    return _Fitted(model, tokenizer, linear, members, scores, precision)


def identity(snapshot: Snapshot, weights: Iterable[NDArray]) -> dict[str, Any]:
    """Return what a manifest says of any model trained now: its version, its labels, the packages.

    The version ends on a hash of the weights, for two models trained in the same second.
    """
    created, found = datetime.now(UTC), hashlib.sha256()
    for array in weights:
        found.update(array.tobytes())
    return {
        "version": f"{created:%Y%m%d-%H%M%S}-{found.hexdigest()[:8]}",
        "created": utc(created),
        "codebook": snapshot.codebook,
        "labels_hash": snapshot.labels_hash,
        "test_hash": f"t1:{rows_hash(snapshot.test)}",
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def _write(folder: Path, made: _Fitted, manifest: Manifest, snapshot: Snapshot) -> None:
    from training.export import export_graph

    made.model.write(folder)
    made.tokenizer.save_pretrained(folder)
    export_graph(made.model, folder / GRAPH)
    finish(folder, made.linear, manifest, snapshot)


def finish(folder: Path, linear: LinearModel, manifest: Manifest, snapshot: Snapshot) -> None:
    """Write what every bundle has: linear model, labels, card and, last, the manifest."""
    linear.write(folder / BASELINE)
    snapshot.write(folder / SNAPSHOT)
    (folder / "README.md").write_text(model_card(manifest, snapshot), "utf-8")
    write_manifest(folder, manifest)
