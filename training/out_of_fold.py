"""Scores of all labelled texts, each by a model that has not seen it, in about a minute."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from labels.codebook import Codebook
from labels.errors import FramescopeError
from labels.language import language_of_row
from labels.snapshot import Labelled
from labels.split import deal
from training.baseline import fit_outputs, vectorizer
from training.bundle import LINEAR, read_manifest
from training.logits import Logits, shares, split_outputs, targets
from training.member import Asked, calibrated
from training.progress import Progress
from training.registry import Registry

FOLDS = 5


def out_of_fold(
    rows: Sequence[Labelled], codebook: Codebook, seed: int, progress: Progress
) -> Logits:
    """Return calibrated probabilities, each by the baseline fitted on the other folds.

    Groups (documents, or near-duplicates) stay in one fold. Terms and their weights are taken from
    all texts at once, which no label enters. There must be as many groups as `FOLDS`.
    """
    fold = np.asarray(deal([row.group for row in rows], FOLDS, "suspects1"))
    gold = shares(rows, codebook, soft=False)
    progress.stage(f"reading the words of {len(rows)} texts")
    features = vectorizer(len(rows)).fit_transform([row.text for row in rows])
    outputs = np.empty((len(rows), len(codebook.outputs)), dtype=np.float32)
    progress.stage("scoring them by models that have not seen them")
    for k in range(FOLDS):
        fit, own = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        known = gold.take(fit.tolist())
        coefficients, intercepts = fit_outputs(features[fit], known, codebook, seed)
        outputs[own] = features[own] @ coefficients + intercepts
        progress.advance(k + 1, FOLDS)
    progress.stage("calibrating")
    logits = {LINEAR: split_outputs(outputs, codebook)}
    labels = targets([row.frames for row in rows], codebook)
    asked = Asked(logits, labels, tuple(language_of_row(row.lang, row.text) for row in rows))
    found = calibrated(asked).apply(logits, asked.languages)
    progress.close()
    return found


def champion_scores(registry: Registry, codebook: Codebook) -> Mapping[str, NDArray[np.float64]]:
    """Return the champion's scores of frames on texts it was not fitted on, (n_frames,) by text id.

    They are those that its manifest keeps. Empty where there is no champion, its bundle is gone or
    damaged, or it knows other frames.
    """
    version = registry.champion()
    if version is None:
        return {}
    try:
        manifest = read_manifest(registry.bundle(version))
    except FramescopeError:
        return {}
    if manifest.codebook.frame_names != codebook.frame_names:
        return {}
    kept = zip(manifest.held_out.text_ids, manifest.held_out.frames, strict=True)
    return {key: np.asarray(scores) for key, scores in kept}
