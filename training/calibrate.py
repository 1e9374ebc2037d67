"""From held-out logits to probabilities one can trust, thresholds, and how far to trust a decision.

Everything here is fitted on texts that the model was not fitted on, and none of the test part.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve

from labels.codebook import Codebook
from training.bundle import Calibration, Decision
from training.logits import Logits, Targets

TRUSTED = 0.95
"""Share of held-out decisions outside the uncertain band that must be right."""

_RESAMPLES = 200


def fit_calibration(logits: Logits, gold: Targets) -> Calibration:
    """Fit Platt scaling per frame (Platt 1999) and one temperature for stances (Guo et al. 2017).

    A frame that is all present or all absent in the held-out part keeps its logits as they are.
    """
    slopes, intercepts = [], []
    for k in range(logits.frames.shape[1]):
        slope, intercept = _platt(logits.frames[:, k], gold.frames[:, k])
        slopes.append(slope)
        intercepts.append(intercept)
    return Calibration(tuple(slopes), tuple(intercepts), _temperature(logits, gold))


def fit_decisions(
    scores: NDArray, gold: NDArray[np.int64], codebook: Codebook, seed: int
) -> tuple[Decision, ...]:
    """Choose each frame's threshold and uncertain band from calibrated held-out scores.

    scores, gold: (n_texts, n_frames). The threshold is the one of highest F1, averaged over
    bootstrap resamples, since the single best on a few hundred texts is mostly chance.
    """
    random = np.random.default_rng(seed)
    found = []
    for k in range(len(codebook.frames)):
        threshold = _threshold(scores[:, k], gold[:, k], random)
        found.append(Decision(threshold, _band(scores[:, k], gold[:, k], threshold)))
    return tuple(found)


def _platt(logits: NDArray, gold: NDArray) -> tuple[float, float]:
    if len(np.unique(gold)) < 2:
        return 1.0, 0.0
    model = LogisticRegression(C=100.0).fit(logits[:, None], gold)
    slope = float(model.coef_[0, 0])
    if slope <= 0:  # a model that ranks backwards is not turned round on a few hundred texts
        return 1.0, 0.0
    return slope, float(model.intercept_[0])


def _temperature(logits: Logits, gold: Targets) -> float:
    marked = gold.stances >= 0
    if not marked.any():
        return 1.0
    chosen, truth = logits.stances[marked], gold.stances[marked]

    def loss(log_temperature: float) -> float:
        shares = log_softmax(chosen / np.exp(log_temperature), axis=1)
        return float(-shares[np.arange(len(truth)), truth].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 3), method="bounded").x))


def _threshold(scores: NDArray, gold: NDArray, random: np.random.Generator) -> float:
    if not gold.any():
        return 0.5
    best = []
    for _ in range(_RESAMPLES):
        drawn = random.integers(0, len(gold), len(gold))
        if gold[drawn].any():
            precision, recall, cuts = precision_recall_curve(gold[drawn], scores[drawn])
            f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
            place = int(np.argmax(f1[:-1]))
            # Half-way to the next lower score: the score itself would be cut off by the averaging.
            best.append((cuts[place] + (cuts[place - 1] if place else 0.0)) / 2)
    return float(np.clip(np.mean(best), 0.05, 0.95))


def _band(scores: NDArray, gold: NDArray, threshold: float) -> tuple[float, float]:
    """The smallest band around the threshold outside which decisions are right often enough.

    Its edges lie half-way between the nearest score that is trusted and the next. It is empty where
    all may be trusted, and holds every score where none may.
    """
    distance = np.abs(scores - threshold)
    order = np.argsort(-distance)
    right = ((scores >= threshold) == gold.astype(bool))[order]
    accuracy = np.cumsum(right) / np.arange(1, len(order) + 1)
    far = np.append(distance[order], -1.0)
    parted = far[1:] < far[:-1]  # equally far scores are trusted together or not at all
    trusted = np.flatnonzero((accuracy >= TRUSTED) & parted)
    if not len(trusted):
        return 0.0, 1.0
    last = int(trusted[-1])
    if last == len(order) - 1:
        return threshold, threshold
    width = float(far[last] + far[last + 1]) / 2
    return max(0.0, threshold - width), min(1.0, threshold + width)
