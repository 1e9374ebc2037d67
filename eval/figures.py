"""Every figure of a judgement: the value by the `evaluate` modules, the interval by resampling."""

from __future__ import annotations

from typing import Any

import numpy as np

from eval import intervals
from eval.intervals import Bootstrap, Figure, figure
from eval.judge import Judged
from eval.metrics import load, measure


def headline(judged: Judged, bootstrap: Bootstrap | None = None) -> dict[str, Any]:
    """Return the figures of one model: `frames`, `stance`, `joint`, `calibration`.

    `stance` and `joint` are None where the codebook has no stances. A figure is None where gold
    marks nothing. `n` counts paragraphs; gold marks for stance; decisions for calibration.
    """
    bootstrap = bootstrap or Bootstrap(judged.groups)
    values = measure(judged)
    stances = bool(judged.codebook.stances)
    return {
        "frames": _frames(judged, bootstrap, values["frames"]),
        "stance": _stance(judged, bootstrap, values.get("stance")) if stances else None,
        "joint": _joint(judged, bootstrap, values["joint"]) if stances else None,
        "calibration": _calibration(judged, bootstrap, values["calibration"]),
    }


def calibration(judged: Judged, bootstrap: Bootstrap) -> dict[str, Any]:
    """Return the calibration error of all scores, `ece`, and how it comes about, `bins`."""
    values = load("calibration").compute(
        predictions=judged.scores.ravel().tolist(),
        references=judged.gold.ravel().astype(int).tolist(),
    )
    return _calibration(judged, bootstrap, values)


def _frames(judged: Judged, bootstrap: Bootstrap, values: dict[str, Any]) -> dict[str, Any]:
    totals = bootstrap.totals(intervals.frame_table(judged))
    draws = {
        "f1": intervals.f1(totals),
        "precision": intervals.precision(totals),
        "recall": intervals.recall(totals),
        "average_precision": np.stack(
            [
                bootstrap.average_precision(judged.gold[:, f], judged.scores[:, f])
                for f in range(judged.gold.shape[1])
            ],
            axis=1,
        ),
    }
    n = len(judged)
    mean_draws = intervals.mean_known(draws["average_precision"])
    return {
        "macro_f1": figure(values["macro_f1"], intervals.macro_f1(totals), n),
        "micro_f1": figure(values["micro_f1"], intervals.micro_f1(totals), n),
        "mean_average_precision": figure(values["mean_average_precision"], mean_draws, n),
        "per_frame": {
            name: found
            and {key: figure(found[key], draws[key][:, f], n) for key in draws}
            | {"threshold": judged.thresholds.get(name), "support": found["support"]}
            for f, (name, found) in enumerate(values["per_frame"].items())
        },
    }


def _stance(
    judged: Judged, bootstrap: Bootstrap, values: dict[str, Any] | None
) -> dict[str, Figure | None]:
    if values is None:
        return {"macro_f1": None, "accuracy": None}
    totals = bootstrap.totals(intervals.stance_table(judged))
    right, marked = totals[:, 0].sum(axis=-1), totals[:, 2].sum(axis=-1)
    n = int(judged.gold.sum())
    return {
        "macro_f1": figure(values["macro_f1"], intervals.macro_f1(totals), n),
        "accuracy": figure(values["accuracy"], intervals.divide(right, marked), n),
    }


def _joint(judged: Judged, bootstrap: Bootstrap, values: dict[str, Any]) -> dict[str, Any]:
    totals = bootstrap.totals(intervals.joint_table(judged))
    return {"micro_f1": figure(values["micro_f1"], intervals.micro_f1(totals), len(judged))}


def _calibration(judged: Judged, bootstrap: Bootstrap, values: dict[str, Any]) -> dict[str, Any]:
    draws = intervals.calibration_error(bootstrap.totals(intervals.calibration_table(judged)))
    return {"ece": figure(values["ece"], draws, judged.gold.size), "bins": values["bins"]}
