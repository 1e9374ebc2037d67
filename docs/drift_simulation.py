"""How often texts are called unlike that are alike, and that are not.

    python -m docs.drift_simulation

Writes docs/drift.json, the figures of decision 22, and prints its table. On the starter corpus,
with scores of the linear model out of fold. A quarter of an hour on one core.
"""

import argparse
import codecs
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docs.make import DOCS
from eval.drift.compare import ALIKE, CLEAR, LEVELS, compare
from eval.drift.sample import Reference, Scored, Scores, Texts
from labels.codebook import Codebook, load_codebook
from labels.language import language_of_row
from labels.snapshot import Labelled, take_rows
from labels.split import TEST_SHARE
from labels.starter import STARTER, starter_rows
from training.bundle import BASELINE, Calibration, HeldOut, Manifest, Member
from training.config import TrainConfig
from training.out_of_fold import out_of_fold
from training.progress import Progress

FIGURES = DOCS / "drift.json"
N = 300
"""Texts of either side; a document has six."""

SIZE = 6
REPEATS, REPEATS_DRIFTED = 200, 20

Draw = Callable[[np.random.Generator], tuple[Sequence[int], Sequence[int]]]
"""Gives the positions of texts here and in the training."""


class Corpus:
    """The starter corpus with scores: what the simulation draws from."""

    def __init__(self, rows: Sequence[Labelled], scores: NDArray, codebook: Codebook) -> None:
        self.rows, self.scores, self.codebook = rows, scores, codebook
        self.languages = np.array([language_of_row(row.lang, row.text) for row in rows])
        by_id = {one["id"]: one for one in map(json.loads, _paragraphs())}
        self.registers = np.array([by_id[row.id or ""].get("register") or "" for row in rows])
        ordered = sorted(range(len(rows)), key=lambda place: rows[place].id or "")
        parts = [list(own) for _, own in groupby(ordered, lambda place: rows[place].source)]
        runs = [part[k : k + SIZE] for part in parts for k in range(0, len(part), SIZE)]
        self.documents = [run for run in runs if len(run) == SIZE]

    def compared(
        self, here: Sequence[int], there: Sequence[int], seed: int, groups: Mapping[int, str],
        written: Callable[[int], str] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Return the report on texts at some positions against others; `written` gives a text."""
        own = Scored(
            self._texts(here, groups, written), self._scores(here, groups), "text", len(here), 0, 0
        )
        other = Reference(
            manifest(self.codebook),
            self._texts(there, groups),
            self._scores(there, groups),
            frozenset(),
        )
        return compare(own, other, seed).report

    def _texts(
        self,
        places: Sequence[int],
        groups: Mapping[int, str],
        written: Callable[[int], str] | None = None,
    ) -> Texts:
        return Texts(
            [written(place) if written else self.rows[place].text for place in places],
            [groups.get(place, str(place)) for place in places],
            [str(self.languages[place]) for place in places],
            np.zeros(len(places), dtype=bool),
        )

    def _scores(self, places: Sequence[int], groups: Mapping[int, str]) -> Scores:
        scores = self.scores[list(places)]
        near = np.abs(scores - 0.5) < 0.1
        names = [groups.get(place, str(place)) for place in places]
        return Scores(scores, scores >= 0.5, near, names)


def manifest(codebook: Codebook) -> Manifest:
    """Return a manifest that says no more than what drift asks of one."""
    member = Member(Calibration({}, (), {}), (), {})
    return Manifest(
        "simulated", "", codebook, {BASELINE: member}, None, "", "", "", {}, {}, "", HeldOut((), ())
    )


def _paragraphs() -> Iterator[str]:
    with (STARTER / "paragraphs.jsonl").open(encoding="utf-8") as file:
        yield from file


def corpus() -> Corpus:
    """Read the starter corpus and score it out of fold."""
    codebook = load_codebook()
    rows = take_rows(starter_rows(), codebook, TEST_SHARE).rows
    found = out_of_fold(rows, codebook, TrainConfig().seed, Progress())
    return Corpus(rows, found.frames, codebook)


def halves(found: Corpus) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield what is said of two halves of the same texts, by text and by document."""
    texts, naive, whole = [], [], []
    for seed in range(REPEATS):
        chance = np.random.default_rng(seed)
        drawn = chance.permutation(len(found.rows))[: 2 * N].tolist()
        texts.append(found.compared(drawn[:N], drawn[N:], seed, {}))
        picked = chance.permutation(len(found.documents))[: 2 * N // SIZE]
        places = [place for k in picked for place in found.documents[k]]
        groups = {place: f"d{k}" for k in picked for place in found.documents[k]}
        whole.append(found.compared(places[:N], places[N:], seed, groups))
        naive.append(found.compared(places[:N], places[N:], seed, {}))
    yield "halves, by text", texts
    yield "halves, by document of six", whole
    yield "the same, as if texts were independent", naive


def drifted(found: Corpus) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield what is said of texts that are other ones."""
    english = found.languages == "en"
    wire = np.array([name.startswith(("wire", "news")) for name in found.registers])
    speech = np.array(["speech" in name for name in found.registers])
    topic = np.array([_spies(row.text) for row in found.rows])
    everything = np.ones(len(english), dtype=bool)
    yield "three in ten not in English, of 15 in 100", _mixed(found, ~english, 0.3, everything)
    yield "news wires, against speeches", _mixed(found, wire, 1, speech)
    yield "surveillance, against texts without it", _mixed(found, topic, 1, ~topic & english)
    for share in (0.1, 0.2, 0.5):
        yield f"{share:.0%} in words unknown", _ciphered(found, share)


def _spies(text: str) -> bool:
    return any(word in text.lower() for word in ("surveil", "facial recognition", "spyware"))


def _mixed(found: Corpus, kind: NDArray, share: float, reference: NDArray) -> list[dict[str, Any]]:
    """`share` of the texts here are of a kind, the others of none, all against a reference."""
    reports = []
    for seed in range(REPEATS_DRIFTED):
        chance = np.random.default_rng(seed)
        of_kind, others = (chance.permutation(np.flatnonzero(own)) for own in (kind, ~kind))
        n = min(round(N * share), len(of_kind))
        here = [*of_kind[:n], *(others[: N - n] if share < 1 else ())]
        left = reference.copy()
        left[here] = False
        there = chance.permutation(np.flatnonzero(left))[:N]
        reports.append(found.compared([int(k) for k in here], there.tolist(), seed, {}))
    return reports


def _ciphered(found: Corpus, share: float) -> list[dict[str, Any]]:
    """`share` of the texts here have other letters for their own; the scores are the same."""
    english = np.flatnonzero(found.languages == "en")
    reports = []
    for seed in range(REPEATS_DRIFTED):
        drawn = np.random.default_rng(seed).permutation(english)[: 2 * N].tolist()
        foreign = set(drawn[: round(N * share)])

        def written(place: int, foreign: set[int] = foreign) -> str:
            text = found.rows[place].text
            return codecs.encode(text, "rot13") if place in foreign else text

        reports.append(found.compared(drawn[:N], drawn[N:], seed, {}, written))
    return reports


def summary(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how often each level is the verdict, and the mean effect on words."""
    levels = [report["verdict"]["level"] for report in reports]
    effects = {
        what: float(np.mean([_sign(report, what) for report in reports]))
        for what in ("words", "languages")
    }
    unlike = sum(level != ALIKE for level in levels)
    clear = sum(LEVELS.index(level) >= LEVELS.index(CLEAR) for level in levels)
    return {"repeats": len(levels), "unlike": unlike, "clear": clear, "effects": effects}


def _sign(report: Mapping[str, Any], what: str) -> float:
    return next(sign["effect"]["value"] for sign in report["signs"] if sign["what"] == what)


def refresh() -> None:
    """Simulate, and write the figures."""
    found = corpus()
    figures = {}
    for part in (drifted, halves):
        for name, reports in part(found):
            figures[name] = own = summary(reports)
            effects = " | ".join(f"{value:.2f}" for value in own["effects"].values())
            cells = f"{own['repeats']} | {own['unlike']} | {own['clear']} | {effects}"
            print(f"| {name} | {cells} |", flush=True)
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0]).parse_args()
    refresh()
