"""Cross-validation: how well the recipe, rather than one model, reads writing it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.cluster.hierarchy import DisjointSet

from eval.judge import Judged, JudgeError, judge
from eval.lineage import Seen, seen_in_training
from labels.home import Home
from labels.snapshot import Labelled, Snapshot
from labels.split import BRIDGE, TEST, TRAIN, deal
from labels.store import Store
from serving.predictor import Predictor
from training.bundle import BASELINE, ENSEMBLE, Manifest, read_manifest
from training.config import TrainConfig
from training.fit import train
from training.progress import Progress
from training.registry import Registry

SOURCE = "source"
_MEMBERS = (ENSEMBLE, BASELINE)
_FOLDER, _MARK = "crossvalidation-work", "made-by-framescope"


class CrossValidated(NamedTuple):
    """The joined judgements by member, and what of the rows was seen by the model that judged it.

    By the rules of the split nothing is; `seen` says what came of them. `manifest` is that of the
    first fold's model.
    """

    judged: dict[str, Judged]
    seen: Seen
    manifest: Manifest


def folds_of(rows: Sequence[Labelled], n_folds: int, by: str) -> list[int]:
    """Return the fold of every row, 0 to `n_folds` - 1.

    Whole groups (documents, or near-duplicates) or, by source, whole sources are dealt out; see
    `units`. By source, what is judged is writing by hands that the model has not read.

    Raises:
        JudgeError: if there are fewer groups or sources than folds.
    """
    names = units(rows, by)
    if (n_names := len(set(names))) < n_folds:
        raise JudgeError(f"{n_folds} folds by {by} need as many of them; there are {n_names}")
    return deal(names, n_folds, "fold1")


def units(rows: Sequence[Labelled], by: str) -> list[str]:
    """Return the name of what each row is dealt out with, and drawn with for the intervals.

    That is its group or, by source, its source. A row without a source goes by its group. Sources
    that have a group in common, such as one document printed in both, are one, named by the first
    in alphabetical order.
    """
    found: DisjointSet = DisjointSet()
    for row in rows:
        first, *others = _ties(row, by)
        found.add(first)
        for other in others:
            found.add(other)
            found.merge(first, other)
    named = {tie: min(members)[1] for members in found.subsets() for tie in members}
    return [named[_ties(row, by)[0]] for row in rows]


def _ties(row: Labelled, by: str) -> list[tuple[int, str]]:
    """What holds a row together with others; sources come before groups."""
    source = [(0, row.source)] if by == SOURCE and row.source else []
    return [*source, (1, row.group)]


def crossvalidate(
    snapshot: Snapshot, config: TrainConfig, n_folds: int, by: str, work: Path, progress: Progress
) -> CrossValidated:
    """Train on all folds but one and judge on that one, for each; return both members' judgements.

    The split of the snapshot is not regarded: every row is judged once, by a model that has not
    seen it; those that a strategy suggested are trained on and not judged. A disputed text is kept
    from every model that judges a row of its group, or by source of its source. The group of a
    judged row is its unit; see `units`. Models trained before on the same rows with the same
    settings, which lie in `work`, are not trained again.

    Raises:
        JudgeError: if the rows do not make so many folds.
        TrainingError: if what is left of them does not suffice to train on.
    """
    fold = folds_of(snapshot.rows, n_folds, by)
    unit = dict(zip((row.text_id for row in snapshot.rows), units(snapshot.rows, by), strict=True))
    parts: dict[str, list[Judged]] = {member: [] for member in _MEMBERS}
    seen, manifests = Seen([], []), []
    for k in range(n_folds):
        progress.stage(f"fold {k + 1} of {n_folds}")
        sides = [TEST if own == k else TRAIN for own in fold]
        rows = tuple(
            replace(row, side=side) for row, side in zip(snapshot.rows, sides, strict=True)
        )
        apart = replace(snapshot, rows=rows, contested=_apart(snapshot.contested, rows, by))
        bundle = _trained(apart, config, work / f"fold-{k}", progress)
        manifests.append(read_manifest(bundle))
        own = seen_in_training(bundle, apart.test)
        seen = Seen([*seen.same, *own.same], [*seen.nearly, *own.nearly])
        # Only now: in training, groups say which texts are held out together.
        judged = [replace(row, group=unit[row.text_id]) for row in apart.test]
        for member in _MEMBERS:
            parts[member].append(judge(Predictor.open(bundle, member), judged))
    joined = {member: join(found) for member, found in parts.items()}
    return CrossValidated(joined, seen, manifests[0])


def _apart(
    contested: Sequence[Labelled], rows: Sequence[Labelled], by: str
) -> tuple[Labelled, ...]:
    """Put disputed texts on the test side where they belong with rows there, else to train on.

    One that ties together groups of both sides of the store's split is used on neither here, too.
    """
    judged = {tie for row in rows if row.side == TEST for tie in _ties(row, by)}
    return tuple(
        row
        if row.side == BRIDGE
        else replace(row, side=TRAIN if judged.isdisjoint(_ties(row, by)) else TEST)
        for row in contested
    )


def working_folder(out: Path) -> Path:
    """Make the folder in `out` that models are trained in, or return it where there is one.

    Raises:
        JudgeError: if there is one that cross-validation has not made, which it must not remove.
    """
    folder = out / _FOLDER
    if folder.exists() and not (folder / _MARK).is_file():
        raise JudgeError(
            f"{folder} is there and was not made by framescope crossvalidate; move it away, or "
            "give another --out"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).touch()
    return folder


def join(parts: Sequence[Judged]) -> Judged:
    """Return the judgements of several models as one; its thresholds are those that all share."""
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
        name: own
        for name, own in first.thresholds.items()
        if all(part.thresholds[name] == own for part in parts)
    }
    return replace(
        first, model=f"{len(parts)} folds", unscored=errors, thresholds=thresholds, **values
    )


def _trained(snapshot: Snapshot, config: TrainConfig, folder: Path, progress: Progress) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    store = Store.open(f"sqlite:///{folder / 'labels.db'}", snapshot.codebook)
    registry = Registry(Home(folder), store)
    done = registry.trained_with(snapshot.labels_hash, config.to_dict())
    version = done[-1] if done else train(snapshot, config, registry, progress).version
    return registry.folder(version)
