"""Comparisons as they are read."""

import pytest

from eval.shares.questions import Condition, read_question


def test_a_question_with_what_its_sides_have_in_common():
    found = read_question("source=A and language=en: date<2024-03 vs date>=2024-03")
    shared = "source=A and language=en"
    assert [(side.text, sign) for side, sign in found.cells()] == [
        (f"{shared}, date<2024-03", -1),
        (f"{shared}, date>=2024-03", 1),
    ]
    assert found.columns == ["source", "language", "date", "date"]


def test_two_comparisons_are_a_difference_of_differences():
    found = read_question("source=A vs source=B: year=2023 vs year=2024")
    assert [sign for _, sign in found.cells()] == [1, -1, -1, 1]


@pytest.mark.parametrize(
    ("condition", "cell", "holds"),
    [
        (Condition("date", "<=", "2024-03"), "2024-03-31", True),
        (Condition("date", ">", "2024-03"), "2024-03-31", False),
        (Condition("date", "=", "2024"), "2024-03-31", True),
        (Condition("date", ">=", "2024"), "2024", True),
        (Condition("date", ">=", "2025"), "2025-01-31T09:00:00Z", True),
        (Condition("date", "<", "2025"), "31/01/2024", False),
        (Condition("date", ">=", "2025"), "31/01/2024", False),
        (Condition("date", ">=", "2024-03"), "20240131", False),
        (Condition("date", "!=", "2024"), "March 2025", False),
        (Condition("tokens", ">", "9"), "10", True),
        (Condition("source", "!=", "A"), "B", True),
        (Condition("country", "=", "FR"), ("CN", "FR"), True),
        (Condition("country", "!=", "FR"), ("CN", "FR"), False),
    ],
)
def test_conditions_by_hand(condition, cell, holds):
    assert condition.holds(cell) is holds
