"""What decision 21 shows is what was simulated, and a small run of it holds."""

import json
import math
import re

import pytest

from docs.shares_simulation import (
    DOCS,
    FIGURES,
    KNOWN,
    PLOT,
    POOLS,
    Setting,
    plot,
    simulate,
    simulate_pool,
    table,
)


@pytest.fixture(scope="module")
def figures():
    return json.loads(FIGURES.read_text("utf-8"))


def test_the_decisions_table_and_plot_are_current(figures):
    decision = (DOCS / "decisions" / "0021-shares.md").read_text("utf-8")
    assert table(figures) in decision
    assert PLOT.read_text("utf-8") == plot(figures)


def test_corrected_intervals_cover_and_naive_ones_do_not(figures):
    """The one exception is named in the decision: some eight true paragraphs in fifty documents."""
    low, high = KNOWN
    outside = [o["name"] for o in figures["own"] if not low <= o["corrected"]["covers"] <= high]
    assert outside == ["2%, 400 whole documents of 8,000"]
    good = [own["setting"]["found"][0] > 0.9 for own in figures["own"]]
    for own, is_good in zip(figures["own"], good, strict=True):
        assert own["naive"]["covers"] < (0.9 if is_good else 0.6)
        assert own["corrected"]["width"] <= 1.001 * own["labels alone"]["width"]


def test_a_small_run_covers_as_often_as_it_must():
    """Within four standard errors of a binomial draw around 95%."""
    repeats = 300
    found = simulate(Setting(0.2, 200, documents=150), repeats, seed=1)
    allowed = 4 * math.sqrt(0.95 * 0.05 / repeats)
    assert found["corrected"]["covers"] == pytest.approx(0.95, abs=allowed)
    assert found["stance"]["covers"] == pytest.approx(0.95, abs=allowed)
    assert found["naive"]["covers"] < 0.8
    assert found["corrected"]["width"] < found["labels alone"]["width"]
    assert abs(found["corrected"]["error"]) < 0.005


def test_an_odd_group_breaks_the_pooled_assumption():
    odd = next(pool for pool in POOLS if pool.odd)
    assert re.match("one odd group", odd.name)
    found = simulate_pool(odd, 60, seed=1)
    assert found["first"] < 0.75 < found["covers"]
