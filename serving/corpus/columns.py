"""The columns of a scored file: those of the input, and those that scoring adds."""

from collections.abc import Iterable, Sequence
from typing import Any

from labels.codebook import Codebook
from serving.corpus.cells import kind_of
from serving.corpus.inputs import FilesError

PRESENT, STANCE, UNCERTAIN = ":present", ":stance", ":uncertain"
"""How the columns of a frame end, beside its score."""

TEXT = "text"
_OTHER_NAMES = frozenset(
    (TEXT, "paragraph", "paragraph_text", "content", "body", "passage", "article", "article_text",
     "full_text", "fulltext", "sentence")
)  # fmt: skip
"""What columns of texts are called, in small letters."""


def find_text(names: Sequence[str]) -> str:
    """Return the column that holds the texts: `text`, else the only one with such a name.

    Raises:
        FilesError: if there is none, or several.
    """
    if TEXT in names:
        return TEXT
    likely = [name for name in names if name.casefold() in _OTHER_NAMES]
    if len(likely) == 1:
        return likely[0]
    what = f"the columns {sorted(likely)} may all be" if likely else "no column looks like"
    raise FilesError(
        f"{what} that of the texts; the columns are {sorted(names)}. "
        "Name the one that holds the text with --text"
    )


class Kinds:
    """The columns of rows of plain values, in the order they came, and the types in each."""

    def __init__(self) -> None:
        self._found: dict[str, set[type]] = {}

    def add(self, row: dict[str, Any]) -> None:
        for name, value in row.items():
            kinds = self._found.get(name)
            if kinds is None:
                kinds = self._found[name] = set()
            if value is not None:
                kinds.add(kind_of(value))

    def columns(self) -> dict[str, type]:
        """Return the type of each column: str where there are several, or none."""
        pairs = self._found.items()
        return {name: next(iter(own)) if len(own) == 1 else str for name, own in pairs}


def columns_of(rows: Iterable[dict[str, Any]]) -> dict[str, type]:
    """Return the columns of rows of plain values, each with its type: str where it has several."""
    kinds = Kinds()
    for row in rows:
        kinds.add(row)
    return kinds.columns()


def added_columns(codebook: Codebook, named: bool) -> dict[str, type]:
    """Return the columns of a result; a frame's own column holds its score.

    `named`: with the countries and names that a text mentions, which are lists.
    """
    frames: dict[str, type] = {}
    for name in codebook.frame_names:
        frames |= {name: float, f"{name}{PRESENT}": bool, f"{name}{UNCERTAIN}": bool}
        if codebook.stances:
            frames |= {f"{name}{STANCE}": str}
    mentions: dict[str, type] = {"countries": list, "names": list} if named else {}
    return {
        "model": str, "codebook": str, "text_id": str, "language": str, "language_supported": bool,
        "truncated": bool, "tokens": int, **frames, **mentions, "error": str,
    }  # fmt: skip


def check_columns(given: dict[str, type], text: str, added: dict[str, type]) -> None:
    """Refuse what cannot be scored, before hours of scoring.

    Raises:
        FilesError: if no row has the column of the texts, or a column has the name of a result's.
    """
    if text not in given:
        raise FilesError(
            f"no row has a column '{text}'; the columns are {sorted(given)}. "
            "Name the one that holds the text with --text"
        )
    if taken := sorted(given.keys() & added.keys()):
        raise FilesError(
            f"the columns {taken} of the input have the names of results; rename them first"
        )
