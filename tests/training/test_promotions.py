"""The history of champions, and the comparison that led to each."""

from tests.training.small import filled, report
from training.promotions import Promotion, line_of


def row(number: int, version: str, reason: str = "better") -> Promotion:
    return Promotion(number, version, f"2020-11-0{number}", "maria", reason)


def test_the_line_is_what_rollbacks_can_return_to():
    assert line_of([]) == []
    up = [row(1, "v1"), row(2, "v2"), row(3, "v2"), row(4, "v3")]
    assert line_of(up) == ["v1", "v2", "v3"]
    back = [*up, row(5, "v2", "rollback")]
    assert line_of(back) == ["v1", "v2"]
    assert line_of([*back, row(6, "v4")]) == ["v1", "v2", "v4"]
    # A promotion by hand of the one before is not a rollback: it can be gone back from.
    assert line_of([*up, row(5, "v2")]) == ["v1", "v2", "v3", "v2"]


def test_grounds_are_the_comparison_with_the_champion_that_was_replaced(registry):
    filled(registry, "v1")
    registry.conclude("v2", "t1:a", report("v2", 0.7, "v1"), "v1", ("the gate", "proven"))
    first, second = registry.history()
    found = registry.grounds()
    assert found[first.number] is None
    grounds = found[second.number]
    assert (grounds.over, grounds.verdict, grounds.n) == ("v1", "better than v1", 40)
    assert (grounds.data_hash, grounds.macro_f1["value"]) == ("t1:a", 0.7)
    assert grounds.at <= second.at


def test_a_comparison_made_later_or_with_another_is_no_ground(registry):
    filled(registry, "v1", "v2")
    registry.record("v2", "t1:a", report("v2", 0.7, "v1"))
    assert registry.grounds()[2] is None
    registry.record("v3", "t1:a", report("v3", 0.8, "v1"))
    registry.promote("v3", "maria", "by hand")
    assert registry.grounds()[3] is None


def test_a_rollback_has_the_comparison_made_for_it_or_none(registry):
    filled(registry, "v1")
    registry.conclude("v2", "t1:a", report("v2", 0.7, "v1"), "v1", ("the gate", "proven"))
    registry.rollback("ann")
    assert registry.grounds()[3] is None
    registry.promote("v2", "ann", "again")
    registry.record("v1", "t1:b", report("v1", 0.75, "v2"))
    registry.rollback("ann")
    assert registry.grounds()[5].verdict == "better than v2"


def test_a_report_that_compares_nothing_is_no_ground(registry):
    filled(registry)
    registry.record("v1", "t1:a", {"frames": {"macro_f1": None}})
    registry.promote("v1", "ann", "first")
    assert registry.grounds() == {1: None}
