"""A linear model on TF-IDF features, scored in NumPy: what serving needs of the baseline."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labels.text import words

_PIECES = (3, 4, 5)
"""Lengths of the pieces of words. They carry endings and stems, so that a form never seen in
training is read by those that were; without them Russian ranks at 0.59 instead of 0.84 (mean
average precision on held-out starter paragraphs), English at 0.87 instead of 0.89."""

_LOT = 256
"""Texts whose terms are weighed together: 10 MB of numbers for paragraphs of 500 terms."""

_KEPT_WORDS = 2**15
"""Words whose terms are kept: a few thousand make up most of any text."""


def terms(text: str) -> list[str]:
    """Return the terms of a text, with repetition.

    These are its words, its pairs of neighbouring words, the pieces of its words (marked `~`, with
    `<` and `>` where a word begins and ends), and threes of neighbouring words of one character,
    which is what words are in scripts without spaces.
    """
    single = words(text)
    found = single + _neighbours(single)
    for word in single:
        if len(word) > 1:
            found += _pieces(word)
    return found


def _neighbours(single: Sequence[str]) -> list[str]:
    found = [f"{one} {other}" for one, other in itertools.pairwise(single)]
    for three in zip(single, single[1:], single[2:], strict=False):
        if len(three[0]) == len(three[1]) == len(three[2]) == 1:
            found.append(" ".join(three))
    return found


def _pieces(word: str) -> list[str]:
    ended = f"<{word}>"
    return [
        f"~{ended[start : start + size]}"
        for size in _PIECES
        for start in range(len(ended) - size + 1)
    ]


def placed_terms(single: Sequence[str]) -> Iterator[tuple[str, range]]:
    """Yield the terms of a text from its words, each with the positions of the words it is of."""
    for place, word in enumerate(single):
        yield word, range(place, place + 1)
        if len(word) > 1:
            for piece in _pieces(word):
                yield piece, range(place, place + 1)
    for size in (2, 3):
        for start in range(len(single) - size + 1):
            own = single[start : start + size]
            if size == 2 or all(len(word) == 1 for word in own):
                yield " ".join(own), range(start, start + size)


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Logits are `tfidf(text) @ coefficients + intercepts`, with TF-IDF as scikit-learn has it.

    vocabulary: term to row; idf: (n_terms,); coefficients: (n_terms, n_outputs), so that the rows
    of a text's terms lie together; intercepts: (n_outputs,); all float32, outputs in the order of
    `Codebook.outputs`.
    """

    vocabulary: dict[str, int]
    idf: NDArray[np.float32]
    coefficients: NDArray[np.float32]
    intercepts: NDArray[np.float32]
    _by_word: dict[str, tuple[int, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def outputs(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], list[int]]:
        """Return the outputs, (n_texts, n_outputs), and the number of terms read of each text."""
        found = np.tile(self.intercepts, (len(texts), 1))
        read: list[int] = []
        for first in range(0, len(texts), _LOT):
            placed = [self._places(text) for text in texts[first : first + _LOT]]
            read += map(len, placed)
            self._add(found[first : first + _LOT], placed)
        return found, read

    def _add(self, found: NDArray[np.float32], placed: Sequence[Sequence[int]]) -> None:
        """Add each text's weighted terms to its row of `found`; `placed`: their rows, repeated."""
        flat = np.fromiter(itertools.chain.from_iterable(placed), dtype=np.int64)
        if not len(flat):
            return
        rows = np.repeat(np.arange(len(placed)), [len(own) for own in placed])
        distinct, counts = np.unique(rows * len(self.idf) + flat, return_counts=True)
        rows, places = np.divmod(distinct, len(self.idf))
        weights = (1 + np.log(counts)) * self.idf[places]
        norms = np.sqrt(np.bincount(rows, weights**2, len(placed)))
        weights = (weights / np.where(norms > 0, norms, 1.0)[rows]).astype(np.float32)
        own, starts = np.unique(rows, return_index=True)
        parts = weights[:, np.newaxis] * self.coefficients[places]
        found[own] += np.add.reduceat(parts, starts, axis=0)

    def _places(self, text: str) -> list[int]:
        """Return the rows of the terms of a text that are known, as often as they occur."""
        single = words(text)
        found: list[int] = []
        for word in single:
            own = self._by_word.get(word)
            found += self._keep(word) if own is None else own
        more = _neighbours(single)
        return found + [self.vocabulary[term] for term in more if term in self.vocabulary]

    def _keep(self, word: str) -> tuple[int, ...]:
        own = [word, *_pieces(word)] if len(word) > 1 else [word]
        found = tuple(self.vocabulary[term] for term in own if term in self.vocabulary)
        if len(self._by_word) >= _KEPT_WORDS:
            self._by_word.clear()
        if len(word) < 64:  # what is longer is no word, and would be kept for nothing
            self._by_word[word] = found
        return found

    def by_word(self, single: Sequence[str]) -> NDArray[np.float64]:
        """Return what each word of a text adds to the outputs: (n_words, n_outputs).

        The words, in the text's order, add up to the outputs less the intercepts. What a term adds
        is shared equally by its occurrences, and an occurrence's share by the words that it is of.
        """
        placed = [(t, places) for t, places in placed_terms(single) if t in self.vocabulary]
        counts = Counter(term for term, _ in placed)
        weights = {t: (1 + np.log(n)) * self.idf[self.vocabulary[t]] for t, n in counts.items()}
        norm = float(np.linalg.norm(list(weights.values()))) or 1.0
        found = np.zeros((len(single), len(self.intercepts)))
        for term, places in placed:
            share = weights[term] / (norm * counts[term] * len(places))
            found[places.start : places.stop] += share * self.coefficients[self.vocabulary[term]]
        return found

    def write(self, folder: Path) -> None:
        """Write the vocabulary as JSON and the numbers as safetensors."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        ordered = sorted(self.vocabulary, key=self.vocabulary.__getitem__)
        vocabulary = json.dumps(ordered, ensure_ascii=False, indent=0)
        (folder / "vocabulary.json").write_text(vocabulary, "utf-8")
        tensors = {
            "idf": self.idf,
            "coefficients": np.ascontiguousarray(self.coefficients.T),
            "intercepts": self.intercepts,
        }
        save_file(tensors, folder / "weights.safetensors")

    @classmethod
    def read(cls, folder: Path) -> "LinearModel":
        """Read what `write` wrote."""
        from safetensors.numpy import load_file

        ordered = json.loads((folder / "vocabulary.json").read_text("utf-8"))
        tensors = load_file(folder / "weights.safetensors")
        tensors["coefficients"] = np.ascontiguousarray(tensors["coefficients"].T)
        return cls({term: place for place, term in enumerate(ordered)}, **tensors)
