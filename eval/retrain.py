"""Retraining: a challenger is trained when labels have changed, and serves only if proven."""

from dataclasses import dataclass
from typing import Any

from eval.bundles import judge_bundle
from eval.compare import compare
from eval.gate import Decision, check
from eval.judge import JudgeError
from eval.lineage import trained_on
from eval.report import write_report
from labels.snapshot import Snapshot
from training.bundle import BundleError, read_manifest, verify
from training.config import TrainConfig
from training.fit import train
from training.progress import Progress
from training.registry import Registry

BY = "framescope retrain"


@dataclass(frozen=True, slots=True)
class Retrained:
    """What a retraining came to. `report` is None where there was nothing to do."""

    challenger: str | None
    champion: str | None
    decision: Decision
    report: dict[str, Any] | None


def retrain(
    snapshot: Snapshot, config: TrainConfig, registry: Registry, progress: Progress, force: bool
) -> Retrained:
    """Train, judge on the frozen test part, and promote if the gate is passed.

    Does nothing when the labels are those of the champion, or of a challenger already judged;
    `force` trains all the same. A model that was trained but not judged, because the run was
    killed between the two, is judged now.

    Raises:
        TrainingError: if the labels do not suffice.
        JudgeError: if there is no test part to judge on.
    """
    if not snapshot.test:
        raise JudgeError(
            "no labelled text is on the test side, so no model can be judged; import more labels"
        )
    champion = readable_champion(registry, progress)
    same = [m.version for m in registry.models() if m.labels_hash == snapshot.labels_hash]
    if champion and not force and any(map(registry.gated, same)):
        reason = f"labels have not changed since {same[-1]} was trained on them"
        return Retrained(None, champion, Decision(True, (reason,)), None)
    alike = registry.trained_with(snapshot.labels_hash, config.to_dict())
    unjudged = [version for version in alike if not registry.gated(version)]
    version = unjudged[-1] if unjudged else train(snapshot, config, registry, progress).version
    return _prove(snapshot, version, registry, progress)


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
    write_report(found, registry.home.reports / version)
    if holder:
        decision = check(compare(judged, holder))
    else:
        decision = Decision(True, ("there was no champion",))
    promotion = (BY, decision.text) if decision.passed else None
    registry.conclude(version, found["data"]["hash"], found, over, promotion)
    return Retrained(version, champion, decision, found)
