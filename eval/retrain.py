"""Retraining: a challenger is trained when labels have changed, and serves only if proven."""

from dataclasses import dataclass
from typing import Any

from eval.compare import compare
from eval.gate import Decision, check
from eval.judge import Judged, JudgeError, judge
from eval.lineage import lineage
from eval.report import report, write_report
from labels.snapshot import Snapshot, rows_hash
from serving.predictor import Predictor
from training.bundle import BASELINE, read_manifest
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
    champion = registry.champion()
    if not snapshot.test:
        raise JudgeError(
            "no labelled text is on the test side, so no model can be judged; import more labels"
        )
    same = [m.version for m in registry.models() if m.labels_hash == snapshot.labels_hash]
    if champion and not force and any(registry.evaluation(version) for version in same):
        reason = f"labels have not changed since {same[-1]} was trained on them"
        return Retrained(None, champion, Decision(True, (reason,)), None)
    unjudged = [version for version in same if _repeats(registry, version, config)]
    version = unjudged[-1] if unjudged else train(snapshot, config, registry, progress).version
    return _prove(snapshot, version, champion, registry, progress)


def _repeats(registry: Registry, version: str, config: TrainConfig) -> bool:
    settings = dict(read_manifest(registry.folder(version)).config)
    return registry.evaluation(version) is None and settings == config.to_dict()


def _prove(
    snapshot: Snapshot, version: str, champion: str | None, registry: Registry, progress: Progress
) -> Retrained:
    rows = snapshot.test
    progress.stage(f"judging on {len(rows)} texts of the frozen test part")
    folder = registry.folder(version)
    judged = judge(Predictor.open(folder), rows)
    baseline = judge(Predictor.open(folder, BASELINE), rows)
    holder: Judged | None = None
    if champion:
        holder = judge(Predictor.open(registry.folder(champion)), rows)
    traced = lineage(read_manifest(folder), folder, rows, f"framescope evaluate {version}")
    data_hash = f"t1:{rows_hash(rows)}"
    found = report(judged, baseline, holder, "frozen test part", data_hash, traced)
    write_report(found, registry.home.reports / version)
    if holder is None:
        decision = Decision(True, ("there was no champion",))
    else:
        decision = check(compare(judged, holder))
    registry.record(version, data_hash, found)
    if decision.passed:
        registry.promote(version, BY, decision.text)
    return Retrained(version, champion, decision, found)
