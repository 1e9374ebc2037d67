"""The report: one plain dict, written as `report.json` and as a page that opens offline."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eval import intervals
from eval.compare import compare
from eval.confusion import frame_confusion, stance_confusion
from eval.faithfulness import faithfulness
from eval.figures import calibration, headline
from eval.intervals import Bootstrap, figure
from eval.judge import Judged
from eval.mistakes import least_certain_right, most_confident_wrong, suspected_errors
from eval.per_frame import TIERS, frame_details
from eval.slices import slices
from labels.disk import written_whole
from labels.rows import STARTER_SOURCE

if TYPE_CHECKING:
    from serving.predictor import Predictor

FORMAT = 5
"""2 adds to 1 annotators, tiers, costs of thresholds, confusion of frames, calibration before.

3 adds suspected label errors, and the number of suggested texts that are left out, and
how many of the texts each side of a comparison was trained on.

4 adds the sentence that carried a frame, and whether such sentences matter (faithfulness).

5 adds the champion's own figures, the share of texts with anything uncertain, and how many texts
are of the starter corpus; suspected label errors that are among the mistakes stand there alone.
"""


def report(
    judged: Judged,
    baseline: Judged | None,
    champion: Judged | None,
    data_name: str,
    data_hash: str,
    lineage: dict[str, Any],
    behaviours: list[dict[str, Any]] | None = None,
    *,
    annotators: dict[str, Any] | None = None,
    registers: Mapping[str, str] | None = None,
    suggested: int = 0,
    uncalibrated: NDArray[np.float64] | None = None,
    seen: Collection[str] = (),
    champion_seen: Collection[str] = (),
    predictor: Predictor | None = None,
) -> dict[str, Any]:
    """Return the report on one model as plain JSON values.

    Figures are `{"value", "low", "high", "n"}` or None where gold marks nothing. `baseline` and
    `champion` are judged on the same rows, or it is a JudgeError. `behaviours` is None for another
    codebook; `suggested` counts texts left out; `registers` are by text id; `uncalibrated` the
    encoder's own, (P, F); `seen` the ids of texts that the model was trained on, of which no label
    is suspected; `champion_seen` those that the champion was. Without the `predictor` that was
    judged nothing is said of evidence.
    """
    bootstrap = Bootstrap(judged.groups)
    return {
        "format": FORMAT,
        "model": judged.model,
        "member": judged.member,
        "codebook": _codebook(judged),
        "data": {**_data(judged, data_name, data_hash), "suggested_left_out": suggested},
        **_detailed(judged, bootstrap, uncalibrated),
        **_others(baseline, champion, bootstrap),
        "annotators": annotators,
        "slices": slices(judged, registers or {}),
        "comparison": _comparisons(judged, baseline, champion, len(seen), len(champion_seen)),
        "uncertain": _uncertain(judged, bootstrap),
        "behaviours": behaviours,
        "faithfulness": faithfulness(predictor, judged) if predictor else None,
        **_mistakes(judged, seen, predictor),
        "intervals": _intervals(bootstrap),
        "lineage": lineage,
    }


def _detailed(
    judged: Judged, bootstrap: Bootstrap, uncalibrated: NDArray[np.float64] | None
) -> dict[str, Any]:
    """The headline figures, with what else there is to say of each frame and of the stances."""
    found = headline(judged, bootstrap)
    for place, frame in enumerate(found["frames"]["per_frame"].values()):
        if frame:
            frame.update(frame_details(judged, bootstrap, place, frame))
    found["frames"] |= {"confusion": frame_confusion(judged), "tiers": TIERS}
    if found["stance"]:
        found["stance"]["confusion"] = stance_confusion(judged)
    before = None
    if uncalibrated is not None:
        before = calibration(replace(judged, scores=uncalibrated), bootstrap)
    found["calibration"]["before"] = before
    return found


def _others(
    baseline: Judged | None, champion: Judged | None, bootstrap: Bootstrap
) -> dict[str, Any]:
    both = {"baseline": baseline, "champion": champion}
    return {
        name: other and {"model": other.model, **headline(other, bootstrap)}
        for name, other in both.items()
    }


def _comparisons(
    judged: Judged, baseline: Judged | None, champion: Judged | None, seen: int, champion_seen: int
) -> dict[str, dict[str, Any] | None]:
    # The baseline is of the model's own bundle, so both were trained on the same texts.
    others = {"baseline": (baseline, seen), "champion": (champion, champion_seen)}
    found: dict[str, dict[str, Any] | None] = dict.fromkeys(others)
    for name, (other, its) in others.items():
        if other is not None:
            both = {"challenger": seen, "champion": its}
            found[name] = {**compare(judged, other).to_dict(), "seen_in_training": both}
    return found


def _mistakes(judged: Judged, seen: Collection[str], predictor: Predictor | None) -> dict[str, Any]:
    """Single decisions to look at, and labels to doubt."""
    errors = most_confident_wrong(judged, predictor)
    return {
        "errors": errors,
        "least_certain": least_certain_right(judged, predictor),
        "suspects": suspected_errors(judged, seen, predictor, errors),
    }


def write_report(report: dict[str, Any], out: Path) -> None:
    """Write `report.json` and `report.html` into the folder `out`, each whole or not at all.

    Raises:
        WriteError: if the folder cannot be written to.
    """
    from eval.html import render

    pages = {
        "report.json": json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False) + "\n",
        "report.html": render(report),
    }
    for name, text in pages.items():
        with written_whole(out / name) as file:
            file.write(text.encode("utf-8"))


def _intervals(bootstrap: Bootstrap) -> dict[str, Any]:
    return {
        "level": intervals.LEVEL,
        "method": "percentile bootstrap over documents or near-duplicate groups",
        "resamples": bootstrap.resamples,
        "seed": intervals.SEED,
    }


def _codebook(judged: Judged) -> dict[str, Any]:
    codebook = judged.codebook
    return {
        "name": codebook.name,
        "version": codebook.version,
        "hash": codebook.hash,
        "frames": list(codebook.frame_names),
        "stances": list(codebook.stance_names),
    }


def _data(judged: Judged, name: str, data_hash: str) -> dict[str, Any]:
    unscored = [
        {"text_id": judged.rows[place].text_id, "type": error.type, "message": error.message}
        for place, error in judged.unscored.items()
    ]
    return {
        "name": name,
        "hash": data_hash,
        "n": len(judged),
        "groups": len(set(judged.groups)),
        "languages": dict(Counter(judged.languages).most_common()),
        "unscored": unscored,
        "starter": sum((row.source or "").startswith(STARTER_SOURCE) for row in judged.rows),
    }


def _uncertain(judged: Judged, bootstrap: Bootstrap) -> dict[str, Any]:
    """Of decisions; and of texts, which are uncertain with one decision and right with all."""
    right = judged.gold == judged.predicted
    inside, outside = judged.uncertain, ~judged.uncertain
    decisions = np.stack(
        [inside, right & inside, outside, right & outside, np.ones_like(right)], axis=1
    ).sum(axis=2)
    sure, whole = outside.all(axis=1), np.ones(len(judged), dtype=bool)
    texts = np.stack([~sure, sure, sure & right.all(axis=1), whole], axis=1).astype(int)
    table = np.concatenate([decisions, texts], axis=1)
    totals, draws = table.sum(axis=0), bootstrap.totals(table)
    parts = {
        "share": (0, 4), "accuracy_inside": (1, 0), "accuracy_outside": (3, 2),
        "texts_share": (5, 8), "texts_accuracy_outside": (7, 6),
    }  # fmt: skip
    return {
        key: figure(
            float(intervals.divide(totals[top], totals[whole])),
            intervals.divide(draws[:, top], draws[:, whole]),
            int(totals[whole]),
        )
        for key, (top, whole) in parts.items()
    }
