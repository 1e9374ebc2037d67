"""The lower layers of an encoder stay as they are: their outputs are computed once for each text.

Training only the upper layers takes less time and reads real text better
(docs/decisions/0005-recipe.md).
"""

import copy
from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from training.model import FrameClassifier
from training.ranks import own_share

MOST_KEPT = 4 * 2**30
"""Bytes of lower outputs that a process keeps in memory; of more, they are computed each time."""

BUILT_AS_BERT = ("bert", "camembert", "electra", "ernie", "mpnet", "roberta", "xlm-roberta")
"""Types of model that are `embeddings`, then the list `encoder.layer`, and nothing after it. Others
with the same names (Megatron-BERT, XLM-R XL, DeBERTa v2) do more between their layers or after."""

SHORT = 40
"""Mean number of tokens up to which texts are short."""

_BATCH = 64


def frozen_share(wanted: float | None, n_tokens: Sequence[int]) -> float:
    """Return the share of layers to leave as they are: `wanted`, or by each text's tokens.

    Headlines train fast, and gain from more layers; paragraphs do neither.
    """
    if wanted is not None:
        return wanted
    return 1 / 3 if sum(n_tokens) <= SHORT * len(n_tokens) else 2 / 3


def n_frozen(encoder: Any, share: float) -> int:
    """Return how many layers to leave as they are: 0 where the encoder is not built in BERT's way.

    At least the highest layer is trained.
    """
    # Some encoders widen the embeddings before the first layer, which the upper part would do anew.
    if encoder.config.model_type not in BUILT_AS_BERT or hasattr(encoder, "embeddings_project"):
        return 0
    n_layers = len(encoder.encoder.layer)
    return min(int(share * n_layers + 1e-9), n_layers - 1)


def upper_part(model: FrameClassifier, n_lower: int) -> FrameClassifier:
    """Return a view of the model without its `n_lower` lowest layers; the weights are shared.

    It takes the lower layers' outputs as `inputs_embeds`.
    """
    encoder = _cut(model.encoder, slice(n_lower, None))
    encoder.embeddings = _Passed()
    view = _shallow(model)
    view.encoder = encoder
    return view


class LowerOutputs:
    """What the lower layers make of each text of a run."""

    def __init__(
        self, encoder: nn.Module, n_lower: int, ids: Sequence[Sequence[int]], bf16: bool
    ) -> None:
        """`ids`: the token ids of each text. Outputs are kept in bfloat16 where `bf16`."""
        self.encoder: Any = _cut(encoder, slice(0, n_lower)).eval()
        self.device = next(encoder.parameters()).device
        self.ids = ids
        self.dtype = torch.bfloat16 if bf16 else torch.float32
        width = self.encoder.config.hidden_size
        size = sum(map(len, ids)) * width * self.dtype.itemsize
        self._kept: list[Tensor] | None = self._all() if size <= MOST_KEPT else None

    def of(self, places: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return outputs (n_texts, n_tokens, width), padded with 0, and their attention mask."""
        if self._kept is None:
            return self._compute(places)
        hidden = nn.utils.rnn.pad_sequence([self._kept[place] for place in places], True)
        return hidden, self._mask(places)

    def _all(self) -> list[Tensor]:
        """Compute all texts' outputs; several processes compute a part each, and share it."""
        kept: list[Tensor] = [torch.empty(0)] * len(self.ids)
        order = sorted(range(len(self.ids)), key=lambda place: len(self.ids[place]))
        batches = [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]
        rank, size = own_share()
        computed = {k: self._compute(batches[k])[0] for k in range(rank, len(batches), size)}
        for k, places in enumerate(batches):
            hidden = computed.pop(k, None)
            if hidden is None:
                longest = len(self.ids[places[-1]])
                shape = (len(places), longest, self.encoder.config.hidden_size)
                hidden = torch.empty(shape, dtype=self.dtype)
            if size > 1:
                dist.broadcast(hidden.contiguous().view(torch.uint8), src=k % size)
            for row, place in enumerate(places):
                kept[place] = hidden[row, : len(self.ids[place])].clone()
        return kept

    def _compute(self, places: Sequence[int]) -> tuple[Tensor, Tensor]:
        texts = [torch.tensor(self.ids[place]) for place in places]
        ids, mask = nn.utils.rnn.pad_sequence(texts, True), self._mask(places)
        with (
            torch.no_grad(),
            torch.autocast(self.device.type, torch.bfloat16, self.dtype == torch.bfloat16),
        ):
            found = self.encoder(input_ids=ids.to(self.device), attention_mask=mask.to(self.device))
        return found.last_hidden_state.to("cpu", self.dtype), mask

    def _mask(self, places: Sequence[int]) -> Tensor:
        ones = [torch.ones(len(self.ids[place]), dtype=torch.int64) for place in places]
        return nn.utils.rnn.pad_sequence(ones, True)


class _Passed(nn.Module):
    """Stands where the embeddings were, and passes on what was computed before."""

    def forward(self, inputs_embeds: Tensor, **_: Any) -> Tensor:
        return inputs_embeds


def _cut(encoder: nn.Module, kept: slice) -> Any:
    """Return a view of an encoder with some of its layers."""
    view: Any = _shallow(encoder)
    view.encoder = _shallow(view.encoder)
    view.encoder.layer = view.encoder.layer[kept]
    return view


def _shallow(module: nn.Module) -> Any:
    """Return a module of its own with the same weights: its parts may be replaced."""
    view = copy.copy(module)
    view._modules = dict(module._modules)
    return view
