"""What `/metrics` tells of the frames that are found, and of the model that finds them.

Drift is seen by comparing two means of a frame's score: `framescope_frame_score_sum_total` by
`framescope_texts_total` over some hours, and `framescope_frame_score_in_training`, that of the
texts held out in training. These are another sample than what comes in, so a difference that was
there from the first week on is one of samples; one that appears is drift.
"""

from collections.abc import Sequence

import numpy as np
from prometheus_client import Counter, Gauge

from serving.predictor import Predictor
from serving.results import Result, TextError

PRESENT = Counter("framescope_frame_present", "Texts in which a frame is present", ["frame"])
UNCERTAIN = Counter(
    "framescope_frame_uncertain",
    "Texts whose score for a frame is in its uncertain band",
    ["frame"],
)
SCORES = Counter("framescope_frame_score_sum", "Sum of the scores of a frame", ["frame"])
IN_TRAINING = Gauge(
    "framescope_frame_score_in_training",
    "Mean score of a frame on the texts held out in training, of the model that is served",
    ["frame"],
    multiprocess_mode="mostrecent",
)
MODEL = Gauge(
    "framescope_model_info",
    "1 for the model that is served, 0 for those before it",
    ["model", "member", "codebook"],
    multiprocess_mode="mostrecent",
)


def count(answers: Sequence[Result | TextError]) -> None:
    """Count the frames of answers that are given out."""
    for answer in answers:
        for frame in answer.frames if isinstance(answer, Result) else ():
            if frame.present:
                PRESENT.labels(frame.label).inc()
            if frame.uncertain:
                UNCERTAIN.labels(frame.label).inc()
            SCORES.labels(frame.label).inc(frame.score)


def show(new: Predictor, old: Predictor | None = None) -> None:
    """Show which model is served from now on, in place of which, and its frames."""
    for frame in new.codebook.frame_names:
        PRESENT.labels(frame)
        UNCERTAIN.labels(frame)
    if old is not None:
        _info(old).set(0)
    _info(new).set(1)
    scores = np.asarray(new.manifest.held_out.frames, dtype=float)
    if scores.size:
        means = scores.mean(axis=0).tolist()
        for frame, mean in zip(new.codebook.frame_names, means, strict=True):
            IN_TRAINING.labels(frame).set(mean)


def _info(predictor: Predictor) -> Gauge:
    codebook = f"{predictor.codebook.name} {predictor.codebook.version}"
    return MODEL.labels(predictor.model, predictor.member, codebook)
