"""Estimates by hand: post-stratified by decision, clustered by document."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.shares.estimate import Labelled, Scored, correct, count
from eval.shares.estimate import given as within
from eval.shares.intervals import proportion_limits
from eval.shares.pooled import errors

CLAIM = np.array([False, True])


def one_group(cluster, decided):
    cluster = np.array(cluster)
    size = cluster.max() + 1
    group = np.zeros(len(cluster), dtype=np.intp)
    return Scored(group, cluster, np.zeros(size, dtype=np.intp), np.array(decided, np.int8), 1)


def labels(scored, places, truth, weight=None):
    places = np.array(places)
    weight = np.ones(len(places)) if weight is None else np.array(weight, dtype=float)
    return Labelled(
        scored.group[places], scored.cluster[places], scored.decided[places],
        np.array(truth, dtype=bool), weight,
    )  # fmt: skip


def test_the_count_of_two_documents_has_their_variance_not_that_of_paragraphs():
    scored = one_group([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])
    found = count(scored, CLAIM)
    assert found.share == [0.5]
    # Sums of deviations are 1.5 and -1.5: 2/1 * (2.25 + 2.25) / 36.
    assert found.variance == [pytest.approx(0.25)]
    assert found.clusters == [2]


def test_the_corrected_share_is_what_labels_say_of_each_decision():
    scored = one_group(range(10), [1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    marked = labels(scored, [0, 1, 4, 5, 6, 7], [True, False, True, False, False, False])
    found = correct(scored, marked, CLAIM)
    # 0.4 decided present, half of them truly; 0.6 decided absent, a quarter of them present.
    assert found.share == [pytest.approx(0.4 * 0.5 + 0.6 * 0.25)]
    # Labels: 6/5 * (0.4^2 * 2 * 0.25 / 4 + 0.6^2 * 4 * (1/4 * 3/4) / 16), documents alone.
    own = 6 / 5 * (0.16 * 0.5 / 4 + 0.36 * 0.75 / 16)
    assert found.own == [pytest.approx(own)]
    # Counts: parts 0.5 and 0.25 around 0.35: 10/9 * (4 * 0.15^2 + 6 * 0.1^2) / 100.
    assert found.rest == [pytest.approx(10 / 9 * (4 * 0.0225 + 6 * 0.01) / 100)]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=8, max_size=60), st.data())
def test_it_is_prediction_powered_inference_with_power_tuning(pairs, data):
    """PPI++ (Angelopoulos et al. 2023, eq. 3 and 6), all scored paragraphs as its second sample."""
    places = data.draw(st.sets(st.integers(0, len(pairs) - 1), min_size=4))
    decided = np.array([pair[0] for pair in pairs], dtype=float)
    truth = np.array([pair[1] for pair in pairs], dtype=float)
    chosen = np.array(sorted(places))
    if decided[chosen].std() == 0:
        return
    tuned = np.cov(truth[chosen], decided[chosen], ddof=0)[0, 1] / decided[chosen].var()
    published = tuned * decided.mean() + (truth[chosen] - tuned * decided[chosen]).mean()
    scored = one_group(range(len(pairs)), decided)
    found = correct(scored, labels(scored, chosen, truth[chosen]), CLAIM)
    assert found.share[0] == pytest.approx(published)


def test_with_all_labelled_it_is_the_plain_share_with_its_variance_by_document():
    chance = np.random.default_rng(0)
    cluster = np.repeat(np.arange(40), 5)
    truth = chance.random(200) < chance.beta(2, 3, 40)[cluster]
    scored = one_group(cluster, truth ^ (chance.random(200) < 0.2))
    found = correct(scored, labels(scored, range(200), truth), CLAIM)
    plain = count(one_group(cluster, truth), CLAIM)
    assert found.share == pytest.approx(plain.share)
    assert found.joint == pytest.approx(plain.variance)


def test_a_decision_without_a_label_is_taken_with_the_others():
    scored = one_group(range(6), [0, 0, 0, 0, 1, 1])
    found = correct(scored, labels(scored, [0, 1, 2, 3], [True, False, False, False]), CLAIM)
    assert found.share == [0.25]


def test_a_text_that_occurs_often_weighs_so_and_says_no_more():
    scored = one_group(range(8), [0] * 8)
    twice = correct(scored, labels(scored, [0, 1, 2], [True, False, False], [2, 1, 1]), CLAIM)
    assert twice.share == [0.5]
    # Kish: 4 occurrences say as much as 16 / 6 texts; the squared sums by text say less still.
    assert twice.told[0, 0] <= 16 / 6


def test_no_label_leaves_everything_open():
    scored = one_group(range(4), [0, 1, 0, 1])
    low, high = correct(scored, labels(scored, np.empty(0, int), []), CLAIM).limits()
    assert (low, high) == ([0], [1])


def test_groups_do_not_touch_each_other():
    chance = np.random.default_rng(1)
    decided = (chance.random(60) < 0.4).astype(np.int8)
    truth, chosen = chance.random(60) < 0.4, np.arange(0, 60, 2)
    group = np.repeat([0, 1], 30)
    both = Scored(group, np.arange(60), group, decided, 2)
    marked = labels(both, chosen, truth[chosen])
    together = correct(both, marked, CLAIM)
    for place, own in enumerate((slice(0, 30), slice(30, 60))):
        alone = one_group(range(30), decided[own])
        single = correct(alone, labels(alone, np.arange(0, 30, 2), truth[own][::2]), CLAIM)
        assert together.share[place] == single.share[0]
        for side, other in zip(together.limits(), single.limits(), strict=True):
            assert side[place] == pytest.approx(other[0])


def test_jeffreys_limits_are_those_of_the_paper():
    # Brown, Cai and DasGupta 2001, for 1 of 10: 0.011 to 0.381.
    low, high = proportion_limits(np.array(0.1), np.array(10.0), np.array(1e9))
    assert (round(float(low), 3), round(float(high), 3)) == (0.011, 0.381)
    assert proportion_limits(np.array(0.0), np.array(10.0), np.array(1e9))[0] == 0


def test_stances_add_up_to_the_frame_and_to_one_within_it():
    chance = np.random.default_rng(2)
    decided = chance.integers(0, 4, 400)
    truth = np.where(chance.random(400) < 0.7, decided, chance.integers(0, 4, 400))
    scored = one_group(np.arange(400) // 4, decided)
    chosen = chance.choice(400, 150, replace=False)
    claims = np.array([False, True, True, True])
    marked = labels(scored, chosen, truth[chosen] > 0)
    whole = correct(scored, marked, claims)
    parts = [
        correct(scored, labels(scored, chosen, truth[chosen] == s), np.arange(4) == s)
        for s in (1, 2, 3)
    ]
    assert sum(part.share[0] for part in parts) == pytest.approx(whole.share[0])
    ratios = [within(part, whole, marked, scored) for part in parts]
    assert sum(ratio.share[0] for ratio in ratios) == pytest.approx(1)


def test_the_pooled_share_is_rogan_and_gladens():
    group = np.repeat([0, 1], 100)
    decided = np.tile(np.array([1] * 30 + [0] * 70, np.int8), 2)
    scored = Scored(group, np.arange(200), group, decided, 2)
    truth = np.tile(np.array([True] * 24 + [False] * 6 + [True] * 6 + [False] * 64), 2)
    places = np.arange(200)
    rates = errors(labels(scored, places, truth), CLAIM, places, places)
    # 48 of 60 are found, 12 of 140 claimed falsely, each with half a text more on both sides.
    assert rates.found.value == pytest.approx(48.5 / 61)
    assert rates.claimed.value == pytest.approx(12.5 / 141)
    assert rates.found.scatter == rates.claimed.scatter == 0
    assert rates.found.unequal == pytest.approx(1)
    counted = count(scored, CLAIM)
    share = (0.3 - 12.5 / 141) / (48.5 / 61 - 12.5 / 141)
    assert rates.share(counted.share) == pytest.approx([share, share])
    low, high = rates.limits(counted)
    assert (low < share).all()
    assert (high > share).all()


def test_groups_that_are_read_unlike_show_as_scatter():
    group = np.repeat([0, 1, 2, 3], 100)
    found = np.concatenate([np.arange(100) < n for n in (95, 90, 40, 35)])
    scored = Scored(group, np.arange(400), group, found.astype(np.int8), 4)
    places = np.arange(400)
    rate = errors(labels(scored, places, [True] * 400), CLAIM, places, places).found
    assert math.sqrt(rate.scatter) == pytest.approx(0.32, abs=0.02)
    assert rate.unequal < 1e-9


def test_a_text_in_two_groups_says_no_more_of_the_error_rates_than_once():
    """As a text that names two countries is: the same labels, each in two groups."""
    truth = np.tile([True, False], 40)
    found = np.tile([1, 0, 0, 0, 1, 1, 1, 0], 10)
    alone = Scored(np.zeros(80, int), np.arange(80), np.zeros(80, int), found.astype(np.int8), 1)
    once = errors(labels(alone, range(80), truth), CLAIM, np.arange(80), np.arange(80))
    group = np.repeat([0, 1], 80)
    twice = Scored(group, np.arange(160), group, np.tile(found, 2).astype(np.int8), 2)
    places = np.tile(np.arange(80), 2)
    both = errors(labels(twice, range(160), np.tile(truth, 2)), CLAIM, places, places)
    for one, other in ((once.found, both.found), (once.claimed, both.claimed)):
        assert (other.labels, other.documents) == (one.labels, one.documents) == (40, 40)
        assert other.value == pytest.approx(one.value, abs=0.01)
        assert other.variance == pytest.approx(one.variance, rel=0.05)


def test_a_label_whose_text_occurs_a_thousand_times_is_one_label():
    scored = one_group(range(2000), [0] * 2000)
    places = range(100)
    plain = correct(scored, labels(scored, places, [False] * 100), CLAIM)
    weight = [1.0] * 99 + [1000.0]
    heavy = correct(scored, labels(scored, places, [False] * 100, weight), CLAIM)
    assert plain.limits()[1] < 0.04
    # Nine tenths of all hang on the one label: as good as no others.
    assert heavy.limits()[1] > 0.5
