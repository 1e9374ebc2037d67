"""Simulates shares whose truth is known: `python -m docs.shares_simulation`.

Writes docs/shares.json, the figures of decision 21, and docs/shares.svg, their plot. Documents with
paragraphs that are alike are drawn from two kinds of outlet; in one the frame is three times as
common and the classifier finds less of it and claims more of it falsely. A part is labelled. What
is judged is the code that `framescope aggregate` runs.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from docs.make import DOCS
from eval.plots import INK, alone, drawing
from eval.shares.estimate import Labelled, Scored, correct, count, given
from eval.shares.intervals import contrast
from eval.shares.pooled import errors
from eval.shares.tally import ENOUGH_DOCUMENTS

FIGURES, PLOT = DOCS / "shares.json", DOCS / "shares.svg"
REPEATS, POOLED_REPEATS, SEED = 4000, 2000, 8
AT_ONCE = 50
KNOWN = (0.93, 0.97)
"""What a 95% interval's coverage is allowed to be."""

FRAME, STANCE = np.array([False, True, True, True]), np.array([False, True, False, False])


@dataclass(frozen=True)
class Setting:
    """One world. share: true, of all paragraphs. size: paragraphs of a document, on average.

    alike: correlation within a document. whole: documents are labelled, not paragraphs. found,
    claimed: the classifier's rates in each kind of outlet.
    """

    share: float
    labels: int
    documents: int = 1000
    size: int = 8
    alike: float = 0.1
    whole: bool = False
    found: tuple[float, float] = (0.85, 0.6)
    claimed: tuple[float, float] = (0.03, 0.08)

    @property
    def name(self) -> str:
        drawn = "whole documents" if self.whole else "paragraphs"
        return f"{self.share:.0%}, {self.labels:,} {drawn} of {self.documents * self.size:,}"


class Drawn(NamedTuple):
    """Repetitions side by side, each a group of its own."""

    scored: Scored
    labelled: Labelled
    truth: NDArray[np.int8]


SETTINGS = (
    *(Setting(share, n) for share in (0.02, 0.1, 0.3, 0.5) for n in (200, 500, 2000)),
    Setting(0.05, 1000), Setting(0.2, 100), Setting(0.2, 50),
    Setting(0.2, 500, documents=8000, size=1, alike=0.0),
    Setting(0.2, 500, documents=300, size=30, alike=0.2),
    Setting(0.1, 2000, documents=300, alike=0.2),
    Setting(0.2, 400, whole=True), Setting(0.05, 800, whole=True),
    Setting(0.02, 400, whole=True, alike=0.2),
    Setting(0.3, 500, found=(0.95, 0.95), claimed=(0.01, 0.01)),
    Setting(0.3, 500, found=(0.4, 0.4), claimed=(0.3, 0.3)),
)  # fmt: skip


def draw(setting: Setting, repeats: int, chance: np.random.Generator) -> Drawn:
    """Draw worlds and their labelled samples. Of what carries the frame, half has stance 1."""
    docs = setting.documents
    least = max(1, setting.size // 2)
    sizes = chance.integers(least, 2 * setting.size - least + 1, repeats * docs)
    kind = chance.integers(0, 2, repeats * docs)
    mean = setting.share * np.array([0.5, 1.5])[kind]
    if setting.alike:
        tight = 1 / setting.alike - 1
        mean = chance.beta(mean * tight, (1 - mean) * tight)
    cluster = np.repeat(np.arange(repeats * docs), sizes)
    owner = np.arange(repeats * docs) // docs
    group = owner[cluster]
    carries = chance.random(len(cluster)) < mean[cluster]
    truth = np.where(carries, 1 + chance.choice(3, len(cluster), p=(0.5, 0.3, 0.2)), 0)
    rate = np.where(
        carries, np.array(setting.found)[kind[cluster]], np.array(setting.claimed)[kind[cluster]]
    )
    # How well a document is read is its own too.
    rate = np.clip(
        rate + 0.3 * rate * (1 - rate) * chance.standard_normal(len(owner))[cluster], 0, 1
    )
    claims = chance.random(len(cluster)) < rate
    mistaken = 1 + chance.choice(3, len(cluster), p=(0.6, 0.2, 0.2))
    kept = carries & (chance.random(len(cluster)) < 0.8)
    decided = np.where(claims, np.where(kept, truth, mistaken), 0).astype(np.int8)
    chosen = _chosen(setting, group, cluster, repeats, chance)
    scored = Scored(group, cluster, owner, decided, repeats)
    labelled = Labelled(
        group[chosen], cluster[chosen], decided[chosen], truth[chosen] > 0, np.ones(len(chosen))
    )
    return Drawn(scored, labelled, truth[chosen].astype(np.int8))


def _chosen(
    setting: Setting, group: NDArray, cluster: NDArray, repeats: int, chance: np.random.Generator
) -> NDArray:
    if setting.whole:
        order = chance.random((repeats, setting.documents)).argsort(axis=1).argsort(axis=1)
        return np.flatnonzero((order < setting.labels // setting.size).ravel()[cluster])
    mixed = np.argsort(chance.random(len(group)) + 2 * group)
    starts = np.searchsorted(group[mixed], np.arange(repeats))
    return mixed[(starts[:, None] + np.arange(setting.labels)).ravel()]


def simulate(setting: Setting, repeats: int, seed: int) -> dict[str, Any]:
    """Return how often each interval holds the truth, how long it is, and the mean error."""
    chance = np.random.default_rng(seed)
    kinds: dict[str, list[NDArray]] = {}
    for start in range(0, repeats, AT_ONCE):
        drawn = draw(setting, min(AT_ONCE, repeats - start), chance)
        for name, figures in _judged(setting, drawn).items():
            kinds.setdefault(name, []).append(figures)
    found: dict[str, Any] = {}
    for name, parts in kinds.items():
        whole = np.concatenate(parts, axis=1)
        told = whole[:, ~np.isnan(whole[0])]
        if told.shape[1] < whole.shape[1] / 2:
            found[name] = None
            continue
        held, width, error = told.mean(axis=1).tolist()
        found[name] = {"covers": held, "width": width, "error": error}
    return {"setting": asdict(setting), "name": setting.name, "repeats": repeats, **found}


def _judged(setting: Setting, drawn: Drawn) -> dict[str, NDArray]:
    scored, labelled, truth = drawn
    whole = correct(scored, labelled, FRAME)
    marked = Labelled(*labelled_parts(labelled), truth == 1, labelled.weight)
    part = correct(scored, marked, STANCE)
    ratio = given(part, whole, labelled, scored)
    blind = Scored(
        scored.group, scored.cluster, scored.owner, np.zeros_like(scored.decided), scored.n_groups
    )
    told = Labelled(
        labelled.group, labelled.cluster, np.zeros_like(labelled.decided), labelled.truth,
        labelled.weight,
    )  # fmt: skip
    lone = correct(blind, told, np.zeros(1, dtype=bool))
    figures = {}
    for name, estimate, target in (
        ("naive", whole.counted, setting.share), ("corrected", whole, setting.share),
        ("labels alone", lone, setting.share), ("stance", part, setting.share / 2),
        ("stance given", ratio, 0.5),
    ):  # fmt: skip
        low, high = estimate.limits()
        held = (low <= target) & (target <= high)
        figures[name] = np.stack([held, high - low, estimate.share - target])
    pairs = (whole.share.reshape(-1, 2), *(end.reshape(-1, 2) for end in whole.limits()))
    value, low, high = contrast(pairs[0], pairs[1:], np.array([-1.0, 1.0]), np.eye(2))
    figures["difference"] = np.stack([(low <= 0) & (high >= 0), high - low, value])
    few = ratio.clusters < ENOUGH_DOCUMENTS
    figures["stance given"][:, few] = np.nan
    return figures


def labelled_parts(labelled: Labelled) -> tuple[NDArray, NDArray, NDArray]:
    """Return what does not depend on what is counted."""
    return labelled.group, labelled.cluster, labelled.decided


@dataclass(frozen=True)
class Pool:
    """Groups whose shares are corrected by common error rates.

    scatter: standard deviation of the groups' rates of finding; a third of it, of false claims.
    odd: by how much less is found in the first group, which breaks the assumption.
    """

    name: str
    groups: int
    labels: int
    scatter: float = 0.0
    odd: float = 0.0
    documents: int = 60
    size: int = 8
    shares: tuple[float, float] = (0.05, 0.5)


POOLS = (
    Pool("alike, 10 groups, 400 labels", 10, 400),
    Pool("alike, 40 groups, 400 labels", 40, 400, documents=30),
    Pool("alike, rare frames, 10 groups, 400 labels", 10, 400, shares=(0.02, 0.1)),
    Pool("scattered, 10 groups, 400 labels", 10, 400, scatter=0.1),
    Pool("scattered, 40 groups, 1,000 labels", 40, 1000, scatter=0.1, documents=30),
    Pool("one odd group of 10, 400 labels", 10, 400, odd=0.4),
)


def simulate_pool(pool: Pool, repeats: int, seed: int) -> dict[str, Any]:
    """Return how often pooled intervals hold the groups' shares, and those of the first group."""
    chance = np.random.default_rng(seed)
    held, first, width, naive, unusable = [], [], [], [], 0
    for _ in range(repeats):
        shares, scored, labelled = _pool_drawn(pool, chance)
        each = np.arange(len(labelled.group))  # every label is a text of its own
        rates = errors(labelled, FRAME[:2], labelled.cluster, each)
        counted = count(scored, FRAME[:2])
        if not rates.usable:
            unusable += 1
            continue
        low, high = rates.limits(counted)
        inside = (low <= shares) & (shares <= high)
        held.append(inside.mean())
        first.append(inside[0])
        width.append((high - low).mean())
        low, high = counted.limits()
        naive.append(((low <= shares) & (shares <= high)).mean())
    return {
        "setting": asdict(pool), "repeats": repeats, "covers": float(np.mean(held)),
        "first": float(np.mean(first)), "width": float(np.mean(width)),
        "naive": float(np.mean(naive)), "unusable": unusable / repeats,
    }  # fmt: skip


def _pool_drawn(pool: Pool, chance: np.random.Generator) -> tuple[NDArray, Scored, Labelled]:
    groups, docs = pool.groups, pool.documents
    shares = chance.uniform(*pool.shares, groups)
    found = np.clip(0.7 + pool.scatter * chance.standard_normal(groups), 0.05, 0.99)
    found[0] -= pool.odd
    claimed = np.clip(0.04 + pool.scatter / 3 * chance.standard_normal(groups), 0.002, 0.5)
    owner = np.repeat(np.arange(groups), docs)
    mean = chance.beta(shares[owner] * 9, (1 - shares[owner]) * 9)
    cluster = np.repeat(np.arange(groups * docs), pool.size)
    group = owner[cluster]
    truth = chance.random(len(cluster)) < mean[cluster]
    rate = np.where(truth, found[group], claimed[group])
    decided = (chance.random(len(cluster)) < rate).astype(np.int8)
    chosen = chance.choice(len(cluster), pool.labels, replace=False)
    labelled = Labelled(
        group[chosen], cluster[chosen], decided[chosen], truth[chosen], np.ones(len(chosen))
    )
    return shares, Scored(group, cluster, owner, decided, groups), labelled


def table(figures: dict[str, Any]) -> str:
    """Return the figures as the tables of decision 21."""
    lines = [
        "| true share, labelled of scored | naive covers | corrected covers | its length "
        "| labels alone cover | length | stance covers | given the frame | difference |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for own in figures["own"]:
        cells = [_percent(own["naive"]["covers"])]
        for name in ("corrected", "labels alone"):
            cells += [_percent(own[name]["covers"]), f"{100 * own[name]['width']:.1f}"]
        cells.append(_percent(own["stance"]["covers"]))
        ratio = own["stance given"]
        cells.append(_percent(ratio["covers"]) if ratio else "too few labels")
        cells.append(_percent(own["difference"]["covers"]))
        lines.append(f"| {_named(own['setting'])} | {' | '.join(cells)} |")
    lines += ["", "| pooled | naive covers | pooled covers | the first group | its length |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for own in figures["pooled"]:
        cells = [_percent(own[name]) for name in ("naive", "covers", "first")]
        name = own["setting"]["name"]
        lines.append(f"| {name} | {' | '.join(cells)} | {100 * own['width']:.1f} |")
    return "\n".join(lines)


def plot(figures: dict[str, Any]) -> str:
    """Return the coverage of every setting as a plot."""
    rows = figures["own"]

    def draw_on(axes: Any) -> None:
        axes.axvspan(*(100 * end for end in KNOWN), color=INK, alpha=0.1, linewidth=0)
        for name, marker, fill in (
            ("corrected", "o", INK), ("naive", "x", INK), ("labels alone", "s", "none"),
        ):  # fmt: skip
            axes.plot(
                [100 * row[name]["covers"] for row in rows], range(len(rows)), marker,
                color=INK, markerfacecolor=fill, markersize=5, label=name, clip_on=False,
            )  # fmt: skip
        axes.set_yticks(range(len(rows)), [_named(row["setting"]) for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set(xlim=(0, 100), xlabel="% of 95% intervals that hold the true share")
        axes.grid(axis="x")
        axes.tick_params(length=0)
        axes.legend(frameon=False, loc="center", handletextpad=0.2)

    title = "How often 95% intervals hold the true share"
    return alone(drawing("coverage", title, (7.4, 6.6), draw_on))


def _named(setting: dict[str, Any]) -> str:
    own = Setting(**{k: tuple(v) if isinstance(v, list) else v for k, v in setting.items()})
    plain = Setting(own.share, own.labels, own.documents, own.size, own.alike, own.whole)
    extra = ""
    if (own.found, own.claimed) != (plain.found, plain.claimed):
        extra = ", good classifier" if own.found[0] > 0.9 else ", poor classifier"
    return own.name + extra


def _percent(value: float) -> str:
    return f"{100 * value:.1f}%"


def refresh(progress: Callable[[str], None] = print) -> None:
    """Simulate all settings, and write figures and plot."""
    figures = {"own": list(_own(progress)), "pooled": list(_pooled(progress))}
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    PLOT.write_text(plot(figures), "utf-8")
    progress(table(figures))


def _own(progress: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    for place, setting in enumerate(SETTINGS):
        progress(setting.name)
        yield simulate(setting, REPEATS, SEED + place)


def _pooled(progress: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    for place, pool in enumerate(POOLS):
        progress(pool.name)
        yield simulate_pool(pool, POOLED_REPEATS, SEED + place)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    refresh()
