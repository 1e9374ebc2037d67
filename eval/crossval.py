"""Cross-validation: how well the recipe, rather than one model, reads writing it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from eval.judge import Judged, JudgeError, judge
from labels.home import Home
from labels.snapshot import Labelled, Snapshot
from labels.split import TEST, TRAIN, deal
from labels.store import Store
from serving.predictor import Predictor
from training.bundle import BASELINE, ENSEMBLE
from training.config import TrainConfig
from training.fit import train
from training.progress import Progress
from training.registry import Registry

SOURCE = "source"
_MEMBERS = (ENSEMBLE, BASELINE)


def folds_of(rows: Sequence[Labelled], n_folds: int, by: str) -> list[int]:
    """Return the fold of every row, 0 to `n_folds` - 1.

    Whole groups (documents, or near-duplicates) or, by source, whole sources are dealt out. By
    source, what is judged is writing by hands that the model has not read; a row without a source
    goes by its group.

    Raises:
        JudgeError: if there are fewer groups or sources than folds.
    """
    names = [(row.source if by == SOURCE else None) or row.group for row in rows]
    if (n_names := len(set(names))) < n_folds:
        raise JudgeError(f"{n_folds} folds by {by} need as many of them; there are {n_names}")
    return deal(names, n_folds, "fold1")


def crossvalidate(
    snapshot: Snapshot, config: TrainConfig, n_folds: int, by: str, work: Path, progress: Progress
) -> dict[str, Judged]:
    """Train on all folds but one and judge on that one, for each; return both members' judgements.

    The split of the snapshot is not regarded: every row is judged once, by a model that has not
    seen it. Models trained before on the same rows with the same settings, which lie in `work`, are
    not trained again.

    Raises:
        JudgeError: if the rows do not make so many folds.
        TrainingError: if what is left of them does not suffice to train on.
    """
    fold = folds_of(snapshot.rows, n_folds, by)
    parts: dict[str, list[Judged]] = {member: [] for member in _MEMBERS}
    for k in range(n_folds):
        progress.stage(f"fold {k + 1} of {n_folds}")
        sides = [TEST if own == k else TRAIN for own in fold]
        rows = tuple(
            replace(row, side=side) for row, side in zip(snapshot.rows, sides, strict=True)
        )
        found = _fold(replace(snapshot, rows=rows), config, work / f"fold-{k}", progress)
        for member in _MEMBERS:
            parts[member].append(found[member])
    return {member: join(found) for member, found in parts.items()}


def join(parts: Sequence[Judged]) -> Judged:
    """Return the judgements of several models as one; its thresholds are their mean."""
    first = parts[0]
    values: dict[str, Any] = {}
    for name in (field.name for field in fields(first)):
        own = [getattr(part, name) for part in parts]
        if isinstance(own[0], np.ndarray):
            values[name] = np.concatenate(own)
        elif isinstance(own[0], tuple):
            values[name] = tuple(one for part in own for one in part)
    starts = np.cumsum([0, *map(len, parts)])
    errors = {
        int(start) + place: error
        for start, part in zip(starts, parts, strict=False)
        for place, error in part.unscored.items()
    }
    thresholds = {
        name: float(np.mean([part.thresholds[name] for part in parts])) for name in first.thresholds
    }
    return replace(
        first, model=f"{len(parts)} folds", unscored=errors, thresholds=thresholds, **values
    )


def _fold(
    snapshot: Snapshot, config: TrainConfig, folder: Path, progress: Progress
) -> dict[str, Judged]:
    folder.mkdir(parents=True, exist_ok=True)
    store = Store.open(f"sqlite:///{folder / 'labels.db'}", snapshot.codebook)
    registry = Registry(Home(folder), store)
    done = registry.trained_with(snapshot.labels_hash, config.to_dict())
    version = done[-1] if done else train(snapshot, config, registry, progress).version
    bundle = registry.folder(version)
    return {member: judge(Predictor.open(bundle, member), snapshot.test) for member in _MEMBERS}
