"""The starter corpus: the labels the project comes with."""

import json
from collections.abc import Iterator
from pathlib import Path

from labels.codebook import Codebook, load_codebook
from labels.insertion import erased
from labels.rows import LabelledRow, read_row
from labels.store import Store

STARTER = Path(__file__).parent / "starter"
STARTER_ANNOTATORS = ("writer", "reader")
"""Who answered in it, beside the adjudicator."""
WRITTEN = "2026-11-01T00:00:00Z"
"""The time given to the starter's answers, so that any later answer of a team counts after them."""


def suits(codebook: Codebook) -> bool:
    """Whether the starter's labels can be used with a codebook."""
    return codebook.same_labels(load_codebook())


def starter_rows() -> Iterator[LabelledRow]:
    """Yield every answer of the starter corpus."""
    codebook = load_codebook()
    texts = {text["id"]: text for text in _lines(STARTER / "paragraphs.jsonl")}
    for answer in _lines(STARTER / "annotations.jsonl"):
        raw = {**texts[answer["id"]], **answer, "at": WRITTEN, "codebook": 1}
        row, problems = read_row(raw, codebook)
        if row is None:
            raise ValueError(f"starter corpus, {answer['id']}: {problems}")
        yield row


def starter_rows_for(store: Store) -> list[LabelledRow]:
    """Return the starter's answers but for those on texts that were erased from a store."""
    rows = list(starter_rows())
    with store.reading() as connection:
        gone = erased(connection, {row.text_id for row in rows})
    return [row for row in rows if row.text_id not in gone]


def _lines(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
