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
from training.logits import Shares, shares

_SETTINGS = {"C": 10.0, "class_weight": "balanced", "max_iter": 1000}
"""Chosen on held-out starter paragraphs: mean average precision 0.840, 0.858, 0.867 and 0.869 at
C = 1, 3, 10 and 30; stance macro-F1 at C = 10 is 0.586 with balanced classes, 0.441 without."""


def fit_baseline(
    rows: Sequence[Labelled], codebook: Codebook, seed: int, soft: bool = False
) -> LinearModel:
    """Fit one logistic regression per frame, and one per frame over its stances.

    An output with nothing to learn from (a frame never marked, a stance never given) is a constant:
    the log-odds or log-share, smoothed by one, of what was seen. With `soft` a text that annotators
    read differently counts as each reading, weighted by the share who read it so.
    """
    terms_of = vectorizer(len(rows))
    features = terms_of.fit_transform([row.text for row in rows])
    gold = shares(rows, codebook, soft)
    coefficients, intercepts = fit_outputs(features, gold, codebook, seed)
    vocabulary = {str(term): int(place) for term, place in terms_of.vocabulary_.items()}
    return LinearModel(vocabulary, terms_of.idf_.astype(np.float32), coefficients, intercepts)


def vectorizer(n_texts: int) -> TfidfVectorizer:
    """Return what turns so many texts into TF-IDF features, not fitted yet."""
    return TfidfVectorizer(analyzer=terms, sublinear_tf=True, min_df=3 if n_texts > 50 else 1)


def fit_outputs(
    features, gold: Shares, codebook: Codebook, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return coefficients (n_terms, n_outputs) and intercepts (n_outputs,) from features of texts.

    features: (n_texts, n_terms), sparse; outputs in the order of `Codebook.outputs`.
    """
    n_terms, n_stances = features.shape[1], len(codebook.stances)
    coefficients = np.zeros((n_terms, len(codebook.outputs)), dtype=np.float32)
    intercepts = np.zeros(len(codebook.outputs), dtype=np.float32)
    # Each step is short: threads that meet at its end cost four times the work they share.
    with threadpool_limits(1):
        for k in range(len(codebook.frames)):
            coefficients[:, k], intercepts[k] = _binary(features, gold.frames[:, k], seed)
            if n_stances:
                start = len(codebook.frames) + k * n_stances
                place = slice(start, start + n_stances)
                weights, intercepts[place] = _classes(features, gold.stances[:, k], seed)
                coefficients[:, place] = weights.T
    return coefficients, intercepts


def _binary(features, marked: NDArray[np.float32], seed: int):
    n_marked = marked.sum()
    if n_marked in (0, len(marked)):
        return 0.0, np.log((n_marked + 1) / (len(marked) - n_marked + 1))
    model = _fitted(features, np.stack([1 - marked, marked], axis=1), seed)
    return model.coef_[0], model.intercept_[0]


def _classes(features, given: NDArray[np.float32], seed: int):
    """Weights (n_classes, n_terms) and intercepts; `given` (n_texts, n_classes) holds shares."""
    counts = given.sum(axis=0)
    n_marked, n_classes = counts.sum(), len(counts)
    seen = np.flatnonzero(counts)
    intercepts = np.log(np.ones(n_classes) / (n_marked + n_classes))
    coefficients = np.zeros((n_classes, features.shape[1]))
    if len(seen) < 2:
        intercepts[seen] = np.log((counts[seen] + 1) / (n_marked + n_classes))
        return coefficients, intercepts
    model = _fitted(features, given, seed)
    if len(seen) == 2:  # scikit-learn fits one row of weights for two classes
        coefficients[seen[1]], intercepts[seen] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        coefficients[seen], intercepts[seen] = model.coef_, model.intercept_
    return coefficients, intercepts


def _fitted(features, given: NDArray[np.float32], seed: int) -> LogisticRegression:
    """Fit on each text once for every class that it is given, weighted by the share."""
    texts, classes = np.nonzero(given)
    model = LogisticRegression(**_SETTINGS, random_state=seed)
    return model.fit(features[texts], classes, sample_weight=given[texts, classes])
