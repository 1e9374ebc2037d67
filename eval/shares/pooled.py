"""Shares of groups with few labels: corrected by error rates that all groups have in common.

The classifier's count is solved for the true share by its rate of finding and its rate of false
claims (Rogan and Gladen 1978; "adjusted count" in Forman 2008). Both are taken to scatter around
common values as if each group drew its own; the scatter is estimated from the groups' labels by
moments (as DerSimonian and Laird 1986 do) and is part of the interval. Limits of the parts are
joined by Zou and Donner's (2008) rule: one part at a time at its worst.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from eval.shares.estimate import Counted, Labelled, Places
from eval.shares.intervals import LEVEL, Array, divide, proportion_limits, t_quantile

APART = 0.05
"""Nearer than this, finding and false claims say too little of a share to solve for it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of claims among labelled texts that are alike in truth, over all groups.

    variance: of the common rate. scatter: variance of the groups' own rates around it. labels,
    documents: how many are alike so. groups: with such a label. unequal: p of all groups having one
    rate.
    """

    value: float
    variance: float
    scatter: float
    labels: int
    documents: int
    groups: int
    unequal: float

    def limits(self, level: float = LEVEL, own: bool = True) -> tuple[float, float]:
        """Return the limits of a group's own rate, or of the common one."""
        variance = self.variance + (self.scatter if own else 0.0)
        told = divide(np.array(self.value * (1 - self.value)), np.array(variance), np.inf)
        few = self._independent() if own else self.documents
        value = np.array(self.value)
        low, high = proportion_limits(value, np.minimum(told, 1e9), np.array(few), level)
        return float(low), float(high)

    def _independent(self) -> float:
        """How many draws the variance of a group's own rate stands on (Satterthwaite 1946)."""
        if not self.variance + self.scatter:
            return self.documents
        common = self.variance**2 / max(self.documents - 1, 1)
        parts = common + self.scatter**2 / max(self.groups - 1, 1)
        return 1 + (self.variance + self.scatter) ** 2 / parts


@dataclass(frozen=True, slots=True)
class Errors:
    """How often the classifier finds what is there, and claims what is not."""

    found: Rate
    claimed: Rate

    @property
    def usable(self) -> bool:
        low, high = self.found.limits(own=False)[0], self.claimed.limits(own=False)[1]
        return bool(self.found.documents and self.claimed.documents and low - high > APART)

    def share(self, counted: Array) -> Array:
        """Solve the classifier's count for the true share."""
        return _solved(counted, self.found.value, self.claimed.value)

    def limits(self, counted: Counted, level: float = LEVEL) -> tuple[Array, Array]:
        """Return the limits of the true shares of groups, each (G,)."""
        share = self.share(counted.share)
        low, high = counted.limits(level)
        least, most = self.found.limits(level)
        fewest, many = self.claimed.limits(level)
        found, claimed = self.found.value, self.claimed.value
        below = [
            (low, found, claimed),
            (counted.share, most, claimed),
            (counted.share, found, many),
        ]
        above = [(high, found, claimed), (counted.share, least, claimed)]
        above.append((counted.share, found, fewest))
        down, up = (
            np.sqrt(sum((_solved(*worst) - share) ** 2 for worst in side))
            for side in (below, above)
        )
        return np.maximum(share - down, 0.0), np.minimum(share + up, 1.0)

    def contrast(
        self, counted: Counted, signs: Array, level: float | Array = LEVEL
    ) -> tuple[float, float, float]:
        """Return the signed sum of groups' shares with its limits; the rates are common to all."""
        share = self.share(counted.share)
        value = float(signs @ share)
        gap = self.found.value - self.claimed.value
        low, high = counted.limits(level)
        tail = np.stack([high - counted.share, counted.share - low]) / gap
        rise = np.where(signs > 0, tail[0], tail[1]) ** 2 @ np.abs(signs)
        fall = np.where(signs > 0, tail[1], tail[0]) ** 2 @ np.abs(signs)
        common = signs @ share, signs @ (1 - share)
        for rate, slope, slopes in (
            (self.found, common[0], share), (self.claimed, common[1], 1 - share)
        ):  # fmt: skip
            normal = float(t_quantile(np.array(rate.documents), level))
            shared = normal**2 * rate.variance * slope**2
            several = float(t_quantile(np.array(rate.groups), level)) if rate.scatter else 0.0
            shared += several**2 * rate.scatter * (slopes**2).sum()
            rise, fall = rise + shared / gap**2, fall + shared / gap**2
        return value, value - float(np.sqrt(fall)), value + float(np.sqrt(rise))


def errors(labelled: Labelled, counts: NDArray[np.bool_], document: Places, text: Places) -> Errors:
    """Return the error rates that groups have in common. counts: (D,), what is counted as claim.

    document, text: (L,), of each label. A text may be in several groups, as one that names several
    countries is; it is one text, of one document, all the same.
    """
    claim = counts[labelled.decided].astype(np.float64)
    rates = []
    for side in (labelled.truth, ~labelled.truth):
        own = labelled.weight[side], labelled.group[side], labelled.cluster[side]
        rates.append(_rate(claim[side], *own, document[side], text[side]))
    return Errors(*rates)


def _rate(
    claim: Array, weight: Array, group: Places, cluster: Places, own: Places, text: Places
) -> Rate:
    whole = float(weight.sum())
    if not whole:
        return Rate(0.5, 0.25, 0.0, 0, 0, 0, 1.0)
    value = float((weight @ claim + 0.5) / (whole + 1))
    _, document = np.unique(own, return_inverse=True)
    _, place = np.unique(group, return_inverse=True)
    _, unit = np.unique(text, return_inverse=True)
    documents, groups, parts = int(document.max()) + 1, int(place.max()) + 1, len(set(cluster))
    plain = value * (1 - value) / whole
    # Documents are independent given the group's own rate, so its mean is what they differ from.
    sizes = np.bincount(place, weight)
    off = claim - (np.bincount(place, weight * claim) / sizes)[place]
    squares = (np.bincount(document, weight * off) ** 2).sum() / whole**2
    freedom = max(parts - groups, 1)
    alone = (np.bincount(unit, weight) ** 2).sum() / whole
    inside = max(squares * parts / freedom, alone * plain)
    if parts - groups < 2:
        inside = max(inside, plain)
    means = np.bincount(place, weight * claim) / sizes
    between = float((sizes * (means - weight @ claim / whole) ** 2).sum())
    each = inside * whole
    room = whole - float((sizes**2).sum()) / whole
    scatter = max(0.0, (between - (groups - 1) * each) / room) if room > 0 else 0.0
    unequal = stats.chi2.sf(between / each, groups - 1) if groups > 1 and each else 1.0
    variance = inside + scatter * float((sizes**2).sum()) / whole**2
    labels = int(unit.max()) + 1
    return Rate(value, variance, scatter, labels, documents, groups, float(unequal))


def _solved(counted: Array, found: float | Array, claimed: float | Array) -> Array:
    gap = np.maximum(np.asarray(found) - claimed, 1e-3)
    return np.clip((counted - claimed) / gap, 0.0, 1.0)
