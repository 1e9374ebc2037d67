"""A linear model on TF-IDF features, scored in NumPy: what serving needs of the baseline."""

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labels.text import words


def terms(text: str) -> list[str]:
    """Return the words of a text, and its pairs of neighbouring words."""
    single = words(text)
    return single + [f"{one} {other}" for one, other in itertools.pairwise(single)]


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Logits are `coefficients @ tfidf(text) + intercepts`, with TF-IDF as scikit-learn has it.

    vocabulary: term to column; idf: (n_terms,); coefficients: (n_outputs, n_terms);
    intercepts: (n_outputs,); all float32, outputs in the order of `Codebook.outputs`.
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
            columns = np.fromiter(known, dtype=np.int64, count=len(known))
            counts = np.fromiter(known.values(), dtype=np.float32, count=len(known))
            weights = (1 + np.log(counts)) * self.idf[columns]
            norm = float(np.linalg.norm(weights)) or 1.0
            found[row] = self.coefficients[:, columns] @ (weights / norm) + self.intercepts
        return found, read

    def write(self, folder: Path) -> None:
        """Write the vocabulary as JSON and the numbers as safetensors."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        ordered = sorted(self.vocabulary, key=self.vocabulary.__getitem__)
        vocabulary = json.dumps(ordered, ensure_ascii=False, indent=0)
        (folder / "vocabulary.json").write_text(vocabulary, "utf-8")
        tensors = {n: getattr(self, n) for n in ("idf", "coefficients", "intercepts")}
        save_file(tensors, folder / "weights.safetensors")

    @classmethod
    def read(cls, folder: Path) -> "LinearModel":
        """Read what `write` wrote."""
        from safetensors.numpy import load_file

        ordered = json.loads((folder / "vocabulary.json").read_text("utf-8"))
        return cls(
            {term: place for place, term in enumerate(ordered)},
            **load_file(folder / "weights.safetensors"),
        )
