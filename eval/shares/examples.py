"""Paragraphs to read behind a figure: a few of each group and frame, of which the model is sure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.shares.columns import strings
from eval.shares.grouping import Grouping
from eval.shares.reading import Corpus
from eval.shares.sources import SharesError, batches, names_of
from labels.text import shortened
from serving.corpus.columns import STANCE, UNCERTAIN

EACH = 3
LONGEST = 600
_SEED = 0
_ABOUT = ("source", "date", "document", "speaker")
_TEXT = "text"


class Example(NamedTuple):
    """A paragraph, shortened, and where it is from."""

    text: str
    stance: str | None
    about: tuple[str, ...]


def chosen(corpus: Corpus, grouping: Grouping, groups: int) -> dict[tuple[int, int], list[int]]:
    """Return rows of the corpus by group and frame, at most `EACH`, the same at every call.

    Only the first `groups` groups are asked for. Uncertain paragraphs are left out.
    """
    order = np.random.default_rng(_SEED).permutation(len(corpus))
    found: dict[tuple[int, int], list[int]] = {}
    for frame in range(len(corpus.frames)):
        fit = (corpus.decided[frame] > 0) & corpus.sure[frame]
        inside = fit[grouping.row] & (grouping.group < groups)
        row, group = grouping.row[inside], grouping.group[inside]
        mixed = np.lexsort((order[row], group))
        row, group = row[mixed], group[mixed]
        place = np.arange(len(group)) - np.searchsorted(group, group)
        for at in np.flatnonzero(place < EACH):
            found.setdefault((int(group[at]), frame), []).append(int(row[at]))
    return found


def read_examples(source: Any, corpus: Corpus, rows: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the cells of rows of the corpus, read a second time from where they are.

    Raises:
        SharesError: if the rows are no longer there, or no column holds the texts.
    """
    wanted = np.array(sorted(set(rows)), dtype=np.intp)
    numbers = corpus.row[wanted]
    names = names_of(source)
    text = _TEXT if _TEXT in names else _longest(source, names)
    columns = [text, *(name for name in _ABOUT if name in names)]
    columns += [name for name in names if name.endswith(STANCE)]
    found: dict[int, dict[str, Any]] = {}
    start = 0
    for batch in batches(source, columns):
        inside = (numbers >= start) & (numbers < start + len(batch))
        for row, cells in zip(
            wanted[inside].tolist(), _cells(batch, numbers[inside] - start), strict=True
        ):
            found[row] = {**cells, _TEXT: cells.get(text)}
        start += len(batch)
    if len(found) < len(wanted):
        raise SharesError("the scored rows have changed since they were counted; run it again")
    return found


def example(cells: dict[str, Any], frame: str) -> Example:
    """Return a row as an example of a frame."""
    about = [str(cells[name]) for name in _ABOUT if cells.get(name)]
    stance = cells.get(frame + STANCE)
    return Example(shortened(str(cells[_TEXT] or ""), LONGEST), stance, tuple(about))


def _cells(batch: Any, places: NDArray) -> Sequence[dict[str, Any]]:
    return batch.take(places).to_pylist()


def _longest(source: Any, names: Sequence[str]) -> str:
    """The column whose cells have most characters: the text goes by the caller's name."""
    first = next(iter(batches(source)), None)
    sizes = {}
    for name in names:
        if first is not None and ":" not in name and not name.endswith(UNCERTAIN):
            try:
                cells = strings(first[name].combine_chunks()).to_pylist()[:1000]
            except (TypeError, ValueError, NotImplementedError):
                continue
            sizes[name] = sum(len(cell or "") for cell in cells)
    if not sizes:
        raise SharesError("no column of the scored rows holds texts")
    return max(sizes, key=sizes.__getitem__)
