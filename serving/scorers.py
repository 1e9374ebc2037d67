"""Texts to logits: the models of a bundle, behind one seam."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from labels.codebook import Codebook
from serving.backends import BATCH_TOKENS, Backend
from training.linear import LinearModel
from training.logits import Logits, split_outputs

if TYPE_CHECKING:
    from tokenizers import Encoding


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
        self._max_tokens = max_tokens or 0
        self._calls = ThreadPoolExecutor(backend.at_once, thread_name_prefix="forward")

    def read(self, texts: Sequence[str]) -> list["Encoding"]:
        """Return the tokens of texts, as far as the model reads. Other threads may score."""
        return self.tokenizer.encode_batch(list(texts))

    def score(self, texts: Sequence[str]) -> Scored:
        return self.score_read(self.read(texts))

    def score_read(self, encoded: Sequence["Encoding"]) -> Scored:
        """Batches hold texts of like length, so that little is spent on padding."""
        lengths = [len(encoding) for encoding in encoded]
        outputs = np.empty((len(encoded), len(self.codebook.outputs)), dtype=np.float32)
        widths = [self._width(length) for length in lengths]
        parts = even_batches(widths, self.backend.batch_tokens, self.backend.at_once)
        calls = self._calls.map if len(parts) > 1 and self.backend.at_once > 1 else map
        # The longest first, so that what is left at the end is small.
        parts.reverse()
        found = calls(self._outputs, ([encoded[place] for place in part] for part in parts))
        for places, rows in zip(parts, found, strict=True):
            outputs[places] = rows
        truncated = [bool(encoding.overflowing) for encoding in encoded]
        ends = {
            place: max(end for _, end in encoding.offsets)
            for place, encoding in enumerate(encoded)
            if truncated[place]
        }
        return Scored(split_outputs(outputs, self.codebook), lengths, truncated, ends)

    def _outputs(self, encoded: Sequence["Encoding"]) -> NDArray[np.float32]:
        ids = np.zeros((len(encoded), self._width(max(map(len, encoded)))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encoded):
            ids[row, : len(encoding)] = encoding.ids
            mask[row, : len(encoding)] = 1
        return self.backend.outputs(ids, mask)

    def _width(self, length: int) -> int:
        """Return how wide a call is for a text; more than the model reads would be an error."""
        step = self.backend.step
        return max(length, min(-(-length // step) * step, self._max_tokens))


class LinearScorer:
    """The linear model. It reads all of a text; its tokens are the terms that it knows."""

    def __init__(self, folder: Path, codebook: Codebook) -> None:
        self.model = LinearModel.read(folder)
        self.codebook = codebook

    def score(self, texts: Sequence[str]) -> Scored:
        outputs, read = self.model.outputs(texts)
        return Scored(split_outputs(outputs, self.codebook), read, [False] * len(texts))


def batches(lengths: Sequence[int], most: int = BATCH_TOKENS) -> list[list[int]]:
    """Return positions in batches of like length, each of at most `most` tokens with padding."""
    found: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if found and lengths[place] * (len(found[-1]) + 1) <= most:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def even_batches(lengths: Sequence[int], most: int, at_once: int) -> list[list[int]]:
    """Return batches as `batches` does, nearly equal ones, a multiple of `at_once` if texts allow.

    So that calls that are made at once also end at once.
    """
    if at_once == 1 or not lengths:
        return batches(lengths, most)
    count = -(-len(batches(lengths, most)) // at_once) * at_once
    limits = range(max(lengths), max(*lengths, most) + 1)
    place = bisect_left(limits, True, key=lambda limit: len(batches(lengths, limit)) <= count)
    return batches(lengths, limits[place])
