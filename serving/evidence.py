"""What carried a frame: sentences by leaving each out, words by the linear model's weights."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sentencex import get_sentence_boundaries

from labels.text import normalise, placed_words, words
from serving.results import Evidence, SentenceEvidence, WordEvidence
from training.linear import LinearModel

MOST_UNITS = 7
"""Sentences left out of one text, each in turn. With the text itself that is eight scores, none of
more tokens than the text has, so that an explained text costs at most eight plain ones."""

MOST_WORDS = 5
_ALREADY_MANY = 64


class Span(NamedTuple):
    """`text[start:end]`, in code points, without white space at either end."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A text to explain, as it was sent, with its score and its decision, both (n_frames,).

    `read`: how many characters of the normalised text were read; None is all.
    """

    text: str
    language: str
    read: int | None
    scores: NDArray[np.floating]
    present: NDArray[np.bool_]


Score = Callable[[Sequence[str], Sequence[str]], NDArray[np.floating]]
"""Normalised texts and their languages to calibrated scores, (n_texts, n_frames)."""


def evidence_of(
    asked: Sequence[Asked], score: Score, linear: LinearModel | None
) -> list[dict[int, Evidence]]:
    """Return the evidence of each text's frames that are present, by position in the codebook.

    A sentence contributes the frame's score less its score without the sentence (leave-one-out, the
    occlusion of Li, Monroe and Jurafsky 2016, by sentences). All texts' sentences are left out in
    one batch. What is left of a text is scored as of the text's own language, so that a guess on
    fewer words changes nothing; of a truncated text, what comes after moves up and is read.
    """
    units = [_units_of(one) for one in asked]
    pairs = [(one, unit) for one, own in zip(asked, units, strict=True) for unit in own]
    without: NDArray[np.floating] = np.empty((0, 0))
    if pairs:
        rests = [normalise(one.text[: unit.start] + one.text[unit.end :]) for one, unit in pairs]
        without = score(rests, [one.language for one, _ in pairs])
    found, first = [], 0
    for one, own in zip(asked, units, strict=True):
        found.append(_evidence(one, own, without[first : first + len(own)], linear))
        first += len(own)
    return found


def sentences(text: str, language: str) -> list[Span]:
    """Return the sentences of a text, by sentencex; of any language, one it does not know too.

    What holds no word (a blank line, a lone quotation mark) belongs to the sentence before it, or
    to the first; a text without a word is one sentence. White space between them belongs to none.
    """
    starts = [0]
    for boundary in get_sentence_boundaries(language, text):
        start = boundary["start_index"]
        if start and words(boundary["text"]) and words(text[starts[-1] : start]):
            starts.append(start)
    return [_stripped(text, *ends) for ends in zip(starts, [*starts[1:], len(text)], strict=True)]


def units(text: str, language: str, read: int | None = None) -> list[Span]:
    """Return the sentences that were read, neighbours put together until there are at most 7.

    The shortest two neighbours come together first. `read`: characters of the normalised text that
    were read; a sentence that begins past them is left out.
    """
    spans = sentences(text, language)
    if read is not None:
        past = bisect_left(spans, read, lo=1, key=lambda span: len(normalise(text[: span.start])))
        spans = spans[:past]
    if len(spans) > _ALREADY_MANY:  # what follows takes time by the square of their number
        step = len(text) / _ALREADY_MANY
        alike = (list(own) for _, own in groupby(spans, lambda span: int(span.start / step)))
        spans = [Span(own[0].start, own[-1].end) for own in alike]
    while len(spans) > MOST_UNITS:
        k = min(range(len(spans) - 1), key=lambda k: spans[k + 1].end - spans[k].start)
        spans[k : k + 2] = [Span(spans[k].start, spans[k + 1].end)]
    return spans


def _units_of(one: Asked) -> list[Span]:
    """What is left out of a text in turn: nothing where no frame is present, or one sentence is."""
    if not one.present.any():
        return []
    found = units(one.text, one.language, one.read)
    return found if len(found) > 1 else []


def _evidence(
    one: Asked, own: Sequence[Span], without: NDArray[np.floating], linear: LinearModel | None
) -> dict[int, Evidence]:
    """`without`: scores of the text less each of its sentences, (n_units, n_frames)."""
    by_word = _words(one, linear) if one.present.any() else {}
    found = {}
    for k in map(int, np.flatnonzero(one.present)):
        if own:
            gains = [round(float(one.scores[k] - score), 6) + 0.0 for score in without[:, k]]
            ranked = sorted(zip(gains, own, strict=True), key=lambda pair: (-pair[0], pair[1]))
            listed = [SentenceEvidence(*span, gain) for gain, span in ranked]
        else:
            listed = [SentenceEvidence(*_stripped(one.text, 0, len(one.text)), None)]
        found[k] = Evidence(tuple(listed), by_word.get(k, ()))
    return found


def _words(one: Asked, linear: LinearModel | None) -> dict[int, tuple[WordEvidence, ...]]:
    if linear is None:
        return {}
    placed = placed_words(one.text)
    gains = linear.by_word([word for word, _, _ in placed])
    found = {}
    for k in map(int, np.flatnonzero(one.present)):
        best = np.argsort(-gains[:, k], kind="stable")[:MOST_WORDS]
        found[k] = tuple(
            WordEvidence(placed[place][1], placed[place][2], round(float(gains[place, k]), 6))
            for place in best
            if gains[place, k] > 0
        )
    return found


def _stripped(text: str, start: int, end: int) -> Span:
    own = text[start:end]
    return Span(start + len(own) - len(own.lstrip()), start + len(own.rstrip()))
