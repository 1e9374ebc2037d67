"""Stance given the frame: accuracy, and F1 macro over the stances that the references hold."""

import datasets
import evaluate
from sklearn.metrics import accuracy_score, f1_score

DESCRIPTION = """Stance toward a frame's claim, over the frames that the gold labels mark, whether
or not the model marked them, by scikit-learn."""

INPUTS = """
Args:
    predictions: position of the stance with the highest score, one per frame marked in gold; -1
        where the model gave none.
    references: position of the stance in the gold label.
Returns:
    accuracy, and macro_f1 over the stances that occur in the references.
"""


class Stance(evaluate.Metric):
    """One item is one frame of one paragraph."""

    def _info(self):
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation="",
            inputs_description=INPUTS,
            features=datasets.Features(
                {"predictions": datasets.Value("int64"), "references": datasets.Value("int64")}
            ),
        )

    def _compute(self, predictions, references):
        present = sorted(set(references))
        macro = f1_score(references, predictions, labels=present, average="macro", zero_division=0)
        return {
            "accuracy": float(accuracy_score(references, predictions)),
            "macro_f1": float(macro),
        }
