"""What `framescope score` does."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from labels.codebook import Codebook
from labels.home import Home
from labels.naming import find_names
from labels.outcome import Outcome, counted
from labels.store import Store
from serving.corpus.answers import Telling
from serving.corpus.finisher import Model
from serving.corpus.inputs import FilesError
from serving.corpus.local import Engine, LocalEngine
from serving.corpus.score import Done, Job, score_corpus
from training.bundle import read_manifest, verify
from training.holding import Hold
from training.progress import Progress
from training.registry import Registry, find_bundle


def score(args: argparse.Namespace) -> Outcome:
    """Score a corpus, or go on with what an earlier run of the same command has left undone."""
    home = Home.find(args.home)
    named = args.named or args.names is not None
    own = find_names(home, args.names) if named else None
    job = Job(tuple(args.files), args.out, args.text, args.errors, Telling(named, own))
    job.target  # noqa: B018  # says so before a model is loaded if it cannot be written
    folder = find_bundle(args.model, Registry(home, Store.open(home.database)))
    model, engine = _engine(args, folder)
    held = Hold(folder)  # also while a cluster's workers are not yet begun
    try:
        done = score_corpus(job, model, engine, Progress(args.quiet))
    finally:
        held.release()
    return _outcome(job, model, done)


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """A model that other processes load."""

    model: str
    codebook: Codebook


def _engine(args: argparse.Namespace, folder: Path) -> tuple[Model, Engine]:
    if args.engine == "ray":
        from serving.corpus.cluster import ClusterEngine

        manifest = read_manifest(folder)
        verify(folder, manifest)
        engine = ClusterEngine(folder, args.address, args.workers)
        return _Elsewhere(manifest.version, manifest.codebook), engine
    if args.address or args.workers:
        raise FilesError("--address and --workers are for a cluster; give --engine ray with them")
    from serving.predictor import Predictor

    predictor = Predictor.open(folder)
    return predictor, LocalEngine(predictor)


def _outcome(job: Job, model: Model, done: Done) -> Outcome:
    errors = str(job.errors_file) if done.errors else None
    data = {
        "model": model.model, "rows": done.rows, "texts": done.texts, "errors": done.errors,
        "errors_file": errors, "text": done.text, "passed_over": done.passed,
    }  # fmt: skip
    said = f"{counted(done.rows, 'row')} into {job.target.path}, scored by {model.model}"
    if done.texts < done.rows - done.errors:
        said += f"; {counted(done.texts, 'different text')} in them"
    if job.text is None and done.text != "text":
        said += f"; the texts are those of the column '{done.text}'"
    if done.errors:
        said += f"; {done.errors:,} of them could not be scored: {errors} says why"
    if done.passed:
        passed = ", ".join(f"{ending} ({n})" for ending, n in sorted(done.passed.items()))
        said += f"; files passed over: {passed}"
    return Outcome(data, said)
