"""A model's raw outputs, the same for every kind of model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from labels.codebook import Codebook

if TYPE_CHECKING:
    from labels.snapshot import Labelled


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


class Shares(NamedTuple):
    """frames: (n_texts, n_frames), the share of annotators who marked a frame, 0 or 1 of a label.

    stances: (n_texts, n_frames, n_stances), the share who marked it with that stance; float32.
    """

    frames: NDArray[np.float32]
    stances: NDArray[np.float32]

    def take(self, rows: Sequence[int]) -> "Shares":
        """Return the shares of some of the texts."""
        return Shares(self.frames[rows], self.stances[rows])


def shares(rows: Sequence["Labelled"], codebook: Codebook, soft: bool) -> Shares:
    """Turn what rows teach into arrays in the codebook's order: soft labels, or the labels alone.

    A row without a soft label, and with a label, is taken by that. The stances of a frame that
    fewer than half marked teach nothing: who sees a frame where there is none makes up its stance.
    """
    places = {name: place for place, name in enumerate(codebook.outputs)}
    found = np.zeros((len(rows), len(places)), dtype=np.float32)
    for number, row in enumerate(rows):
        own = row.shares if soft and row.shares else _whole(row)
        for name, share in own.items():
            frame = name.partition(":")[0]
            if frame == name or own[frame] >= 0.5:
                found[number, places[name]] = share
    return Shares(*split_outputs(found, codebook))


def _whole(row: "Labelled") -> dict[str, float]:
    stances = [f"{frame}:{stance}" for frame, stance in row.frames.items() if stance is not None]
    return dict.fromkeys([*row.frames, *stances], 1.0)


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
