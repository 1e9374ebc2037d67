"""Whether the sentences that are shown as evidence are those that the score rests on.

By ERASER (DeYoung et al. 2020, ACL, pp. 4443-4458): comprehensiveness is what the score loses when
the evidence is deleted, sufficiency what it loses when nothing but the evidence is left. Beside
both stands another sentence of the same text, drawn at random, so that the differences are paired.
The evidence is found by deleting sentences, so that by how it is made the first loses no less than
the other: the size of the difference counts. The second asks what the evidence was not chosen by.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eval import intervals
from eval.intervals import Bootstrap, Figure, figure
from eval.judge import Judged
from labels.language import language_of
from labels.text import digest
from serving.evidence import sentences
from serving.results import FrameResult, Result, SentenceEvidence

if TYPE_CHECKING:
    from serving.predictor import Predictor

MOST_TEXTS = 300
FEWEST_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class _Case:
    """A frame that is present in a text: the sentence that carried it most, and another."""

    text: str
    group: str
    frame: FrameResult
    top: SentenceEvidence
    other: SentenceEvidence


def faithfulness(predictor: Predictor, judged: Judged) -> dict[str, Any] | None:
    """Judge the evidence on at most 300 texts with a frame present and three sentences or more.

    The texts are drawn by a hash of their ids: the same ones each time, whatever else is judged.
    Figures are means over the frames present in them, with intervals by document; `score` is the
    plain score, `deleted` what it loses without a sentence, `lost` the share of frames that fall
    below their threshold so, `alone` the score of the sentence by itself. Each of these is given of
    the `top` sentence, of the `other`, and as their `difference`. None where there is no such text.
    """
    cases = list(_cases(predictor, judged))
    if not cases:
        return None
    alone = _alone(predictor, cases)
    rows = []
    for case, singles in zip(cases, alone, strict=True):
        score, threshold = case.frame.score, case.frame.threshold
        drops = [float(one.contribution or 0.0) for one in (case.top, case.other)]
        lost = [float(score - drop < threshold <= score) for drop in drops]
        rows.append([score, *drops, *lost, *singles])
    table, bootstrap = np.array(rows), Bootstrap([case.group for case in cases])
    draws = bootstrap.totals(np.column_stack([table, np.ones(len(table))]))
    means = intervals.divide(draws[:, :-1], draws[:, -1:])

    def mean(column: int, less: int | None = None) -> Figure | None:
        own, drawn = table[:, column], means[:, column]
        if less is not None:
            own, drawn = own - table[:, less], drawn - means[:, less]
        return figure(float(own.mean()), drawn, len(own))

    return {
        "texts": len({case.text for case in cases}),
        "most_texts": MOST_TEXTS,
        "fewest_sentences": FEWEST_SENTENCES,
        "score": mean(0),
        **{
            name: {"top": mean(k), "other": mean(k + 1), "difference": mean(k, less=k + 1)}
            for name, k in (("deleted", 1), ("lost", 3), ("alone", 5))
        },
    }


def _cases(predictor: Predictor, judged: Judged) -> Iterator[_Case]:
    order = sorted(range(len(judged)), key=lambda p: digest(f"faithful1:{judged.rows[p].text_id}"))
    long = (p for p in order if judged.predicted[p].any() and _many(judged.rows[p].text))
    rows = [judged.rows[p] for p in itertools.islice(long, MOST_TEXTS)]
    answers = predictor.predict([row.text for row in rows], explain=True)
    for row, answer in zip(rows, answers, strict=True):
        for frame in answer.frames if isinstance(answer, Result) else ():
            # Fewer are left of a text whose end was not read.
            if frame.evidence and len(frame.evidence.sentences) >= FEWEST_SENTENCES:
                top, *others = frame.evidence.sentences
                drawn = int(digest(f"other1:{row.text_id}:{frame.label}"), 16) % len(others)
                yield _Case(row.text, row.group, frame, top, others[drawn])


def _many(text: str) -> bool:
    return len(sentences(text, language_of(text))) >= FEWEST_SENTENCES


def _alone(predictor: Predictor, cases: list[_Case]) -> list[list[float]]:
    """The score of each case's frame in its two sentences, each as a text of its own."""
    spans = [(case, one) for case in cases for one in (case.top, case.other)]
    answers = predictor.predict([case.text[one.start : one.end] for case, one in spans])
    found = []
    for (case, _), answer in zip(spans, answers, strict=True):
        frames = answer.frames if isinstance(answer, Result) else ()
        found.append(next((f.score for f in frames if f.label == case.frame.label), 0.0))
    return [found[k : k + 2] for k in range(0, len(found), 2)]
