"""What is compared: texts of scored files, drawn reproducibly, and those of a model's bundle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappush, heapreplace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval.shares.sources import batches
from labels.errors import FramescopeError
from labels.language import language_of
from labels.snapshot import Labelled, Snapshot
from labels.split import TRAIN
from labels.text import digest
from serving.corpus.columns import PRESENT, UNCERTAIN, find_text
from training.bundle import ENCODER, SNAPSHOT, Manifest, decide

MOST = 5_000
"""Texts of either kind that are looked at; of more, as many are drawn. A share is then known to 1.4
points either way, and memory does not grow with the files."""

FEWEST_TEXTS, FEWEST_DOCUMENTS = 30, 10
"""With fewer, chance alone makes any two sets of texts differ much."""


class DriftError(FramescopeError):
    """Scored files that cannot be compared with a model."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """n texts, each once, in random order.

    groups: their documents, or whatever stays together. languages: as detected, on both sides
    alike. truncated: (n,), whether the model reads only the beginning.
    """

    texts: Sequence[str]
    groups: Sequence[str]
    languages: Sequence[str]
    truncated: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.texts)

    def first(self, n: int) -> Texts:
        """Return the first n texts, or all; they are in random order."""
        return Texts(self.texts[:n], self.groups[:n], self.languages[:n], self.truncated[:n])


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores of n texts, F frames: scores, present and uncertain are (n, F)."""

    scores: NDArray[np.float64]
    present: NDArray[np.bool_]
    uncertain: NDArray[np.bool_]
    groups: Sequence[str]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What scored files hold: how many rows, with an error, of texts the model was trained on.

    column: that of the texts.
    """

    texts: Texts
    scores: Scores
    column: str
    rows: int
    errors: int
    known: int


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What a model was trained on, and the scores of texts that were held out of the training."""

    manifest: Manifest
    texts: Texts
    held_out: Scores
    trained_on: frozenset[str]


def read_scored(
    files: Sequence[Path], column: str | None, reference: Reference, seed: int, most: int = MOST
) -> Scored:
    """Read scored files in memory that does not grow with them.

    Of the distinct texts those are kept whose salted hashes are the lowest: a draw with equal
    chances that depends on neither the order of rows nor how often a text is repeated.

    `column`: of the texts; None finds it as `framescope score` does.

    Raises:
        DriftError: if the files lack a column, were scored by another model, or hold too few texts
            that the model was not trained on.
        SharesError: if a file cannot be read.
    """
    counted = {"rows": 0, "errors": 0, "known": 0}
    found = _drawn(batches([str(path) for path in files]), reference, seed, most, counted)
    _check(found, counted, reference.manifest, files)
    column = column or find_text(list(found[0]))
    if column not in found[0]:
        raise DriftError(f"no column '{column}' in them; name that of the texts with --text")
    return _scored(found, column, reference.manifest, counted)


def _drawn(
    parts: Iterable[Any], reference: Reference, seed: int, most: int, counted: dict[str, int]
) -> list[dict[str, Any]]:
    """Return the rows of the texts drawn, in random order, counting on the way."""
    kept: list[tuple[str, str]] = []  # a heap that begins with the highest hash, by its digits
    rows: dict[str, dict[str, Any]] = {}
    for part in parts:
        wanted = []
        ids, errors = (_cells(part, name) for name in ("text_id", "error"))
        for place, (key, error) in enumerate(zip(ids, errors, strict=True)):
            counted["rows"] += 1
            if error or not key:
                counted["errors"] += 1
            elif key in reference.trained_on:
                counted["known"] += 1
            elif key not in rows:
                drawn = digest(f"drift{seed}:{key}", 8).translate(_NEGATED)
                if len(kept) < most:
                    heappush(kept, (drawn, key))
                elif drawn > kept[0][0]:
                    del rows[heapreplace(kept, (drawn, key))[1]]
                else:
                    continue
                rows[key] = {}
                wanted.append(place)
        wanted = [place for place in wanted if ids[place] in rows]
        for place, row in zip(
            wanted, part.take(pa.array(wanted, pa.int64())).to_pylist(), strict=True
        ):
            rows[ids[place]] = row
    return [rows[key] for _, key in sorted(kept, reverse=True)]


def _cells(batch: Any, name: str) -> list[Any]:
    named = name in batch.column_names
    return batch[name].to_pylist() if named else [None] * batch.num_rows


_NEGATED = str.maketrans("0123456789abcdef", "fedcba9876543210")


def _check(
    rows: Sequence[Mapping[str, Any]],
    counted: Mapping[str, int],
    manifest: Manifest,
    files: Sequence[Path],
) -> None:
    where = ", ".join(map(str, files))
    groups = {_group(row, place) for place, row in enumerate(rows)}
    if len(rows) < FEWEST_TEXTS or len(groups) < FEWEST_DOCUMENTS:
        raise DriftError(
            f"{where}: {len(rows)} distinct texts of {len(groups)} documents to compare, of "
            f"{counted['rows']:,} rows, {counted['errors']:,} with an error or without text_id and "
            f"{counted['known']:,} the model was trained on; at least {FEWEST_TEXTS} texts of "
            f"{FEWEST_DOCUMENTS} documents are needed"
        )
    needed = ["model", "language", "truncated"]
    for name in manifest.codebook.frame_names:
        needed += [name, name + PRESENT, name + UNCERTAIN]
    if missing := sorted(set(needed) - set(rows[0]).intersection(*rows)):
        raise DriftError(
            f"{where}: no column {', '.join(missing)}; give what framescope score writes"
        )
    if others := sorted({str(row["model"]) for row in rows} - {manifest.version}):
        raise DriftError(
            f"{where}: scored by {', '.join(others)}, not by {manifest.version}; "
            "give the model that scored with --against, or score again"
        )


def _scored(
    rows: Sequence[Mapping[str, Any]], column: str, manifest: Manifest, counted: Mapping[str, int]
) -> Scored:
    names = manifest.codebook.frame_names
    groups = [_group(row, place) for place, row in enumerate(rows)]

    def flags(end: str) -> NDArray[np.bool_]:
        return np.array([[is_true(row[name + end]) for name in names] for row in rows])

    scores = np.array([[float(row[name]) for name in names] for row in rows])
    texts = [str(row[column]) for row in rows]
    languages = [str(row["language"]) for row in rows]
    truncated = np.array([is_true(row["truncated"]) for row in rows])
    return Scored(
        Texts(texts, groups, languages, truncated),
        Scores(scores, flags(PRESENT), flags(UNCERTAIN), groups),
        column,
        **counted,
    )


def is_true(value: Any) -> bool:
    """Read a flag of a scored file; in CSV it is a word."""
    return value is True or str(value).lower() == "true"


def _group(row: Mapping[str, Any], place: int) -> str:
    document = row.get("document")
    return f"document:{document}" if document not in (None, "") else f"row:{place}"


def read_reference(folder: Path, manifest: Manifest, seed: int, most: int = MOST) -> Reference:
    """Read what the bundle in `folder` keeps of its training, at most `most` texts of it.

    Raises:
        DriftError: if it keeps too few texts, or no scores of held-out ones.
    """
    snapshot = Snapshot.read(folder / SNAPSHOT, manifest.codebook)
    trained_on = [row for row in (*snapshot.rows, *snapshot.contested) if row.side == TRAIN]
    held_out = _held_out(manifest, {row.text_id: row for row in trained_on})
    if len(trained_on) < FEWEST_TEXTS or len(held_out.groups) < FEWEST_TEXTS:
        raise DriftError(
            f"{manifest.version} was trained on {len(trained_on)} texts and keeps scores of "
            f"{len(held_out.groups)} that were held out; at least {FEWEST_TEXTS} each are needed"
        )
    drawn = sorted(trained_on, key=lambda row: digest(f"drift{seed}:{row.text_id}", 8))[:most]
    texts = [row.text for row in drawn]
    return Reference(
        manifest,
        Texts(
            texts,
            [row.group for row in drawn],
            [language_of(text) for text in texts],
            _truncated(folder, manifest, texts),
        ),
        held_out,
        frozenset(row.text_id for row in trained_on),
    )


def _held_out(manifest: Manifest, rows: Mapping[str, Labelled]) -> Scores:
    places = [k for k, key in enumerate(manifest.held_out.text_ids) if key in rows]
    scores = np.array([manifest.held_out.frames[place] for place in places])
    scores = scores.reshape(len(places), len(manifest.codebook.frames))
    decisions = manifest.members[manifest.main].decisions
    low, high = (np.array([decision.band[end] for decision in decisions]) for end in (0, 1))
    return Scores(
        scores,
        decide(scores, decisions, manifest.codebook.min_frames),
        (low < high) & (low <= scores) & (scores <= high),
        [rows[manifest.held_out.text_ids[place]].group for place in places],
    )


def _truncated(folder: Path, manifest: Manifest, texts: Iterable[str]) -> NDArray[np.bool_]:
    """Whether the model reads only the beginning of each text: (n_texts,)."""
    texts = list(texts)
    models = manifest.members[manifest.main].calibration.slopes
    if ENCODER not in models or manifest.max_tokens is None:
        return np.zeros(len(texts), dtype=bool)
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return np.array([len(own) > manifest.max_tokens for own in tokenizer.encode_batch(texts)])
