import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import intervals
from eval.figures import headline
from eval.intervals import Bootstrap, figure
from eval.judge import judge
from eval.metrics import measure
from tests.eval.fakes import ANSWERS, ROWS, FakePredictor, labelled

NAMES = ("a", "b")
STANCES = ("favor", "against")


@st.composite
def judgements(draw):
    """Random gold, scores and groups; scores on a coarse grid so that there are ties."""
    size = draw(st.integers(1, 12))
    stance = st.sampled_from(STANCES)
    score = st.integers(0, 8).map(lambda eighth: eighth / 8)
    rows, answers = [], {}
    for place in range(size):
        frames = draw(st.dictionaries(st.sampled_from(NAMES), stance))
        group = f"g{draw(st.integers(0, 4))}"
        rows.append(labelled(f"text {place}", frames, group=group))
        answers[f"text {place}"] = {name: (draw(score), draw(stance)) for name in NAMES}
    return rows, answers


def figures(found):
    """Every figure of a headline, by its place."""
    flat = {}
    for key, value in found.items():
        if isinstance(value, dict) and "low" in value:
            flat[key] = value
        elif isinstance(value, dict):
            flat |= {f"{key}.{inner}": own for inner, own in figures(value).items()}
    return flat


@settings(max_examples=25, deadline=None)
@given(judgements())
def test_interval_holds_the_value(case):
    rows, answers = case
    judged = judge(FakePredictor(answers), rows)
    found = figures(headline(judged, Bootstrap(judged.groups, resamples=50)))
    assert found["calibration.ece"]["n"] == 2 * len(rows)
    for name, own in found.items():
        assert 0 <= own["low"] <= own["value"] <= own["high"] <= 1 + 1e-12, name


@settings(max_examples=25, deadline=None)
@given(judgements(), st.randoms())
def test_order_of_the_rows_changes_nothing(case, random):
    rows, answers = case
    found = figures(headline(judge(FakePredictor(answers), rows)))
    random.shuffle(rows)
    again = figures(headline(judge(FakePredictor(answers), rows)))
    assert found.keys() == again.keys()
    for name in found:
        assert found[name] == pytest.approx(again[name]), name


@settings(max_examples=40, deadline=None)
@given(judgements())
def test_values_are_those_of_the_evaluate_modules(case):
    """With all rows in one group every resample is the data, so each draw must be the value."""
    rows, answers = case
    judged = judge(FakePredictor(answers), rows)
    values, whole = measure(judged), Bootstrap(["one"] * len(rows), resamples=2)
    frames, tables = values["frames"], whole.totals(intervals.frame_table(judged))

    def same(draws, value):
        expected = np.nan if value is None else value
        np.testing.assert_allclose(draws, [expected, expected], atol=1e-12)

    same(intervals.macro_f1(tables), frames["macro_f1"])
    same(intervals.micro_f1(tables), frames["micro_f1"])
    for f, name in enumerate(NAMES):
        own = frames["per_frame"][name] or {}
        same(intervals.f1(tables)[:, f], own.get("f1"))
        same(intervals.precision(tables)[:, f], own.get("precision"))
        same(intervals.recall(tables)[:, f], own.get("recall"))
        draws = whole.average_precision(judged.gold[:, f], judged.scores[:, f])
        same(draws, own.get("average_precision"))
    stance = whole.totals(intervals.stance_table(judged))
    same(intervals.macro_f1(stance), values.get("stance", {}).get("macro_f1"))
    joint = whole.totals(intervals.joint_table(judged))
    same(intervals.micro_f1(joint), values["joint"]["micro_f1"])
    bins = whole.totals(intervals.calibration_table(judged))
    same(intervals.calibration_error(bins), values["calibration"]["ece"])


@pytest.mark.parametrize(("together", "width"), [(1, 0.049), (4, 0.098)])
def test_width_is_the_textbooks_and_grows_with_the_groups(together, width):
    """Half of 400 right: 1.96 * sqrt(0.25 / groups) where groups of alike rows are drawn whole."""
    groups = [f"g{place // together}" for place in range(400)]
    right = np.array([(place // together) % 2 for place in range(400)])
    totals = Bootstrap(groups).totals(np.stack([right, np.ones(400)], axis=1))
    found = figure(0.5, totals[:, 0] / totals[:, 1], 400)
    assert found["value"] - found["low"] == pytest.approx(width, rel=0.12)
    assert found["high"] - found["value"] == pytest.approx(width, rel=0.12)


def test_average_precision_of_a_resample_is_that_of_repeated_rows():
    from sklearn.metrics import average_precision_score

    gold = np.array([1, 0, 1, 0, 1], dtype=bool)
    scores = np.array([0.9, 0.9, 0.4, 0.6, 0.2])
    bootstrap = Bootstrap(list("abcde"), resamples=20)
    draws = bootstrap.average_precision(gold, scores)
    drawn = bootstrap.totals(np.eye(5)).astype(int)
    for draw, times in zip(draws, drawn, strict=True):
        repeated = np.repeat(gold, times)
        if repeated.any():
            expected = average_precision_score(repeated, np.repeat(scores, times))
            assert draw == pytest.approx(expected)
        else:
            assert np.isnan(draw)


def test_large_data_in_parts_gives_the_same(monkeypatch):
    judged = judge(FakePredictor(ANSWERS), ROWS)
    bootstrap = Bootstrap(judged.groups)
    whole = bootstrap.average_precision(judged.gold[:, 1], judged.scores[:, 1])
    monkeypatch.setattr(intervals, "_AT_ONCE", 10)
    np.testing.assert_array_equal(
        bootstrap.average_precision(judged.gold[:, 1], judged.scores[:, 1]), whole
    )


def test_the_seed_decides():
    groups = [f"g{place}" for place in range(30)]
    table = np.arange(30.0)[:, None]
    assert np.array_equal(Bootstrap(groups).totals(table), Bootstrap(groups).totals(table))
    assert not np.array_equal(
        Bootstrap(groups, seed=1).totals(table), Bootstrap(groups, seed=2).totals(table)
    )


def test_no_value_has_no_figure():
    assert figure(None, np.array([0.5]), 3) is None
    assert figure(float("nan"), np.array([0.5]), 3) is None


def test_undefined_draws_are_left_out():
    found = figure(0.5, np.array([np.nan, 0.5, 0.5]), 3)
    assert found == {"value": 0.5, "low": 0.5, "high": 0.5, "n": 3}
    assert figure(0.5, np.array([np.nan]), 3) == {"value": 0.5, "low": 0.5, "high": 0.5, "n": 3}


def test_one_sided_draws_are_widened_to_the_value():
    found = figure(0.9, np.array([0.1, 0.2]), 2)
    assert found["high"] == 0.9
    assert found["low"] == pytest.approx(0.1, abs=0.01)
