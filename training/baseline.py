"""The baseline: TF-IDF and logistic regression, the model that any other has to beat."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from labels.codebook import Codebook
from labels.snapshot import Labelled
from training.linear import LinearModel, terms
from training.logits import targets

_SETTINGS = {"C": 10.0, "class_weight": "balanced", "max_iter": 1000}
"""Chosen on held-out starter paragraphs: mean average precision 0.840, 0.858, 0.867 and 0.869 at
C = 1, 3, 10 and 30; stance macro-F1 at C = 10 is 0.586 with balanced classes, 0.441 without."""


def fit_baseline(rows: Sequence[Labelled], codebook: Codebook, seed: int) -> LinearModel:
    """Fit one logistic regression per frame, and one per frame over its stances.

    An output with nothing to learn from (a frame never marked, a stance never given) is a constant:
    the log-odds or log-share, smoothed by one, of what was seen.
    """
    vectorizer = TfidfVectorizer(
        analyzer=terms, sublinear_tf=True, min_df=3 if len(rows) > 50 else 1
    )
    features = vectorizer.fit_transform([row.text for row in rows])
    gold = targets([row.frames for row in rows], codebook)
    n_terms, n_stances = len(vectorizer.vocabulary_), len(codebook.stances)
    coefficients = np.zeros((n_terms, len(codebook.outputs)), dtype=np.float32)
    intercepts = np.zeros(len(codebook.outputs), dtype=np.float32)
    # Each step is short: threads that meet at its end cost four times the work they share.
    with threadpool_limits(1):
        for k in range(len(codebook.frames)):
            coefficients[:, k], intercepts[k] = _binary(features, gold.frames[:, k], seed)
            if n_stances:
                marked = np.flatnonzero(gold.frames[:, k])
                start = len(codebook.frames) + k * n_stances
                place = slice(start, start + n_stances)
                weights, intercepts[place] = _classes(
                    features[marked], gold.stances[marked, k], n_stances, seed
                )
                coefficients[:, place] = weights.T
    vocabulary = {str(term): int(place) for term, place in vectorizer.vocabulary_.items()}
    return LinearModel(vocabulary, vectorizer.idf_.astype(np.float32), coefficients, intercepts)


def _binary(features, gold: NDArray[np.int64], seed: int):
    if len(np.unique(gold)) < 2:
        return 0.0, np.log((gold.sum() + 1) / (len(gold) - gold.sum() + 1))
    model = LogisticRegression(**_SETTINGS, random_state=seed)
    model.fit(features, gold)
    return model.coef_[0], model.intercept_[0]


def _classes(features, gold: NDArray[np.int64], n_classes: int, seed: int):
    seen, counts = np.unique(gold, return_counts=True)
    intercepts = np.log(np.ones(n_classes) / (len(gold) + n_classes))
    coefficients = np.zeros((n_classes, features.shape[1]))
    if len(seen) < 2:
        intercepts[seen] = np.log((counts + 1) / (len(gold) + n_classes))
        return coefficients, intercepts
    model = LogisticRegression(**_SETTINGS, random_state=seed)
    model.fit(features, gold)
    if len(seen) == 2:  # scikit-learn fits one row of weights for two classes
        coefficients[seen[1]], intercepts[seen] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        coefficients[seen], intercepts[seen] = model.coef_, model.intercept_
    return coefficients, intercepts
