"""Frame and stance together: micro-F1 where a hit needs both right."""

import datasets
import evaluate
import numpy as np
from sklearn.metrics import f1_score

DESCRIPTION = """Micro-F1 over pairs of frame and stance, by scikit-learn: a frame that is marked
rightly with the wrong stance is one pair too many and one pair missed."""

INPUTS = """
Args:
    predictions: list of lists, one row per paragraph, one column per frame: the position of the
        stance, or -1 where the frame is not marked.
    references: the same shape, from the gold labels.
Returns:
    micro_f1, a float, or None where the references mark nothing.
"""


class Joint(evaluate.Metric):
    """One item is one paragraph."""

    def _info(self):
        stances = datasets.Sequence(datasets.Value("int64"))
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation="",
            inputs_description=INPUTS,
            features=datasets.Features({"predictions": stances, "references": stances}),
        )

    def _compute(self, predictions, references):
        gold, predicted = np.asarray(references), np.asarray(predictions)
        if (gold < 0).all():
            return {"micro_f1": None}
        # One more than occur: scikit-learn reads one column alone as two classes.
        stances = np.arange(max(gold.max(), predicted.max()) + 2)
        pairs = [
            (marks[..., None] == stances).reshape(len(marks), -1) for marks in (gold, predicted)
        ]
        return {"micro_f1": float(f1_score(*pairs, average="micro", zero_division=0))}
