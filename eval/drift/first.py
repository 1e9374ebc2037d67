"""Which texts to label first: those the model has seen nothing like, and is unsure of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from eval.drift.domain import Domain
from eval.drift.sample import is_true
from eval.pool import PoolText, TextPool
from eval.strategies import uncertainty
from eval.suggest import Suggestion
from labels.codebook import Codebook
from labels.rows import SUGGESTED
from labels.split import TRAIN
from serving.corpus.columns import PRESENT, STANCE, added_columns
from training.bundle import Manifest


def first(pool: TextPool, domain: Domain, manifest: Manifest, n: int) -> list[Suggestion]:
    """Choose n texts of a pool, the most useful first; fewer where there are fewer.

    A text's use is its unlikeness (the share of training texts that the domain classifier finds
    less unlike) times the model's uncertainty, the mean over frames of how near the score is to the
    threshold. One text of each document is taken before a second of any. Texts on the test side
    are left out: a label on them would be wasted, as `eval.suggest` says.
    """
    texts = [one for one in pool.texts if one.side == TRAIN and not one.cells.get("error")]
    if not texts:
        return []
    names = manifest.codebook.frame_names
    decisions = manifest.members[manifest.main].decisions
    thresholds = np.clip([one.threshold for one in decisions], 0.01, 0.99)
    scores = np.array([[float(one.cells[name]) for name in names] for one in texts])
    unsure = uncertainty(scores, thresholds)
    unlike = domain.unlikeness([one.text for one in texts])
    use = unlike * unsure.mean(axis=1)
    order = _spread([_document(one) for one in texts], np.argsort(-use, kind="stable").tolist())
    found = []
    for place in order[:n]:
        k = int(unsure[place].argmax())
        why = (
            f"more unlike than {unlike[place]:.0%} of the training texts; "
            f"{names[k]} at {scores[place, k]:.2f}, threshold {thresholds[k]:.2f}"
        )
        found.append(_suggestion(texts[place], why, manifest.codebook))
    return found


def _spread(documents: Sequence[str], order: Sequence[int]) -> list[int]:
    """Return positions in an order in which each document has its n-th turn before any n + 1st."""
    turns: dict[str, int] = defaultdict(int)
    placed = []
    for rank, place in enumerate(order):
        placed.append((turns[documents[place]], rank, place))
        turns[documents[place]] += 1
    return [place for _, _, place in sorted(placed)]


def _document(text: PoolText) -> str:
    return str(text.cells.get("document") or text.text_id)


def _suggestion(text: PoolText, why: str, codebook: Codebook) -> Suggestion:
    present = [name for name in codebook.frame_names if is_true(text.cells[name + PRESENT])]
    frames = {name: text.cells.get(name + STANCE) or None for name in present}
    return Suggestion(replace(text, cells=_given(text.cells, codebook)), SUGGESTED, why, frames)


def _given(cells: Mapping[str, Any], codebook: Codebook) -> dict[str, Any]:
    """The columns that the row had before it was scored, and the names found in it."""
    added = added_columns(codebook, named=False)
    return {name: value for name, value in cells.items() if name not in added}
