"""Scoring in this process."""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol

from serving.corpus.answers import Answer, Scores, Telling, scored
from serving.corpus.spool import Window, read_window

Answered = tuple[Window, Callable[[], list[Answer]]]
"""A window, and what gives the answers on its new texts, in their order."""


class Engine(Protocol):
    """Scores windows, and gives them back in order. `seen` is told of texts as they are done."""

    def windows(
        self, folder: Path, column: str, numbers: Sequence[int], telling: Telling,
        seen: Callable[[int], None],
    ) -> Generator[Answered, None, None]: ...  # fmt: skip


class LocalEngine:
    """One predictor in this process; the next window is read while one is scored."""

    def __init__(self, predictor: Scores) -> None:
        self.predictor = predictor

    def windows(
        self, folder: Path, column: str, numbers: Sequence[int], telling: Telling,
        seen: Callable[[int], None],
    ) -> Generator[Answered, None, None]:  # fmt: skip
        for window in read_ahead(folder, column, numbers):
            texts = list(window.new.values())
            results = scored(self.predictor, texts, seen)
            yield window, partial(telling.answers, texts, results)


def read_ahead(folder: Path, column: str, numbers: Sequence[int]) -> Generator[Window, None, None]:
    """Yield windows; the one after is read meanwhile."""
    with ThreadPoolExecutor(1, thread_name_prefix="window") as thread:
        begun: deque[Future[Window]] = deque()
        for number in numbers:
            begun.append(thread.submit(read_window, folder, number, column))
            if len(begun) > 1:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
