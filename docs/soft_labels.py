"""Majority against soft labels, with simulated annotators: `python -m docs.soft_labels`.

The starter corpus's labels are taken for the truth. Annotators read each text with errors: on hard
decisions, those where a linear model that has not seen the text is unsure, often; else seldom. The
linear model is then fitted on what they say, and judged on the truth of other texts.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.metrics import average_precision_score

from labels.codebook import Codebook, load_codebook
from labels.outcome import table
from labels.rows import LabelledRow
from labels.snapshot import Labelled, Snapshot, take_rows
from labels.split import deal
from labels.starter import starter_rows
from training.baseline import fit_baseline
from training.logits import Logits, split_outputs, targets

HARD = (0.4, 0.6)
"""Scores between which a decision counts as hard."""

SELDOM, OFTEN = 0.02, 0.3
"""How often an annotator is wrong about a frame where it is easy, and where it is hard."""

OTHER_STANCE = 0.2
"""How often an annotator who marks a frame takes another stance than the true one."""

WAYS = ("majority", "soft, undisputed texts", "soft, all texts", "majority, disputed soft")


class Judgement(NamedTuple):
    """Mean average precision of frames, and accuracy of stances where a frame is there."""

    precision: float
    stance: float


def main() -> None:
    """Run the simulation and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=600, help="to fit on (default: 600)")
    parser.add_argument("--runs", type=int, default=3, help="default: 3")
    args = parser.parse_args()
    rows: list[tuple[str, ...]] = [
        ("annotators", "disputed", "fitted on", "average precision", "stance accuracy")
    ]
    truth = take_rows(starter_rows(), load_codebook(), 0.2)
    for n_annotators in (2, 3, 5):
        found = [simulate(truth, args.texts, n_annotators, seed) for seed in range(args.runs)]
        rows += _rows(n_annotators, found)
    print("\n".join(table(rows)))


def simulate(
    truth: Snapshot, n_texts: int, n_annotators: int, seed: int
) -> tuple[int, dict[str, Judgement]]:
    """Return how many texts were disputed, and how good a model is that was fitted each way."""
    rng = np.random.default_rng(seed)
    english = [row for row in truth.train if row.lang == "en"]
    chosen = [english[place] for place in rng.permutation(len(english))[:n_texts]]
    test = [row for row in truth.test if row.lang == "en"]
    hard = hard_decisions(chosen, truth.codebook, seed)
    given = answers(chosen, hard, truth.codebook, n_annotators, rng)
    labelled = take_rows(given, truth.codebook, 0.0)
    return len(labelled.disputed), {
        way: _judged(rows, truth.codebook, test, way != "majority", seed)
        for way, rows in zip(WAYS, _rows_of(labelled), strict=True)
    }


def hard_decisions(rows: Sequence[Labelled], codebook: Codebook, seed: int) -> NDArray[np.bool_]:
    """Which frames of which texts are hard, (n_texts, n_frames), by out-of-fold scores."""
    fold = np.array(deal([row.group for row in rows], 3, "hard1"))
    found = np.zeros((len(rows), len(codebook.frames)), bool)
    for k in range(3):
        own = [row for row, place in zip(rows, fold, strict=True) if place != k]
        texts = [row.text for row, place in zip(rows, fold, strict=True) if place == k]
        outputs = fit_baseline(own, codebook, seed).outputs(texts)[0]
        scores = expit(split_outputs(outputs, codebook).frames)
        found[fold == k] = (scores > HARD[0]) & (scores < HARD[1])
    return found


def answers(
    rows: Sequence[Labelled],
    hard: NDArray[np.bool_],
    codebook: Codebook,
    n_annotators: int,
    rng: np.random.Generator,
) -> Iterator[LabelledRow]:
    """Yield what each annotator says of each text. `hard`: (n_texts, n_frames)."""
    for row, own in zip(rows, hard, strict=True):
        wrong = rng.random((n_annotators, len(own))) < np.where(own, OFTEN, SELDOM)
        for number in range(n_annotators):
            frames: dict[str, str | None] = {}
            for frame, mistaken in zip(codebook.frame_names, wrong[number], strict=True):
                if (frame in row.frames) != mistaken:
                    frames[frame] = _stance(row.frames.get(frame), codebook, rng)
            yield LabelledRow(row.text, frames, f"annotator {number}", document=row.group)


def _stance(true: str | None, codebook: Codebook, rng: np.random.Generator) -> str:
    names = codebook.stance_names
    if true is not None and rng.random() >= OTHER_STANCE:
        return true
    return str(rng.choice([name for name in names if name != true]))


def _rows_of(labelled: Snapshot) -> Iterator[list[Labelled]]:
    yield list(labelled.rows)
    yield list(labelled.rows)
    yield [*labelled.rows, *labelled.contested]
    yield [*(replace(row, shares={}) for row in labelled.rows), *labelled.contested]


def _judged(
    rows: Sequence[Labelled], codebook: Codebook, test: Sequence[Labelled], soft: bool, seed: int
) -> Judgement:
    outputs = fit_baseline(rows, codebook, seed, soft).outputs([row.text for row in test])[0]
    logits, gold = split_outputs(outputs, codebook), targets([row.frames for row in test], codebook)
    return Judgement(
        float(average_precision_score(gold.frames, logits.frames, average="macro")),
        _stance_accuracy(logits, gold.stances),
    )


def _stance_accuracy(logits: Logits, gold: NDArray[np.int64]) -> float:
    return float((logits.stances.argmax(axis=2) == gold)[gold >= 0].mean())


def _rows(
    n_annotators: int, found: Sequence[tuple[int, dict[str, Judgement]]]
) -> Iterator[tuple[str, ...]]:
    disputed = np.mean([n for n, _ in found])
    for way in WAYS:
        cells = []
        for measure in Judgement._fields:
            own = np.array([getattr(judged[way], measure) for _, judged in found])
            over = own - [getattr(judged[WAYS[0]], measure) for _, judged in found]
            more = "" if way == WAYS[0] else f" ({over.mean():+.3f}, sd {over.std(ddof=1):.3f})"
            cells.append(f"{own.mean():.3f}{more}")
        yield (str(n_annotators), f"{disputed:.0f}", way, *cells)


if __name__ == "__main__":
    main()
