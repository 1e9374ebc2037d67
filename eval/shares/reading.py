"""A scored corpus as numbers, some 30 bytes a paragraph: what shares need, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval.shares.columns import Column, column_of, read_from, strings, truths
from eval.shares.sources import SharesError, batches, names_of
from serving.corpus.columns import PRESENT, STANCE, UNCERTAIN

UNKNOWN = "unknown"
"""Stands for the stance of a frame that is present and has none."""

SEEN = -2
"""Stands for the label of a text that the model was trained on."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Scored paragraphs without an error. F frames, R rows.

    decided: (F, R), 0 where the frame is absent, else 1 + the place of its stance. sure: (F, R).
    cluster: (R,), the place of the document; a paragraph without one is a document of its own.
    text: (R,), the place of the label in `wanted`, `SEEN` where the model was trained on it, or -1.
    row: (R,), the row in what was read.
    """

    frames: tuple[str, ...]
    stances: tuple[str, ...]
    decided: NDArray[np.int8]
    sure: NDArray[np.bool_]
    cluster: NDArray[np.intp]
    text: NDArray[np.int32]
    row: NDArray[np.int64]
    columns: Mapping[str, Column]
    read: int
    errors: int
    repeated: int
    models: tuple[str, ...]
    codebooks: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.row)


@dataclass(slots=True)
class _Reader:
    """What has been read so far."""

    frames: tuple[str, ...]
    columns: dict[str, Column]
    sources: dict[str, str]
    wanted: Mapping[str, int]
    stances: dict[str, int]
    decided: list[NDArray] = field(default_factory=list)
    sure: list[NDArray] = field(default_factory=list)
    text: list[NDArray] = field(default_factory=list)
    row: list[NDArray] = field(default_factory=list)
    known: dict[str, Column] = field(default_factory=dict)
    read: int = 0

    def add(self, batch: pa.Table) -> None:
        number = np.arange(self.read, self.read + len(batch))
        self.read += len(batch)
        batch = batch.combine_chunks()
        fine = np.ones(len(batch), dtype=bool)
        if "error" in batch.column_names:
            fine = np.array([cell in (None, "") for cell in batch["error"].to_pylist()])
        if missing := [f + PRESENT for f in self.frames if f + PRESENT not in batch.column_names]:
            self._refuse(batch, fine, missing)
            return
        present = np.stack([truths(_flat(batch[f + PRESENT])) for f in self.frames])
        fine &= (present >= 0).all(axis=0)
        decided = np.stack(
            [self._decided(batch, *pair) for pair in zip(self.frames, present, strict=True)]
        )
        sure = np.stack([self._sure(batch, frame) for frame in self.frames])
        self.decided.append(decided[:, fine])
        self.sure.append(sure[:, fine])
        self.row.append(number[fine])
        kept = batch.filter(pa.array(fine))
        nothing = pa.nulls(len(kept), pa.string())
        for name, column in self.columns.items():
            place = self.sources[name]
            column.add(_flat(kept[place]) if place in kept.column_names else nothing)
        for name, column in self.known.items():
            column.add(_flat(kept[name]) if name in kept.column_names else nothing)
        if self.wanted and "text_id" in kept.column_names:
            ids = strings(_flat(kept["text_id"])).to_pylist()
            self.text.append(np.array([self.wanted.get(i, -1) for i in ids], dtype=np.int32))
        else:
            self.text.append(np.full(len(kept), -1, dtype=np.int32))

    def _refuse(self, batch: pa.Table, fine: NDArray[np.bool_], missing: list[str]) -> None:
        """Rows that could not be scored have no scores; all others must have them."""
        if fine.any():
            raise SharesError(
                f"{int(fine.sum()):,} rows up to number {self.read:,} have no column {missing}, "
                f"but {batch.column_names}; give files that framescope score wrote, all of one "
                "codebook"
            )

    def _decided(self, batch: pa.Table, frame: str, present: NDArray) -> NDArray:
        if frame + STANCE not in batch.column_names:
            return (present > 0).astype(np.int8)
        coded = strings(_flat(batch[frame + STANCE])).dictionary_encode()
        names = [*coded.dictionary.to_pylist(), UNKNOWN]
        chosen = coded.indices.fill_null(len(names) - 1).to_numpy(zero_copy_only=False)
        used = set(np.unique(chosen[present > 0]).tolist())
        own = [
            1 + self.stances.setdefault(name, len(self.stances)) if place in used else 0
            for place, name in enumerate(names)
        ]
        return np.where(present > 0, np.array(own)[chosen], 0).astype(np.int8)

    def _sure(self, batch: pa.Table, frame: str) -> NDArray:
        if frame + UNCERTAIN not in batch.column_names:
            return np.ones(len(batch), dtype=bool)
        return truths(_flat(batch[frame + UNCERTAIN])) < 1


def read_corpus(
    source: Any,
    by: Iterable[str] = (),
    wanted: Mapping[str, int] | None = None,
    stances: Sequence[str] = (),
) -> Corpus:
    """Read what shares need of a scored corpus.

    by: what to group by. wanted: text id to place, of the labelled texts. stances: their order.

    Raises:
        SharesError: if it is no scored corpus, is empty, or lacks a column.
    """
    names = names_of(source)
    frames = tuple(name.removesuffix(PRESENT) for name in names if name.endswith(PRESENT))
    sources = {name: read_from(name, names) for name in by}
    for name, place in sources.items():
        if place not in names:
            plain = sorted(n for n in names if ":" not in n)
            raise SharesError(
                f"there is no column '{place}', which '{name}' is read from; columns: {plain}"
            )
    columns = {name: Column(str) if sources[name] == name and name not in (
        "country", "name") else column_of(name) for name in sources}  # fmt: skip
    known = {name: Column(str) for name in ("document", "model", "codebook")}
    has_stances = any(frame + STANCE in names for frame in frames)
    order = {name: place for place, name in enumerate(stances if has_stances else ())}
    reader = _Reader(frames, columns, sources, wanted or {}, order, known=known)
    needed = ["error", "text_id", "document", "model", "codebook", *sources.values()]
    needed += [f + end for f in frames for end in (PRESENT, STANCE, UNCERTAIN)]
    for batch in batches(source, list(dict.fromkeys(needed))):
        reader.add(batch)
    return _corpus(reader)


def _corpus(reader: _Reader) -> Corpus:
    row = np.concatenate(reader.row) if reader.row else np.empty(0, dtype=np.int64)
    if not len(row):
        raise SharesError(f"none of the {reader.read:,} rows could be scored; see their errors")
    document = reader.known["document"].places.astype(np.intp)
    alone = document < 0
    document[alone] = len(reader.known["document"].values) + np.arange(alone.sum())
    text = np.concatenate(reader.text)
    labelled = text[text >= 0]
    return Corpus(
        reader.frames, tuple(reader.stances), np.concatenate(reader.decided, axis=1),
        np.concatenate(reader.sure, axis=1), document, text, row, reader.columns, reader.read,
        errors=reader.read - len(row), repeated=len(labelled) - len(np.unique(labelled)),
        models=tuple(reader.known["model"].values),
        codebooks=tuple(reader.known["codebook"].values),
    )  # fmt: skip


def _flat(cells: pa.ChunkedArray) -> pa.Array:
    whole = cells.combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)
