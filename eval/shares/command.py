"""What `framescope aggregate` does."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from eval.shares.grouping import OVERALL
from eval.shares.result import Shares, check_out, shares
from eval.shares.sample import Sample, from_rows, from_store
from eval.shares.sources import SharesError
from eval.shares.tally import OWN, POOLED, UNCORRECTED
from labels.codebook import load_codebook
from labels.formats.files import read_labels
from labels.home import Home
from labels.outcome import Outcome, table
from labels.store import Store
from training.registry import Registry

MARKS = {OWN: "", POOLED: "~", UNCORRECTED: "?"}
_SHOWN = 40


def aggregate(args: argparse.Namespace) -> Outcome:
    """Tell the shares of frames in scored files, and compare what is asked.

    Raises:
        SharesError: if files, columns or comparisons cannot be used as asked.
        LabelError: if a file cannot be read.
    """
    if args.out:
        check_out(args.out)
    home = Home.find(args.home)
    store = Store.open(home.database, load_codebook(args.codebook) if args.codebook else None)
    by = [name for part in args.by or () for name in part.split(",") if name]
    found = shares(
        args.scored, by, _sample(args, store), args.compare or (), store.codebook,
        Registry(home, store),
    )  # fmt: skip
    places = []
    if args.out:
        found.write(args.out)
        places.append(str(args.out))
    if args.html or args.svg:
        from eval.shares.page import write_figures, write_page

        if args.html:
            write_page(found, args.html)
            places.append(str(args.html))
        if args.svg:
            places += map(str, write_figures(found, args.svg))
    data = {
        "shares": found.rows, "comparisons": found.comparisons, "notes": found.notes,
        "files": places,
    }  # fmt: skip
    return Outcome(data, "\n".join([*_lines(found), *places]))


def _sample(args: argparse.Namespace, store: Store) -> Sample:
    if not args.labels:
        if args.all_random:
            raise SharesError("--all-random says something of the rows of --labels; name the files")
        return from_store(store)
    rows = (row for path in args.labels for row in read_labels(path, store.codebook))
    return from_rows(rows, store.codebook, args.all_random)


def _lines(found: Shares) -> Iterator[str]:
    for by, groups in found.groups.items():
        yield "all paragraphs" if by == OVERALL else f"by {by}"
        rows = {(row["group"], row["frame"]): row for row in found.of(by)}
        lines: list[tuple[str, ...]] = [("", "paragraphs", "labels", *found.corpus.frames)]
        for group in groups[:_SHOWN]:
            own = [rows[group, frame] for frame in found.corpus.frames]
            counts = (f"{own[0]['paragraphs']:,}", f"{own[0]['labels']:,}")
            lines.append((group, *counts, *map(_figure, own)))
        yield from table(lines)
        if len(groups) > _SHOWN:
            yield f"and {len(groups) - _SHOWN} more groups, which --out and --html have"
        yield ""
    yield from _halving(found)
    yield from (row["words"] for row in found.comparisons)
    yield from found.notes
    kinds = {row["correction"] for row in found.rows if row["of"] == "paragraphs"}
    if POOLED in kinds:
        yield f"{MARKS[POOLED]} pooled correction, {MARKS[UNCORRECTED]} uncorrected"


def _halving(found: Shares) -> Iterator[str]:
    for row in found.of(OVERALL):
        if row["halving"] == "more labels":
            yield f"{row['frame']}: {row['labels_to_halve']:,} more labels would halve the interval"
        elif row["halving"]:
            yield (
                f"{row['frame']}: no number of labels would halve the interval, for most of it "
                "comes from how few documents there are"
            )


def _figure(row: dict[str, Any]) -> str:
    if row["share"] is None:
        return ""
    value, low, high = (f"{100 * row[key]:.1f}" for key in ("share", "low", "high"))
    return f"{value}% ({low} to {high}){MARKS[row['correction']]}"
