"""Scoring a corpus from its files to its scores, killed and gone on with as often as need be."""

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from labels.errors import FramescopeError
from labels.outcome import counted
from labels.text import digest
from serving.backends import CHOICE
from serving.corpus.answers import Telling
from serving.corpus.columns import TEXT, added_columns, check_columns
from serving.corpus.finisher import Finisher, Model
from serving.corpus.inputs import ERRORS, STDIN, FilesError, Input, expanded, printable, told_apart
from serving.corpus.local import Engine
from serving.corpus.rows import text_rows
from serving.corpus.run import FORMAT, check_same, inputs_of, keep_stdin
from serving.corpus.spool import Limits, Plan, lay_down
from serving.corpus.texts import Texts
from serving.corpus.work import Work, opened, work_folder
from serving.corpus.writing import Target
from training.progress import Progress


class StoppedError(FramescopeError):
    """A run that was ended by Ctrl-C."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be scored and written.

    `text`: the column of the texts; None is found. `errors`: None is beside `out`.
    """

    inputs: tuple[str | Path, ...]
    out: str | Path
    text: str | None = None
    errors: Path | None = None
    telling: Telling = field(default_factory=Telling)
    limits: Limits = field(default_factory=Limits)

    @property
    def target(self) -> Target:
        """Where the scores go."""
        return Target.of(self.out)

    @property
    def errors_file(self) -> Path:
        """Where rows that could not be scored are listed, if there are any."""
        path = self.target.path
        return self.errors or path.with_name(f"{path.name}{ERRORS}")


@dataclass(frozen=True, slots=True)
class Done:
    """What a run came to. `texts`: different ones, which were scored once each.

    `passed`: files in folders that are neither tables nor documents, by their ending.
    """

    rows: int
    errors: int
    texts: int
    text: str
    passed: dict[str, int]


def score_corpus(job: Job, model: Model, engine: Engine, progress: Progress) -> Done:
    """Score all texts of a job, or go on with what an earlier run of it has left undone.

    Rows come out in the order they came in, with all their columns. Memory does not grow with their
    number. A row that cannot be scored has the reason in its column `error`.

    Raises:
        FilesError: if the inputs cannot be scored as asked, or another run is unfinished.
        LabelError: if a table cannot be read, or not from some place on. Nothing is scored then.
        StoppedError: at Ctrl-C, with what to do.
        ScoringError: if the model scores nothing.
    """
    target = job.target
    files, passed = _files(job)
    with opened(target) as work:
        try:
            earlier = work.earlier_run()
            stdin = keep_stdin(work.scratch, earlier is not None) if STDIN in files else None
            run = _run(job, model, inputs_of(files, stdin))
            if earlier is not None:
                check_same(earlier, run, work.folder)
            else:
                _check_free(target)
                work.start(run)
                _read(job, files, work, model, progress)
            return _score(job, model, engine, work, progress, passed)
        except KeyboardInterrupt as error:
            raise StoppedError(_how_to_go_on(work)) from error
        finally:
            if work.earlier_run() is None and work.folder.exists():
                work.remove()


def _files(job: Job) -> tuple[dict[str, list[Input]], Counter[str]]:
    found: dict[str, list[Input]] = {}
    passed: Counter[str] = Counter()
    for given in map(str, job.inputs):
        if given in found:
            raise FilesError(f"{given} is given twice; name each input once")
        found[given], own = expanded([given])
        passed += own
    apart = iter(told_apart([one for own in found.values() for one in own]))
    written = [*map(os.path.abspath, (job.target.path, work_folder(job.target), job.errors_file))]
    kept = {
        printable(given): [one for one in islice(apart, len(own)) if not _is_own(one, written)]
        for given, own in found.items()
    }
    if not any(kept.values()):
        raise FilesError(f"{' '.join(kept)}: nothing to score but what this run writes")
    return kept, passed


def _is_own(one: Input, written: Sequence[str]) -> bool:
    """Whether a file is what the run itself writes, which may lie in a folder that is scored."""
    path = os.path.abspath(one.path)
    return any(path == own or path.startswith(own + os.sep) for own in written)


def _run(job: Job, model: Model, inputs: dict[str, Any]) -> dict[str, Any]:
    own = job.telling.own
    return {
        "format": FORMAT,
        "inputs": inputs,
        "out": job.target.format + (job.target.packing or ""),
        "text": job.text,
        "errors": str(job.errors) if job.errors else None,
        "model": model.model,
        "codebook": f"{model.codebook.name}/{model.codebook.version}",
        "backend": os.environ.get(CHOICE) or None,
        "named": job.telling.named,
        "names": digest(repr(own.spellings)) if own and job.telling.named else None,
        "window": f"{job.limits.rows} rows, {job.limits.size} bytes",
    }


def _check_free(target: Target) -> None:
    if target.is_folder and target.path.exists() and any(target.path.iterdir()):
        raise FilesError(f"{target.path}: this folder is not empty; give another --out")


def _read(
    job: Job, files: dict[str, list[Input]], work: Work, model: Model, progress: Progress
) -> None:
    inputs = [one for own in files.values() for one in own]
    progress.stage(f"reading {counted(len(inputs), 'file')}")
    column, rows = text_rows(
        inputs, job.text, work.scratch, lambda done: progress.advance(done, len(inputs))
    )
    with closing(Texts(work.texts)) as texts:
        plan = lay_down(rows, column, work.rows, texts, job.limits)
    added = added_columns(model.codebook, job.telling.named)
    check_columns(plan.columns, column, added)
    work.planned(plan)


def _score(
    job: Job, model: Model, engine: Engine, work: Work, progress: Progress, passed: Counter[str]
) -> Done:
    plan = work.plan
    assert plan is not None
    if work.outcome is None:
        _score_windows(job, model, engine, work, plan, progress)
        errors = work.errors()
        done = Done(sum(plan.rows), errors, sum(plan.texts), plan.column, dict(passed))
        work.complete(asdict(done))
    progress.stage(f"writing {job.target.path}")
    added = added_columns(model.codebook, job.telling.named)
    work.finish({**plan.columns, **added}, job.errors_file)
    done = Done(**(work.outcome or {}))
    work.remove()
    progress.close()
    return done


def _score_windows(
    job: Job, model: Model, engine: Engine, work: Work, plan: Plan, progress: Progress
) -> None:
    first = work.windows_done()
    total, count = sum(plan.texts), sum(plan.texts[:first])
    what = f"{counted(total, 'text')} of {counted(sum(plan.rows), 'row')}"
    where = "" if plan.column == (job.text or TEXT) else f", from the column '{plan.column}'"
    progress.stage(f"scoring {what}{where}", unit="texts")

    def seen(texts: int) -> None:
        nonlocal count
        count += texts
        progress.advance(count, total)

    if total:
        seen(0)
    numbers = range(first, len(plan.rows))
    with (
        closing(Texts(work.texts)) as texts,
        ThreadPoolExecutor(1, thread_name_prefix="writing") as writing,
        closing(engine.windows(work.rows, plan.column, numbers, job.telling, seen)) as windows,
    ):
        finisher = Finisher(work, texts, model, plan.columns, job.telling.named)
        before: Future[None] | None = None
        for window, answers in windows:
            if before:
                before.result()
            before = writing.submit(finisher.finish, window, answers)
        if before:
            before.result()


def _how_to_go_on(work: Work) -> str:
    plan = work.plan
    if plan is None:
        return "interrupted while reading; nothing was scored so far, and nothing is left"
    done, total = sum(plan.rows[: work.windows_done()]), sum(plan.rows)
    return (
        f"interrupted after {done:,} of {counted(total, 'row')}; the same command again goes on "
        f"from there, {work.folder} holds what is done"
    )
