"""A linear model on TF-IDF features, scored in NumPy: what serving needs of the baseline."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labels.text import words

_PIECES = (3, 4, 5)
"""Lengths of the pieces of words. They carry endings and stems, so that a form never seen in
training is read by those that were; without them Russian ranks at 0.59 instead of 0.84 (mean
average precision on held-out starter paragraphs), English at 0.87 instead of 0.89."""


def terms(text: str) -> list[str]:
    """Return the terms of a text, with repetition.

    These are its words, its pairs of neighbouring words, the pieces of its words (marked `~`, with
    `<` and `>` where a word begins and ends), and threes of neighbouring words of one character,
    which is what words are in scripts without spaces.
    """
    single = words(text)
    found = single + [f"{one} {other}" for one, other in itertools.pairwise(single)]
    for three in zip(single, single[1:], single[2:], strict=False):
        if all(len(word) == 1 for word in three):
            found.append(" ".join(three))
    for word in single:
        if len(word) > 1:
            found += _pieces(word)
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

    def outputs(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], list[int]]:
        """Return the outputs, (n_texts, n_outputs), and the number of terms read of each text."""
        found = np.empty((len(texts), len(self.intercepts)), dtype=np.float32)
        read = []
        for row, text in enumerate(texts):
            known = Counter(
                self.vocabulary[term] for term in terms(text) if term in self.vocabulary
            )
            read.append(sum(known.values()))
            places = np.fromiter(known, dtype=np.int64, count=len(known))
            counts = np.fromiter(known.values(), dtype=np.float32, count=len(known))
            weights = (1 + np.log(counts)) * self.idf[places]
            norm = float(np.linalg.norm(weights)) or 1.0
            found[row] = (weights / norm) @ self.coefficients[places] + self.intercepts
        return found, read

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
