"""What is wrong with a file as a whole."""

import json
from collections.abc import Collection
from pathlib import Path

from labels.codebook import Codebook
from labels.errors import LabelError


class BrokenFileError(LabelError):
    """A file of which nothing can be trusted from the place on that `fault` names."""

    def __init__(self, path: Path, fault: str) -> None:
        self.fault = fault
        super().__init__(f"{path}: {fault}; mend it there, what follows cannot be told apart")


def check_columns(path: Path, place: str, names: list[str]) -> None:
    """Refuse a table in which a column's name does not say which column is meant.

    Raises:
        BrokenFileError: naming the columns named more than once.
    """
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise BrokenFileError(path, f"{place}: columns named more than once: {repeated}")


def check_labelled(path: Path, names: Collection[str], codebook: Codebook) -> None:
    """Refuse a table without the columns that labelled rows have, once for all its rows.

    Raises:
        BrokenFileError: naming what is missing, what is there, and how a right row looks.
    """
    needed = ("text",) if "kind" in names else ("text", "frames")  # a retraction has no frames
    if missing := [name for name in needed if name not in names]:
        frame = codebook.frame_names[0]
        example = {frame: codebook.stance_names[0]} if codebook.stances else [frame]
        raise BrokenFileError(
            path,
            f"header: no column {' and no column '.join(map(repr, missing))}; there are "
            f"{list(names)}. A row has one cell 'text' and one cell 'frames', which holds all its "
            f"frames: {json.dumps(example, ensure_ascii=False)}, or "
            f"{'{}' if codebook.stances else '[]'} where it carries none",
        )
