"""Expected calibration error over ten bins of equal width."""

import datasets
import evaluate
import numpy as np
from sklearn.calibration import calibration_curve

DESCRIPTION = """Expected calibration error: how far, on average, a score lies from the share of
cases in which it is right. Ten bins of equal width, each closed on the right, weighted by how many
scores fall into them (Naeini et al. 2015; Guo et al. 2017). Curve by scikit-learn."""

CITATION = """Naeini, Cooper, Hauskrecht 2015, Obtaining well calibrated probabilities using
Bayesian binning, AAAI. Guo, Pleiss, Sun, Weinberger 2017, On calibration of modern neural
networks, ICML."""

INPUTS = """
Args:
    predictions: scores in 0..1, all frames of all paragraphs in one list.
    references: 1 where the frame is marked in the gold label, else 0.
Returns:
    ece, a float, and bins: for each bin that is not empty low, high, n, the mean score and the
    share of positives.
"""

BINS = 10


class Calibration(evaluate.Metric):
    """One item is one score."""

    def _info(self):
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation=CITATION,
            inputs_description=INPUTS,
            features=datasets.Features(
                {"predictions": datasets.Value("float64"), "references": datasets.Value("int8")}
            ),
        )

    def _compute(self, predictions, references):
        edges = np.linspace(0, 1, BINS + 1)
        share, score = calibration_curve(references, predictions, pos_label=1, n_bins=BINS)
        sizes = np.bincount(np.searchsorted(edges[1:-1], predictions), minlength=BINS)
        used = np.flatnonzero(sizes)
        weights = sizes[used] / sizes.sum()
        bins = [
            {
                "low": float(edges[place]),
                "high": float(edges[place + 1]),
                "n": int(sizes[place]),
                "score": float(mean),
                "share": float(part),
            }
            for place, mean, part in zip(used, score, share, strict=True)
        ]
        return {"ece": float(np.sum(weights * np.abs(share - score))), "bins": bins}
