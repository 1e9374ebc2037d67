"""Texts to logits: the models of a bundle, behind one seam."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np

from labels.codebook import Codebook
from serving.backends import Backend
from training.linear import LinearModel
from training.logits import Logits, split_outputs

BATCH_TOKENS = 4096
"""Tokens in a batch, padding included: enough for the matrix units, not too many for the caches."""


class Scored(NamedTuple):
    """Logits of texts; for each, how many tokens were read and whether there were more.

    `ends`: how many characters were read of those that are truncated, by position.
    """

    logits: Logits
    tokens: list[int]
    truncated: list[bool]
    ends: Mapping[int, int] = MappingProxyType({})


class Scorer(Protocol):
    """Scores normalised texts, in the order given."""

    def score(self, texts: Sequence[str]) -> Scored: ...


class EncoderScorer:
    """The fine-tuned encoder."""

    def __init__(
        self, folder: Path, backend: Backend, codebook: Codebook, max_tokens: int | None
    ) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        if max_tokens is not None:
            self.tokenizer.enable_truncation(max_tokens)
        self.tokenizer.no_padding()
        self.backend = backend
        self.codebook = codebook

    def score(self, texts: Sequence[str]) -> Scored:
        """Batches hold texts of like length, so that little is spent on padding."""
        encoded = self.tokenizer.encode_batch(list(texts))
        lengths = [len(encoding.ids) for encoding in encoded]
        outputs = np.empty((len(texts), len(self.codebook.outputs)), dtype=np.float32)
        for places in batches(lengths):
            ids = np.zeros((len(places), max(lengths[place] for place in places)), dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, place in enumerate(places):
                ids[row, : lengths[place]] = encoded[place].ids
                mask[row, : lengths[place]] = 1
            outputs[places] = self.backend.outputs(ids, mask)
        truncated = [bool(encoding.overflowing) for encoding in encoded]
        ends = {
            place: max(end for _, end in encoding.offsets)
            for place, encoding in enumerate(encoded)
            if truncated[place]
        }
        return Scored(split_outputs(outputs, self.codebook), lengths, truncated, ends)


class LinearScorer:
    """The linear model. It reads all of a text; its tokens are the terms that it knows."""

    def __init__(self, folder: Path, codebook: Codebook) -> None:
        self.model = LinearModel.read(folder)
        self.codebook = codebook

    def score(self, texts: Sequence[str]) -> Scored:
        outputs, read = self.model.outputs(texts)
        return Scored(split_outputs(outputs, self.codebook), read, [False] * len(texts))


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Return positions in batches of like length, each of at most BATCH_TOKENS with padding."""
    found: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if found and lengths[place] * (len(found[-1]) + 1) <= BATCH_TOKENS:
            found[-1].append(place)
        else:
            found.append([place])
    return found
