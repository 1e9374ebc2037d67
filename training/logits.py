"""A model's raw outputs, the same for every kind of model."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labels.codebook import Codebook


class Logits(NamedTuple):
    """frames: (n_texts, n_frames); stances: (n_texts, n_frames, n_stances), floating point.

    n_stances is 0 where the codebook has no stances.
    """

    frames: NDArray[np.floating]
    stances: NDArray[np.floating]

    def take(self, rows: Sequence[int]) -> "Logits":
        """Return the logits of some of the texts."""
        return Logits(self.frames[rows], self.stances[rows])


def joined(found: Sequence[Logits]) -> Logits:
    """Return the logits of several lots of texts, one after the other."""
    return Logits(
        np.concatenate([own.frames for own in found]),
        np.concatenate([own.stances for own in found]),
    )


def split_outputs(outputs: NDArray, codebook: Codebook) -> Logits:
    """Split (n_texts, n_frames + n_frames * n_stances), in the order of `Codebook.outputs`."""
    n_frames, n_stances = len(codebook.frames), len(codebook.stances)
    frames = np.ascontiguousarray(outputs[:, :n_frames], dtype=np.float32)
    stances = np.asarray(outputs[:, n_frames:], dtype=np.float32)
    return Logits(frames, stances.reshape(len(outputs), n_frames, n_stances))


class Targets(NamedTuple):
    """frames: (n_texts, n_frames), 0 or 1; stances: (n_texts, n_frames), a stance's position or -1.

    -1 stands where the frame is absent, or the codebook has no stances.
    """

    frames: NDArray[np.int64]
    stances: NDArray[np.int64]

    def take(self, rows: Sequence[int]) -> "Targets":
        """Return the targets of some of the texts."""
        return Targets(self.frames[rows], self.stances[rows])


def targets(labels: list, codebook: Codebook) -> Targets:
    """Turn labels (each a map of frame to stance) into arrays in the codebook's order."""
    frames = np.zeros((len(labels), len(codebook.frames)), dtype=np.int64)
    stances = np.full_like(frames, -1)
    for row, label in enumerate(labels):
        for frame, stance in label.items():
            column = codebook.frame_names.index(frame)
            frames[row, column] = 1
            if stance is not None:
                stances[row, column] = codebook.stance_names.index(stance)
    return Targets(frames, stances)
