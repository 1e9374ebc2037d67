"""A bundle judged on labelled rows, beside its own baseline and the champion."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from eval.behaviours import judge_behaviours
from eval.cases import load_cases
from eval.judge import Judged, judge
from eval.lineage import lineage
from eval.report import report
from labels.codebook import load_codebook
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

    A bundle whose frames and stances are those of the project's own codebook is held to its
    behaviours, too. `name` is what to call the rows, `command` what repeats the report.

    Raises:
        BundleError: if a bundle is damaged.
    """
    predictor = Predictor.open(folder)
    judged = judge(predictor, rows)
    baseline = judge(Predictor.open(folder, BASELINE), rows)
    holder = judge(Predictor.open(champion), rows) if champion else None
    manifest, own = read_manifest(folder), load_codebook()
    behaviours = None
    if manifest.codebook.same_labels(own):
        behaviours = judge_behaviours(predictor, load_cases(own))
    traced = lineage(manifest, folder, rows, command)
    data_hash = f"t1:{rows_hash(rows)}"
    found = report(judged, baseline, holder, name, data_hash, traced, behaviours)
    return JudgedBundle(found, judged, holder)
