"""The champion that is being served, and how it changes without a restart."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from labels.errors import FramescopeError
from labels.home import Home
from labels.store import Store
from serving.predictor import Predictor
from training.registry import Registry

SECONDS_BETWEEN_LOOKS = 2.0
_WARM_UP = ("One short sentence.", "A longer sentence, to touch another length. " * 20)

logger = logging.getLogger("framescope")


@dataclass(frozen=True, slots=True)
class Serving:
    """One predictor with what is known of its model."""

    predictor: Predictor
    evaluation: dict[str, Any] | None


class Live:
    """Holds the predictor in use; a thread of its own looks for promotions.

    A request takes `serving` once and keeps it, so that each answer is one model's answer. A
    bundle that cannot be loaded is refused and the one in use stays.
    """

    def __init__(self, home: Home, store: Store) -> None:
        self.store = store
        self.registry = Registry(home, store)
        self.serving: Serving | None = None
        self.problem: str | None = None
        self.scoring = ThreadPoolExecutor(1, thread_name_prefix="scoring")
        self._refused: str | None = None
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="promotions", daemon=True)

    def start(self) -> None:
        """Load the champion, if there is one, and begin to look for promotions."""
        self.look()
        self._watcher.start()

    def stop(self) -> None:
        """Stop looking, and let scoring that has begun finish."""
        self._stop.set()
        self.scoring.shutdown(wait=True)
        self.store.engine.dispose()

    def look(self) -> None:
        """Serve the champion, if it is another than the one served."""
        try:
            champion = self.registry.champion()
            served = self.serving.predictor.model if self.serving else None
            if champion == served:
                self.problem = self._refused = None
            if champion in (None, served, self._refused):
                return
            self._refused = champion  # until it has loaded
            predictor = Predictor.open(self.registry.folder(champion))
            predictor.predict(_WARM_UP)
            self.serving = Serving(predictor, self.registry.evaluation(champion))
            self.problem, self._refused = None, None
            logger.info("serving model %s", champion)
        except FramescopeError as error:
            self.problem = str(error)
            logger.error("not served: %s", error)

    def _watch(self) -> None:
        while not self._stop.wait(SECONDS_BETWEEN_LOOKS):
            try:
                self.look()
            except Exception:
                logger.exception("could not look for promotions")
