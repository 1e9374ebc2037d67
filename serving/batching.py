"""Scoring across requests: what waits is scored in batches of like length.

Two threads score in turn, so that the engine has work while results are made of the last batch;
tokens are made before a text waits, in a third. A batch is of one predictor; what raises is found
by halves and costs nobody else's answer.
"""

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from labels.errors import FramescopeError
from serving.backends import BATCH_TOKENS as MOST_TOKENS
from serving.counters import (
    BATCH_TEXTS,
    BATCH_TOKENS,
    QUEUE_TEXTS,
    QUEUE_TOKENS,
    SCORING_SECONDS,
    WAIT_SECONDS,
)
from serving.faults import own_fault, without_messages
from serving.halves import by_halves
from serving.overload import Limits, Room
from serving.predictor import Predictor, ReadText
from serving.results import TextError
from serving.waiting import Answer, Item, Kind, Line, cost_of, portions

_SPREAD = 4.0
"""A long request's texts are due as if it had one such part of the machine; see `Line.add`."""

_PART = 2**15
"""Characters read at a time, so that the tokens of a long request hold up no short one."""

logger = logging.getLogger("bentoml.framescope")


class StoppingError(FramescopeError):
    """The service is about to end."""


class Batcher:
    """Scores the texts of all requests; `score` is for one, by coroutines of any event loop."""

    def __init__(
        self,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        most: int | None = None,
        limit: int | None = None,
        lanes: int = 2,
    ) -> None:
        """`most`: tokens in a batch, with padding; None is what the predictor is best given.

        `limit`: tokens that may wait; None is by the rate. `lanes`: batches under way at a time.
        """
        self.room = Room(limits or Limits(), most or MOST_TOKENS, limit)
        self._clock = clock
        self._line = Line(most)
        self._change = threading.Condition()  # guards the room and the line
        self._stopping = False
        self._begun: dict[int, tuple[float, int]] = {}
        """When the batches that are being scored began, and of how many texts, by lane."""
        self._last = -math.inf
        """When a batch was done last."""
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._scoring = [
            threading.Thread(target=self._run, args=(lane,), name=f"scoring_{lane}", daemon=True)
            for lane in range(lanes)
        ]
        for thread in self._scoring:
            thread.start()

    @property
    def alive(self) -> bool:
        """Whether texts are still scored: by threads that live, and do not hang in a batch."""
        oldest = min((began for began, _ in self._begun.copy().values()), default=math.inf)
        hangs = self._clock() - oldest > self.room.limits.deadline
        return all(thread.is_alive() for thread in self._scoring) and not hangs

    def stop(self) -> None:
        """Score what waits, and end."""
        with self._change:
            self._stopping = True
            self._change.notify_all()
        self._reading.shutdown(wait=True)
        for thread in self._scoring:
            thread.join()

    async def score(
        self, predictor: Predictor, texts: Sequence[object], explain: bool = False
    ) -> list[Answer]:
        """Return what `predictor.predict` does; a text on which it fails has an error of its own.

        What only a cancelled call waits for is not scored.

        Raises:
            OverloadedError: if more would wait than may.
            StoppingError: if the service is about to end.
        """
        with self._change:
            self._check_open()
            held = self.room.hold(_guess(predictor, texts))
        try:
            read = await self._read(predictor, texts)
            # Once each, so that a request of one text many times asks no more than one of it.
            good = list({one.sent: one for one in read if isinstance(one, ReadText)}.values())
            cost = sum(cost_of(one, explain) for one in good)
            with self._change:
                self.room.release(held)
                held = self.room.hold(cost)
                share = self.room.share
            answers: dict[str, Answer] = {}
            for part in portions(good, explain, share):
                found = await self._wait((predictor, explain), part)
                answers.update(zip((one.sent for one in part), found, strict=True))
                cost -= sum(cost_of(one, explain) for one in part)
                with self._change:
                    self.room.keep(held, cost)
        finally:
            with self._change:
                self.room.release(held)
        return [answers[one.sent] if isinstance(one, ReadText) else one for one in read]

    async def _read(
        self, predictor: Predictor, texts: Sequence[object]
    ) -> list[ReadText | TextError]:
        loop = asyncio.get_running_loop()
        found: list[ReadText | TextError] = []
        for part in _parts(texts):
            found += await loop.run_in_executor(self._reading, _read, predictor, part)
        return found

    async def _wait(self, kind: Kind, texts: Sequence[ReadText]) -> list[Answer]:
        with self._change:
            self._check_open()
            ticket = self._line.add(kind, texts, self._clock(), _SPREAD / self.room.rate)
            self._show()
            self._change.notify_all()
        try:
            return await asyncio.wrap_future(ticket.answers)
        finally:
            with self._change:
                self._line.leave(ticket)
                self._show()

    def _check_open(self) -> None:
        if self._stopping:
            raise StoppingError("the service is about to end; ask again in a few seconds")

    def _run(self, lane: int) -> None:
        """Score until stopped, whatever happens: without these threads nobody would be answered."""
        while True:
            try:
                if not self._step(lane):
                    return
            except BaseException as error:
                self._begun.pop(lane, None)
                with suppress(BaseException):  # memory may be short for this, too
                    self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        """Answer all that wait with a fault: of which texts it is cannot be told."""
        with self._change:
            asked = self._line.clear()
            self._show()
        answer = _failed(error)
        for places in asked:
            for ticket, place in places.items():
                ticket.give(place, answer)

    def _step(self, lane: int) -> bool:
        """Score one batch. What it holds of a predictor ends with it, so that models are freed."""
        with self._change:
            while not self._worth_it():
                if self._stopping and not len(self._line):
                    return False
                self._change.wait()
            batch = self._line.take()
            began = self._clock()
            self._begun[lane] = began, len(batch)
            self._show()
        predictor, explain = batch[0].kind
        answers = _answers(predictor, [item.read for item in batch], explain)
        with self._change:
            now = self._clock()
            del self._begun[lane]
            self._change.notify_all()
            asked = self._line.done(batch)
            most = self._line.most or predictor.batch_tokens
            # Of two batches under way at once, each took the time since the other was done.
            alone = now - max(began, self._last)
            self.room.measured(sum(item.cost for item in batch), alone, most)
            self._last = now
        for answer, places in zip(answers, asked, strict=True):
            for ticket, place in places.items():
                ticket.give(place, answer)
        _observe(batch, began, now - began)
        return True

    def _worth_it(self) -> bool:
        """Whether to begin a batch: beside one of several texts, which has all cores, a full one.

        A small one would not be done sooner, and takes longer for each text.
        """
        if not len(self._line):
            return False
        alone = all(count == 1 for _, count in self._begun.values())
        return alone or self._line.tokens >= self._line.full

    def _show(self) -> None:
        QUEUE_TOKENS.set(self._line.tokens)
        QUEUE_TEXTS.set(len(self._line))


def _answers(predictor: Predictor, texts: Sequence[ReadText], explain: bool) -> Sequence[Answer]:
    """Score texts together; where that fails, each half by itself, down to the text that fails."""

    def score(part: Sequence[ReadText]) -> Sequence[Answer]:
        found = predictor.score(part, explain)
        if len(found) != len(part):
            raise RuntimeError(f"{len(found)} results for {len(part)} texts")
        return found

    try:
        return score(texts)
    except BaseException as error:  # a panic of a library in Rust is no Exception
        return by_halves(texts, score, _failed, error, BaseException)


def _read(predictor: Predictor, texts: Sequence[object]) -> Sequence[ReadText | TextError]:
    try:
        return predictor.read(texts)
    except BaseException as error:  # as above
        if len(texts) == 1:
            return [_failed(error)]
    return [one for text in texts for one in _read(predictor, [text])]


def _failed(error: BaseException) -> TextError:
    """Log a fault, without its message, which may hold the text, and say so."""
    logger.error("a text could not be scored: %s", without_messages(error))
    return TextError("internal", own_fault(error))


def _guess(predictor: Predictor, texts: Sequence[object]) -> int:
    """Return about how many tokens texts have, before they are read."""
    most = predictor.manifest.max_tokens or math.inf
    found = {text for text in texts if isinstance(text, str)}
    return int(sum(min(most, len(text) // 4 + 2) for text in found))


def _parts(texts: Sequence[object]) -> Iterator[Sequence[object]]:
    first, size = 0, 0
    for place, text in enumerate(texts):
        size += len(text) if isinstance(text, str) else 0
        if size >= _PART or place == len(texts) - 1:
            yield texts[first : place + 1]
            first, size = place + 1, 0


def _observe(batch: Sequence[Item], began: float, seconds: float) -> None:
    BATCH_TEXTS.observe(len(batch))
    BATCH_TOKENS.observe(sum(item.cost for item in batch))
    SCORING_SECONDS.observe(seconds)
    for item in batch:
        WAIT_SECONDS.observe(max(0.0, began - item.since))
