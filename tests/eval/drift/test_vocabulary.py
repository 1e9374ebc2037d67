"""Words that are more frequent here, by hand and by what could bring them up wrongly."""

import math

import numpy as np
import pytest

from eval.drift.vocabulary import overused, read_words, unseen


def test_log_odds_by_hand():
    """A word in 60 of 100 texts here and 10 of 100 there; another in all 200."""
    here = ["common chip"] * 60 + ["common"] * 40
    there = ["common chip"] * 10 + ["common"] * 90
    found = overused(here, there, [str(k) for k in range(100)])
    assert [one["word"] for one in found] == ["chip"]
    prior = 500 * 70 / 270  # its part of all counts, of which there are 160 and 110
    odds = math.log((60 + prior) / (160 + 500 - 60 - prior))
    odds -= math.log((10 + prior) / (110 + 500 - 10 - prior))
    assert found[0]["log_odds"] == pytest.approx(odds)
    assert found[0]["z"] == pytest.approx(odds / math.sqrt(1 / (60 + prior) + 1 / (10 + prior)))
    assert (found[0]["here"], found[0]["training"]) == (0.6, 0.1)


def test_a_single_document_does_not_bring_a_word_up():
    here = [f"zebra tale{k} common" for k in range(60)]
    there = [f"common tale{k}" for k in range(60)]
    assert overused(here, there, ["one"] * 60) == []
    assert [one["word"] for one in overused(here, there, list(map(str, range(60))))] == ["zebra"]


def test_signs_of_chinese_come_in_pairs():
    assert read_words("芯片 chip") == ["chip", "芯片"]


def test_words_unseen_are_those_of_no_other_document():
    found = unseen(["old new", "old"], ["old one", "old one", "old"], ["a", "a", "b"])
    np.testing.assert_allclose(found, [0.5, 0, 0.5, 0.5, 0])
