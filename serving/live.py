"""The champion that is being served, and how it changes without a restart."""

import itertools
import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from labels.errors import FramescopeError
from labels.home import Home
from labels.reading.guarded import Reader
from labels.store import Store
from serving import memory
from serving.batching import Batcher
from serving.frame_counters import show
from serving.overload import Limits
from serving.predictor import Predictor
from serving.results import Result
from training.bundle import BundleError
from training.registry import Registry

SECONDS_BETWEEN_LOOKS = 2.0
LOOKS_BETWEEN_TRIMS = 15
"""After so many looks what was freed is handed back to the system."""

LONGEST_WAIT = 60.0
"""Seconds to the next trial of what fails again and again; the first are 2, 4, 8 ..."""

READER_RESTS = 600.0
"""Seconds without a document after which the process that reads them is let go."""

_WARM_UP = ("One short sentence.", "A longer sentence, to touch another length. " * 20)

# Below BentoML's, so that it is shown as the server's own lines are, with the worker's number.
logger = logging.getLogger("bentoml.framescope")


@dataclass(frozen=True, slots=True)
class Serving:
    """One predictor with what is known of its model.

    `evaluation` is the newest report kept on it, `evaluated` that report's number.
    """

    predictor: Predictor
    evaluation: dict[str, Any] | None
    evaluated: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """What could not be served, and when it is tried again, in seconds of the clock.

    `version` is None where it could not even be read which model is champion.
    """

    version: str | None
    problem: str
    trials: int
    again: float


class Live:
    """Holds the predictor in use; a thread of its own looks for promotions.

    A request takes `serving` once and keeps it, so that each answer is one model's answer. A
    bundle that cannot be loaded is refused and the one in use stays; it is tried again later, so
    that a bundle that was mended is served without a restart.

    The thread loads at the priority of the rest: the engine's own threads inherit it and could
    never be raised again, so a model loaded at a low one would stay slow for as long as it serves.
    """

    def __init__(
        self, home: Home, store: Store, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.store = store
        self.registry = Registry(home, store)
        self.serving: Serving | None = None
        self.batcher = Batcher(Limits.from_environment())
        self.reader = Reader()
        self.reading = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self.unread = 0
        """Documents that are being read or wait for it. Counted in the event loop alone."""
        self._clock = clock
        self._refused: Refused | None = None
        self._loaded = False  # since memory was last given back
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="promotions", daemon=True)

    @property
    def problem(self) -> str | None:
        """Why the champion is not served, or None where it is or there is none."""
        refused = self._refused
        return refused.problem if refused else None

    def start(self) -> None:
        """Load the champion, if there is one, and begin to look for promotions."""
        self.look()
        self._watcher.start()

    def stop(self) -> None:
        """Stop looking, and let scoring that has begun finish."""
        self._stop.set()
        self.reader.close()
        self.reading.shutdown(wait=True)
        self.batcher.stop()
        self.store.engine.dispose()

    def expect_documents(self) -> None:
        """Have the process ready that reads documents, before the first one comes."""
        if self.reader.resting:
            threading.Thread(target=self.reader.warm, name="reader", daemon=True).start()

    def look(self) -> None:
        """Serve the codebook and the champion as they are set now. What fails is in `problem`."""
        version: str | None = None
        if self._loaded:  # a look later, when the requests that used the old model are over
            self._loaded = False
            memory.leave_out_of_collections()
            memory.give_back()
        try:
            self.store.look()
            version = self.registry.champion()
            served = self.serving.predictor.model if self.serving else None
            if version is None or version == served:
                self._refused = None
                self._refresh()
            elif self._due(version):
                self.serving = self._load(version)
                self._refused = None
                logger.info("serving model %s", version)
        # Anything else than trying again would leave the service without a model until a restart.
        except Exception as error:
            self._refuse(version, error)

    def _load(self, version: str) -> Serving:
        self._loaded = True
        predictor = Predictor.open(self.registry.folder(version))
        _warm_up(predictor)
        show(predictor, self.serving.predictor if self.serving else None)
        number = self.registry.newest_evaluation(version)
        return Serving(predictor, self.registry.evaluation(version), number)

    def _refresh(self) -> None:
        """Take in a report that was kept on the model after it was loaded."""
        if (now := self.serving) is None:
            return
        number = self.registry.newest_evaluation(now.predictor.model)
        if number != now.evaluated:
            found = self.registry.evaluation(now.predictor.model)
            self.serving = replace(now, evaluation=found, evaluated=number)

    def _due(self, version: str) -> bool:
        refused = self._refused
        return refused is None or refused.version != version or self._clock() >= refused.again

    def _refuse(self, version: str | None, error: Exception) -> None:
        earlier = self._refused
        trials = earlier.trials + 1 if earlier and earlier.version == version else 1
        wait = min(2.0 ** min(trials, 10), LONGEST_WAIT)
        known = isinstance(error, FramescopeError)
        what = f"model {version} cannot be loaded" if version else "cannot tell the champion"
        problem = str(error) if known else f"{what}: {type(error).__name__}: {error}"
        news = earlier is None or earlier.problem != problem
        self._refused = Refused(version, problem, trials, self._clock() + wait)
        if version is not None:
            detail = None if known else error
            logger.error("not served, next trial in %.0f s: %s", wait, problem, exc_info=detail)
        elif news:  # asked every two seconds
            logger.error("%s", problem, exc_info=error)

    def _watch(self) -> None:
        for look in itertools.count(1):
            if self._stop.wait(SECONDS_BETWEEN_LOOKS):
                return
            self.look()
            self.reader.rest(READER_RESTS)
            if look % LOOKS_BETWEEN_TRIMS == 0:
                memory.give_back()


def _warm_up(predictor: Predictor) -> None:
    """Let a model answer once, before anyone waits for it.

    Raises:
        BundleError: if its answer holds no scores.
    """
    answers = [answer for answer in predictor.predict(_WARM_UP) if isinstance(answer, Result)]
    frames = [frame for answer in answers for frame in answer.frames]
    scores = [frame.score for frame in frames]
    scores += [share for frame in frames if frame.stance for share in frame.stance.scores.values()]
    if len(answers) < len(_WARM_UP) or not all(map(math.isfinite, scores)):
        raise BundleError(
            f"model {predictor.model} gives no scores in its warm-up (not every one is a number); "
            "train again or restore the bundle from a copy"
        )
