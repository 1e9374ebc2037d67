"""Single decisions to look at: surest and wrong, least sure and right, and labels to doubt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.judge import Judged
from labels.rows import frames_value
from labels.text import shortened
from serving.results import Result
from training.suspects import frames_left_out, suspect_frames

if TYPE_CHECKING:
    from serving.predictor import Predictor

SHOWN = 20
SHOWN_CHARACTERS = 400


def most_confident_wrong(
    judged: Judged, predictor: Predictor | None = None
) -> list[dict[str, Any]]:
    """The wrong decisions on frames that the model was surest of, those on scored texts.

    The `predictor` names the sentence that carried a frame, here and below.
    """
    sure = np.where(judged.predicted, judged.scores, 1 - judged.scores)
    wrong = judged.gold != judged.predicted
    return _first(judged, wrong, lambda p, f: -sure[p, f], predictor)


def least_certain_right(judged: Judged, predictor: Predictor | None = None) -> list[dict[str, Any]]:
    """The right decisions whose score lies nearest to the threshold: what nearly went wrong."""
    right = judged.gold == judged.predicted
    return _first(judged, right, lambda p, f: judged.margins[p, f], predictor)


def suspected_errors(
    judged: Judged,
    seen: Collection[str] = (),
    predictor: Predictor | None = None,
    errors: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """The labels of frames that are probably wrong, the surest first; see `training.suspects`.

    `seen` are the ids of texts that the model was trained on, or on a near-duplicate; these are
    left out, as are texts without a score, and frames of which nothing can be said. Those among
    the `errors` that are listed elsewhere are not listed again: `among_errors` are their places.
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
    shown = {(error["text_id"], error["frame"]): k for k, error in enumerate(errors)}
    named = [(judged.rows[looked_at[one.row]].text_id, names[one.frame]) for one in found]
    more = [one for one, name in zip(found, named, strict=True) if name not in shown]
    return {
        "texts": len(looked_at),
        "seen": sum(row.text_id in seen for row in judged.rows),
        "left_out": left_out,
        "found": len(found),
        "among_errors": sorted(shown[name] for name in named if name in shown),
        "listed": [
            _decision(judged, predictor, looked_at[one.row], one.frame) | {"quality": one.quality}
            for one in more[:SHOWN]
        ],
    }


def _first(
    judged: Judged, chosen, rank: Callable[[int, int], float], predictor: Predictor | None
) -> list[dict[str, Any]]:
    places = [(int(p), int(f)) for p, f in np.argwhere(chosen) if p not in judged.unscored]
    places.sort(key=lambda place: (rank(*place), judged.rows[place[0]].text_id, place[1]))
    return [_decision(judged, predictor, p, f) for p, f in places[:SHOWN]]


def _decision(judged: Judged, predictor: Predictor | None, p: int, f: int) -> dict[str, Any]:
    row, names = judged.rows[p], judged.codebook.frame_names
    scores = zip(names, judged.scores[p].tolist(), strict=True)
    carried = None
    if predictor and judged.predicted[p, f]:
        carried = _carried(predictor, row.text, names[f])
    return {
        "text_id": row.text_id,
        "text": shortened(row.text, SHOWN_CHARACTERS),
        "frame": names[f],
        "gold": bool(judged.gold[p, f]),
        "predicted": bool(judged.predicted[p, f]),
        "score": float(judged.scores[p, f]),
        "sentence": carried and carried[0],
        "contribution": carried and carried[1],
        "label": frames_value(row.frames, judged.codebook),
        "scores": dict(scores),
        "language": judged.languages[p],
        "source": row.source,
    }


def _carried(predictor: Predictor, text: str, frame: str) -> tuple[str, float] | None:
    """The sentence that carried a frame most, and by how much; None where none can be told."""
    (answer,) = predictor.predict([text], explain=True)
    for own in answer.frames if isinstance(answer, Result) else ():
        if own.label == frame and own.evidence:
            top = own.evidence.sentences[0]
            if top.contribution is not None and top.contribution > 0:
                return shortened(text[top.start : top.end], SHOWN_CHARACTERS), top.contribution
    return None
