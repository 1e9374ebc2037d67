"""Shares of paragraphs in groups: as the classifier counts, and corrected by labelled ones.

The corrected share is post-stratified by the classifier's own decision: of the paragraphs decided
alike, the labelled ones say which part truly carries the frame, and all scored ones say how many
were decided so. For decisions that are 0 or 1 this is prediction-powered inference with power
tuning (PPI++, Angelopoulos, Duchi and Zrnic 2023): its best weight of the predictions is the
difference of those two parts, and no other linear use of the decisions has a smaller variance.

Documents are drawn, with all their paragraphs: variances are Taylor-linearised sums over documents
(Särndal, Swensson and Wretman 1992, ch. 5 and 9). A labelled paragraph is also one of the scored,
and what both have in common is part of the sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.shares.intervals import LEVEL, Array, divide, proportion_limits, t_quantile

Places = NDArray[np.intp]

FEW_DOCUMENTS = 100
"""Below so many labelled documents, how alike their paragraphs are is not told from them alone."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Scored paragraphs, each in a group.

    group: (R,), places of groups. cluster: (R,), the part of a document that lies in the group.
    owner: (C,), the group of each cluster. decided: (R,), the place of the classifier's decision.
    """

    group: Places
    cluster: Places
    owner: Places
    decided: NDArray[np.int8]
    n_groups: int

    def only(self, which: NDArray[np.bool_]) -> Scored:
        """Return some of the paragraphs."""
        rows = (self.group[which], self.cluster[which], self.owner, self.decided[which])
        return Scored(*rows, self.n_groups)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled texts, each in a group; a text that occurs more than once there has that weight.

    group, cluster, decided: (U,), as in `Scored`. truth: (U,), whether it carries what is counted.
    """

    group: Places
    cluster: Places
    decided: NDArray[np.int8]
    truth: NDArray[np.bool_]
    weight: Array


@dataclass(frozen=True, slots=True)
class Counted:
    """What the classifier counts in each group, all (G,): rows, clusters, share and variance."""

    rows: Array
    clusters: Array
    share: Array
    variance: Array

    def limits(self, level: float | Array = LEVEL) -> tuple[Array, Array]:
        told = np.minimum(divide(self.share * (1 - self.share), self.variance, np.inf), self.rows)
        return proportion_limits(self.share, told, self.clusters, level)


@dataclass(frozen=True, slots=True)
class Corrected:
    """Corrected shares of groups. D decisions are told apart.

    weights: (G, D), the part of the scored paragraphs that was decided so. parts: (G, D), the part
    of those that truly carries it. told: (G, D), independent labels that say as much of it.
    labels, labelled_clusters: (G,). own: (G,), variance that more labels make smaller; rest: (G,),
    variance that only more scored documents do. joint: (G,), the whole variance. influence: (C,),
    what each cluster adds to its group's share.
    """

    counted: Counted
    weights: Array
    parts: Array
    told: Array
    labels: Array
    labelled_clusters: Array
    own: Array
    rest: Array
    joint: Array
    influence: Array

    @property
    def share(self) -> Array:
        return (self.weights * self.parts).sum(axis=1)

    def limits(self, level: float | Array = LEVEL) -> tuple[Array, Array]:
        """Return the limits of the shares, each (G,); 0 and 1 where nothing is labelled."""
        level = np.asarray(level)
        each = level[:, None] if level.ndim else level
        low, high = proportion_limits(self.parts, self.told, self.labelled_clusters[:, None], each)
        scored = t_quantile(self.counted.clusters, level) ** 2 * self.rest
        # What labels and counts have in common through their documents belongs to both.
        common = np.maximum(divide(self.joint, self.own + self.rest, 1.0), 1.0)
        below = (self.weights**2 * (self.parts - low) ** 2).sum(axis=1) + scored
        above = (self.weights**2 * (high - self.parts) ** 2).sum(axis=1) + scored
        share = self.share
        unknown = self.labels == 0
        return (
            np.where(unknown, 0.0, np.maximum(share - np.sqrt(below * common), 0.0)),
            np.where(unknown, 1.0, np.minimum(share + np.sqrt(above * common), 1.0)),
        )


@dataclass(frozen=True, slots=True)
class Ratio:
    """Shares within what carries the frame, all (G,): as `Corrected` has them of all paragraphs.

    clusters, labels: labelled documents and texts that carry it.
    """

    share: Array
    told: Array
    clusters: Array
    labels: Array

    def limits(self, level: float | Array = LEVEL) -> tuple[Array, Array]:
        return proportion_limits(self.share, self.told, self.clusters, level)


def given(part: Corrected, whole: Corrected, labelled: Labelled, scored: Scored) -> Ratio:
    """Return the share of `part` in `whole`, both corrected by the same labels.

    labelled: those of `whole`. The ratio is linearised (Särndal, Swensson and Wretman 1992, 5.6).
    """
    total = whole.share
    share = np.clip(divide(part.share, total), 0.0, 1.0)
    influence = part.influence - share[scored.owner] * whole.influence
    spread = _scaled(scored, influence, whole.labelled_clusters)
    carrying = _by(labelled.group, scored.n_groups, labelled.weight * labelled.truth)
    told = divide(share * (1 - share) * total**2, spread, np.inf)
    inside = (share > 0) & (share < 1) & np.isfinite(told)
    documents = _clusters(labelled.cluster[labelled.truth], scored)
    return Ratio(share, np.where(inside, told, carrying), documents, carrying)


def count(scored: Scored, counts: NDArray[np.bool_]) -> Counted:
    """Return what the classifier counts. counts: (D,), the decisions that are counted."""
    hit = counts[scored.decided].astype(np.float64)
    rows = _by(scored.group, scored.n_groups)
    share = divide(_by(scored.group, scored.n_groups, hit), rows)
    size = len(scored.owner)
    clusters = _clusters(scored.cluster, scored)
    spread = _by(scored.cluster, size, hit - share[scored.group])
    variance = divide(_scaled(scored, spread, clusters), rows**2)
    return Counted(rows, clusters, share, variance)


def correct(scored: Scored, labelled: Labelled, counts: NDArray[np.bool_]) -> Corrected:
    """Return the shares corrected by labels of the group itself.

    counts: (D,), the decisions that claim what is counted; the first claims nothing. A decision of
    which a group has no label is taken together with the others that claim the frame, and if that
    does not do, with all.
    """
    counted = count(scored, counts)
    groups, decisions, size = scored.n_groups, len(counts), len(scored.owner)
    joined = _joined(scored, labelled, decisions)
    decided = joined[scored.group, scored.decided]
    told_as = joined[labelled.group, labelled.decided]
    weights = divide(_table(scored.group, decided, groups, decisions), counted.rows[:, None])
    truth = labelled.truth.astype(np.float64)
    sizes = _table(labelled.group, told_as, groups, decisions, labelled.weight)
    found = _table(labelled.group, told_as, groups, decisions, labelled.weight * truth)
    parts = divide(found, sizes)
    share = (weights * parts).sum(axis=1)
    spread = _by(scored.cluster, size, parts[scored.group, decided] - share[scored.group])
    spread = divide(spread, counted.rows[scored.owner])
    off = labelled.weight * (truth - parts[labelled.group, told_as])
    off *= divide(weights, sizes)[labelled.group, told_as]
    clusters = _clusters(labelled.cluster, scored)
    own = np.zeros(groups)
    for place in range(decisions):
        inside = told_as == place
        own += _scaled(scored, _by(labelled.cluster[inside], size, off[inside]), clusters)
    influence = spread + _by(labelled.cluster, size, off)
    effect = _effect(scored, labelled, counted, clusters, own, (weights, parts, sizes))
    # However often its text occurs, a label is one: no more is told than by the labels there are.
    squares = _table(labelled.group, told_as, groups, decisions, labelled.weight**2)
    told = sizes / np.maximum(effect[:, None], divide(squares, sizes, 1.0))
    return Corrected(
        counted, weights, parts, told,
        labels=_by(labelled.group, groups), labelled_clusters=clusters, own=own,
        rest=_scaled(scored, spread, counted.clusters),
        joint=_scaled(scored, influence, counted.clusters), influence=influence,
    )  # fmt: skip


def _effect(
    scored: Scored,
    labelled: Labelled,
    counted: Counted,
    clusters: Array,
    own: Array,
    strata: tuple[Array, Array, Array],
) -> Array:
    """How many clustered labels say as much as one independent label would, (G,), at least 1.

    The estimate from few labelled documents is unsure, and is not believed where it is smaller than
    what the classifier's decisions on all documents say (Kish 1965: 1 + (size - 1) correlation).
    """
    weights, parts, sizes = strata
    size = len(scored.owner)
    alike = divide(weights**2 * parts * (1 - parts), sizes).sum(axis=1)
    held = _by(scored.owner, scored.n_groups, _by(scored.cluster, size) ** 2)
    binomial = divide(counted.share * (1 - counted.share), counted.rows)
    excess = divide(counted.variance, binomial, 1.0) - 1
    correlation = np.clip(divide(excess, divide(held, counted.rows) - 1), 0.0, 1.0)
    drawn = _by(labelled.cluster, size, labelled.weight) ** 2
    mean = divide(_by(scored.owner, scored.n_groups, drawn), sizes.sum(axis=1), 1.0)
    by_kish = np.where(clusters < FEW_DOCUMENTS, 1 + (mean - 1) * correlation, 1.0)
    return np.maximum(np.maximum(divide(own, alike, 1.0), by_kish), 1.0)


def _joined(scored: Scored, labelled: Labelled, decisions: int) -> Places:
    """Under which decision each is taken, by group: (G, D)."""
    groups = scored.n_groups
    known = _table(labelled.group, labelled.decided, groups, decisions) > 0
    occur = _table(scored.group, scored.decided, groups, decisions) > 0
    joined = np.tile(np.arange(decisions), (groups, 1))
    claims = (occur[:, 1:] & ~known[:, 1:]).any(axis=1)
    joined[claims, 1:] = 1
    lacking = (occur[:, 0] & ~known[:, 0]) | (claims & ~known[:, 1:].any(axis=1))
    joined[lacking] = 0
    return joined


def _clusters(cluster: Places, scored: Scored) -> Array:
    """How many clusters of each group occur, (G,)."""
    occur = np.bincount(cluster, minlength=len(scored.owner)) > 0
    return _by(scored.owner[occur], scored.n_groups)


def _by(place: NDArray, size: int, values: Array | None = None) -> Array:
    return np.bincount(place, values, minlength=size).astype(np.float64)


def _table(
    group: Places, decided: NDArray, groups: int, decisions: int, values: Array | None = None
) -> Array:
    flat = _by(group * decisions + decided, groups * decisions, values)
    return flat.reshape(groups, decisions)


def _scaled(scored: Scored, sums: Array, clusters: Array) -> Array:
    """Sums over the clusters of each group, squared and added up as a variance needs them: (G,)."""
    few = np.where(clusters > 1, clusters / np.maximum(clusters - 1, 1), 1.0)
    return _by(scored.owner, scored.n_groups, sums**2) * few
