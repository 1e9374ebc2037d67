"""What `framescope evaluate` and `framescope retrain` do."""

import argparse
import shlex
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.bundles import judge_bundle
from eval.judge import JudgeError
from eval.report import report, write_report
from labels.commands import open_store
from labels.formats import read_labels
from labels.home import Home
from labels.language import language_of_row
from labels.outcome import Outcome
from labels.snapshot import Labelled, rows_hash, take, take_rows
from training.bundle import BASELINE, ENSEMBLE, Manifest, read_manifest
from training.commands import (
    figure_text,
    labels_to_train_on,
    recipe,
    registry_of,
    take_store,
)
from training.progress import Progress
from training.registry import Registry, find_bundle

REFUSED = 3


def evaluate(args: argparse.Namespace) -> Outcome:
    """Judge a model, and the baseline in its bundle, and write the report."""
    registry = registry_of(args)
    folder = find_bundle(args.model, registry)
    manifest = read_manifest(folder)
    rows, name, disputed = _rows(args, registry, manifest)
    if args.lang:
        rows = [row for row in rows if language_of_row(row.lang, row.text) == args.lang]
        name = f"{name}, {args.lang}"
    if not rows:
        raise JudgeError(f"{name}: no labelled text to judge on; give other --data or --lang")
    champion = registry.champion()
    other = registry.folder(champion) if champion and champion != manifest.version else None
    found = judge_bundle(folder, other, rows, name, _command(args, manifest)).report
    write_report(found, args.out)
    if not args.data and not args.lang and manifest.version in _known(registry):
        registry.record(manifest.version, found["data"]["hash"], found)
    lines = [summary(found), f"report: {args.out / 'report.html'}"]
    if disputed:
        lines.insert(0, f"{disputed} text(s) on which annotators disagree are left out")
    return Outcome(found, "\n".join(lines))


def crossvalidate(args: argparse.Namespace) -> Outcome:
    """Judge the recipe by cross-validation, and write the report."""
    from eval.crossval import crossvalidate as run

    store = open_store(args)
    config = recipe(args)
    snapshot = labels_to_train_on(args, store, config)
    spoken = {language_of_row(row.lang, row.text) for row in snapshot.rows} if args.lang else set()
    if args.lang and args.lang not in spoken:
        raise JudgeError(f"no labelled text in '{args.lang}'; give another --lang")
    work = args.out / "work"
    found = run(snapshot, config, args.folds, args.by, work, Progress(args.quiet))
    name = f"{args.folds} folds by {args.by}"
    if args.lang:
        kept = [k for k, own in enumerate(found[ENSEMBLE].languages) if own == args.lang]
        found = {member: judged.take(kept) for member, judged in found.items()}
        name = f"{name}, {args.lang}"
    judged = found[ENSEMBLE]
    traced = {
        "command": shlex.join(["framescope", *sys.argv[1:]]),
        "labels_hash": snapshot.labels_hash,
        "codebook_hash": snapshot.codebook.hash,
        "base_model": config.encoder_name,
        "settings": config.to_dict(),
        "rows_seen_in_training": 0,
    }
    made = report(judged, found[BASELINE], None, name, f"t1:{rows_hash(judged.rows)}", traced)
    write_report(made, args.out)
    shutil.rmtree(work)
    return Outcome(made, f"{summary(made)}\nreport: {args.out / 'report.html'}")


def retrain(args: argparse.Namespace) -> Outcome:
    """Train a challenger if labels have changed, and promote it if it is proven."""
    from eval.retrain import retrain as run

    store = open_store(args)
    registry = Registry(Home.find(args.home), store)
    snapshot = take_store(store, starter=not args.no_starter)
    done = run(snapshot, recipe(args), registry, Progress(args.quiet), args.force)
    champion = done.challenger if done.decision.passed and done.challenger else done.champion
    data = {
        "challenger": done.challenger,
        "champion": champion,
        "promoted": bool(done.challenger and done.decision.passed),
        "decision": asdict(done.decision),
    }
    if done.report is None or done.challenger is None:
        return Outcome(data, f"nothing to do: {done.decision.text}")
    page = registry.home.reports / done.challenger / "report.html"
    verdict = "promoted" if done.decision.passed else f"refused, {done.champion} stays champion"
    text = f"{summary(done.report)}\nreport: {page}\n{verdict}: {done.decision.text}"
    return Outcome(data, text, 0 if done.decision.passed else REFUSED)


def summary(found: dict[str, Any]) -> str:
    """Return the headline of a report as a small table, the baseline beside the model."""
    parts = [("frames", "macro_f1"), ("frames", "micro_f1"), ("frames", "mean_average_precision")]
    parts += [("stance", "accuracy"), ("stance", "macro_f1"), ("joint", "micro_f1")]
    parts += [("calibration", "ece")]
    lines = [f"{found['data']['name']}, n={found['data']['n']}, model {found['model']}"]
    lines.append(f"{'':32}{'model':24}baseline")
    for section, key in parts:
        own = (found[section] or {}).get(key)
        other = (found["baseline"][section] or {}).get(key)
        if own:
            label = f"{section} {key.replace('_', ' ')}"
            lines.append(f"{label:32}{figure_text(own):24}{figure_text(other)}")
    return "\n".join(lines)


def _known(registry: Registry) -> set[str]:
    return {entry.version for entry in registry.models()}


def _rows(
    args: argparse.Namespace, registry: Registry, manifest: Manifest
) -> tuple[list[Labelled], str, int]:
    """Return the rows to judge on, what to call them, and how many disputed texts are left out."""
    if not args.data:
        snapshot = take(registry.store)
        return snapshot.test, "frozen test part", len(snapshot.disputed)
    answers = [
        row for path in args.data for row in read_labels(path, manifest.codebook, args.format)
    ]
    snapshot = take_rows(answers, manifest.codebook, test_share=0.0)
    name = ", ".join(path.name for path in args.data)
    return list(snapshot.rows), name, len(snapshot.disputed)


def _command(args: argparse.Namespace, manifest: Manifest) -> str:
    words: list[str | Path] = ["framescope", "evaluate", manifest.version]
    if args.data:
        words += ["--data", *args.data]
    if args.lang:
        words += ["--lang", args.lang]
    return shlex.join(map(str, [*words, "--out", args.out]))
