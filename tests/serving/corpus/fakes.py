"""A predictor whose answers can be told from the texts, which counts what it is asked."""

import time
from collections import Counter

from labels.text import normalise, text_problem
from serving.corpus.local import LocalEngine
from serving.corpus.score import Job, score_corpus
from serving.results import FrameResult, Result, StanceResult, TextError
from tests.tiny import TWO
from training.progress import Progress

POISON = "poison"
"""A text with this word makes the model fail."""


class Counting:
    """Scores are told from the length of a text. `pause`: seconds that each call takes."""

    def __init__(self, model="fake-1", pause=0.0):
        self.model = model
        self.codebook = TWO
        self.asked = Counter()
        self.calls = []
        self.pause = pause

    def predict(self, texts, explain=False):
        time.sleep(self.pause)
        if any(POISON in text for text in texts):
            raise ValueError("cannot be scored")
        self.calls.append(list(texts))
        self.asked.update(map(normalise, texts))
        return [self.answer(text) for text in texts]

    def answer(self, text):
        if problem := text_problem(text):
            return TextError("invalid_text", problem)
        length = len(normalise(text))
        frames = []
        for place, name in enumerate(self.codebook.frame_names):
            score = (length * (place + 3) % 10) / 10
            present = score >= 0.5
            shares = {"for": 0.75, "against": 0.25}
            stance = StanceResult("for" if present else None, shares)
            frames.append(FrameResult(name, score, 0.5, present, 0.4 < score < 0.6, stance))
        return Result(tuple(frames), "en", length % 2 == 0, False, length)


def run(inputs, out, predictor=None, **options):
    """Score with a predictor that counts; return what it came to, and the predictor."""
    predictor = predictor or Counting()
    job = Job(tuple(inputs), out, **options)
    return score_corpus(job, predictor, LocalEngine(predictor), Progress(quiet=True)), predictor
