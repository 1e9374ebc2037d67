"""What `framescope labels suggest` does."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from eval.pool import MOST, PoolError, TextPool, read_pool
from eval.strategies import Vectors
from eval.suggest import ADDED, STRATEGY, Suggestion, Wanted, suggest
from labels import queue
from labels.formats import STREAMED
from labels.formats.sniff import format_of
from labels.outcome import Outcome
from labels.rows import COLUMNS, read_row
from labels.snapshot import take
from labels.store import Store
from labels.text import shortened
from serving.corpus.columns import columns_of
from serving.corpus.writing import write_rows
from serving.predictor import Predictor
from training.bundle import ENCODER
from training.commands import registry_of
from training.config import TrainConfig
from training.progress import Progress
from training.registry import find_bundle

_SHOWN_CHARACTERS = 70


def suggest_labels(args: argparse.Namespace) -> Outcome:
    """Say which texts of the files to label next; write them to a file or into the queue.

    Raises:
        PoolError: if nothing can be suggested as asked.
        RegistryError: if there is no champion.
    """
    wanted = Wanted(args.number, args.random_share, args.strategy or STRATEGY, args.seed)
    if args.out:
        format_of(args.out, known=STREAMED)  # says so before the scoring if it is no format
    registry = registry_of(args)
    progress = Progress(args.quiet)
    folder = find_bundle("champion", registry)
    predictor = Predictor.open(folder)
    progress.stage("reading the pool")
    pool = read_pool(args.files, args.text, registry.store, np.random.default_rng(args.seed))
    _check(pool, predictor)
    found = suggest(
        predictor,
        pool.texts,
        wanted,
        _vectors(predictor, folder, progress),
        lambda: [row.text for row in take(registry.store).rows],
        progress,
    )
    if args.out:
        rows = [one.row(predictor.model, predictor.codebook) for one in found]
        write_rows(args.out, rows, columns_of(rows))
    queued = _queue(registry.store, found, args.text) if args.queue else None
    return _outcome(found, pool, predictor, args.out, queued)


def _check(pool: TextPool, predictor: Predictor) -> None:
    if not pool.texts:
        reasons = ", ".join(f"{n:,} {why}" for why, n in pool.left_out.items() if n)
        raise PoolError(
            f"none of the {pool.read:,} texts read can be suggested: {reasons}; give other files"
        )
    if taken := sorted({name for one in pool.texts for name in one.cells} & set(ADDED)):
        raise PoolError(
            f"the columns {taken} of the input have the names of results; rename them first"
        )


def _vectors(
    predictor: Predictor, folder: Path, progress: Progress
) -> Callable[[Sequence[str]], Vectors]:
    """Texts to vectors by the model's own encoder; by the default one where it has none."""
    encoder = str(folder) if ENCODER in predictor.scorers else None
    config = TrainConfig(base_model=encoder)

    def vectors(texts: Sequence[str]) -> Vectors:
        from eval.embeddings import embed  # and with it torch, which not every strategy needs

        progress.stage(f"comparing {len(texts)} texts with one another")
        return embed(texts, config, predictor.codebook, progress)

    return vectors


def _queue(store: Store, found: Iterable[Suggestion], column: str) -> int:
    """Put the texts into the queue as one batch; return how many were new to it.

    Raises:
        PoolError: naming every column whose value a labelled row could not have.
    """
    names = {field.name for field in fields(queue.Unlabelled)}
    rows, problems = [], []
    for one in found:
        kept = {name: value for name, value in one.text.cells.items() if name != column}
        for name in set(COLUMNS) - names:  # an answer's, if the file has any
            kept.pop(name, None)
        raw = {**kept, "text": one.text.text, "frames": {}, "sampled": one.sampled}
        row, faults = read_row(raw, store.codebook)
        problems += [f"{shortened(one.text.text, _SHOWN_CHARACTERS)}: {fault}" for fault in faults]
        if row:
            rows.append(queue.Unlabelled(**{name: getattr(row, name) for name in names}))
    if problems:
        raise PoolError("\n".join(["nothing was queued", *problems[:20]]))
    return queue.add(store, rows, f"suggested {datetime.now(UTC):%Y-%m-%d %H:%M:%S}")


def _outcome(
    found: list[Suggestion],
    pool: TextPool,
    predictor: Predictor,
    out: Path | None,
    queued: int | None,
) -> Outcome:
    counts = Counter(one.sampled for one in found)
    data: dict[str, Any] = {
        "model": predictor.model,
        "read": pool.read,
        "left_out": dict(pool.left_out),
        "pool": len(pool.texts),
        "counts": dict(counts),
        "queued": queued,
        "rows": [one.row(predictor.model, predictor.codebook) for one in found],
    }
    reasons = "".join(f", {n:,} {why}" for why, n in pool.left_out.items() if n)
    lines = [f"{pool.read:,} texts read{reasons}; {len(pool.texts):,} to choose from"]
    if len(pool.texts) + sum(pool.left_out.values()) < pool.read:
        lines[0] += f" (of more than {MOST:,}, as many are drawn at random)"
    said = ", ".join(f"{n} {sampled}" for sampled, n in sorted(counts.items()))
    where = [f"{out}" if out else "", f"the queue ({queued} new)" if queued is not None else ""]
    places = " and ".join(filter(None, where))
    lines.append(f"{len(found)} texts to label next ({said}){f': {places}' if places else ''}")
    if not places:
        for one in found:
            lines += [f"  {shortened(one.text.text, _SHOWN_CHARACTERS)}", f"    {one.why}"]
    return Outcome(data, "\n".join(lines))
