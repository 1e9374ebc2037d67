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
from eval.lineage import Seen, lineage, seen_in_training
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
        self._known: dict[str, tuple[NDArray, NDArray, int, bool, int | None]] = {}

    def score(self, texts: Sequence[str]) -> Scored:
        """Score texts, in the order given."""
        fresh = list(dict.fromkeys(text for text in texts if text not in self._known))
        if fresh:
            scored = self._scorer.score(fresh)
            ends = map(scored.ends.get, range(len(fresh)))
            found = zip(*scored.logits, scored.tokens, scored.truncated, ends, strict=True)
            self._known.update(zip(fresh, found, strict=True))
        known = [self._known[text] for text in texts]
        frames, stances, tokens, truncated, ends_of = zip(*known, strict=True)
        logits = Logits(np.stack(frames), np.stack(stances))
        read = {place: end for place, end in enumerate(ends_of) if end is not None}
        return Scored(logits, list(tokens), list(truncated), read)


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
    baseline = _baseline_judged(predictor, folder, rows)
    holder = judge(bundles.open(champion), rows) if champion else None
    known = _known(folder, [*rows, *(one.row for one in answered)])
    seen = known.among(rows)
    found = report(
        judged, baseline, holder, name, f"t1:{rows_hash(rows)}",
        lineage(predictor.manifest, seen, command), behaviours_of(predictor),
        annotators=annotators(predictor, answered, known.ids),
        registers=registers,
        suggested=suggested,
        uncalibrated=_uncalibrated(predictor, rows),
        seen=seen.ids,
        champion_seen=_known(champion, rows).ids if champion else (),
        predictor=predictor,
    )  # fmt: skip
    return JudgedBundle(found, judged, holder)


def behaviours_of(predictor: Predictor) -> list[dict[str, Any]] | None:
    """Hold a model to the behaviours; None where its codebook is not the project's own."""
    own = load_codebook()
    if not predictor.codebook.same_labels(own):
        return None
    return judge_behaviours(predictor, load_cases(own))


def _known(folder: Path, rows: Sequence[Labelled]) -> Seen:
    """What the model has seen of these texts, each once."""
    return seen_in_training(folder, list({row.text_id: row for row in rows}.values()))


def _baseline_judged(predictor: Predictor, folder: Path, rows: Sequence[Labelled]) -> Judged | None:
    """None where the model is a baseline itself."""
    if predictor.manifest.main == BASELINE:
        return None
    return judge(_baseline(predictor, folder), rows)


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
