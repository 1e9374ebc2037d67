"""A bundle judged on labelled rows, beside its own baseline and the champion."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from eval.judge import Judged, judge
from eval.lineage import lineage
from eval.report import report
from labels.snapshot import Labelled, rows_hash
from serving.predictor import Predictor
from training.bundle import BASELINE, read_manifest


class JudgedBundle(NamedTuple):
    """The report, and what the gate compares; `champion` is None where there is none to compare."""

    report: dict[str, Any]
    judged: Judged
    champion: Judged | None


def judge_bundle(
    folder: Path, champion: Path | None, rows: Sequence[Labelled], name: str, command: str
) -> JudgedBundle:
    """Judge the bundle in `folder`, its baseline, and the champion's bundle on the same rows.

    `name` is what to call the rows, `command` what repeats the report.

    Raises:
        BundleError: if a bundle is damaged.
    """
    judged = judge(Predictor.open(folder), rows)
    baseline = judge(Predictor.open(folder, BASELINE), rows)
    holder = judge(Predictor.open(champion), rows) if champion else None
    traced = lineage(read_manifest(folder), folder, rows, command)
    found = report(judged, baseline, holder, name, f"t1:{rows_hash(rows)}", traced)
    return JudgedBundle(found, judged, holder)
