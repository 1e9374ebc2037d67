"""Hugging Face `evaluate` modules, and their values for a judgement.

Each module is a folder that `evaluate.load` reads by its path, without a network.
"""

from __future__ import annotations

import functools
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import evaluate

    from eval.judge import Judged

MODULES = ("frames", "stance", "joint", "calibration")


@functools.cache
def load(name: str) -> evaluate.EvaluationModule:
    """Return one of `MODULES`, loaded by `evaluate.load` from the folder of that name here."""
    import evaluate

    path = Path(__file__).parent / name / f"{name}.py"
    with _own_cache(evaluate) as cache:
        return evaluate.load(str(path), cache_dir=cache, keep_in_memory=True)


def measure(judged: Judged) -> dict[str, Any]:
    """Return the values of every module that has something to measure, by the module's name.

    `stance` is missing where no gold label has a stance, `joint` where the codebook has none.
    """
    names = list(judged.codebook.frame_names)
    gold, predicted, scores = judged.gold, judged.predicted, judged.scores
    values = {
        "frames": load("frames").compute(
            predictions=predicted.astype(int).tolist(),
            references=gold.astype(int).tolist(),
            scores=scores.tolist(),
            names=names,
        ),
        "calibration": load("calibration").compute(
            predictions=scores.ravel().tolist(), references=gold.ravel().astype(int).tolist()
        ),
    }
    if judged.codebook.stances:
        served = np.where(predicted, judged.stance, -1)
        values["joint"] = load("joint").compute(
            predictions=served.tolist(), references=judged.gold_stance.tolist()
        )
        if gold.any():
            values["stance"] = load("stance").compute(
                predictions=judged.stance[gold].tolist(),
                references=judged.gold_stance[gold].tolist(),
            )
    return values


@contextmanager
def _own_cache(evaluate) -> Iterator[str]:
    """Give `evaluate.load` a folder for its copy of the code that is gone when it has read it.

    It would copy to the user's home, and import from the first folder it ever copied to.
    """
    kept_folder, kept_path = evaluate.config.HF_MODULES_CACHE, list(sys.path)
    kept_modules = _taken_out(evaluate.config.MODULE_NAME_FOR_DYNAMIC_MODULES)
    try:
        with tempfile.TemporaryDirectory(prefix="framescope-metrics-") as folder:
            evaluate.config.HF_MODULES_CACHE = folder
            yield folder
    finally:
        evaluate.config.HF_MODULES_CACHE = kept_folder
        sys.path[:] = kept_path
        _taken_out(evaluate.config.MODULE_NAME_FOR_DYNAMIC_MODULES)
        sys.modules.update(kept_modules)


def _taken_out(package: str) -> dict[str, Any]:
    names = [name for name in sys.modules if name == package or name.startswith(f"{package}.")]
    return {name: sys.modules.pop(name) for name in names}
