import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.batches import FixedOrder, training_order


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 200), min_size=1, max_size=60),
    st.integers(1, 9), st.integers(1, 40), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_every_pass_goes_over_all_texts_once(lengths, batch_size, steps, seed):
    order = training_order(lengths, batch_size, steps, seed)
    assert len(order) == steps * batch_size
    times = Counter(order)
    assert len(times) == min(len(lengths), len(order))
    assert max(times.values()) <= -(-len(order) // len(lengths))
    if len(lengths) >= batch_size:
        for start in range(0, len(order) - len(lengths) + 1, len(lengths)):
            assert len(set(order[start : start + len(lengths)])) == len(lengths)


@pytest.mark.parametrize("n", [64, 70, 95])
def test_batches_hold_texts_of_like_length_in_every_pass(n):
    lengths = random.Random(0).sample(range(1000), n)
    order = training_order(lengths, 8, 5 * n // 8, seed=3)
    ranks = sorted(lengths)
    near = 0
    for start in range(0, len(order), 8):
        batch = [ranks.index(lengths[place]) for place in order[start : start + 8]]
        # At most 15 texts of a pass (those that fill up batches) are not in the batch they rank in.
        near += max(batch) - min(batch) < 8 + 15
    # One batch at the seam of each two passes is mixed.
    assert near >= len(order) // 8 - 5


def test_long_and_short_batches_are_mixed():
    order = training_order(range(64), 8, 8, seed=3)
    starts = [min(order[k : k + 8]) for k in range(0, 64, 8)]
    assert sorted(starts) == list(range(0, 64, 8))
    assert starts not in (sorted(starts), sorted(starts, reverse=True))


def test_order_is_drawn_from_the_seed_alone():
    lengths = [n % 7 for n in range(40)]
    random.seed(1)
    one = training_order(lengths, 8, 12, seed=3)
    random.seed(2)
    assert training_order(lengths, 8, 12, seed=3) == one
    assert training_order(lengths, 8, 12, seed=4) != one


def test_longer_run_begins_as_the_shorter_one():
    lengths = [n % 7 for n in range(43)]
    assert training_order(lengths, 8, 40, 3)[: 8 * 9] == training_order(lengths, 8, 9, 3)


def test_fixed_order_starts_over_each_time():
    order = FixedOrder([2, 0, 1])
    assert (len(order), list(order), list(order)) == (3, [2, 0, 1], [2, 0, 1])
