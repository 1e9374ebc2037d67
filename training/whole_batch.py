"""What makes several processes that share a batch train as one process with the whole batch.

Each takes its rows. What depends on the whole batch is told with them: how long its longest text
is, what its losses are means over, and which values dropout would take out of it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from training.ranks import Share

PER_PROCESS = "per_process"
"""In a batch: (2,), the texts and the shares of stances of the whole, over the number of processes.

Gradients are averaged over processes. So what each divides its sums by is an equal part of the
whole, not what happens to be in its own rows.
"""


class OwnRows:
    """Makes a batch of this process's rows of the whole one, padded as that would be."""

    def __init__(self, collate: Callable[[list[dict[str, Any]]], Any], share: Share) -> None:
        """`collate` makes a batch of rows, with `frames`, `stances` and `attention_mask`."""
        self.collate = collate
        self.share = share

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Tensor]:
        batch: Mapping[str, Tensor] = self.collate(rows[self.share.own])
        longest = max(row["length"] for row in rows)
        padded = {name: _padded(batch[name], longest) for name in _BY_TOKEN if name in batch}
        given = torch.tensor([row["stances"] for row in rows]).sum()
        whole = torch.stack([torch.tensor(float(len(rows))), given])
        return {**batch, **padded, PER_PROCESS: whole / self.share.size}


_BY_TOKEN = ("input_ids", "attention_mask", "inputs_embeds")


def _padded(own: Tensor, longest: int) -> Tensor:
    """Return (n_texts, longest, ...) of (n_texts, n_tokens, ...). Masked tokens may be anything."""
    more = own.new_zeros((own.shape[0], longest - own.shape[1], *own.shape[2:]))
    return torch.cat([own, more], dim=1)


class WholeBatchDropout(TorchFunctionMode):
    """Takes from this process's rows what one process would take from them in the whole batch.

    All processes draw for the whole batch from equal generators, which so stay equal.
    """

    def __init__(self, share: Share, n_texts: int) -> None:
        """`n_texts`: in the whole batch."""
        super().__init__()
        self.share = share
        self.n_texts = n_texts
        self.n_own = len(range(n_texts)[share.own])

    def __torch_function__(
        self, function: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        if function is functional.dropout:
            return self._dropout(*args, **(kwargs or {}))
        return function(*args, **(kwargs or {}))

    def _dropout(
        self, values: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
    ) -> Tensor:
        if not (training and p) or values.shape[0] != self.n_own:
            return functional.dropout(values, p, training, inplace)
        whole = values.new_ones((self.n_texts, *values.shape[1:]))
        return values * functional.dropout(whole, p)[self.share.own]
