import numpy as np
import pytest

from eval.bundles import Bundles, Remembered
from serving.predictor import Predictor
from serving.scorers import Scored
from training.holding import Claim
from training.logits import Logits

TEXTS = ["Both sides agreed to share test results.", "Cookie policy.", "A ban on chips."]


class Counting:
    """A logit is the length of the text; `asked` are the texts scored."""

    def __init__(self):
        self.asked = []

    def score(self, texts):
        self.asked.append(list(texts))
        frames = np.array([[len(text)] for text in texts], float)
        stances = np.zeros((len(texts), 1, 2))
        return Scored(Logits(frames, stances), [len(text) for text in texts], [False] * len(texts))


def test_each_text_is_read_once_and_answers_keep_their_order():
    counting = Counting()
    remembered = Remembered(counting)
    remembered.score(["bb", "a", "bb"])
    found = remembered.score(["ccc", "a", "bb"])
    assert counting.asked == [["bb", "a"], ["ccc"]]
    assert found.logits.frames.tolist() == [[3], [1], [2]]
    assert found.logits.stances.shape == (3, 1, 2)
    assert (found.tokens, found.truncated) == ([3, 1, 2], [False] * 3)


def test_what_is_judged_is_what_is_served(trained):
    bundles = Bundles()
    opened = bundles.open(trained.bundle)
    assert bundles.open(trained.bundle) is opened
    with Claim(trained.bundle) as free:
        assert not free  # models prune would have to leave it
    for served, own in zip(
        Predictor.open(trained.bundle).predict(TEXTS), opened.predict(TEXTS), strict=True
    ):
        scores = {frame.label: frame.score for frame in own.frames}
        for frame in served.frames:
            assert scores[frame.label] == pytest.approx(frame.score, abs=2e-6)
        assert own.tokens == served.tokens
