"""Which labelled texts a model is fitted on, and which it is calibrated on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from labels.snapshot import Labelled
from labels.split import deal
from labels.text import digest

if TYPE_CHECKING:
    from torch import Tensor

ENOUGH_TO_CALIBRATE = 300
"""Held-out texts from which one part held out will do."""


class Part(NamedTuple):
    """Texts to fit on, and texts to see how the model fitted on those does."""

    fit: list[Labelled]
    held_out: list[Labelled]


def parts_of(rows: Sequence[Labelled], share: float, n_parts: int) -> list[Part]:
    """Return what to fit and to calibrate on: one part, or several with each text held out once.

    Of many texts a share is held out. Of few, that share would be too small to calibrate on and
    still be missed in fitting: so they are dealt into `n_parts`, and a model fitted on all but one
    is calibrated by its scores on that one (cross-fitting). Whole groups stay together.
    """
    if n_parts == 1 or not rows or share * len(rows) >= ENOUGH_TO_CALIBRATE:
        return [hold_out(rows, share)]
    groups = [row.group for row in rows]
    places = deal(groups, min(n_parts, len(set(groups))), "part1")
    return [
        Part(
            [row for row, own in zip(rows, places, strict=True) if own != k],
            [row for row, own in zip(rows, places, strict=True) if own == k],
        )
        for k in range(max(places) + 1)
    ]


def with_disputed(parts: Sequence[Part], disputed: Sequence[Labelled]) -> list[Part]:
    """Return the parts with disputed texts to fit on, but those whose group a part holds out.

    They have no label, so they are held out nowhere.
    """
    found = []
    for part in parts:
        held_out = {row.group for row in part.held_out}
        more = [row for row in disputed if row.group not in held_out]
        found.append(Part(part.fit + more, part.held_out))
    return found


def everything(parts: Sequence[Part]) -> list[Labelled]:
    """Return the texts of several parts, each once."""
    found = {row.text_id: row for part in parts for row in part.fit + part.held_out}
    return list(found.values())


def hold_out(rows: Sequence[Labelled], share: float) -> Part:
    """Split training rows into those to fit on and those to calibrate on, by whole groups.

    Groups are taken in the order of a hash of their names until the share is reached.
    """
    sizes = Counter(row.group for row in rows)
    chosen: set[str] = set()
    taken = 0
    for group in sorted(sizes, key=lambda name: digest(f"held-out1:{name}")):
        if taken >= share * len(rows):
            break
        chosen.add(group)
        taken += sizes[group]
    fit = [row for row in rows if row.group not in chosen]
    return Part(fit, [row for row in rows if row.group in chosen])


class Mean:
    """The mean of the weights of models, added up one after the other."""

    def __init__(self) -> None:
        self.n = 0
        self.weights: dict[str, Tensor] = {}

    def add(self, weights: Mapping[str, "Tensor"]) -> None:
        """Take in one model's weights; whole numbers are kept as they were in the first."""
        self.n += 1
        for name, own in weights.items():
            if name not in self.weights:
                self.weights[name] = own.detach().clone()
            elif own.is_floating_point():
                self.weights[name] += (own.detach() - self.weights[name]) / self.n
