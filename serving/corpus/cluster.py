"""Scoring on a Ray cluster: the same predictor, loaded once in each of its worker processes."""

import json
import logging
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from labels.errors import FramescopeError
from serving.backends import CHOICE, THREADS
from serving.corpus.answers import Telling, scored
from serving.corpus.local import Answered, read_ahead
from serving.corpus.spool import read_window
from serving.predictor import Predictor

_MOST_CPUS = 4
"""CPUs of a worker, where a node has more: each worker holds a model of its own."""


class ClusterError(FramescopeError):
    """A cluster that cannot be used, or a worker that cannot score."""


@dataclass(frozen=True, slots=True)
class ClusterEngine:
    """Ray Data, a window being the unit. Every node must see the bundle and the output's folder.

    A worker that is lost is replaced, and its window scored again. `address`: of the cluster; None
    is RAY_ADDRESS, else one on this machine, for this run. `workers`: None is one for each four
    CPUs of a node, or for each GPU where the backend is `torch`.
    """

    bundle: Path
    address: str | None = None
    workers: int | None = None

    def windows(
        self, folder: Path, column: str, numbers: Sequence[int], telling: Telling,
        seen: Callable[[int], None],
    ) -> Generator[Answered, None, None]:  # fmt: skip
        if not numbers:
            return
        ray = _ray()
        _connect(ray, self.address)
        try:
            rows = self._rows(ray, folder.absolute(), column, numbers, telling)
            with closing(read_ahead(folder, column, numbers)) as windows:
                for window, row in zip(windows, rows, strict=True):
                    if row["fault"]:
                        raise ClusterError(row["fault"])
                    if row["window"] != window.number:
                        raise RuntimeError(f"window {row['window']} instead of {window.number}")
                    answers = json.loads(row["answers"])
                    seen(len(answers))
                    yield window, partial(list, answers)
        except ray.exceptions.RayError as error:
            said = str(error).strip().splitlines()
            raise ClusterError(f"the cluster failed: {said[-1] if said else error!r}") from error
        finally:
            ray.shutdown()

    def _rows(
        self, ray: Any, folder: Path, column: str, numbers: Sequence[int], telling: Telling
    ) -> Any:
        import ray.data as data

        context = data.DataContext.get_current()
        context.enable_progress_bars = False
        # What is said of a window may rest on one before it, and the output has their order.
        context.execution_options.preserve_order = True
        share = shares(ray.nodes(), self.workers, os.environ.get(CHOICE) == "torch")
        threads = max(1, int(share.resources.get("num_cpus", 0)))
        scorer = (self.bundle, os.environ.get(CHOICE), threads, folder, column, telling)
        items: Any = data.from_items(
            [{"window": n} for n in numbers], override_num_blocks=len(numbers)
        )
        pool = data.ActorPoolStrategy(size=min(share.workers, len(numbers)))
        return items.map(
            _Scorer, fn_constructor_args=scorer, compute=pool, **share.resources
        ).iter_rows()


class _Scorer:
    """What a worker process holds."""

    def __init__(
        self, bundle: Path, backend: str | None, threads: int, folder: Path, column: str,
        telling: Telling,
    ) -> None:  # fmt: skip
        os.environ[THREADS] = str(threads)
        self._open = partial(Predictor.open, bundle, backend=backend)
        self._predictor: Predictor | None = None
        self._read = partial(read_window, folder, column=column)
        self._telling = telling

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        number = int(row["window"])
        try:
            # Not in the constructor: there a fault would be tried again without end.
            self._predictor = self._predictor or self._open()
            texts = list(self._read(number=number).new.values())
            answers = self._telling.answers(texts, scored(self._predictor, texts))
        except (FramescopeError, OSError) as error:
            words = f"a worker cannot score, {error}; every node must see the model and the output"
            return {"window": number, "answers": "[]", "fault": words}
        said = json.dumps(answers, ensure_ascii=False)
        return {"window": number, "answers": said, "fault": ""}


@dataclass(frozen=True, slots=True)
class Share:
    """How many workers, and what Ray is to give each."""

    workers: int
    resources: dict[str, float]


def shares(nodes: Sequence[dict[str, Any]], wanted: int | None, on_gpu: bool) -> Share:
    """Part the nodes of a cluster, as Ray describes them, among workers.

    Raises:
        ClusterError: if so many workers as wanted do not fit.
    """
    alive = [node["Resources"] for node in nodes if node["Alive"]]
    gpus = int(sum(node.get("GPU", 0) for node in alive))
    if on_gpu and gpus:
        if wanted and wanted > gpus:
            raise ClusterError(f"--workers {wanted}, but the cluster has {gpus} GPUs")
        return Share(wanted or gpus, {"num_gpus": 1})
    cpus = [int(node.get("CPU", 0)) for node in alive]
    most = max(cpus, default=0)
    sizes = range(most, 0, -1) if wanted else range(min(most, _MOST_CPUS), 0, -1)
    for size in sizes:
        fitting = sum(count // size for count in cpus)
        if fitting >= (wanted or 1):
            return Share(wanted or fitting, {"num_cpus": size})
    raise ClusterError(f"--workers {wanted or 1}, but the cluster has {sum(cpus)} CPUs")


def _ray() -> Any:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing is told to anyone
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ClusterError(
            f"--engine ray needs Ray: {error}; install it with pip install 'framescope[cluster]'"
        ) from error
    return ray


def _connect(ray: Any, address: str | None) -> None:
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        ray.init(
            address, include_dashboard=False, log_to_driver=False, logging_level="ERROR",
            ignore_reinit_error=True,
        )  # fmt: skip
    except (ConnectionError, ValueError) as error:
        raise ClusterError(f"no Ray cluster at {address}: {error}") from error
