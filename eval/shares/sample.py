"""The labelled sample that shares are corrected with: drawn at random, and new to the model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.lineage import trained_on
from eval.shares.reading import SEEN
from eval.shares.sources import SharesError
from labels.codebook import Codebook
from labels.errors import FramescopeError
from labels.formats.files import read_labels
from labels.resolve import latest, resolve
from labels.rows import RANDOM, SUGGESTED, Frames, LabelledRow, read_row
from labels.snapshot import take
from labels.store import Store
from training.registry import Registry, find_bundle


class Marked(NamedTuple):
    """A text and its resolved label."""

    text_id: str
    frames: Frames


@dataclass(frozen=True, slots=True)
class Sample:
    """Labelled texts by id, and how many were left out and why.

    seen: ids of the texts that the model was trained on.
    """

    codebook: Codebook
    rows: tuple[Marked, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()

    @property
    def wanted(self) -> dict[str, int]:
        """Text id to place, or to `SEEN`."""
        places = {row.text_id: place for place, row in enumerate(self.rows)}
        return {**places, **dict.fromkeys(self.seen, SEEN)}

    def truth(self, frame: str, stances: Sequence[str]) -> NDArray[np.int8]:
        """0 where the frame is absent, else 1 + the place of its stance: (L,)."""
        places = {name: 1 + place for place, name in enumerate(stances)}
        marks = [row.frames.get(frame, "") if frame in row.frames else "" for row in self.rows]
        return np.array([0 if m == "" else places.get(m or "", 1) for m in marks], dtype=np.int8)


def from_store(store: Store) -> Sample:
    """Return the texts of the store that were drawn at random to be labelled."""
    found = take(store)
    rows = {row.text_id: (row.frames, row.sampled) for row in found.rows}
    left = {"in dispute": len(found.disputed), "on both sides of the split": len(found.bridges)}
    return _drawn(store.codebook, rows, left)


def from_rows(rows: Iterable[LabelledRow], codebook: Codebook, trusted: bool = False) -> Sample:
    """Return the texts drawn at random among labelled rows, resolved to one label each.

    trusted: all were, also where the row does not say so.
    """
    listed = list(rows)
    store = Store.open("sqlite://", codebook)
    store.add(listed)
    sampled = {row.text_id: RANDOM if trusted else row.sampled for row in listed}
    sampled |= {row.text_id: row.sampled for row in listed if row.sampled}
    sampled |= {row.text_id: RANDOM for row in listed if row.sampled == RANDOM}
    with store.reading() as connection:
        answers = latest(store.answers(connection))
    labels = {key: resolve(own, codebook) for key, own in answers.items()}
    found = {k: (one.frames, sampled[k]) for k, one in labels.items() if not one.disputed}
    return _drawn(codebook, found, {"in dispute": len(labels) - len(found)})


def read_sample(labels: Any, codebook: Codebook, trusted: bool = False) -> Sample:
    """Return the sample in a file of labelled rows, or in a table of such.

    Raises:
        LabelError: naming every problem of the file.
        SharesError: naming the first problem of the table.
    """
    if isinstance(labels, str | Path):
        return from_rows(read_labels(Path(labels), codebook), codebook, trusted)
    import pyarrow as pa

    rows = []
    for place, raw in enumerate(pa.RecordBatchReader.from_stream(labels).read_all().to_pylist()):
        frames = raw.get("frames")
        if isinstance(frames, dict):  # Arrow gives every row each frame that any row has
            raw["frames"] = {frame: stance for frame, stance in frames.items() if stance}
        elif isinstance(frames, list) and frames and isinstance(frames[0], tuple):
            raw["frames"] = dict(frames)
        row, problems = read_row(raw, codebook)
        if row is None:
            raise SharesError(f"labels, row {place + 1}: {'; '.join(problems)}")
        rows.append(row)
    return from_rows(rows, codebook, trusted)


def _drawn(
    codebook: Codebook, rows: Mapping[str, tuple[Frames, str | None]], left: dict[str, int]
) -> Sample:
    kept = [Marked(key, frames) for key, (frames, how) in sorted(rows.items()) if how == RANDOM]
    suggested = sum(how == SUGGESTED for _, how in rows.values())
    unmarked = len(rows) - len(kept) - suggested
    chosen = {"chosen by a strategy": suggested, "not marked as drawn at random": unmarked}
    return Sample(codebook, tuple(kept), {**chosen, **left})


def without_training(sample: Sample, models: Collection[str], registry: Registry) -> Sample:
    """Leave out the texts that a model was trained on: it errs less on them than on others.

    Where a model's bundle is not to be found here, nothing is left out for it, and `left_out` has
    its name with a count of -1.
    """
    known: set[str] = set()
    left = dict(sample.left_out)
    for model in models:
        try:
            known |= trained_on(find_bundle(model, registry))
        except (FramescopeError, OSError):
            left[f"training texts of {model}"] = -1
    rows = tuple(row for row in sample.rows if row.text_id not in known)
    left["the model was trained on"] = len(sample.rows) - len(rows)
    return Sample(sample.codebook, rows, left, frozenset(known))
