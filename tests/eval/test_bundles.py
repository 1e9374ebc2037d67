from dataclasses import replace

import numpy as np
import pytest

from eval.bundles import Bundles, Remembered, judge_bundle
from eval.datasets import Answered
from eval.html import render
from labels.snapshot import Snapshot
from labels.store import StoredAnswer
from serving.predictor import Predictor
from serving.scorers import Scored
from training.bundle import SNAPSHOT, read_manifest
from training.holding import Claim
from training.logits import Logits

TEXTS = ["Both sides agreed to share test results.", "Cookie policy.", "A ban on chips."]


def test_disputed_texts_that_the_model_was_trained_on_are_counted(trained, monkeypatch):
    manifest = read_manifest(trained.bundle)
    snapshot = Snapshot.read(trained.bundle / SNAPSHOT, manifest.codebook)
    known, rows = snapshot.train[0], snapshot.test[:30]
    answers = tuple(
        StoredAnswer(n, known.text_id, "o", who, frames, "2026-01-01", 1)
        for n, (who, frames) in enumerate({"ann": {}, "bo": {"safety": "favor"}}.items())
    )
    monkeypatch.setattr("eval.bundles.behaviours_of", lambda _: None)
    answered = [Answered(replace(known, frames={}), answers)]
    found = judge_bundle(trained.bundle, None, rows, "some", "", answered=answered).report
    assert found["annotators"]["seen_in_training"] == 1
    assert found["lineage"]["rows_seen_in_training"] == 0
    assert "was trained on 1 of these paragraphs" in " ".join(render(found).split())


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


def test_where_reading_ended_is_remembered():
    class Cutting(Counting):
        def score(self, texts):
            ends = {place: 2 for place, text in enumerate(texts) if len(text) > 2}
            return super().score(texts)._replace(ends=ends)

    remembered = Remembered(Cutting())
    assert remembered.score(["a", "bbb"]).ends == {1: 2}
    assert remembered.score(["cccc", "a", "bbb"]).ends == {0: 2, 2: 2}


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


def test_evidence_is_the_services_too(trained):
    texts = ["Both sides agreed. They share test results. " * 60, f"{TEXTS[0]} {TEXTS[2]}"]
    served = Predictor.open(trained.bundle).predict(texts, explain=True)
    opened = Bundles().open(trained.bundle).predict(texts, explain=True)
    assert served[0].truncated
    for own, other in zip(served, opened, strict=True):
        both = [{f.label: f.evidence for f in one.frames if f.evidence} for one in (own, other)]
        assert both[0].keys() == both[1].keys() != set()
        for label, evidence in both[0].items():
            spans = [{(s.start, s.end) for s in b[label].sentences} for b in both]
            assert spans[0] == spans[1]
            assert evidence.words == both[1][label].words
