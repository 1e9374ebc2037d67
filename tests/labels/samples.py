"""Rows made up for the tests of labels: single ones, and strategies that draw them."""

from typing import Any

from hypothesis import strategies as st

from labels.codebook import Codebook, Frame, Stance
from labels.rows import COLUMNS, LabelledRow, read_row
from labels.text import normalise

TOPICS = Codebook("topics", 1, (Frame("trade"), Frame("war")))
"""A codebook without stances."""

VIEWS = Codebook("views", 1, (Frame("trade"), Frame("war")), (Stance("pro"), Stance("con")))


def made(text: str, frames: Any, of: Codebook = VIEWS, **columns: Any) -> LabelledRow:
    """Return the row that importing these columns gives."""
    row, problems = read_row({"text": text, "frames": frames, **columns}, of)
    assert row is not None, problems
    return row


_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.text(_characters, min_size=1, max_size=30).filter(normalise)
_words = st.text(_characters, min_size=1, max_size=8)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(_characters, max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_words, inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
_optional = {
    "id": _words | st.integers(),
    "lang": st.sampled_from(["en", "zh", "pt-BR"]),
    "source": _words,
    "document": _words,
    "date": st.dates().map(str),
    "annotator": _words,
    "at": st.datetimes(timezones=st.timezones() | st.none()).filter(lambda at: 1 < at.year < 9999),
    "codebook": st.integers(1, 3),
    "sampled": st.sampled_from(["random", "suggested"]),
    "kind": st.sampled_from(["answer", "decision"]),
    "meta": st.dictionaries(_words.filter(lambda name: name not in COLUMNS), _values, max_size=2),
}


def raw_rows(codebook: Codebook) -> st.SearchStrategy[dict[str, Any]]:
    """Draw valid rows as a file would hold them."""
    names = st.sampled_from(codebook.frame_names)
    if codebook.stances:
        frames = st.dictionaries(names, st.sampled_from(codebook.stance_names))
    else:
        frames = st.lists(names, unique=True)
    answers = st.fixed_dictionaries({"text": texts, "frames": frames}, optional=_optional)
    taken_back = {"kind": "retraction", "frames": {} if codebook.stances else []}
    return answers | answers.map(lambda row: {**row, **taken_back})
