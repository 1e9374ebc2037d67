"""The table of shares: one row for each group, frame and stance, with what it stands on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from eval.shares.estimate import Corrected, Counted, Labelled, Scored, correct, count, given
from eval.shares.grouping import OVERALL, Cells, cells_of, group_by
from eval.shares.intervals import Array, divide
from eval.shares.pooled import errors
from eval.shares.reading import Corpus
from eval.shares.sample import Sample

OWN, POOLED, UNCORRECTED = CORRECTIONS = ("own", "pooled", "uncorrected")
"""By labels of the group itself; by error rates common to all groups; not at all."""

PARAGRAPHS, FRAME = "paragraphs", "frame"
"""What a share is of: all paragraphs, or those that carry the frame."""

ENOUGH_LABELS, ENOUGH_DOCUMENTS = 50, 20
"""With fewer, a group's own labels do not correct it; docs/decisions/0021-shares.md."""

SUSPICIOUS = 1e-4
"""A labelled sample less likely than this to be spread so by chance is called not random."""

COLUMNS = (
    "by", "group", "frame", "stance", "of", "paragraphs", "documents", "share", "low", "high",
    "correction", "counted", "counted_low", "counted_high", "labels", "labelled_documents",
    "labels_to_halve", "halving",
)  # fmt: skip

Row = dict[str, Any]


@dataclass(slots=True)
class Tally:
    """Rows of the table in order, and what has to be said about them."""

    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    groups: dict[str, list[str]] = field(default_factory=dict)


def tally(corpus: Corpus, sample: Sample | None, by: Sequence[str]) -> Tally:
    """Return the shares of all paragraphs, and of every grouping in `by`."""
    found = Tally()
    for name in dict.fromkeys([OVERALL, *by]):
        cells = cells_of(corpus, group_by(corpus, name))
        found.groups[name] = cells.grouping.labels
        pooled: set[str] = set()
        unequal = 1.0
        for place in range(len(corpus.frames)):
            counting = Counting(corpus, sample, cells, place)
            found.rows += counting.rows()
            pooled |= {row["group"] for row in counting.rows() if row["correction"] == POOLED}
            unequal = min(unequal, counting.unequal)
        found.notes += _notes(cells, pooled, unequal, corpus)
    return found


class Counting:
    """One frame in all groups of a grouping."""

    def __init__(self, corpus: Corpus, sample: Sample | None, cells: Cells, place: int) -> None:
        self.cells, self.frame = cells, corpus.frames[place]
        self._corpus, self._place = corpus, place
        self.scored: Scored = cells.scored(corpus, place)
        empty = np.empty(0, dtype=np.int8)
        self.truth = sample.truth(self.frame, corpus.stances) if sample else empty
        self.unequal = 1.0
        self._rows: list[Row] | None = None

    def labelled(self, truth: NDArray[np.bool_]) -> Labelled:
        """The labelled texts, with which of them carry what is counted."""
        return self.cells.labelled(self._corpus, self._place, truth)

    def claims(self, stance: int | None = None) -> NDArray[np.bool_]:
        """Which decisions claim the frame, or the frame with a stance."""
        places = np.arange(1 + max(len(self._corpus.stances), 1))
        return places > 0 if stance is None else places == 1 + stance

    @cached_property
    def corrected(self) -> Corrected:
        """The frame's shares, corrected by each group's own labels."""
        return correct(self.scored, self.labelled(self.truth > 0), self.claims())

    def rows(self) -> list[Row]:
        """The rows of the table, group by group."""
        if self._rows is None:
            self._rows = list(self._made())
        return self._rows

    def _made(self) -> Iterator[Row]:
        marked = self.labelled(self.truth > 0)
        figures: list[tuple[str | None, str, Figures]] = [
            (None, PARAGRAPHS, self._figures(self.corrected, marked, self.claims()))
        ]
        for place, stance in enumerate(self._corpus.stances):
            labelled = self.labelled(self.truth == 1 + place)
            part = correct(self.scored, labelled, self.claims(place))
            figures.append((stance, PARAGRAPHS, self._figures(part, labelled, self.claims(place))))
            figures.append((stance, FRAME, self._given(part, marked, place)))
        for group, label in enumerate(self.cells.grouping.labels):
            for name, of, figure in figures:
                head = {"by": self.cells.grouping.name, "group": label, "frame": self.frame}
                yield {**head, "stance": name, "of": of, **figure.row(group)}

    def _given(self, part: Corrected, marked: Labelled, place: int) -> Figures:
        counted = count(self.scored.only(self.scored.decided > 0), self.claims(place))
        ratio = given(part, self.corrected, marked, self.scored)
        own = (ratio.clusters >= ENOUGH_DOCUMENTS) & _enough(self.corrected)
        (low, high), (down, up) = ratio.limits(), counted.limits()
        return Figures(
            counted, replace(self.corrected, labels=ratio.labels, labelled_clusters=ratio.clusters),
            np.where(own, ratio.share, counted.share), np.where(own, low, down),
            np.where(own, high, up), np.where(own, OWN, UNCORRECTED),
        )  # fmt: skip

    def _figures(self, found: Corrected, labelled: Labelled, claims: NDArray[np.bool_]) -> Figures:
        own = _enough(found)
        low, high = found.limits()
        share, kinds = found.share, np.where(own, OWN, UNCORRECTED).astype(object)
        counted = found.counted
        down, up = counted.limits()
        cells = self.cells
        rates = errors(labelled, claims, cells.document[labelled.cluster], cells.unit_text)
        texts = len(np.unique(cells.unit_text))
        others = ~own & (texts >= ENOUGH_LABELS) & (len(own) > 1)
        if others.any() and rates.usable:
            self.unequal = min(self.unequal, rates.found.unequal, rates.claimed.unequal)
            kinds[others] = POOLED
            below, above = rates.limits(counted)
            share = np.where(others, rates.share(counted.share), share)
            low, high = np.where(others, below, low), np.where(others, above, high)
        none = kinds == UNCORRECTED
        return Figures(
            counted, found, np.where(none, counted.share, share), np.where(none, down, low),
            np.where(none, up, high), kinds,
        )  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """Shares of one thing in all groups, (G,), with limits and how each is corrected."""

    counted: Counted
    found: Corrected
    share: Array
    low: Array
    high: Array
    kinds: NDArray

    @cached_property
    def _counted_limits(self) -> tuple[Array, Array]:
        return self.counted.limits()

    def row(self, group: int) -> Row:
        """Return what the table says of one group."""
        down, up = self._counted_limits
        known = self.counted.rows[group] > 0
        figures = {"share": self.share, "low": self.low, "high": self.high}
        counts = {"counted": self.counted.share, "counted_low": down, "counted_high": up}
        paragraphs, documents = self.counted.rows[group], self.counted.clusters[group]
        more, halving = self._halving(group)
        return {
            "paragraphs": int(paragraphs), "documents": int(documents),
            **{name: float(own[group]) if known else None for name, own in figures.items()},
            "correction": str(self.kinds[group]),
            **{name: float(own[group]) if known else None for name, own in counts.items()},
            "labels": int(self.found.labels[group]),
            "labelled_documents": int(self.found.labelled_clusters[group]),
            "labels_to_halve": more, "halving": halving,
        }  # fmt: skip

    def _halving(self, group: int) -> tuple[int | None, str | None]:
        """How many more labels of this group would halve the interval, or that none would.

        The part that comes from labels falls as their number grows; the rest stays.
        """
        found = self.found
        if self.kinds[group] != OWN or found.counted is not self.counted:
            return None, None
        own, rest, labels = found.own[group], found.rest[group], found.labels[group]
        room = (own + rest) / 4 - rest
        if not own:
            return None, None
        needed = math.ceil(labels * own / room) if room > 0 else math.inf
        if needed > found.counted.rows[group]:
            return None, "more documents"
        return int(needed - labels), "more labels"


def _enough(found: Corrected) -> NDArray[np.bool_]:
    return (found.labels >= ENOUGH_LABELS) & (found.labelled_clusters >= ENOUGH_DOCUMENTS)


def _notes(cells: Cells, pooled: set[str], unequal: float, corpus: Corpus) -> Iterator[str]:
    name, groups = cells.grouping.name, len(cells.grouping.keys)
    if cells.grouping.outside:
        yield f"{cells.grouping.outside:,} paragraphs have no {name} and are in none of its groups"
    if pooled:
        yield (
            f"{name}: {len(pooled)} of {groups} groups have fewer than {ENOUGH_LABELS} labels or "
            f"{ENOUGH_DOCUMENTS} labelled documents. They are marked pooled: corrected by error "
            "rates from the labels of all groups, on the assumption that the classifier finds a "
            "frame that is there, and claims one that is not, at rates that scatter around common "
            "ones from group to group. Where one group is unlike all others its figure is wrong"
        )
    if pooled and unequal < 0.01:
        yield (
            f"{name}: the labels say that the error rates do differ between groups "
            f"(p = {unequal:.2g}); the pooled intervals hold as much scatter as was found, and a "
            "group with labels of its own is surer"
        )
    if groups > 1 and (p := _spread(cells)) < SUSPICIOUS:
        yield (
            f"{name}: the labels are not spread over its groups as the paragraphs are "
            f"(p = {p:.1g}); if they were not drawn at random from these paragraphs, no corrected "
            "figure over several groups holds"
        )


def _spread(cells: Cells) -> float:
    """How likely labels drawn at random are spread over groups so unevenly: chi-squared."""
    rows = np.bincount(cells.grouping.group).astype(float)
    labels = np.bincount(cells.unit_group, cells.unit_weight, minlength=len(rows))
    whole = labels.sum()
    if whole < ENOUGH_LABELS:
        return 1.0
    expected = rows / rows.sum() * whole
    rare = expected < 5
    expected = np.append(expected[~rare], expected[rare].sum())
    labels = np.append(labels[~rare], labels[rare].sum())
    drawn = np.bincount(cells.unit_cluster, cells.unit_weight)
    effect = max(1.0, float((drawn**2).sum() / whole))
    statistic = divide((labels - expected) ** 2, expected).sum() / effect
    return float(stats.chi2.sf(statistic, max((expected > 0).sum() - 1, 1)))
