"""The line of champions by hand: what each promotion was measured to change, added up."""

import pytest

from eval.earlier import earlier_champions
from labels.home import Home
from labels.store import Store
from tests.tiny import TWO
from tests.training.small import add, report
from training.registry import Registry


@pytest.fixture
def registry(tmp_path) -> Registry:
    return Registry(Home.find(tmp_path / "state"), Store.open("sqlite://", TWO))


def figure(value):
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 40}


def judged(registry, version, over, macro_f1, markets, **health):
    """Keep a report on a model beside the champion that it is to replace."""
    add(registry, version)
    found = report(version, 0.5, over)
    found["comparison"]["champion"] |= {
        "macro_f1": figure(macro_f1),
        "per_frame": {"markets": figure(markets), "health": None, **health},
    }
    registry.record(version, "t1:0", found)


def line(registry):
    """v1 to v4, each judged beside the one before it, and promoted."""
    add(registry, "v1")
    registry.promote("v1", "maria", "first")
    steps = [("v2", "v1", -0.01, -0.02), ("v3", "v2", 0.03, 0.04), ("v4", "v3", -0.005, 0.01)]
    for version, over, macro_f1, markets in steps:
        judged(registry, version, over, macro_f1, markets)
        registry.promote(version, "maria", "better")
    return registry


def found(registry):
    return [
        (own.version, own.promotions, round(own.macro_f1, 6), round(own.per_frame["markets"], 6))
        for own in earlier_champions(registry)
    ]


def test_changes_since_each_are_added_up(registry):
    assert found(line(registry)) == [
        ("v3", 1, -0.005, 0.01), ("v2", 2, 0.025, 0.05), ("v1", 3, 0.015, 0.03),
    ]  # fmt: skip
    assert [own.per_frame["health"] for own in earlier_champions(registry)] == [0, 0, 0]


def test_the_last_five_alone_are_asked(registry):
    line(registry)
    for k in range(5, 9):
        judged(registry, f"v{k}", f"v{k - 1}", -0.01, 0.0)
        registry.promote(f"v{k}", "maria", "better")
    assert [own.version for own in earlier_champions(registry)] == ["v7", "v6", "v5", "v4", "v3"]


def test_who_was_rolled_back_does_not_count(registry):
    line(registry).rollback("ann")
    assert found(registry) == [("v2", 1, 0.03, 0.04), ("v1", 2, 0.02, 0.02)]


def test_the_line_ends_where_nobody_compared(registry):
    add(line(registry), "v5")
    registry.promote("v5", "maria", "by hand, unjudged")
    assert found(registry) == []
    judged(registry, "v6", "v5", -0.01, -0.02)
    registry.promote("v6", "maria", "better")
    assert found(registry) == [("v5", 1, -0.01, -0.02)]


def test_without_a_champion_there_is_no_line(registry):
    assert earlier_champions(registry) == []


def test_a_comparison_on_other_frames_ends_the_line(registry):
    judged(line(registry), "v5", "v4", -0.01, -0.02, law=figure(0.1))
    registry.promote("v5", "maria", "of another codebook")
    assert found(registry) == []
