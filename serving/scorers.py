"""Texts to logits: the models of a bundle, behind one seam."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from labels.codebook import Codebook
from serving.backends import Backend
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
        engine = self.backend
        lengths = [len(encoding) for encoding in encoded]
        outputs = np.empty((len(encoded), len(self.codebook.outputs)), dtype=np.float32)
        widths = [self._width(length) for length in lengths]
        parts = batches(widths, engine.batch_tokens, engine.at_once, engine.call_tokens)
        calls = self._calls.map if len(parts) > 1 and engine.at_once > 1 else map
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


def batches(widths: Sequence[int], most: int, at_once: int, call: int) -> list[list[int]]:
    """Return positions in batches of like width, narrow ones first: the batches that cost least.

    A batch costs its tokens, with padding, and what a call takes beside them: `call`, in tokens. It
    has at most `most` tokens, and no more than its part where calls are made `at_once`; only a text
    that is wider by itself has more. Where to cut the sorted texts is found by dynamic programming
    (Fang et al. 2021, TurboTransformers, section 5).
    """
    order = sorted(range(len(widths)), key=widths.__getitem__)
    share = min(most, -(-sum(widths) // at_once))
    costs, starts = [0], [0]
    for end, place in enumerate(order, 1):
        width = widths[place]
        least = max(0, end - max(1, share // width))
        cost, start = min((costs[s] + (end - s) * width, s) for s in range(least, end))
        costs.append(cost + call)
        starts.append(start)
    found: list[list[int]] = []
    end = len(order)
    while end:
        found.append(order[starts[end] : end])
        end = starts[end]
    return found[::-1]
