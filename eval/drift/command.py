"""What `framescope drift` does."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from eval.drift.compare import compare
from eval.drift.first import first
from eval.drift.page import render
from eval.drift.sample import DriftError, read_reference, read_scored
from eval.pool import read_pool
from labels.disk import written_whole
from labels.formats import STREAMED
from labels.formats.sniff import format_of
from labels.outcome import Outcome, counted, table
from serving.corpus.columns import columns_of
from serving.corpus.writing import write_rows
from training.bundle import read_manifest, verify
from training.commands import registry_of
from training.progress import Progress
from training.registry import find_bundle

_WORDS = 12
"""Over-used words said on the command line."""


def drift(args: argparse.Namespace) -> Outcome:
    """Compare scored texts with what a model was trained on; write what is asked for.

    Raises:
        DriftError: if they cannot be compared, or options do not go together.
        RegistryError: if there is no such model.
        BundleError: if its bundle is damaged.
    """
    if bool(args.suggest) != bool(args.to):
        raise DriftError("--suggest N and --to FILE go together: how many texts, and where to")
    if args.to:
        format_of(args.to, known=STREAMED)  # says so before the work if it is no format
    registry = registry_of(args)
    folder = find_bundle(args.against, registry)
    manifest = read_manifest(folder)
    verify(folder, manifest)
    progress = Progress(args.quiet)
    progress.stage("reading what the model was trained on")
    reference = read_reference(folder, manifest, args.seed)
    progress.stage("reading the scored texts")
    scored = read_scored(args.files, args.text, reference, args.seed)
    progress.stage("comparing them")
    report, domain = compare(scored, reference, args.seed)
    report["suggested"] = None
    if args.suggest:
        progress.stage("choosing what to label first")
        pool = read_pool(
            args.files, scored.column, registry.store, np.random.default_rng(args.seed)
        )
        chosen = first(pool, domain, manifest, args.suggest)
        report["suggested"] = [one.row(manifest.version, manifest.codebook) for one in chosen]
        report["not_suggested"] = dict(pool.left_out)
        if chosen:
            write_rows(args.to, report["suggested"], columns_of(report["suggested"]))
    progress.close()
    if args.out:
        _write(args.out, json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    if args.html:
        _write(args.html, render(report, scored.column))
    return Outcome(report, _said(report, args))


def _write(path: Path, text: str) -> None:
    with written_whole(path) as file:
        file.write(text.encode("utf-8"))


def _said(report: dict[str, Any], args: argparse.Namespace) -> str:
    texts = report["texts"]
    known = report["known"]
    lines = [
        report["verdict"]["words"],
        f"{counted(report['rows'], 'row')} read, {counted(texts['here'], 'text')} of "
        f"{counted(texts['documents'], 'document')} compared with {texts['training']:,} of the "
        f"training" + (f"; {known:,} left out that the model was trained on" if known else ""),
        "",
    ]
    rows = [("", "effect", "95% interval", "p", "")]
    for sign in report["signs"]:
        effect = sign["effect"]
        interval = f"{effect['low']:.2f} to {effect['high']:.2f}"
        numbers = (f"{effect['value']:.2f}", interval, f"{sign['p']:.3f}", sign["level"])
        rows.append((sign["what"], *numbers))
    lines += table(rows)
    unseen = report["vocabulary"]["unseen"]
    more = [one["word"] for one in report["vocabulary"]["more"][:_WORDS]]
    lines += [
        "",
        f"words never seen in training: {unseen['here']:.1%} here, {unseen['training']:.1%} there",
        f"more frequent here: {', '.join(more) or 'none for sure'}",
    ]
    if report["suggested"]:
        lines.append(f"{counted(len(report['suggested']), 'text')} to label first: {args.to}")
    elif report["suggested"] is not None:
        reasons = "".join(f", {n:,} {why}" for why, n in report["not_suggested"].items() if n)
        lines.append(f"nothing new to label{reasons}; {args.to} was not written")
    lines += [str(path) for path in (args.out, args.html) if path]
    return "\n".join(lines)
