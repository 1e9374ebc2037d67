"""A bundle judged on labelled rows, beside its own baseline and the champion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from eval.annotators import annotators
from eval.behaviours import judge_behaviours
from eval.cases import load_cases
from eval.datasets import Answered
from eval.judge import Judged, judge
from eval.lineage import lineage, seen_in_training
from eval.report import report
from labels.codebook import load_codebook
from labels.snapshot import Labelled, rows_hash
from labels.text import normalise
from serving.predictor import Predictor
from serving.scorers import Scored, Scorer
from training.bundle import BASELINE, ENCODER
from training.logits import Logits


class JudgedBundle(NamedTuple):
    """The report, and what the gate compares; `champion` is None where there is none to compare."""

    report: dict[str, Any]
    judged: Judged
    champion: Judged | None


class Remembered:
    """A scorer that reads each text once, so that a text may be judged in several ways."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._known: dict[str, tuple[NDArray, NDArray, int, bool]] = {}

    def score(self, texts: Sequence[str]) -> Scored:
        """Score texts, in the order given."""
        fresh = list(dict.fromkeys(text for text in texts if text not in self._known))
        if fresh:
            (frames, stances), tokens, truncated = self._scorer.score(fresh)
            found = zip(frames, stances, tokens, truncated, strict=True)
            self._known.update(zip(fresh, found, strict=True))
        frames, stances, tokens, truncated = zip(*(self._known[t] for t in texts), strict=True)
        return Scored(Logits(np.stack(frames), np.stack(stances)), list(tokens), list(truncated))


class Bundles:
    """Opened bundles: each is opened once, and asked about each text once, however often judged."""

    def __init__(self) -> None:
        self._opened: dict[Path, Predictor] = {}

    def open(self, folder: Path) -> Predictor:
        """Return the predictor of the bundle in `folder`.

        Raises:
            BundleError: if the bundle is damaged.
        """
        if folder not in self._opened:
            found = Predictor.open(folder)
            # The same object, since it holds its bundle against `models prune`.
            found.scorers = {name: Remembered(own) for name, own in found.scorers.items()}
            self._opened[folder] = found
        return self._opened[folder]


def judge_bundle(
    folder: Path,
    champion: Path | None,
    rows: Sequence[Labelled],
    name: str,
    command: str,
    *,
    answered: Sequence[Answered] = (),
    registers: Mapping[str, str] | None = None,
    suggested: int = 0,
    bundles: Bundles | None = None,
) -> JudgedBundle:
    """Judge the bundle in `folder`, its baseline, and the champion's bundle on the same rows.

    A bundle whose frames and stances are those of the project's own codebook is held to its
    behaviours, too; one that is a baseline is not compared with itself. `name` is what to call the
    rows, `command` what repeats the report; `answered`, `registers` and the number of `suggested`
    are a data set's. `bundles` keeps what is opened for the next judgement.

    Raises:
        BundleError: if a bundle is damaged.
    """
    bundles = bundles or Bundles()
    predictor = bundles.open(folder)
    judged = judge(predictor, rows)
    manifest = predictor.manifest
    baseline = None if manifest.main == BASELINE else judge(_baseline(predictor, folder), rows)
    holder = judge(bundles.open(champion), rows) if champion else None
    seen = seen_in_training(folder, rows)
    found = report(
        judged,
        baseline,
        holder,
        name,
        f"t1:{rows_hash(rows)}",
        lineage(manifest, seen, command),
        behaviours_of(predictor),
        annotators=annotators(predictor, answered),
        registers=registers,
        suggested=suggested,
        uncalibrated=_uncalibrated(predictor, rows),
        seen={*seen.same, *seen.nearly},
        champion_seen=_seen(champion, rows) if champion else (),
    )
    return JudgedBundle(found, judged, holder)


def behaviours_of(predictor: Predictor) -> list[dict[str, Any]] | None:
    """Hold a model to the behaviours; None where its codebook is not the project's own."""
    own = load_codebook()
    if not predictor.codebook.same_labels(own):
        return None
    return judge_behaviours(predictor, load_cases(own))


def _seen(folder: Path, rows: Sequence[Labelled]) -> set[str]:
    found = seen_in_training(folder, rows)
    return {*found.same, *found.nearly}


def _baseline(predictor: Predictor, folder: Path) -> Predictor:
    models = predictor.manifest.members[BASELINE].calibration.slopes
    if models.keys() <= predictor.scorers.keys():
        return Predictor(predictor.manifest, predictor.scorers, BASELINE)
    return Predictor.open(folder, BASELINE)


def _uncalibrated(predictor: Predictor, rows: Sequence[Labelled]) -> NDArray[np.float64] | None:
    """The encoder's probabilities before calibration; None where it is no part of the model."""
    if ENCODER not in predictor.scorers:
        return None
    scored = predictor.scorers[ENCODER].score([normalise(row.text) for row in rows])
    return expit(scored.logits.frames.astype(np.float64))
