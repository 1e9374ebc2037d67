"""What may be explained in one request; `test_batching.py` has the rest."""

from labels.text import MAX_CHARACTERS
from serving.schemas import MAX_EXPLAINED_CHARACTERS
from serving.scoring import too_long_to_explain


def test_characters_to_explain_are_bounded():
    half = "x" * (MAX_EXPLAINED_CHARACTERS // 2)
    assert too_long_to_explain([half, half, 5, None]) is None
    assert too_long_to_explain([half, half, "y"]) == (
        "200,001 characters to explain; at most 200,000 in one request"
    )
    assert too_long_to_explain([half, half, "x" * (MAX_CHARACTERS + 1)]) is None  # an error anyway
