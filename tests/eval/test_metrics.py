import socket
import sys
import types

import pytest

from eval import intervals
from eval.judge import judge
from eval.metrics import MODULES, load, measure
from tests.eval.fakes import ANSWERS, ROWS, FakePredictor, codebook, labelled


@pytest.fixture
def values():
    return measure(judge(FakePredictor(ANSWERS), ROWS))


def test_frames_worked_by_hand(values):
    frames = values["frames"]
    # a: 2 hits of 3 predicted and 2 gold; b: 1 hit of 2 and 2.
    assert frames["per_frame"]["a"] == pytest.approx(
        {"f1": 4 / 5, "precision": 2 / 3, "recall": 1, "average_precision": 1, "support": 2}
    )
    assert frames["per_frame"]["b"] == pytest.approx(
        {"f1": 1 / 2, "precision": 1 / 2, "recall": 1 / 2, "average_precision": 5 / 6, "support": 2}
    )
    assert frames["macro_f1"] == pytest.approx((4 / 5 + 1 / 2) / 2)
    assert frames["micro_f1"] == pytest.approx(2 * 3 / (5 + 4))
    assert frames["mean_average_precision"] == pytest.approx((1 + 5 / 6) / 2)


def test_stance_counts_gold_marks_also_where_the_model_did_not_mark(values):
    # favor: 2 hits, 3 predicted, 3 gold. against: no hit, 1 predicted, 1 gold.
    assert values["stance"] == pytest.approx({"accuracy": 2 / 4, "macro_f1": (4 / 6 + 0) / 2})


def test_joint_needs_frame_and_stance_right(values):
    # 5 pairs predicted, 4 in gold, 2 the same.
    assert values["joint"] == pytest.approx({"micro_f1": 2 * 2 / (5 + 4)})


def test_calibration_error_worked_by_hand(values):
    # Every score alone in its bin but the two of 0.7, one of which is right.
    gaps = 0.1 + 0.6 + 0.2 + 0.8 + 0.3 + 2 * 0.2 + 0.1
    assert values["calibration"]["ece"] == pytest.approx(gaps / 8)
    both = next(part for part in values["calibration"]["bins"] if part["n"] == 2)
    assert both == pytest.approx({"low": 0.6, "high": 0.7, "n": 2, "score": 0.7, "share": 0.5})
    assert sum(part["n"] for part in values["calibration"]["bins"]) == 8


def test_scores_of_nought_and_one_have_their_bins():
    found = load("calibration").compute(predictions=[0.0, 1.0, 1.0], references=[0, 1, 0])
    assert found["ece"] == pytest.approx((0 + 2 * 0.5) / 3)
    assert [part["n"] for part in found["bins"]] == [1, 2]


def test_frame_without_a_positive_is_null_and_left_out_of_the_macro():
    rows = [labelled("one", {"a": "favor"}), labelled("four", {})]
    frames = measure(judge(FakePredictor(ANSWERS), rows))["frames"]
    assert frames["per_frame"]["b"] is None
    assert frames["macro_f1"] == pytest.approx(2 / 3)  # a: 1 hit, 2 predicted, 1 gold


def test_nothing_marked_has_no_f1():
    values = measure(judge(FakePredictor(ANSWERS), [labelled("one", {})]))
    assert values["frames"]["macro_f1"] is values["frames"]["micro_f1"] is None
    assert values["joint"] == {"micro_f1": None}
    assert "stance" not in values


def test_without_stances_there_is_no_stance_nor_joint():
    answers = {"one": {"a": (0.9,), "b": (0.6,)}}
    rows = [labelled("one", {"a": None})]
    values = measure(judge(FakePredictor(answers, codebook(stances=())), rows))
    assert sorted(values) == ["calibration", "frames"]


def test_one_frame_alone():
    answers = {"one": {"a": (0.9, "favor")}, "two": {"a": (0.8, "favor")}}
    rows = [labelled("one", {"a": "favor"}), labelled("two", {})]
    frames = measure(judge(FakePredictor(answers, codebook(("a",))), rows))["frames"]
    assert frames["macro_f1"] == pytest.approx(2 / 3)
    assert frames["micro_f1"] == pytest.approx(2 / 3)


def test_one_frame_and_one_stance_alone():
    found = load("joint").compute(predictions=[[0], [0], [-1]], references=[[0], [-1], [-1]])
    assert found["micro_f1"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("name", MODULES)
def test_modules_load_without_a_network_and_leave_nothing_behind(name, monkeypatch, tmp_path):
    import evaluate

    def refuse(*args):
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(evaluate.config, "HF_MODULES_CACHE", tmp_path / "home")
    monkeypatch.setattr(evaluate.config, "HF_METRICS_CACHE", tmp_path / "home")
    path = list(sys.path)
    load.cache_clear()
    assert isinstance(load(name), evaluate.EvaluationModule)
    assert not (tmp_path / "home").exists()
    assert tmp_path / "home" == evaluate.config.HF_MODULES_CACHE
    assert sys.path == path
    assert not [name for name in sys.modules if name.startswith("evaluate_modules")]


def test_a_module_loaded_elsewhere_stays_usable(monkeypatch):
    other = types.ModuleType("evaluate_modules")
    monkeypatch.setitem(sys.modules, "evaluate_modules", other)
    load.cache_clear()
    load("joint")
    assert sys.modules["evaluate_modules"] is other


def test_bins_are_those_of_the_intervals():
    edges = [place / 20 for place in range(1, 20, 2)]
    found = load("calibration").compute(predictions=edges, references=[0] * len(edges))
    assert len(found["bins"]) == intervals.BINS
