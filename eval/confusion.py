"""What was read instead: frames for other frames, stances for other stances."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.judge import Judged


def frame_confusion(judged: Judged) -> dict[str, dict[str, Any]]:
    """What else there is where a frame is missed or found wrongly: `missed`, `wrongly_found`.

    For each frame, `n` such paragraphs; `with`: how many of them the model marks with each other
    frame (where missed), or the gold label does (where wrongly found); `alone`: with none.
    """
    missed, wrong = judged.gold & ~judged.predicted, judged.predicted & ~judged.gold
    return {
        "missed": _beside(judged, missed, judged.predicted),
        "wrongly_found": _beside(judged, wrong, judged.gold),
    }


def _beside(
    judged: Judged, places: NDArray[np.bool_], others: NDArray[np.bool_]
) -> dict[str, dict[str, Any]]:
    names = judged.codebook.frame_names
    counts = places.T.astype(np.int64) @ others.astype(np.int64)
    alone = (places & ~others.any(axis=1, keepdims=True)).sum(axis=0)
    return {
        name: {
            "n": int(places[:, f].sum()),
            "with": {own: int(counts[f, k]) for k, own in enumerate(names) if k != f},
            "alone": int(alone[f]),
        }
        for f, name in enumerate(names)
    }


def stance_confusion(judged: Judged) -> dict[str, Any]:
    """How often each gold stance (row) was read as each stance (column); `none` as none at all.

    Over the frames that gold marks; `per_frame` holds the same of each frame that it marks.
    """
    return {
        "stances": list(judged.codebook.stance_names),
        **_counts(judged, judged.gold),
        "per_frame": {
            name: _counts(judged, judged.gold & (np.arange(judged.gold.shape[1]) == f))
            for f, name in enumerate(judged.codebook.frame_names)
            if judged.gold[:, f].any()
        },
    }


def _counts(judged: Judged, where: NDArray[np.bool_]) -> dict[str, Any]:
    gold, read = judged.gold_stance[where], judged.stance[where]
    size = len(judged.codebook.stances)
    counts = [[int(((gold == g) & (read == r)).sum()) for r in range(size)] for g in range(size)]
    return {"counts": counts, "none": [int(((gold == g) & (read < 0)).sum()) for g in range(size)]}
