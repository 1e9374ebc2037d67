"""Texts that wait to be scored: in what order they are taken, and which go together."""

import re
from bisect import bisect_left, insort
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field

from serving.evidence import MOST_UNITS
from serving.predictor import Predictor, ReadText
from serving.results import Result, TextError

AHEAD = 4
"""Texts of like length are looked for among those due first, as many as fill so many batches."""

Kind = tuple[Predictor, bool]
"""What a batch never mixes: the predictor, and whether it is asked to explain."""

Answer = Result | TextError

_ENDS = re.compile("[.!?\u2026\u3002\uff01\uff1f\u061f\u0964]+|\n")
"""Where a sentence ends in one script or another: near enough for a guess at their number."""


def cost_of(read: ReadText, explain: bool) -> int:
    """Return the tokens that scoring a text takes; one to explain is read once a sentence."""
    if not explain:
        return read.tokens
    return read.tokens * max(1, min(MOST_UNITS, len(_ENDS.findall(read.sent))))


class Ticket:
    """A request's texts in the line. `answers` is done when each has one, in the order sent."""

    def __init__(self, count: int) -> None:
        self.answers: Future[list[Answer]] = Future()
        self.items: list[Item] = []
        self._found: dict[int, Answer] = {}
        self._count = count

    def give(self, place: int, answer: Answer) -> None:
        """Set the answer to the text in `place`."""
        self._found[place] = answer
        if len(self._found) == self._count:
            with suppress(InvalidStateError):  # who asked has gone
                self.answers.set_result([self._found[place] for place in range(self._count)])


@dataclass(eq=False, slots=True)
class Item:
    """A text that waits, or is being scored. `asked`: by whom, and in which place of theirs.

    `due` and `since`: when it should be scored, and from when it waits, in seconds of the clock.
    """

    kind: Kind
    read: ReadText
    cost: int
    due: float
    number: int
    since: float
    asked: dict[Ticket, int] = field(default_factory=dict)

    @property
    def order(self) -> tuple[float, int]:
        return self.due, self.number


class Line:
    """Texts that wait, by when they are due; equal ones of one kind wait, and are scored, once.

    Not safe for threads by itself.
    """

    def __init__(self, most: int | None = None) -> None:
        """`most`: tokens in a batch, with padding; None is what the predictor is best given."""
        self.most = most
        self.tokens = 0
        self._items: list[Item] = []
        self._known: dict[tuple[Kind, str], Item] = {}
        self._number = 0

    def __len__(self) -> int:
        return len(self._items)

    def add(self, kind: Kind, texts: Sequence[ReadText], now: float, pace: float) -> Ticket:
        """Let a request's texts wait, which are all different.

        Its first text is due at once, and each other one when those before it would be scored at
        `pace`, in seconds a token. So a short request that comes later need not wait for all of a
        long one; and since time goes on for all, no text is passed by for ever.
        """
        ticket = Ticket(len(texts))
        before = 0
        for place, read in enumerate(texts):
            due = now + before * pace
            item = self._known.get((kind, read.sent))
            if item is None:
                item = Item(kind, read, cost_of(read, kind[1]), due, self._number, now)
                self._number += 1
                self._known[kind, read.sent] = item
                self._insert(item)
            elif due < item.due and self._waits(item):
                self._remove(item)
                item.due = due
                self._insert(item)
            item.asked[ticket] = place
            ticket.items.append(item)
            before += item.cost
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Drop a request: what nobody else asked for is not scored, unless it is already."""
        for item in ticket.items:
            item.asked.pop(ticket, None)
            if not item.asked and self._waits(item):
                self._remove(item)
                del self._known[item.kind, item.read.sent]

    @property
    def full(self) -> int:
        """Tokens of a full batch, with padding, if one were taken now."""
        return self.most or self._items[0].kind[0].batch_tokens

    def take(self) -> list[Item]:
        """Take the text that is due first, with those of like length that fill its batch."""
        first, near, tokens = self._items[0], [], 0
        most = self.full
        for item in self._items:
            if item.kind == first.kind:
                near.append(item)
                tokens += item.cost
                if tokens > AHEAD * most:
                    break
        near.sort(key=lambda item: item.cost)
        batch = near[alike([item.cost for item in near], near.index(first), most)]
        taken = {item.number for item in batch}
        self._items = [item for item in self._items if item.number not in taken]
        self.tokens -= sum(item.cost for item in batch)
        return batch

    def done(self, batch: Sequence[Item]) -> list[dict[Ticket, int]]:
        """Forget a batch that has been scored; return who asked for each of its texts."""
        for item in batch:
            if self._known.get((item.kind, item.read.sent)) is item:  # not since `clear`
                del self._known[item.kind, item.read.sent]
        return [dict(item.asked) for item in batch]

    def clear(self) -> list[dict[Ticket, int]]:
        """Forget all that waits or is being scored; return who asked for each text."""
        asked = [dict(item.asked) for item in self._known.values()]
        self._items, self._known, self.tokens = [], {}, 0
        return asked

    def _waits(self, item: Item) -> bool:
        place = bisect_left(self._items, item.order, key=lambda own: own.order)
        return place < len(self._items) and self._items[place] is item

    def _insert(self, item: Item) -> None:
        insort(self._items, item, key=lambda own: own.order)
        self.tokens += item.cost

    def _remove(self, item: Item) -> None:
        del self._items[bisect_left(self._items, item.order, key=lambda own: own.order)]
        self.tokens -= item.cost


def alike(lengths: Sequence[int], place: int, most: int) -> slice:
    """Return which of some ascending lengths make a batch with the one in `place`.

    They are the nearest to it, as many as fit into `most` tokens with padding; one always does.
    """
    low, high = place, place + 1
    while True:
        count = high - low + 1
        shorter = low > 0 and lengths[high - 1] * count <= most
        longer = high < len(lengths) and lengths[high] * count <= most
        if not shorter and not longer:
            return slice(low, high)
        below = lengths[place] - lengths[low - 1] if shorter else None
        above = lengths[high] - lengths[place] if longer else None
        if above is None or (below is not None and below <= above):
            low -= 1
        else:
            high += 1


def portions(texts: Sequence[ReadText], explain: bool, most: int) -> list[list[ReadText]]:
    """Split texts, in order, into as few parts as hold at most `most` tokens or one text."""
    found: list[list[ReadText]] = []
    left = 0
    for one in texts:
        cost = cost_of(one, explain)
        if not found or cost > left:
            found.append([])
            left = most
        found[-1].append(one)
        left -= cost
    return found
