"""From held-out logits to probabilities one can trust, thresholds, and how far to trust a decision.

Everything here is fitted on texts that the model was not fitted on, and none of the test part.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_softmax
from sklearn.linear_model import LogisticRegression

from labels.codebook import Codebook
from training.bundle import Calibration, Decision
from training.logits import Logits, Targets

TRUSTED = 0.95
"""Share of held-out decisions outside the uncertain band that must be right."""

_RESAMPLES = 200

_DRAWN = 30
"""As many texts with a frame weigh as much for its threshold as the one half of any frame."""


def fit_calibration(logits: Mapping[str, Logits], gold: Targets) -> Calibration:
    """Weigh the models' logits against each other, and turn their sum into probabilities.

    Frames by logistic regression on the models' logits, which for one model is Platt scaling (Platt
    1999) and for several is stacking (Wolpert 1992); stances by a weight for each model, which for
    one model is temperature scaling (Guo et al. 2017). A frame that is all present or all absent in
    the held-out part keeps the mean of the logits.
    """
    return _fitted(logits, gold, None)


def fit_language(logits: Mapping[str, Logits], gold: Targets, general: Calibration) -> Calibration:
    """Fit the calibration of one language, held close to the general one while texts are few.

    Logistic regression, and weights for stances, with the general weights as the mean of a normal
    prior of variance 1.
    """
    return _fitted(logits, gold, general)


def _fitted(
    logits: Mapping[str, Logits], gold: Targets, general: Calibration | None
) -> Calibration:
    """Fit each frame and the stances' weights, near the general calibration where there is one."""
    columns = np.stack([own.frames for own in logits.values()], axis=2)
    found = []
    for k in range(gold.frames.shape[1]):
        if general is None:
            found.append(_stack(columns[:, k], gold.frames[:, k]))
        else:
            start = [*(general.slopes[model][k] for model in logits), general.intercepts[k]]
            found.append(_near(columns[:, k], gold.frames[:, k], np.array(start)))
    *slopes, intercepts = np.array(found).T.tolist()
    near = None
    if general:
        near = np.array([general.stance_weights[model] for model in logits])
    weights = _stance_weights(list(logits.values()), gold, near)
    return Calibration(
        {model: tuple(own) for model, own in zip(logits, slopes, strict=True)},
        tuple(intercepts),
        dict(zip(logits, weights, strict=True)),
    )


def _near(columns: NDArray, gold: NDArray, start: NDArray) -> NDArray:
    """Return weights (n_models + 1,), the last of them the intercept, no slope negative."""
    features = np.column_stack([columns, np.ones(len(columns))]).astype(np.float64)
    signs = 2 * gold - 1

    def loss(weights: NDArray) -> tuple[float, NDArray]:
        margins = signs * (features @ weights)
        wrong = signs * expit(-margins)
        value = np.logaddexp(0, -margins).sum() + 0.5 * ((weights - start) ** 2).sum()
        return float(value), weights - start - features.T @ wrong

    bounds = [(0, None)] * columns.shape[1] + [(None, None)]
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x


def fit_decisions(
    scores: NDArray,
    gold: NDArray[np.int64],
    codebook: Codebook,
    seed: int,
    resamples: int = _RESAMPLES,
) -> tuple[Decision, ...]:
    """Choose each frame's threshold and uncertain band from calibrated held-out scores.

    scores, gold: (n_texts, n_frames). The threshold is the one of highest F1, averaged over
    bootstrap resamples, since the single best on a few hundred texts is mostly chance, and drawn
    toward one half where few texts carry the frame.
    """
    random = np.random.default_rng(seed)
    found = []
    for k in range(len(codebook.frames)):
        threshold = _threshold(scores[:, k], gold[:, k], random, resamples)
        found.append(Decision(threshold, _band(scores[:, k], gold[:, k], threshold)))
    return tuple(found)


def _stack(columns: NDArray, gold: NDArray) -> NDArray:
    """Return weights (n_models + 1,), the last of them the intercept, no slope negative."""
    n_models = columns.shape[1]
    weights = np.zeros(n_models + 1)
    used = list(range(n_models))
    while used and len(np.unique(gold)) == 2:
        model = LogisticRegression(C=100.0).fit(columns[:, used], gold)
        lowest = int(np.argmin(model.coef_[0]))
        if model.coef_[0, lowest] > 0:
            weights[used], weights[-1] = model.coef_[0], model.intercept_[0]
            return weights
        del used[lowest]  # a model that ranks backwards is not turned round on a few hundred texts
    weights[:-1] = 1 / n_models
    return weights


def _stance_weights(
    logits: Sequence[Logits], gold: Targets, near: NDArray | None = None
) -> list[float]:
    """Return a weight for each model; `near` is the mean of a normal prior of variance 1."""
    marked = gold.stances >= 0
    start = np.full(len(logits), 1 / len(logits)) if near is None else near
    if not marked.any():
        return [float(weight) for weight in start]
    chosen = np.stack([own.stances[marked] for own in logits]).astype(np.float64)
    truth = gold.stances[marked]
    rows = np.arange(len(truth))
    held = 0.0 if near is None else 1.0

    def loss(weights: NDArray) -> tuple[float, NDArray]:
        """Negative log-likelihood, convex in the weights, and its gradient."""
        shares = log_softmax(np.tensordot(weights, chosen, 1), axis=1)
        expected = (np.exp(shares) * chosen).sum(axis=2)
        value = -shares[rows, truth].sum() + held / 2 * ((weights - start) ** 2).sum()
        slope = (expected - chosen[:, rows, truth]).sum(axis=1) + held * (weights - start)
        return float(value), slope

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.05, 7.5)] * len(logits))
    return [float(weight) for weight in found.x]


def _threshold(
    scores: NDArray, gold: NDArray, random: np.random.Generator, resamples: int = _RESAMPLES
) -> float:
    if not gold.any():
        return 0.5
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-1.0))
    cuts = scores[order][starts]
    best = []
    for _ in range(resamples):
        drawn = random.integers(0, len(gold), len(gold))
        times = np.bincount(drawn, minlength=len(gold))[order]
        there, found = (np.add.reduceat(own, starts) for own in (times, times * gold[order]))
        marked, hits = (own[::-1].cumsum()[::-1][there > 0] for own in (there, found))
        if hits[0]:
            place = int(np.argmax(_f1(hits / marked, hits / hits[0])))
            kept = cuts[there > 0]
            # Half-way to the next lower score: the score itself would be cut off by the averaging.
            best.append((kept[place] + (kept[place - 1] if place else 0.0)) / 2)
    n = int(gold.sum())
    threshold = (n * np.mean(best) + _DRAWN * 0.5) / (n + _DRAWN)
    return float(np.clip(threshold, 0.05, 0.95))


def _f1(precision: NDArray, recall: NDArray) -> NDArray:
    return 2 * precision * recall / np.maximum(precision + recall, 1e-12)


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
