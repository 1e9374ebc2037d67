"""What carried a frame: sentences by leaving each out, words by the linear model's weights."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
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

_AT_A_TIME = 2000
"""Characters that sentencex gets at a time: it takes time by the square of their number, and no
other thread of the process runs meanwhile."""


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
    spans = [units(one.text, one.language, one.read) if one.present.any() else [] for one in asked]
    left_out = [
        own if _leaves_text(one, own) else [] for one, own in zip(asked, spans, strict=True)
    ]
    pairs = [(one, unit) for one, own in zip(asked, left_out, strict=True) for unit in own]
    without: NDArray[np.floating] = np.empty((0, 0))
    if pairs:
        rests = [normalise(one.text[: unit.start] + one.text[unit.end :]) for one, unit in pairs]
        without = score(rests, [one.language for one, _ in pairs])
    found, first = [], 0
    for one, own, out in zip(asked, spans, left_out, strict=True):
        found.append(_evidence(one, own, without[first : first + len(out)], linear))
        first += len(out)
    return found


def sentences(text: str, language: str, before: int | None = None) -> list[Span]:
    """Return the sentences of a text, by sentencex; of any language, one it does not know too.

    What holds no word (a blank line, a lone quotation mark) belongs to the sentence before it, or
    to the first; a text without a word is one sentence. White space between them belongs to none.
    `before`: those alone that begin before this place, and the first; None is all.
    """
    starts, end = [0], len(text)
    for start, own in _boundaries(text, language):
        if start and words(own) and words(text[starts[-1] : start]):
            if before is not None and start >= before:
                end = start
                break
            starts.append(start)
    return [_stripped(text, *ends) for ends in zip(starts, [*starts[1:], end], strict=True)]


def _boundaries(text: str, language: str) -> Iterator[tuple[int, str]]:
    """Yield where each sentence begins, and it, or its beginning where it is long.

    Pieces for sentencex overlap by a quarter at least where there is a sentence to begin with, so
    that it sees where a quotation ends; a sentence longer than a piece goes on in the next.
    """
    first, goes_on = 0, False
    while first < len(text):
        piece = text[first : first + _AT_A_TIME]
        found = get_sentence_boundaries(language, piece)
        starts = [one["start_index"] for one in found]
        last = max(start for start in starts if start <= 0.75 * _AT_A_TIME) or starts[-1]
        if first + len(piece) == len(text):
            last = len(piece)
        for one in found[1 if goes_on else 0 :]:
            if one["start_index"] < (last or len(piece)):
                yield first + one["start_index"], one["text"]
        goes_on = not last
        first += last or len(piece)


def units(text: str, language: str, read: int | None = None) -> list[Span]:
    """Return the sentences that were read, neighbours put together until there are at most 7.

    The shortest two neighbours come together first. `read`: characters of the normalised text that
    were read; a sentence that begins past them is left out.
    """
    spans = sentences(text, language, None if read is None else _place(text, read))
    if len(spans) > _ALREADY_MANY:  # what follows takes time by the square of their number
        step = spans[-1].end / _ALREADY_MANY
        alike = (list(own) for _, own in groupby(spans, lambda span: int(span.start / step)))
        spans = [Span(own[0].start, own[-1].end) for own in alike]
    while len(spans) > MOST_UNITS:
        k = min(range(len(spans) - 1), key=lambda k: spans[k + 1].end - spans[k].start)
        spans[k : k + 2] = [Span(spans[k].start, spans[k + 1].end)]
    return spans


def _place(text: str, read: int) -> int:
    """Return how many characters of a text make the first `read` of its normal form."""
    most = read
    while most < len(text) and len(normalise(text[:most])) < read:
        most *= 2
    found = range(min(most, len(text)))
    return bisect_left(found, read, key=lambda place: len(normalise(text[:place])))


def _leaves_text(one: Asked, own: Sequence[Span]) -> bool:
    """Whether anything is left of a text without one of its sentences: another, or the unread."""
    return len(own) > 1 or (len(own) == 1 and bool(one.text[own[0].end :].strip()))


def _evidence(
    one: Asked, own: Sequence[Span], without: NDArray[np.floating], linear: LinearModel | None
) -> dict[int, Evidence]:
    """`without`: scores of the text less each of its sentences, (n_units, n_frames), or none."""
    by_word = _words(one, linear) if one.present.any() else {}
    found = {}
    for k in map(int, np.flatnonzero(one.present)):
        if len(without):
            gains = [round(float(one.scores[k] - score), 6) + 0.0 for score in without[:, k]]
            ranked = sorted(zip(gains, own, strict=True), key=lambda pair: (-pair[0], pair[1]))
            listed = [SentenceEvidence(*span, gain) for gain, span in ranked]
        else:
            listed = [SentenceEvidence(*span, None) for span in own]
        found[k] = Evidence(tuple(listed), by_word.get(k, ()))
    return found


def _words(one: Asked, linear: LinearModel | None) -> dict[int, tuple[WordEvidence, ...]]:
    if linear is None:
        return {}
    placed = placed_words(one.text)
    added = linear.by_word([word for word, _, _ in placed])
    # Words of a run that is not in NFC share its place.
    by_place: dict[Span, NDArray[np.floating]] = {}
    for (_, start, end), gain in zip(placed, added, strict=True):
        by_place[Span(start, end)] = by_place.get(Span(start, end), 0.0) + gain
    places, gains = list(by_place), np.array(list(by_place.values()))
    found = {}
    for k in map(int, np.flatnonzero(one.present)) if places else ():
        best = np.argsort(-gains[:, k], kind="stable")[:MOST_WORDS]
        found[k] = tuple(
            WordEvidence(places[place].start, places[place].end, round(float(gains[place, k]), 6))
            for place in best
            if gains[place, k] > 0
        )
    return found


def _stripped(text: str, start: int, end: int) -> Span:
    own = text[start:end]
    return Span(start + len(own) - len(own.lstrip()), start + len(own.rstrip()))
