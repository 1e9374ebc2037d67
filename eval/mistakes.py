"""Single decisions to look at: those that were surest and wrong, and least sure and right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from eval.judge import Judged
from labels.rows import frames_value
from labels.text import shortened

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
