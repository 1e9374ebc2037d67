"""Gold labels beside what the one predictor says of the same texts, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from labels.codebook import Codebook
from labels.errors import FramescopeError
from labels.language import language_of_row
from labels.snapshot import Labelled
from serving.results import FrameResult, Result, TextError

if TYPE_CHECKING:
    from serving.predictor import Predictor

UNKNOWN_LANGUAGE = "unknown"
NO_STANCE = -1


class JudgeError(FramescopeError):
    """Rows that a model cannot be judged on, or judgements that cannot be compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One model's answers on labelled rows. P paragraphs, F frames, S stances (0 where none).

    gold, predicted, uncertain: (P, F), bool. scores: (P, F), probabilities in 0..1.
    margins: (P, F), how far each score lies from the threshold that it was decided by. `thresholds`
    names those that are the same for all rows.
    gold_stance, stance: (P, F), int, a position in the codebook's stances or -1. `gold_stance` is
    -1 where the frame is not marked. `stance` is what was served where the model marked the frame,
    else the stance with the highest score given the frame.
    languages: the label's where it names one, else as detected. unscored: the predictor's error by
    position of the row; such a row predicts nothing, at score 0.
    """

    model: str
    member: str
    codebook: Codebook
    thresholds: dict[str, float]
    rows: tuple[Labelled, ...]
    gold: NDArray[np.bool_]
    predicted: NDArray[np.bool_]
    scores: NDArray[np.float64]
    margins: NDArray[np.float64]
    uncertain: NDArray[np.bool_]
    gold_stance: NDArray[np.int64]
    stance: NDArray[np.int64]
    languages: tuple[str, ...]
    unscored: dict[int, TextError]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def groups(self) -> list[str]:
        """What holds together the paragraphs of one document, or near-duplicates."""
        return [row.group for row in self.rows]

    def take(self, positions: Sequence[int]) -> Judged:
        """Return the judgement on some of the rows, given by their positions."""
        index = np.asarray(positions, dtype=np.int64)
        cut: dict[str, Any] = {
            field.name: getattr(self, field.name)[index]
            for field in fields(self)
            if isinstance(getattr(self, field.name), np.ndarray)
        }
        errors = {
            new: self.unscored[old] for new, old in enumerate(positions) if old in self.unscored
        }
        rows = tuple(self.rows[old] for old in positions)
        languages = tuple(self.languages[old] for old in positions)
        return replace(self, **cut, rows=rows, languages=languages, unscored=errors)


def judge(predictor: Predictor, rows: Sequence[Labelled]) -> Judged:
    """Ask the predictor that serves about every row, and set its answers beside the gold labels.

    Raises:
        JudgeError: if there are no rows, or if they carry frames or stances the model's codebook
            does not have.
    """
    codebook = predictor.codebook
    _check(rows, codebook)
    answers = predictor.predict([row.text for row in rows])
    if len(answers) != len(rows):
        raise RuntimeError(f"the predictor gave {len(answers)} answers to {len(rows)} texts")
    shape = (len(rows), len(codebook.frames))
    scores, stance = np.zeros(shape), np.full(shape, NO_STANCE)
    predicted, uncertain = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    place = {name: column for column, name in enumerate(codebook.frame_names)}
    for p, answer in enumerate(answers):
        for frame in answer.frames if isinstance(answer, Result) else ():
            f = place[frame.label]
            scores[p, f], predicted[p, f] = frame.score, frame.present
            uncertain[p, f], stance[p, f] = frame.uncertain, _stance(frame, codebook)
    gold, gold_stance = _gold(rows, codebook)
    thresholds = dict(predictor.thresholds)
    return Judged(
        model=predictor.model,
        member=predictor.member,
        codebook=codebook,
        thresholds=thresholds,
        rows=tuple(rows),
        gold=gold,
        predicted=predicted,
        scores=scores,
        margins=np.abs(scores - [thresholds[name] for name in codebook.frame_names]),
        uncertain=uncertain,
        gold_stance=gold_stance,
        stance=stance,
        languages=tuple(map(_language, rows, answers)),
        unscored={p: answer for p, answer in enumerate(answers) if isinstance(answer, TextError)},
    )


def _check(rows: Sequence[Labelled], codebook: Codebook) -> None:
    if not rows:
        raise JudgeError(
            "there are no labelled rows to judge the model on; label some, or give --data"
        )
    frames = {frame for row in rows for frame in row.frames}
    stances = {stance for row in rows for stance in row.frames.values()} if codebook.stances else ()
    for kind, found, known in (
        ("frames", frames, codebook.frame_names),
        ("stances", stances, codebook.stance_names),
    ):
        if unknown := sorted(map(str, set(found) - set(known))):
            raise JudgeError(
                f"the labels carry {kind} the model does not know: {unknown}; known: "
                f"{list(known)}. Judge it on labels made with its own codebook"
            )


def _gold(rows: Sequence[Labelled], codebook: Codebook):
    shape = (len(rows), len(codebook.frames))
    gold, stances = np.zeros(shape, dtype=bool), np.full(shape, NO_STANCE)
    for p, row in enumerate(rows):
        for name, stance in row.frames.items():
            f = codebook.frame_names.index(name)
            gold[p, f] = True
            if codebook.stances and stance is not None:
                stances[p, f] = codebook.stance_names.index(stance)
    return gold, stances


def _stance(frame: FrameResult, codebook: Codebook) -> int:
    if frame.stance is None or not codebook.stances:
        return NO_STANCE
    scores = frame.stance.scores
    return codebook.stance_names.index(frame.stance.label or max(scores, key=scores.__getitem__))


def _language(row: Labelled, answer: Result | TextError) -> str:
    found = row.lang or (answer.language if isinstance(answer, Result) else UNKNOWN_LANGUAGE)
    return language_of_row(found, row.text)
