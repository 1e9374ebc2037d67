"""What `framescope evaluate` and `framescope retrain` do."""

import argparse
import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.batch import Batch, DataSpec, read_batch
from eval.bundles import Bundles
from eval.datasets import is_in, languages_in
from eval.judge import JudgeError
from eval.lineage import lineage
from eval.report import report, write_report
from eval.runs import Run, judge_all, judge_run, plan
from eval.slices import SMALL
from eval.watch import cancel_retraining, watch
from labels.commands import open_store
from labels.home import Home
from labels.outcome import Outcome, counted
from labels.rows import SUGGESTED
from labels.snapshot import rows_hash, take
from training.bundle import BASELINE, ENSEMBLE
from training.commands import (
    add_starter,
    figure_text,
    labels_to_train_on,
    recipe,
    registry_of,
)
from training.difference_text import changes_text
from training.helping import led
from training.progress import Progress
from training.registry import Registry
from training.retraining import DONE, REFUSED, Retraining

if TYPE_CHECKING:
    from eval.retrain import Retrained

EXIT_REFUSED = 3


def evaluate(args: argparse.Namespace) -> Outcome:
    """Judge models, and the baselines in their bundles, and write a report on each data set.

    One model on one data set is reported in the folder itself; else each pair has a folder below
    it, and an index compares them.
    """
    registry = registry_of(args)
    batch = _batch(args)
    runs = plan(batch, registry)
    if len(runs) > 1:
        command = shlex.join(["framescope", *sys.argv[1:]])
        index = judge_all(runs, registry, command, args.out, Progress(args.quiet))
        return Outcome(index, f"{index_summary(index)}\nindex: {args.out / 'index.html'}")
    (run,) = runs
    found = judge_run(run, registry, _command(args, run), Bundles())
    write_report(found, args.out)
    lines = [summary(found), f"report: {args.out / 'report.html'}"]
    if run.data.disputed:
        lines.insert(0, f"{run.data.disputed} text(s) on which annotators disagree are left out")
    if run.data.suggested:
        lines.insert(0, f"{len(run.data.suggested)} suggested text(s) are left out")
    return Outcome(found, "\n".join(lines))


def crossvalidate(args: argparse.Namespace) -> Outcome:
    """Judge the recipe by cross-validation, and write the report."""
    return led(lambda: _crossvalidate(args))


def _crossvalidate(args: argparse.Namespace) -> Outcome:
    from eval.crossval import SOURCE, working_folder
    from eval.crossval import crossvalidate as run

    store = open_store(args)
    config = recipe(args)
    snapshot = labels_to_train_on(args, store, config)
    asked = [row for row in snapshot.rows if not args.lang or is_in(row, args.lang)]
    if not asked:
        there = languages_in(snapshot.rows)
        raise JudgeError(f"no labelled text in '{args.lang}'; there are: {there}")
    work = working_folder(args.out)
    found, seen, manifest = run(snapshot, config, args.folds, args.by, work, Progress(args.quiet))
    name = f"{args.folds} folds by {args.by}"
    if args.lang:
        kept = [k for k, row in enumerate(found[ENSEMBLE].rows) if is_in(row, args.lang)]
        found = {member: judged.take(kept) for member, judged in found.items()}
        name = f"{name}, {args.lang}"
    judged = found[ENSEMBLE]
    data_hash = f"t1:{rows_hash(judged.rows)}"
    traced = lineage(manifest, seen, shlex.join(["framescope", *sys.argv[1:]]))
    # Of the first fold's model are those that are all folds' alike: settings, packages, precision.
    traced |= {"labels_hash": snapshot.labels_hash, "test_hash": data_hash}
    suggested = sum(row.sampled == SUGGESTED for row in asked)
    made = report(judged, found[BASELINE], None, name, data_hash, traced, suggested=suggested)
    if args.by == SOURCE:
        made["intervals"]["method"] = "percentile bootstrap over sources"
    write_report(made, args.out)
    shutil.rmtree(work)
    return Outcome(made, f"{summary(made)}\nreport: {args.out / 'report.html'}")


def retrain(args: argparse.Namespace) -> Outcome:
    """Train a challenger if labels have changed, and promote it if it is proven.

    With `args.watch` whenever enough answers have changed, until interrupted; with `args.cancel`
    end the run under way instead.

    Raises:
        RetrainingError: if a run is under way already, or there is none to cancel.
    """
    home = Home.find(args.home)
    if args.cancel:
        return cancel_retraining(home)
    if args.watch:
        return watch(args)
    return led(lambda: _retrain(args, home))


def _retrain(args: argparse.Namespace, home: Home) -> Outcome:
    with Retraining(home) as retraining:
        return _retrain_as(args, home, retraining)


def _retrain_as(args: argparse.Namespace, home: Home, retraining: Retraining) -> Outcome:
    from eval.retrain import BY
    from eval.retrain import retrain as run

    began = time.monotonic()
    store = open_store(args)
    registry = Registry(home, store)
    if not args.no_starter:
        add_starter(store)
    # Before they are taken: what comes meanwhile may be in no snapshot, and must count as new.
    retraining.note(answers=store.counts()["annotations"])
    snapshot = take(store, starter=not args.no_starter)
    progress = Progress(args.quiet, retraining.tell)
    by = retraining.by or BY
    done = run(snapshot, recipe(args), registry, progress, args.force, args.warm_start, by)
    retraining.note(
        state=DONE if done.decision.passed else REFUSED,
        percent=100.0,
        reasons=done.decision.reasons,
        challenger=done.challenger,
        champion=done.serving,
        promoted=done.promoted,
    )
    return _retrained(done, registry.home.reports, time.monotonic() - began)


def _retrained(done: "Retrained", reports: Path, seconds: float) -> Outcome:
    """What a retraining came to, with what has changed, the difference and where the report is."""
    page = reports / done.challenger / "report.html" if done.challenger else None
    data = {
        "challenger": done.challenger,
        "champion": done.serving,
        "promoted": done.promoted,
        "decision": asdict(done.decision),
        "labels": done.changes,
        "report": page and str(page),
        "seconds": round(seconds, 1),
    }
    if done.report is None:
        return Outcome(data, f"nothing to do: {done.decision.text}")
    lines = [summary(done.report)]
    if done.changes:
        lines.append(f"labels since champion {done.champion}: {changes_text(done.changes)}")
    beside = done.report["comparison"]["champion"]
    if beside and beside["verdict"] not in done.decision.text:
        lines.append(f"beside champion {done.champion}, macro-F1: {beside['verdict']}")
    verdict = "promoted" if done.promoted else f"refused, {done.champion} stays champion"
    lines += [f"report: {page}", f"took {seconds:.0f} s", f"{verdict}: {done.decision.text}"]
    return Outcome(data, "\n".join(lines), 0 if done.decision.passed else EXIT_REFUSED)


def summary(found: dict[str, Any]) -> str:
    """Return the headline of a report as a small table, the baseline beside the model."""
    parts = [("frames", "macro_f1"), ("frames", "micro_f1"), ("frames", "mean_average_precision")]
    parts += [("stance", "accuracy"), ("stance", "macro_f1"), ("joint", "micro_f1")]
    parts += [("calibration", "ece")]
    lines = [f"{found['data']['name']}, n={found['data']['n']}, model {found['model']}"]
    lines.append(f"{'':32}{'model':24}baseline")
    for section, key in parts:
        own = (found[section] or {}).get(key)
        other = ((found["baseline"] or {}).get(section) or {}).get(key)
        if own:
            label = f"{section} {key.replace('_', ' ')}"
            lines.append(f"{label:32}{figure_text(own):24}{figure_text(other)}")
    lines += _too_few(found)
    return "\n".join(lines)


def _too_few(found: dict[str, Any]) -> Iterator[str]:
    """Say where the data are too few for the figures, or hold too few of the frames."""
    n, frames = found["data"]["n"], found["frames"]["per_frame"]
    if n < SMALL:
        yield (
            f"on {counted(n, 'text')} nothing can be said: below {SMALL} these figures and their "
            "intervals tell what happened on these texts, not how good the model is"
        )
    if 0 < (occurring := sum(own is not None for own in frames.values())) < len(frames):
        yield f"the means are over the {occurring} of {len(frames)} frames that occur"


def index_summary(index: dict[str, Any]) -> str:
    """Return the macro-F1 of every report of an index, data set by data set."""
    lines = []
    for name in dict.fromkeys(entry["data"]["name"] for entry in index["reports"]):
        own = [entry for entry in index["reports"] if entry["data"]["name"] == name]
        n = own[0]["data"]["n"]
        lines.append(f"{name}, n={n}: frames macro f1{', too few to say' if n < SMALL else ''}")
        lines += [f"  {one['model']:30}{figure_text(one['frames']['macro_f1'])}" for one in own]
    return "\n".join(lines)


def _batch(args: argparse.Namespace) -> Batch:
    if not args.batch:
        spec = DataSpec(lang=args.lang, format=args.format)
        data = [replace(spec, files=(path,)) for path in args.data or ()]
        return Batch(tuple(args.models or ["champion"]), tuple(data or [spec]))
    if args.models or args.data or args.lang or args.format:
        raise JudgeError("--batch names models and data itself; leave out MODEL, --data and --lang")
    return read_batch(args.batch)


def _command(args: argparse.Namespace, run: Run) -> str:
    words: list[str | Path] = ["framescope", "evaluate", run.manifest.version]
    if args.batch:
        words = ["framescope", "evaluate", "--batch", args.batch]
    elif args.data:
        words += ["--data", *args.data]
    for name in ("lang", "format"):
        if getattr(args, name):
            words += [f"--{name}", getattr(args, name)]
    return shlex.join(map(str, [*words, "--out", args.out]))
