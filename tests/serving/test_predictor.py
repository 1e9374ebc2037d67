"""The one path from texts to answers, with numbers that can be worked out by hand."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.codebook import Codebook, Frame, Stance
from serving.backends import BATCH_TOKENS, OnnxBackend
from serving.predictor import Predictor
from serving.results import TextError
from serving.scorers import EncoderScorer, LinearScorer, Scored, batches
from training.bundle import (
    Calibration,
    Decision,
    HeldOut,
    LanguageFigures,
    Manifest,
    Member,
    read_manifest,
)
from training.logits import Logits

CODEBOOK = Codebook("two", 1, (Frame("a"), Frame("b")), (Stance("for"), Stance("against")))


class CountingScorer:
    """Frame logits: the number of letters a, and of letters b, less 2. Stances favour `against`."""

    def score(self, texts):
        frames = np.array([[text.count(letter) - 2.0 for letter in "ab"] for text in texts])
        stances = np.tile([0.0, math.log(3)], (len(texts), 2, 1))
        return Scored(Logits(frames, stances), [len(text) for text in texts], [True] * len(texts))


class WordScorer:
    """Frame logits: the number of words for both, turned for b. Stances favour `for`."""

    def score(self, texts):
        counts = [len(text.split()) for text in texts]
        frames = np.array([[count, -count] for count in counts], dtype=float)
        stances = np.tile([math.log(2), 0.0], (len(texts), 2, 1))
        return Scored(Logits(frames, stances), counts, [False] * len(texts))


def predictor(calibration=None, scorers=None, codebook=CODEBOOK, bands=None, languages=None):
    calibration = calibration or Calibration({"encoder": (1.0, 1.0)}, (0.0, 0.0), {"encoder": 1.0})
    bands = bands or ((0.5, 0.5), (0.5, 0.5))
    decisions = tuple(Decision(0.5, band) for band in bands)
    members = {"ensemble": Member(calibration, decisions, languages or {})}
    manifest = Manifest(
        version="v", created="", codebook=codebook, members=members, max_tokens=256,
        labels_hash="", test_hash="", base_model="", config={}, packages={}, precision="fp32",
        held_out=HeldOut((), ()),
    )  # fmt: skip
    return Predictor(manifest, scorers or {"encoder": CountingScorer()})


def frames_of(answer):
    return {frame.label: frame for frame in answer.frames}


def test_scores_thresholds_and_stances_by_hand():
    (answer,) = predictor().predict(["aaa b"])  # logits 1 and -1
    a, b = frames_of(answer)["a"], frames_of(answer)["b"]
    assert a.score == pytest.approx(1 / (1 + math.exp(-1)), abs=1e-6)
    assert b.score == pytest.approx(1 / (1 + math.exp(1)), abs=1e-6)
    assert (a.present, b.present) == (True, False)
    assert a.stance.scores == pytest.approx({"for": 0.25, "against": 0.75})
    assert (a.stance.label, b.stance.label) == ("against", None)
    assert [frame.label for frame in answer.frames] == ["a", "b"]


def test_a_score_at_the_threshold_is_present():
    (answer,) = predictor().predict(["aabb"])  # logits 0: scores of one half
    assert all(frame.present for frame in answer.frames)


def test_calibration_is_applied():
    calibration = Calibration({"encoder": (2.0, 1.0)}, (0.0, 0.0), {"encoder": 0.5})
    (answer,) = predictor(calibration).predict(["aaa"])
    a = frames_of(answer)["a"]
    assert a.score == pytest.approx(1 / (1 + math.exp(-2)), abs=1e-6)
    assert a.stance.scores["against"] == pytest.approx(0.633975, abs=1e-6)


def test_two_models_are_weighed_by_hand():
    calibration = Calibration(
        {"encoder": (2.0, 1.0), "linear": (0.5, 0.25)}, (-1.0, 0.0),
        {"encoder": 1.0, "linear": 2.0},
    )  # fmt: skip
    scorers = {"linear": WordScorer(), "encoder": CountingScorer()}
    (answer,) = predictor(calibration, scorers).predict(["aaa bbbb"])
    # a: 2 * 1 + 0.5 * 2 - 1 is 2. b: 1 * 2 + 0.25 * -2 is 1.5. Stances: 2 log 2 against log 3.
    a, b = frames_of(answer)["a"], frames_of(answer)["b"]
    assert a.score == pytest.approx(1 / (1 + math.exp(-2)), abs=1e-6)
    assert b.score == pytest.approx(1 / (1 + math.exp(-1.5)), abs=1e-6)
    assert a.stance.scores == pytest.approx({"for": 4 / 7, "against": 3 / 7}, abs=1e-6)
    assert a.stance.label == "for"


@pytest.mark.parametrize("order", [1, -1])
def test_tokens_are_those_of_the_encoder_where_there_is_one(order):
    one = {"linear": (1.0, 1.0)}
    alone = Calibration(one, (0.0, 0.0), {"linear": 1.0})
    (answer,) = predictor(alone, {"linear": WordScorer()}).predict(["aaa bbbb"])
    assert (answer.tokens, answer.truncated) == (2, False)
    both = Calibration({**one, "encoder": (1.0, 1.0)}, (0.0, 0.0), {"linear": 1.0, "encoder": 1.0})
    scorers = {"linear": WordScorer(), "encoder": CountingScorer()}
    ordered = dict(list(scorers.items())[::order])
    (answer,) = predictor(both, ordered).predict(["aaa bbbb"])
    assert (answer.tokens, answer.truncated) == (8, True)


def test_the_uncertain_band():
    bands = ((0.4, 0.6), (0.5, 0.5))
    (inside,) = predictor(bands=bands).predict(["aabb"])
    (outside,) = predictor(bands=bands).predict(["aaabbb"])
    assert [frames_of(inside)[name].uncertain for name in "ab"] == [True, False]
    assert not any(frame.uncertain for frame in outside.frames)


def test_languages_are_supported_by_their_figures():
    figures = {"en": LanguageFigures(200, 0.7, True), "fr": LanguageFigures(40, 0.9, False)}
    texts = [
        "The two countries will work together on the rules for artificial intelligence.",
        "Les deux pays travailleront ensemble aux règles de l'intelligence artificielle.",
        "Обе страны будут вместе работать над правилами искусственного интеллекта.",
    ]
    answers = predictor(languages=figures).predict(texts)
    found = [(answer.language, answer.language_supported) for answer in answers]
    assert found == [("en", True), ("fr", False), ("ru", False)]


def test_one_frame_at_least_where_the_codebook_says_so():
    (answer,) = predictor(codebook=replace(CODEBOOK, min_frames=1)).predict(["b"])
    assert [frame.label for frame in answer.frames if frame.present] == ["b"]


def test_bad_texts_get_their_own_errors_in_their_places():
    first, bad, last = predictor().predict(["aaa", "", "bbb"])
    assert isinstance(bad, TextError)
    assert [first.frames[0].label, last.frames[0].label] == ["a", "b"]
    assert predictor().predict([]) == []


def test_white_space_and_composed_accents_do_not_matter():
    one, other = predictor().predict(["e\u0301 aaa  \n b", "é aaa b"])
    assert one == other


@pytest.mark.parametrize("member", ["ensemble", "baseline"])
def test_an_answer_does_not_depend_on_its_company(trained, member):
    model = Predictor.open(trained.bundle, member)
    texts = ["One.", "Both sides agreed to share results. " * 20, "日本 🙂", "w " * 3000, "One."]
    together = model.predict(texts)
    for text, answer in zip(texts, together, strict=True):
        (alone,) = model.predict([text])
        assert [f.label for f in alone.frames] == [f.label for f in answer.frames]
        for one, other in zip(alone.frames, answer.frames, strict=True):
            assert one.score == pytest.approx(other.score, abs=1e-5)
    assert together[0] == together[-1]
    assert together[3].truncated == (member == "ensemble")


@pytest.mark.parametrize("member", ["ensemble", "baseline"])
def test_member_reads_the_models_that_its_calibration_names(trained, member):
    model = Predictor.open(trained.bundle, member)
    manifest = read_manifest(trained.bundle)
    named = set(manifest.members[member].calibration.slopes)
    assert named == ({"encoder", "linear"} if member == "ensemble" else {"linear"})
    text = "Both sides agreed to share the results of their safety tests."
    linear = LinearScorer(trained.bundle / "baseline", manifest.codebook)
    engine = OnnxBackend(trained.bundle)
    encoder = EncoderScorer(trained.bundle, engine, manifest.codebook, manifest.max_tokens)
    logits = {"encoder": encoder.score([text]).logits, "linear": linear.score([text]).logits}
    (answer,) = model.predict([text])
    expected = manifest.members[member].apply(logits, [answer.language])
    for name, frame in frames_of(answer).items():
        k = manifest.codebook.frame_names.index(name)
        assert frame.score == pytest.approx(expected.frames[0, k], abs=2e-6)


def test_batches_hold_every_text_once_and_stay_within_bounds():
    lengths = [5, 256, 1, 80, 80, *range(1, 250)]
    found = batches(lengths, BATCH_TOKENS, 1, 40)
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    for batch in found:
        longest = max(lengths[place] for place in batch)
        assert longest * len(batch) <= BATCH_TOKENS


@given(
    st.lists(st.integers(1, 60), max_size=8),
    st.integers(1, 200),
    st.integers(1, 3),
    st.integers(0, 40),
)
def test_batches_are_the_cheapest_there_are(widths, most, at_once, call):
    found = batches(widths, most, at_once, call)
    assert sorted(place for batch in found for place in batch) == list(range(len(widths)))
    share = min(most, -(-sum(widths) // at_once))
    ordered = sorted(widths)

    def cost(parts):
        if any(len(part) > 1 and len(part) * max(part) > share for part in parts):
            return math.inf
        return sum(len(part) * max(part) + call for part in parts)

    cuts = (
        itertools.pairwise([0, *cut, len(ordered)])
        for n in range(len(ordered))
        for cut in itertools.combinations(range(1, len(ordered)), n)
    )
    cheapest = min((cost([ordered[a:b] for a, b in cut]) for cut in cuts), default=0)
    assert cost([[widths[place] for place in batch] for batch in found]) == cheapest


@pytest.mark.parametrize(
    ("widths", "expected"),
    [
        ([], []),
        ([300], [[0]]),
        ([10, 90], [[0], [1]]),  # two calls at once
        ([20, 20, 20, 20], [[0, 1], [2, 3]]),
        ([30, 40, 31, 90, 89], [[0, 2], [1], [4], [3]]),  # 1 token more, and a call less
    ],
)
def test_batches_of_hand_worked_widths(widths, expected):
    assert batches(widths, 100, 2, 5) == expected
