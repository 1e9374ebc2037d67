import pytest

from eval.intervals import Bootstrap, Figure
from eval.judge import judge
from eval.per_frame import TIERS, frame_details, tier
from tests.eval.fakes import ANSWERS, ROWS, FakePredictor


@pytest.fixture
def details():
    judged = judge(FakePredictor(ANSWERS), ROWS)
    figures = {"f1": Figure(value=0.8, low=0.1, high=1.0, n=4), "support": 2}
    return frame_details(judged, Bootstrap(judged.groups), 0, figures)


@pytest.mark.parametrize(
    ("low", "support", "name"),
    [
        (0.8, 30, "reliable"), (0.79, 300, "fair"), (0.6, 30, "fair"), (0.59, 300, "weak"),
        (0.9, 29, "too few"),
    ],
)  # fmt: skip
def test_tier_is_by_the_lower_end_and_the_support(low, support, name):
    assert tier(Figure(value=0.95, low=low, high=1.0, n=500), support) == name
    assert name in TIERS


def test_costs_worked_by_hand(details):
    # Frame a: gold at 0.9 and 0.8; not gold at 0.7 and 0.3.
    costs = details["thresholds"]
    at = {threshold: place for place, threshold in enumerate(costs["threshold"])}

    def found(threshold):
        return [costs[key][at[threshold]] for key in ("precision", "recall", "f1")]

    assert found(0.3) == [0.5, 1.0, 0.6667]  # a score that is the threshold is marked
    assert found(0.5) == [0.6667, 1.0, 0.8]
    assert found(0.72) == [1.0, 1.0, 1.0]
    assert found(0.82) == [1.0, 0.5, 0.6667]
    assert found(0.98) == [None, 0.0, 0.0]


def test_calibration_is_of_this_frame_alone(details):
    assert details["calibration"]["ece"]["value"] == pytest.approx((0.1 + 0.2 + 0.7 + 0.3) / 4)
    assert details["calibration"]["ece"]["n"] == 4
    assert [part["n"] for part in details["calibration"]["bins"]] == [1, 1, 1, 1]


def test_curve_ends_where_nothing_is_marked(details):
    assert (details["curve"]["recall"][-1], details["curve"]["precision"][-1]) == (0, 1)
