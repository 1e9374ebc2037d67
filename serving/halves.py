"""Finding the one that fails among what is scored together."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def by_halves(
    items: Sequence[Item],
    score: Callable[[Sequence[Item]], Sequence[Answer]],
    failed: Callable[[BaseException], Answer],
    error: BaseException,
    kind: type[BaseException] = Exception,
) -> list[Answer]:
    """Score again by halves what failed together with `error`, down to the items that fail alone.

    `failed` gives the answer on one that does. `kind`: of errors that are taken for a failure.
    """
    if len(items) == 1:
        return [failed(error)]
    half = len(items) // 2
    found: list[Answer] = []
    for part in (items[:half], items[half:]):
        try:
            found += score(part)
        except kind as inner:
            found += by_halves(part, score, failed, inner, kind)
    return found
