"""The report: one plain dict, written as `report.json` and as a page that opens offline."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import precision_recall_curve

from eval import intervals
from eval.compare import compare
from eval.figures import headline
from eval.intervals import Bootstrap, figure
from eval.judge import Judged
from eval.slices import slices
from labels.disk import written_whole
from labels.text import shortened

FORMAT = 1
SHOWN_ERRORS = 20
SHOWN_CHARACTERS = 400
CURVE_POINTS = 200


def report(
    judged: Judged,
    baseline: Judged | None,
    champion: Judged | None,
    data_name: str,
    data_hash: str,
    lineage: dict[str, Any],
    behaviours: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the report on one model as plain JSON values.

    Every figure is `{"value", "low", "high", "n"}` or None where gold marks nothing. `baseline` and
    `champion` must be judged on the same rows. `behaviours` is what `judge_behaviours` gives, None
    for a model of another codebook.

    Raises:
        JudgeError: if they are not.
    """
    bootstrap = Bootstrap(judged.groups)
    found = headline(judged, bootstrap)
    for name, frame in found["frames"]["per_frame"].items():
        if frame:
            frame["curve"] = _curve(judged, judged.codebook.frame_names.index(name))
    if found["stance"]:
        found["stance"]["confusion"] = _confusion(judged)
    others = {"baseline": baseline, "champion": champion}
    return {
        "format": FORMAT,
        "model": judged.model,
        "member": judged.member,
        "codebook": _codebook(judged),
        "data": _data(judged, data_name, data_hash),
        **found,
        "baseline": baseline and {"model": baseline.model, **headline(baseline, bootstrap)},
        "slices": slices(judged),
        "comparison": {
            name: other and compare(judged, other).to_dict() for name, other in others.items()
        },
        "uncertain": _uncertain(judged, bootstrap),
        "behaviours": behaviours,
        "errors": _errors(judged),
        "intervals": _intervals(bootstrap),
        "lineage": lineage,
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
    }


def _curve(judged: Judged, f: int) -> dict[str, list[float]]:
    """Precision by recall of one frame, at most `CURVE_POINTS` points."""
    precision, recall, _ = precision_recall_curve(judged.gold[:, f], judged.scores[:, f])
    kept = np.unique(np.linspace(0, len(recall) - 1, CURVE_POINTS).round().astype(int))
    return {
        "recall": recall[kept].round(4).tolist(),
        "precision": precision[kept].round(4).tolist(),
    }


def _confusion(judged: Judged) -> dict[str, Any]:
    """How often each gold stance (row) was read as each stance (column); `none` as none at all."""
    gold, read = judged.gold_stance[judged.gold], judged.stance[judged.gold]
    size = len(judged.codebook.stances)
    counts = [[int(((gold == g) & (read == r)).sum()) for r in range(size)] for g in range(size)]
    none = [int(((gold == g) & (read < 0)).sum()) for g in range(size)]
    return {"stances": list(judged.codebook.stance_names), "counts": counts, "none": none}


def _uncertain(judged: Judged, bootstrap: Bootstrap) -> dict[str, Any]:
    right = judged.gold == judged.predicted
    inside, outside = judged.uncertain, ~judged.uncertain
    table = np.stack(
        [inside, right & inside, outside, right & outside, np.ones_like(right)], axis=1
    ).sum(axis=2)
    totals, draws = table.sum(axis=0), bootstrap.totals(table)
    parts = {"share": (0, 4), "accuracy_inside": (1, 0), "accuracy_outside": (3, 2)}
    return {
        key: figure(
            float(intervals.divide(totals[top], totals[whole])),
            intervals.divide(draws[:, top], draws[:, whole]),
            int(totals[whole]),
        )
        for key, (top, whole) in parts.items()
    }


def _errors(judged: Judged) -> list[dict[str, Any]]:
    """The wrong decisions on frames that the model was surest of, those on scored texts."""
    sure = np.where(judged.predicted, judged.scores, 1 - judged.scores)
    wrong = np.argwhere(judged.gold != judged.predicted)
    scored = [(int(p), int(f)) for p, f in wrong if p not in judged.unscored]
    scored.sort(key=lambda place: (-sure[place], judged.rows[place[0]].text_id, place[1]))
    return [_error(judged, p, f) for p, f in scored[:SHOWN_ERRORS]]


def _error(judged: Judged, p: int, f: int) -> dict[str, Any]:
    row, text = judged.rows[p], judged.rows[p].text
    return {
        "text_id": row.text_id,
        "text": shortened(text, SHOWN_CHARACTERS),
        "frame": judged.codebook.frame_names[f],
        "gold": bool(judged.gold[p, f]),
        "predicted": bool(judged.predicted[p, f]),
        "score": float(judged.scores[p, f]),
        "language": judged.languages[p],
        "source": row.source,
    }
