"""Whether two models' single decisions differ beyond chance: McNemar's exact test, by frame.

Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
percentages", Psychometrika 12, 1947; recommended for two classifiers on one test set by T. G.
Dietterich, "Approximate statistical tests for comparing supervised classification learning
algorithms", Neural Computation 10, 1998.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np
from scipy.stats import binomtest

from eval.judge import Judged

SIGNIFICANT = 0.05


class McNemar(TypedDict):
    """The test on one frame's decisions.

    `n_better` counts the texts on which the challenger is right and the champion wrong, `n_worse`
    those the other way round. `p_corrected` is `p` after Holm's correction over the frames.
    """

    n_better: int
    n_worse: int
    p: float
    p_corrected: float


def mcnemar(challenger: Judged, champion: Judged) -> dict[str, McNemar]:
    """Test every frame's decisions, present or absent, of two judgements of the same rows.

    Only texts on which one is right and the other wrong count; were both equally good, each would
    be as likely to go one way as the other, so `n_better` follows a binomial distribution with
    probability 1/2. p is two-sided and exact.

    The test takes texts to be independent. Paragraphs of one document are not: they share subject
    and hand, a model is right or wrong on several at a time, and p comes out too small. It also
    weighs a frame found in vain like one missed, where F1 does not. So it says where two models
    differ, and the bootstrap by document is what the gate goes by.
    """
    wrong, other = (judged.gold != judged.predicted for judged in (challenger, champion))
    better, worse = (~wrong & other).sum(axis=0), (wrong & ~other).sum(axis=0)
    p = [_p(int(b), int(w)) for b, w in zip(better, worse, strict=True)]
    return {
        name: McNemar(n_better=int(b), n_worse=int(w), p=raw, p_corrected=corrected)
        for name, b, w, raw, corrected in zip(
            challenger.codebook.frame_names, better, worse, p, holm(p), strict=True
        )
    }


def holm(p: Sequence[float]) -> list[float]:
    """Correct p-values for their number, in the order given.

    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6, 1979: the chance that any is below a level by chance alone is at most that level,
    however they depend on each other.
    """
    order = np.argsort(p, kind="stable")
    stepped = np.asarray(p)[order] * np.arange(len(p), 0, -1)
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return corrected.tolist()


def in_words(found: Mapping[str, McNemar]) -> str:
    """Say on which frames the decisions differ beyond chance, and how."""
    parts = [
        f"{'better' if own['n_better'] > own['n_worse'] else 'worse'} on {name} (only this model "
        f"right on {own['n_better']}, only the other on {own['n_worse']}, "
        f"p {_shown(own['p_corrected'])})"
        for name, own in found.items()
        if own["p_corrected"] < SIGNIFICANT
    ]
    if not parts:
        return "the decisions differ beyond chance on no frame"
    return f"the decisions are, beyond chance, {', '.join(parts)}"


def _shown(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def _p(better: int, worse: int) -> float:
    differing = better + worse
    return float(binomtest(better, differing).pvalue) if differing else 1.0
