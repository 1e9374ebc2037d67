"""Retraining: a challenger is trained when labels have changed, and serves only if proven."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.bundles import JudgedBundle, behaviours_of, judge_bundle
from eval.compare import compare
from eval.datasets import frozen_test_part
from eval.earlier import earlier_champions
from eval.gate import Behaviours, Decision, check, check_first
from eval.judge import JudgeError
from eval.lineage import seen_in_training
from eval.report import write_report
from eval.warm import why_not_warm
from labels.snapshot import Snapshot
from serving.predictor import Predictor
from training.bundle import LINEAR_ONLY, SNAPSHOT, BundleError, read_manifest, verify
from training.config import TrainConfig
from training.difference import label_changes
from training.entries import Entry
from training.fit import train
from training.leftovers import remove_leftovers
from training.parts import parts_of
from training.progress import Progress
from training.registry import Registry
from training.retraining import DECIDING

BY = "framescope retrain"


@dataclass(frozen=True, slots=True)
class Retrained:
    """What a retraining came to. `challenger` and `report` are None where there was nothing to do.

    `champion` is the one that was there before, None where there was none.
    `changes` counts the labels that are other than those the champion was trained on; see
    `training.difference.label_changes`.
    """

    challenger: str | None
    champion: str | None
    decision: Decision
    report: dict[str, Any] | None
    changes: Mapping[str, int] | None = None

    @property
    def promoted(self) -> bool:
        return self.challenger is not None and self.decision.passed

    @property
    def serving(self) -> str | None:
        """The champion from now on."""
        return self.challenger if self.promoted else self.champion


def retrain(
    snapshot: Snapshot,
    config: TrainConfig,
    registry: Registry,
    progress: Progress,
    force: bool,
    warm: bool = False,
    by: str = BY,
) -> Retrained:
    """Train, judge on the frozen test part, and promote if the gate is passed.

    Does nothing when the labels are those of the champion, or of a challenger already judged;
    `force` trains all the same; with `warm` fine-tuning starts from the champion's weights, where
    that can be. A model that was trained but not judged, because the run was killed between the
    two, is judged now, but with `force`. A promotion is written down as being by `by`.

    Raises:
        TrainingError: if the labels do not suffice.
        JudgeError: if there is no test part to judge on, or the champion cannot be read, so that
            nothing can be proven against it.
    """
    snapshot = replace(snapshot, soft=config.soft_labels)
    if not snapshot.test:
        raise JudgeError(
            "no labelled text is on the test side, so no model can be judged; import more labels"
        )
    remove_leftovers(registry)
    champion = readable_champion(registry)
    if champion and not force and (why := _nothing_new(snapshot, champion, registry)):
        remove_leftovers(registry, unfinished_too=True)
        return Retrained(None, champion, Decision(True, (why,)), None)
    if warm and champion:
        config = _from_champion(registry.folder(champion), snapshot, config, progress)
    progress.plan(_stages(snapshot, config))
    version = None if force else _unjudged(snapshot, config, champion, registry, progress)
    version = version or train(snapshot, config, registry, progress).version
    done = _prove(snapshot, version, registry, progress, by)
    # Where a killed run had trained the model, its work is still there.
    remove_leftovers(registry, unfinished_too=True)
    return done


def _unjudged(
    snapshot: Snapshot,
    config: TrainConfig,
    champion: str | None,
    registry: Registry,
    progress: Progress,
) -> str | None:
    """Return the newest model that only needs judging; a damaged one is passed over, saying so."""
    for version in reversed(registry.trained_with(snapshot.labels_hash, config.to_dict())):
        if version == champion or registry.gated(version):
            continue
        try:
            verify(registry.folder(version), read_manifest(registry.folder(version)))
        except BundleError as error:
            progress.stage(f"{version} was trained but never judged, and is set aside: {error}")
            continue
        return version
    return None


def _nothing_new(snapshot: Snapshot, champion: str, registry: Registry) -> str | None:
    """Say so where a model of these labels was decided on; None where none was.

    The gate decides, or who promotes a fine-tuned model by hand. The linear baseline serves until
    there is one, so it decides nothing.
    """
    known = {entry.version: entry for entry in registry.models()}
    decided = [
        entry
        for entry in known.values()
        if entry.labels_hash == snapshot.labels_hash and _decided(entry, champion, registry)
    ]
    if not decided:
        return None
    newest = known[champion] if known[champion] in decided else decided[-1]
    why = f"labels have not changed since {newest.version} was trained on them"
    if newest.version == champion:
        return why
    return f"{why}; {_standing(newest, known[champion])}"


def _decided(entry: Entry, champion: str, registry: Registry) -> bool:
    by_hand = entry.version == champion and entry.base_model != LINEAR_ONLY
    return by_hand or registry.gated(entry.version)


def _standing(decided: Entry, champion: Entry) -> str:
    """What became of a model that is not champion, and how to train on its labels again."""
    linear = champion.base_model == LINEAR_ONLY
    serving = f"the linear baseline {champion.version}" if linear else champion.version
    again = "train on them again with: framescope retrain --force"
    if decided.pruned:
        return (
            f"{decided.version} was pruned on {decided.pruned.at[:10]} and {serving} is champion; "
            f"bring it back from a copy with: framescope models import FILE, or {again}"
        )
    return (
        f"the gate has decided on it and {serving} is champion; promote it all the same with: "
        f"framescope models promote {decided.version}, or {again}"
    )


def _from_champion(
    champion: Path, snapshot: Snapshot, config: TrainConfig, progress: Progress
) -> TrainConfig:
    if why := why_not_warm(champion, snapshot, config):
        progress.stage(f"not starting from champion {champion.name}: {why}")
        return config
    return replace(config, warm_start=str(champion))


def _stages(snapshot: Snapshot, config: TrainConfig) -> list[tuple[str, float]]:
    """The stages of a run and their share of the time, as it is on two cores."""
    n = len(parts_of(snapshot.train, config.held_out_share, config.cross_fits))
    own = [("fitting the linear model", 4 / n), ("fine-tuning", 84 / n)] * n
    return [*own, ("calibrating", 2), ("writing the bundle", 4), ("judging", 6)]


def readable_champion(registry: Registry) -> str | None:
    """Return the champion, or None where no model was ever promoted.

    Raises:
        JudgeError: if its bundle cannot be read. Another process may well go on serving it, so it
            must not lose its place to a model that was compared with nothing.
    """
    champion = registry.champion()
    if champion is None:
        return None
    try:
        verify(registry.folder(champion), read_manifest(registry.folder(champion)))
    except BundleError as error:
        raise JudgeError(
            f"champion {champion} cannot be read, so nothing can be proven against it: {error}. "
            "Bring its bundle back from a copy with: framescope models import FILE, or go back to "
            "the champion before with: framescope models rollback, or choose one by hand with: "
            "framescope models promote MODEL --reason TEXT"
        ) from error
    return champion


def _prove(
    snapshot: Snapshot, version: str, registry: Registry, progress: Progress, by: str
) -> Retrained:
    """Judge a challenger beside the champion of this moment, and promote it if it is proven."""
    champion = readable_champion(registry)
    data = frozen_test_part(registry.store, snapshot)
    if champion:  # one that was trained on files may know texts that are on the test side here
        asked = [*data.rows, *(one.row for one in data.answered)]
        seen = seen_in_training(registry.folder(champion), asked)
        data = data.without({*seen.same, *seen.nearly})
    if not data.rows:
        raise JudgeError(
            f"{champion} was trained on the whole test part, or on near-duplicates; "
            "nothing can be compared: import "
            f"labels of other texts, or promote with: framescope models promote {version}"
        )
    progress.stage(f"judging on {len(data.rows)} texts of the {data.name}")
    judged = judge_bundle(
        registry.folder(version),
        registry.folder(champion) if champion else None,
        data.rows,
        data.name,
        f"framescope evaluate {version} --out reports/{version}",
        answered=data.answered,
        registers=data.registers,
        suggested=len(snapshot.suggested),
    )
    for left in (registry.home.reports / version).glob(".report.*"):  # of a run killed in writing
        left.unlink()
    write_report(judged.report, registry.home.reports / version)
    decision = _decision(judged, champion, registry)
    promotion = (by, decision.text) if decision.passed else None
    progress.stage(DECIDING)
    registry.conclude(version, judged.report["data"]["hash"], judged.report, champion, promotion)
    changes = _changes(snapshot, registry.folder(champion)) if champion else None
    return Retrained(version, champion, decision, judged.report, changes)


def _decision(found: JudgedBundle, champion: str | None, registry: Registry) -> Decision:
    behaviours = found.report["behaviours"]
    if champion is None or found.champion is None:
        return check_first(found.report["calibration"]["ece"]["value"], behaviours)
    comparison = compare(found.judged, found.champion)
    champions = champion_behaviours(champion, behaviours, registry)
    return check(comparison, behaviours, champions, earlier_champions(registry))


def _changes(snapshot: Snapshot, champion: Path) -> dict[str, int]:
    codebook = read_manifest(champion).codebook
    return label_changes(Snapshot.read(champion / SNAPSHOT, codebook), snapshot)


def champion_behaviours(
    champion: str, challengers: Behaviours | None, registry: Registry
) -> Behaviours | None:
    """Return how the champion behaves on the cases the challenger was held to.

    That is in its stored report; where that is of other cases, or says not of which, it is asked.
    """
    if challengers is None:
        return None
    stored = (registry.evaluation(champion) or {}).get("behaviours") or ()
    if _cases(stored) == _cases(challengers):
        return stored
    return behaviours_of(Predictor.open(registry.folder(champion)))


def _cases(behaviours: Behaviours) -> dict[str, str | None]:
    return {own["name"]: own.get("cases") for own in behaviours}
