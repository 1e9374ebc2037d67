"""Retraining: a challenger is trained when labels have changed, and serves only if proven."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.bundles import behaviours_of, judge_bundle
from eval.compare import compare
from eval.gate import Behaviours, Decision, check, check_first
from eval.judge import JudgeError
from eval.lineage import trained_on
from eval.report import write_report
from eval.warm import why_not_warm
from labels.snapshot import Snapshot
from serving.predictor import Predictor
from training.bundle import BundleError, read_manifest, verify
from training.config import TrainConfig
from training.fit import train
from training.leftovers import remove_leftovers
from training.parts import parts_of
from training.progress import Progress
from training.registry import Registry
from training.retraining import DECIDING

BY = "framescope retrain"


@dataclass(frozen=True, slots=True)
class Retrained:
    """What a retraining came to. `report` is None where there was nothing to do."""

    challenger: str | None
    champion: str | None
    decision: Decision
    report: dict[str, Any] | None


def retrain(
    snapshot: Snapshot,
    config: TrainConfig,
    registry: Registry,
    progress: Progress,
    force: bool,
    warm: bool = False,
) -> Retrained:
    """Train, judge on the frozen test part, and promote if the gate is passed.

    Does nothing when the labels are those of the champion, or of a challenger already judged;
    `force` trains all the same; with `warm` fine-tuning starts from the champion's weights, where
    that can be. A model that was trained but not judged, because the run was
    killed between the two, is judged now.

    Raises:
        TrainingError: if the labels do not suffice.
        JudgeError: if there is no test part to judge on.
    """
    if not snapshot.test:
        raise JudgeError(
            "no labelled text is on the test side, so no model can be judged; import more labels"
        )
    remove_leftovers(registry)
    champion = readable_champion(registry, progress)
    same = [m.version for m in registry.models() if m.labels_hash == snapshot.labels_hash]
    if champion and not force and any(map(registry.gated, same)):
        reason = f"labels have not changed since {same[-1]} was trained on them"
        remove_leftovers(registry, unfinished_too=True)
        return Retrained(None, champion, Decision(True, (reason,)), None)
    if warm and champion:
        config = _from_champion(registry.folder(champion), snapshot, config, progress)
    alike = registry.trained_with(snapshot.labels_hash, config.to_dict())
    unjudged = [version for version in alike if not registry.gated(version)]
    progress.plan(_stages(snapshot, config))
    version = unjudged[-1] if unjudged else train(snapshot, config, registry, progress).version
    done = _prove(snapshot, version, registry, progress)
    # Where a killed run had trained the model, its work is still there.
    remove_leftovers(registry, unfinished_too=True)
    return done


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


def readable_champion(registry: Registry, progress: Progress) -> str | None:
    """Return the champion, or None where there is none or its bundle is damaged, saying so."""
    champion = registry.champion()
    if champion is None:
        return None
    try:
        verify(registry.folder(champion), read_manifest(registry.folder(champion)))
    except BundleError as error:
        progress.stage(f"{error}; it counts as no champion")
        return None
    return champion


def _prove(snapshot: Snapshot, version: str, registry: Registry, progress: Progress) -> Retrained:
    """Judge a challenger beside the champion of this moment, and promote it if it is proven."""
    over = registry.champion()
    champion = readable_champion(registry, progress)
    rows = snapshot.test
    if champion:  # one that was trained on files may know texts that are on the test side here
        known = trained_on(registry.folder(champion))
        rows = [row for row in rows if row.text_id not in known]
    if not rows:
        raise JudgeError(f"{champion} was trained on the whole test part; nothing can be compared")
    progress.stage(f"judging on {len(rows)} texts of the frozen test part")
    found, judged, holder = judge_bundle(
        registry.folder(version),
        registry.folder(champion) if champion else None,
        rows,
        "frozen test part",
        f"framescope evaluate {version}",
    )
    for left in (registry.home.reports / version).glob(".report.*"):  # of a run killed in writing
        left.unlink()
    write_report(found, registry.home.reports / version)
    behaviours = found["behaviours"]
    if champion and holder:
        champions = champion_behaviours(champion, behaviours, registry)
        decision = check(compare(judged, holder), behaviours, champions)
    else:
        decision = check_first(found["calibration"]["ece"]["value"], behaviours)
    promotion = (BY, decision.text) if decision.passed else None
    progress.stage(DECIDING)
    registry.conclude(version, found["data"]["hash"], found, over, promotion)
    return Retrained(version, champion, decision, found)


def champion_behaviours(
    champion: str, challengers: Behaviours | None, registry: Registry
) -> Behaviours | None:
    """Return how the champion behaves on the cases the challenger was held to.

    That is in its stored report; where that has another number of cases, or none, it is asked.
    """
    if challengers is None:
        return None
    stored = (registry.evaluation(champion) or {}).get("behaviours") or ()
    if _cases(stored) == _cases(challengers):
        return stored
    return behaviours_of(Predictor.open(registry.folder(champion)))


def _cases(behaviours: Behaviours) -> list[tuple[str, int]]:
    return [(own["name"], own["n"]) for own in behaviours]
