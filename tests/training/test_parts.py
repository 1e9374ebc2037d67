"""Which texts a model is fitted on and which it is calibrated on, and the mean of models."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from labels.snapshot import Labelled
from training.parts import Mean, hold_out, parts_of

SIZES = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 9), min_size=1)


def grouped(**sizes):
    return [
        Labelled(f"p1:{group}{n}", f"text {n}", {}, "train", group)
        for group in sizes
        for n in range(sizes[group])
    ]


def test_groups_are_held_out_in_the_order_of_a_hash():
    # From another program: printf 'held-out1:a' | b2sum -l 96 and so on sort them as b, e, a, d, c.
    sizes = {"a": 2, "b": 2, "c": 2, "d": 2, "e": 2}
    for share, expected in ((0.1, "b"), (0.2, "b"), (0.3, "be"), (0.5, "bea")):
        fit, held_out = hold_out(grouped(**sizes), share)
        assert {row.group for row in held_out} == set(expected)
        assert {row.group for row in fit} == set("abcde") - set(expected)


@given(
    SIZES, st.floats(0.01, 0.99), st.randoms(),
)  # fmt: skip
def test_whole_groups_are_held_out_until_the_share_is_reached(sizes, share, shuffler):
    known = grouped(**sizes)
    fit, held_out = hold_out(known, share)
    assert Counter(row.group for row in held_out) + Counter(row.group for row in fit) == sizes
    assert not {row.group for row in held_out} & {row.group for row in fit}
    assert len(held_out) >= share * len(known)
    assert len(held_out) - max(sizes[row.group] for row in held_out) < share * len(known)
    shuffled = shuffler.sample(known, len(known))
    assert {row.group for row in hold_out(shuffled, share)[1]} == {row.group for row in held_out}


@pytest.mark.parametrize(("n", "n_parts"), [(2500, 1), (2499, 4), (40, 4), (3, 3)])
def test_few_texts_are_each_held_out_once(n, n_parts):
    known = grouped(**{f"g{k}": 1 for k in range(n)})
    found = parts_of(known, 0.12, 4)
    assert len(found) == n_parts
    assert parts_of(known, 0.12, 1) == [hold_out(known, 0.12)]
    if n_parts == 1:
        assert found == [hold_out(known, 0.12)]
        return
    assert Counter(row.group for part in found for row in part.held_out) == Counter(
        row.group for row in known
    )
    assert (
        max(len(part.held_out) for part in found) - min(len(part.held_out) for part in found) <= 1
    )


@given(SIZES)
def test_a_group_is_never_on_both_sides(sizes):
    known = grouped(**sizes)
    for fit, held_out in parts_of(known, 0.12, 4):
        assert len(fit) + len(held_out) == len(known)
        assert not {row.group for row in held_out} & {row.group for row in fit}


def test_mean_of_weights_by_hand():
    mean = Mean()
    first = torch.tensor([1.0, 2.0])
    mean.add({"w": first, "places": torch.tensor([0, 1])})
    mean.add({"w": torch.tensor([3.0, 2.0]), "places": torch.tensor([0, 1])})
    mean.add({"w": torch.tensor([5.0, 8.0]), "places": torch.tensor([0, 1])})
    assert mean.weights["w"].tolist() == [3.0, 4.0]
    assert mean.weights["places"].tolist() == [0, 1]
    assert first.tolist() == [1.0, 2.0]
