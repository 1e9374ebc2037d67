"""Suspected label errors from scores given by hand."""

import numpy as np
import pytest

from training.suspects import (
    frames_left_out,
    stances_left_out,
    suspect_frames,
    suspect_stances,
)


@pytest.fixture
def marked():
    """Gold (200, 1), half marked, and scores (200, 1) that agree with it but for three texts."""
    gold = np.repeat([1, 0], 100).reshape(-1, 1)
    scores = np.where(gold, 0.9, 0.1)
    scores[7], scores[8], scores[150] = 0.04, 0.02, 0.99
    return gold, scores


def test_marks_that_the_scores_contradict_are_found_the_surest_first(marked):
    found = suspect_frames(*marked, [0])
    assert [(one.row, one.frame) for one in found] == [(150, 0), (8, 0), (7, 0)]
    assert [one.score for one in found] == [0.99, 0.02, 0.04]
    # The quality is the score of what the label says: 1 - 0.99, 0.02 and 0.04.
    assert [one.quality for one in found] == pytest.approx([0.01, 0.02, 0.04])
    assert {one.instead for one in found} == {None}


def test_only_the_frames_asked_for_are_looked_at(marked):
    gold, scores = (np.hstack([own, own]) for own in marked)
    assert {one.frame for one in suspect_frames(gold, scores, [1])} == {1}
    assert suspect_frames(gold, scores, []) == []


def test_labels_that_the_scores_agree_with_are_not_suspected(marked):
    gold, _ = marked
    assert suspect_frames(gold, np.where(gold, 0.9, 0.1), [0]) == []


def test_rare_frames_and_badly_ranked_ones_are_left_out_with_the_reason(marked):
    gold, scores = marked
    rare, common = np.arange(200).reshape(-1, 1) < 29, np.arange(200).reshape(-1, 1) >= 29
    even = np.arange(200).reshape(-1, 1) % 2
    columns = (gold, rare, common, even)
    found = frames_left_out(
        np.hstack(columns),
        np.hstack([scores, rare, common, np.full_like(scores, 0.5)]),
        ["a", "b", "c", "d"],
    )
    assert found.keys() == {"b", "c", "d"}
    assert found["b"] == "29 texts with it, at least 30 are needed"
    assert found["c"] == "29 texts without it, at least 30 are needed"
    assert "texts with it from texts without it in 50% of pairs" in found["d"]


@pytest.fixture
def stances():
    """Stances (120, 2), 40 of each of three on frame 0; chances that agree with all but one."""
    gold = np.full((120, 2), -1)
    gold[:, 0] = np.repeat([0, 1, 2], 40)
    chances = np.full((120, 2, 3), 0.1)
    chances[np.arange(120), 0, gold[:, 0]] = 0.8
    chances[50, 0] = 0.9, 0.02, 0.08
    return gold, chances


def test_a_stance_that_the_scores_contradict_is_found_with_the_likeliest(stances):
    (found,) = suspect_stances(*stances)
    assert (found.row, found.frame, found.instead) == (50, 0, 0)
    assert found.score == found.quality == pytest.approx(0.02)


def test_stances_given_too_seldom_are_passed_over(stances):
    gold, chances = stances
    gold[80:95, 0] = -1
    (found,) = suspect_stances(gold, chances)
    # Of stances 0 and 1 alone, 0.02 of 0.92.
    assert found.score == pytest.approx(0.02 / 0.92)
    gold[:15, 0] = -1
    assert stances_left_out(gold, chances, "xyz") == "fewer than two stances are given 30 times"


def test_stances_that_the_model_cannot_tell_apart_are_left_out(stances):
    gold, chances = stances
    assert stances_left_out(gold, chances, "xyz") is None
    reason = stances_left_out(gold, np.full_like(chances, 1 / 3), "xyz")
    assert reason == (
        "the model tells one stance from the others in 50% of pairs, at least 80% are needed"
    )
