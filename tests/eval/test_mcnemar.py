import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eval.judge import judge
from eval.mcnemar import holm, in_words, mcnemar
from tests.eval.fakes import FakePredictor, codebook, labelled


def judged(right: np.ndarray, frames=("a", "b", "c")):
    """A judgement of texts that carry every frame: `right` (P, F) is what the model finds."""
    rows = [labelled(f"text {p}", dict.fromkeys(frames, "favor")) for p in range(len(right))]
    answers = {
        row.text: {
            name: (0.9 if found else 0.1, "favor") for name, found in zip(frames, own, strict=True)
        }
        for row, own in zip(rows, right, strict=True)
    }
    return judge(FakePredictor(answers, codebook(frames)), rows)


def decisions(better: int, worse: int, both: int):
    """Columns of a challenger and a champion that differ on `better` and on `worse` texts."""
    own = [True] * better + [False] * worse + [True] * both
    other = [False] * better + [True] * worse + [True] * both
    return own, other


def test_the_test_worked_by_hand():
    columns = [decisions(0, 6, 14), decisions(9, 1, 10), decisions(0, 0, 20)]
    own, other = (np.array(side).T for side in zip(*columns, strict=True))
    found = mcnemar(judged(own), judged(other))
    # Two-sided: 2 * (1/2)^6, and 2 * (1 + 10) * (1/2)^10. Holm: the smaller times 3, the next
    # times 2, and no smaller than the one before.
    assert found["b"] == {
        "n_better": 9, "n_worse": 1, "p": pytest.approx(22 / 1024),
        "p_corrected": pytest.approx(66 / 1024),
    }  # fmt: skip
    assert found["a"] == {
        "n_better": 0, "n_worse": 6, "p": pytest.approx(2 / 64),
        "p_corrected": pytest.approx(66 / 1024),
    }  # fmt: skip
    assert found["c"] == {"n_better": 0, "n_worse": 0, "p": 1.0, "p_corrected": 1.0}


def test_marks_made_in_vain_count_as_wrong():
    rows = [labelled(f"text {place}", {}) for place in range(4)]

    def marks(*scores):
        texts = zip(rows, scores, strict=True)
        return judge(FakePredictor({r.text: {"a": (s, "favor")} for r, s in texts}), rows)

    found = mcnemar(marks(0.1, 0.1, 0.9, 0.9), marks(0.9, 0.9, 0.9, 0.1))["a"]
    assert (found["n_better"], found["n_worse"]) == (2, 1)


def test_holm_as_in_the_paper():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_holm_keeps_the_order_and_lowers_none(p):
    found = np.array(holm(p))
    assert (found >= np.array(p)).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(found[order]) >= 0).all()
    assert found[order[0]] == pytest.approx(min(1, min(p) * len(p)))


@given(arrays(bool, (12, 3)), arrays(bool, (12, 3)))
def test_the_other_way_round_it_is_the_same_test(own, other):
    found, back = mcnemar(judged(own), judged(other)), mcnemar(judged(other), judged(own))
    for name, test in found.items():
        swapped = {**test, "n_better": test["n_worse"], "n_worse": test["n_better"]}
        assert back[name] == swapped


def test_in_words():
    def test(better, worse, p):
        return {"n_better": better, "n_worse": worse, "p": p / 2, "p_corrected": p}

    frames = {"a": test(9, 1, 0.0449), "b": test(5, 5, 1.0), "c": test(2, 40, 1e-8)}
    assert in_words(frames) == (
        "the decisions are, beyond chance, better on a (only this model right on 9, only the "
        "other on 1, p = 0.045), worse on c (only this model right on 2, only the other on 40, "
        "p < 0.001)"
    )
    assert in_words({"a": test(9, 1, 0.05)}) == "the decisions differ beyond chance on no frame"
