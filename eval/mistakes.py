"""Single decisions to look at: surest and wrong, least sure and right, and labels to doubt."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from eval.judge import Judged
from labels.rows import frames_value
from labels.text import shortened
from training.suspects import frames_left_out, suspect_frames

SHOWN = 20
SHOWN_CHARACTERS = 400


def most_confident_wrong(judged: Judged) -> list[dict[str, Any]]:
    """The wrong decisions on frames that the model was surest of, those on scored texts."""
    sure = np.where(judged.predicted, judged.scores, 1 - judged.scores)
    return _first(judged, judged.gold != judged.predicted, lambda p, f: -sure[p, f])


def least_certain_right(judged: Judged) -> list[dict[str, Any]]:
    """The right decisions whose score lies nearest to the threshold: what nearly went wrong."""
    thresholds = [judged.thresholds[name] for name in judged.codebook.frame_names]
    distance = np.abs(judged.scores - np.asarray(thresholds))
    return _first(judged, judged.gold == judged.predicted, lambda p, f: distance[p, f])


def suspected_errors(judged: Judged, seen: Collection[str] = ()) -> dict[str, Any]:
    """The labels of frames that are probably wrong, the surest first; see `training.suspects`.

    `seen` are the ids of texts that the model was trained on, or on a near-duplicate; these are
    left out, as are texts without a score, and frames of which nothing can be said.
    """
    looked_at = [
        p
        for p, row in enumerate(judged.rows)
        if p not in judged.unscored and row.text_id not in seen
    ]
    gold, scores = judged.gold[looked_at], judged.scores[looked_at]
    names = judged.codebook.frame_names
    left_out = frames_left_out(gold, scores, names)
    frames = [f for f, name in enumerate(names) if name not in left_out]
    found = suspect_frames(gold, scores, frames)
    return {
        "texts": len(looked_at),
        "seen": sum(row.text_id in seen for row in judged.rows),
        "left_out": left_out,
        "found": len(found),
        "listed": [
            {**_decision(judged, looked_at[one.row], one.frame), "quality": one.quality}
            for one in found[:SHOWN]
        ],
    }


def _first(judged: Judged, chosen, rank: Callable[[int, int], float]) -> list[dict[str, Any]]:
    places = [(int(p), int(f)) for p, f in np.argwhere(chosen) if p not in judged.unscored]
    places.sort(key=lambda place: (rank(*place), judged.rows[place[0]].text_id, place[1]))
    return [_decision(judged, p, f) for p, f in places[:SHOWN]]


def _decision(judged: Judged, p: int, f: int) -> dict[str, Any]:
    row, names = judged.rows[p], judged.codebook.frame_names
    scores = zip(names, judged.scores[p].tolist(), strict=True)
    return {
        "text_id": row.text_id,
        "text": shortened(row.text, SHOWN_CHARACTERS),
        "frame": names[f],
        "gold": bool(judged.gold[p, f]),
        "predicted": bool(judged.predicted[p, f]),
        "score": float(judged.scores[p, f]),
        "label": frames_value(row.frames, judged.codebook),
        "scores": dict(scores),
        "language": judged.languages[p],
        "source": row.source,
    }
