"""Multi-label frames: F1 macro, micro and per frame, precision, recall, average precision."""

import datasets
import evaluate
import numpy as np
from sklearn.metrics import average_precision_score, f1_score, precision_recall_fscore_support

DESCRIPTION = """Scores of a multi-label classifier of frames, by scikit-learn. A frame without a
positive in the references is null and left out of the means over frames."""

INPUTS = """
Args:
    predictions: list of lists of 0 or 1, one row per paragraph, one column per frame.
    references: the same shape, from the gold labels.
    scores: the same shape, the probability of each frame.
    names: names of the frames, in the order of the columns.
Returns:
    macro_f1, micro_f1, mean_average_precision (each a float or None), and per_frame: for each name
    None or f1, precision, recall, average_precision and support.
"""


class Frames(evaluate.Metric):
    """`per_frame` and means over the frames that the references mark at least once."""

    def _info(self):
        flags = datasets.Sequence(datasets.Value("int8"))
        scores = datasets.Sequence(datasets.Value("float64"))
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation="",
            inputs_description=INPUTS,
            features=datasets.Features(
                {"predictions": flags, "references": flags, "scores": scores}
            ),
        )

    def _compute(self, predictions, references, scores, names):
        # scikit-learn reads one column alone as two classes, not as one label.
        gold, predicted = (np.pad(marks, ((0, 0), (0, 1))) for marks in (references, predictions))
        ranked, labels = np.asarray(scores), range(len(names))
        precision, recall, f1, support = precision_recall_fscore_support(
            gold, predicted, labels=labels, average=None, zero_division=0
        )
        per_frame: dict = {}
        for column, name in enumerate(names):
            per_frame[name] = None
            if support[column]:
                per_frame[name] = {
                    "f1": float(f1[column]),
                    "precision": float(precision[column]),
                    "recall": float(recall[column]),
                    "average_precision": float(
                        average_precision_score(gold[:, column], ranked[:, column])
                    ),
                    "support": int(support[column]),
                }
        return {"per_frame": per_frame, **self._means(gold, predicted, per_frame.values())}

    def _means(self, gold, predicted, frames):
        marked = [frame for frame in frames if frame]
        if not marked:
            return {"macro_f1": None, "micro_f1": None, "mean_average_precision": None}
        micro = f1_score(gold, predicted, average="micro", zero_division=0)
        return {
            "macro_f1": float(np.mean([frame["f1"] for frame in marked])),
            "micro_f1": float(micro),
            "mean_average_precision": float(
                np.mean([frame["average_precision"] for frame in marked])
            ),
        }
