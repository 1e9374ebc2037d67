"""The order of training: batches of texts of like length, in random order."""

import random
from collections.abc import Iterator, Sequence

from torch.utils.data import Sampler

POOL = 25
"""Batches' worth of texts that are sorted by length together: more saves padding, fewer mixes."""


def training_order(lengths: Sequence[int], batch_size: int, steps: int, seed: int) -> list[int]:
    """Return the positions of all texts of a run, batch after batch, drawn from the seed alone.

    Every pass goes over all texts once. Texts are shuffled, sorted by length within pools, cut into
    batches, and the batches are shuffled: sorted batches in a row would end every pass on the
    shortest texts, which costs accuracy (docs/decisions/0002-training.md).
    """
    drawn = random.Random(seed)
    order: list[int] = []
    rest: list[int] = []
    while len(order) < steps * batch_size:
        places = rest + drawn.sample(range(len(lengths)), len(lengths))
        # A short batch would shift all that follow; it is filled from the next pass.
        if rest and len(places) >= batch_size:
            order += places[:batch_size]
            places = places[batch_size:]
        pool = POOL * batch_size
        batches = []
        for start in range(0, len(places), pool):
            alike = sorted(places[start : start + pool], key=lengths.__getitem__)
            batches += [alike[k : k + batch_size] for k in range(0, len(alike), batch_size)]
        whole = [batch for batch in batches if len(batch) == batch_size]
        rest = [place for batch in batches if len(batch) < batch_size for place in batch]
        drawn.shuffle(whole)
        order += [place for batch in whole for place in batch]
    return order[: steps * batch_size]


class FixedOrder(Sampler[int]):
    """Yields positions in an order that is known beforehand, so that a resumed run keeps to it."""

    def __init__(self, order: Sequence[int]) -> None:
        self.order = order

    def __iter__(self) -> Iterator[int]:
        return iter(self.order)

    def __len__(self) -> int:
        return len(self.order)
