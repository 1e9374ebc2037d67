"""What the report says of each frame beside its headline figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.metrics import precision_recall_curve

from eval import intervals
from eval.figures import calibration
from eval.intervals import Bootstrap, Figure
from eval.judge import Judged

CURVE_POINTS = 200
THRESHOLDS = np.round(np.arange(0.02, 0.99, 0.02), 2)

FEWEST = 30
"""Gold marks below which nothing is promised of a frame."""

RELIABLE, FAIR = 0.8, 0.6
"""F1 that the lower end of the 95% interval must reach for the tiers of these names."""

TIERS = {
    "reliable": f"F1 is at least {RELIABLE} even at the lower end of its interval",
    "fair": f"F1 is at least {FAIR} at the lower end: use it for shares, check single cases",
    "weak": f"F1 may be below {FAIR}: check every case, or label more",
    "too few": f"fewer than {FEWEST} paragraphs carry it: nothing can be promised",
}
"""The tiers of reliability, best first, and what they mean."""


def tier(f1: Figure, support: int) -> str:
    """Return how far to trust a frame, by the interval of its F1 and its gold marks: see TIERS."""
    if support < FEWEST:
        return "too few"
    if f1["low"] >= RELIABLE:
        return "reliable"
    return "fair" if f1["low"] >= FAIR else "weak"


def frame_details(
    judged: Judged, bootstrap: Bootstrap, f: int, found: dict[str, Any]
) -> dict[str, Any]:
    """Return what else there is to say of the frame at place `f`, whose figures are `found`."""
    return {
        "tier": tier(found["f1"], found["support"]),
        "curve": _curve(judged, f),
        "thresholds": _costs(judged, f),
        "calibration": _calibration(judged, bootstrap, f),
    }


def _curve(judged: Judged, f: int) -> dict[str, list[float]]:
    """Precision by recall, at most `CURVE_POINTS` points."""
    precision, recall, _ = precision_recall_curve(judged.gold[:, f], judged.scores[:, f])
    kept = np.unique(np.linspace(0, len(recall) - 1, CURVE_POINTS).round().astype(int))
    return {
        "recall": recall[kept].round(4).tolist(),
        "precision": precision[kept].round(4).tolist(),
    }


def _costs(judged: Judged, f: int) -> dict[str, list[Any]]:
    """Precision, recall and F1 at each threshold; precision is None where nothing is marked."""
    gold = judged.gold[:, f]
    marked = judged.scores[:, f] >= THRESHOLDS[:, None]
    hits, n_marked = (marked & gold).sum(axis=1), marked.sum(axis=1)
    precision = intervals.divide(hits, n_marked)
    return {
        "threshold": THRESHOLDS.tolist(),
        "precision": [None if np.isnan(one) else round(float(one), 4) for one in precision],
        "recall": (hits / gold.sum()).round(4).tolist(),
        "f1": (2 * hits / (n_marked + gold.sum())).round(4).tolist(),
    }


def _calibration(judged: Judged, bootstrap: Bootstrap, f: int) -> dict[str, Any]:
    column = slice(f, f + 1)
    own = replace(judged, gold=judged.gold[:, column], scores=judged.scores[:, column])
    return calibration(own, bootstrap)
