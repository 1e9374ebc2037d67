"""Evidence whose every number can be worked out by hand, and what holds of any text."""

import itertools
import math
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencex import get_sentence_boundaries

from labels.codebook import Codebook, Frame
from labels.text import normalise, words
from serving import evidence
from serving.evidence import MOST_UNITS, sentences, units
from serving.predictor import Predictor
from serving.results import TextError
from serving.scorers import LinearScorer, Scored
from training.bundle import Calibration, Decision, HeldOut, Manifest, Member
from training.linear import LinearModel, placed_terms, terms
from training.logits import Logits

CODEBOOK = Codebook("two", 1, (Frame("a"), Frame("b")))
MARKED = st.text(alphabet="ab .!?\n\u3002\u201d\u0301\u00a0\u200b\U0001f642日", max_size=200)


class LetterScorer:
    """Logits: the number of letters a, and of letters b, less 1. It reads `most` words of a text.

    Keeps what it was asked, call by call.
    """

    def __init__(self, most: int = 1000) -> None:
        self.most = most
        self.asked: list[list[str]] = []

    def score(self, texts):
        self.asked.append(list(texts))
        read = [" ".join(text.split()[: self.most]) for text in texts]
        frames = np.array([[own.count(letter) - 1.0 for letter in "ab"] for own in read])
        ends = {k: len(own) for k, own in enumerate(read) if own != texts[k]}
        truncated = [k in ends for k in range(len(texts))]
        stances = np.empty((len(texts), 2, 0))
        return Scored(Logits(frames, stances), [len(t.split()) for t in read], truncated, ends)


def predictor(**scorers):
    ones = dict.fromkeys(scorers, (1.0, 1.0))
    calibration = Calibration(ones, (0.0, 0.0), dict.fromkeys(scorers, 1.0))
    member = Member(calibration, (Decision(0.5, (0.5, 0.5)),) * 2, {})
    manifest = Manifest(
        version="v", created="", codebook=CODEBOOK, members={"ensemble": member}, max_tokens=None,
        labels_hash="", test_hash="", base_model="", config={}, packages={}, precision="fp32",
        held_out=HeldOut((), ()),
    )  # fmt: skip
    return Predictor(manifest, scorers)


def evidence_of(answer):
    return {frame.label: frame.evidence for frame in answer.frames}


def share(logit):
    return 1 / (1 + math.exp(-logit))


def test_a_sentence_contributes_what_the_score_loses_without_it():
    text = " Caa up.\n\nDog dug.  Cab up!"
    (answer,) = predictor(encoder=LetterScorer()).predict([text], explain=True)
    found = evidence_of(answer)
    # Letters a: 2, 0, 1. Letters b: 0, 0, 1, so that b is present too, at a logit of 0.
    carried = [(text[one.start : one.end], one.contribution) for one in found["a"].sentences]
    assert carried == [
        ("Caa up.", pytest.approx(share(2) - share(0), abs=2e-6)),
        ("Cab up!", pytest.approx(share(2) - share(1), abs=2e-6)),
        ("Dog dug.", 0.0),
    ]
    carried = [(text[one.start : one.end], one.contribution) for one in found["b"].sentences]
    assert carried[0] == ("Cab up!", pytest.approx(share(0) - share(-1), abs=2e-6))
    assert [gain for _, gain in carried[1:]] == [0.0, 0.0]
    assert found["a"].words == ()


def test_a_sentence_that_speaks_against_a_frame_contributes_less_than_nothing():
    class Against(LetterScorer):
        def score(self, texts):
            found = super().score(texts)
            found.logits.frames[:, 0] -= [5 * ("no" in text) for text in texts]
            return found

    text = "Aaaaaaaaaa. It is no."
    (answer,) = predictor(encoder=Against()).predict([text], explain=True)
    last = evidence_of(answer)["a"].sentences[-1]
    assert text[last.start : last.end] == "It is no."
    assert last.contribution < -0.01


def test_one_sentence_is_not_left_out():
    scorer = LetterScorer()
    (answer,) = predictor(encoder=scorer).predict([" Aaa bc \n"], explain=True)
    (only,) = evidence_of(answer)["b"].sentences
    assert (only.start, only.end, only.contribution) == (1, 7, None)
    assert len(scorer.asked) == 1


def test_there_is_no_evidence_unasked_or_for_a_frame_that_is_absent():
    model = predictor(encoder=LetterScorer())
    (answer,) = model.predict(["Caa. Up."], explain=True)
    assert evidence_of(answer)["b"] is None
    shown = {frame["label"]: frame for frame in answer.to_dict()["frames"]}
    assert "evidence" in shown["a"]
    assert "evidence" not in shown["b"]
    (plain,) = model.predict(["Caa. Up."])
    assert all("evidence" not in frame for frame in plain.to_dict()["frames"])


def test_all_texts_are_explained_in_one_batch_and_none_without_a_frame():
    scorer = LetterScorer()
    texts = ["Caa. Up.", "", "Nothing here. Or there.", "Cabb. One. Two.", 5]
    found = predictor(encoder=scorer).predict(texts, explain=True)
    assert [isinstance(one, TextError) for one in found] == [False, True, False, False, True]
    plain, left = scorer.asked
    assert len(plain) == 3
    assert left == ["Up.", "Caa.", "One. Two.", "Cabb. Two.", "Cabb. One."]
    again = predictor(encoder=LetterScorer()).predict(texts)
    assert [type(one) for one in again] == [type(one) for one in found]
    for one, other in zip(found, again, strict=True):
        if not isinstance(other, TextError):
            assert [f.score for f in one.frames] == [f.score for f in other.frames]


def test_a_contribution_is_what_is_answered_without_the_sentence():
    model = predictor(encoder=LetterScorer())
    text = "Aba cab. Bad. Abba. Out."
    (whole,) = model.predict([text], explain=True)
    for frame in whole.frames:
        for one in frame.evidence.sentences if frame.evidence else ():
            (rest,) = model.predict([text[: one.start] + text[one.end :]])
            (own,) = (other.score for other in rest.frames if other.label == frame.label)
            assert frame.score - own == pytest.approx(one.contribution, abs=2e-6)


def test_sentences_past_what_was_read_are_left_out():
    text = "Caab up.  Cat naps. Far away. Last aaa."
    scorer = LetterScorer(most=3)  # the third word is the first of the second sentence
    (answer,) = predictor(encoder=scorer).predict([text], explain=True)
    assert answer.truncated
    shown = {text[one.start : one.end] for one in evidence_of(answer)["a"].sentences}
    assert shown == {"Caab up.", "Cat naps."}
    assert scorer.asked[1] == ["Cat naps. Far away. Last aaa.", "Caab up. Far away. Last aaa."]


@settings(deadline=None)
@given(st.text(max_size=300) | MARKED, st.sampled_from(["en", "zh", "ar", "xx", ""]))
def test_sentences_hold_every_word_once_and_in_order(text, language):
    spans = sentences(text, language)
    assert spans
    assert [word for start, end in spans for word in words(text[start:end])] == words(text)
    assert not "".join(
        text[one.end : other.start] for one, other in itertools.pairwise(spans)
    ).strip()
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    if len(spans) > 1:
        assert all(words(text[start:end]) for start, end in spans)


@settings(deadline=None)
@given(MARKED, st.none() | st.integers(0, 200))
def test_units_are_few_and_cover_what_was_read(text, read):
    spans = units(text, "en", read)
    assert 1 <= len(spans) <= MOST_UNITS
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    whole = sentences(text, "en")
    assert spans[0].start == whole[0].start
    if read is None:
        assert spans[-1].end == whole[-1].end
        assert len(whole) > MOST_UNITS or spans == whole
    else:
        assert all(len(normalise(text[: span.start])) < read for span in spans[1:])


def test_the_shortest_neighbours_come_together():
    text = " ".join(["It is a long sentence."] * 6 + ["So.", "It was.", "It is a long one."])
    found = [text[start:end] for start, end in units(text, "en")]
    assert found == ["It is a long sentence."] * 5 + [
        "It is a long sentence.", "So. It was. It is a long one."
    ]  # fmt: skip


def test_thousands_of_sentences_are_put_together_too():
    text = "It is so. " * 10_000
    found = units(text, "en")
    assert len(found) == MOST_UNITS
    assert (found[0].start, found[-1].end) == (0, len(text) - 1)
    lengths = [end - start for start, end in found]
    assert max(lengths) < 3 * min(lengths)


def test_an_explained_text_costs_at_most_eight_plain_ones():
    scorer = LetterScorer(most=20)
    text = "Aaa one. " * 30  # more than ten sentences are read, and what comes after moves up
    predictor(encoder=scorer).predict([text], explain=True)
    (plain,), left = scorer.asked
    read = [min(20, len(own.split())) for own in (plain, *left)]
    assert read == [20] * 8


def test_a_long_text_goes_to_sentencex_in_pieces(monkeypatch):
    given = []

    def keep(language, text):
        given.append(len(text))
        return get_sentence_boundaries(language, text)

    monkeypatch.setattr(evidence, "get_sentence_boundaries", keep)
    assert len(sentences("日本。" * 30_000, "zh")) == 30_000
    assert max(given) <= 2000
    assert sum(given) < 1.5 * 90_000
    given.clear()
    assert len(units("日本。" * 30_000, "zh", read=900)) == MOST_UNITS
    assert sum(given) <= 2000


PROSE = (
    "He said “We go. You stay.” Then left. Dr. Smith came (it rained. Hard.) and\n\nNew one. "
    "\U0001f642 Yes! 日本。 日本。 "
)


@pytest.mark.parametrize("size", [200, 333, 400])
def test_pieces_make_no_other_sentences(monkeypatch, size):
    whole = sentences(PROSE * 5, "en")
    monkeypatch.setattr(evidence, "_AT_A_TIME", size)
    assert sentences(PROSE * 5, "en") == whole


def test_a_sentence_longer_than_a_piece_is_one():
    long = "a b " * 2000
    text = f"One. {long}end. Two."
    assert [text[start:end] for start, end in sentences(text, "en")] == [
        "One.", f"{long}end.", "Two."
    ]  # fmt: skip


def test_of_a_truncated_text_what_was_read_is_cut_up_not_the_whole():
    text = "Go. " * 100 + "Far away and long. " * 5000
    found = units(text, "en", read=380)
    assert len(found) == MOST_UNITS
    assert found[-1].end <= 400


def test_the_one_sentence_that_was_read_is_left_out_where_more_follows():
    text = "Caa up and on. Far away."
    scorer = LetterScorer(most=3)
    (answer,) = predictor(encoder=scorer).predict([text], explain=True)
    (only,) = evidence_of(answer)["a"].sentences
    assert text[only.start : only.end] == "Caa up and on."
    assert scorer.asked[1] == ["Far away."]
    assert only.contribution == pytest.approx(share(1) - share(1), abs=2e-6)


def model_of(weights):
    """A linear model without idf: every term that is named weighs as said, for frames a and b."""
    names = list(weights)
    return LinearModel(
        {name: place for place, name in enumerate(names)},
        np.ones(len(names), dtype=np.float32),
        np.array([weights[name] for name in names], dtype=np.float32),
        np.zeros(2, dtype=np.float32),
    )


def linear_scorer(model):
    scorer = LinearScorer.__new__(LinearScorer)
    scorer.model, scorer.codebook = model, CODEBOOK
    return scorer


def test_words_are_the_linear_models_by_hand():
    # Known: chips twice, the pair and the piece once. Weights 1 + ln 2, 1, 1; their norm is n.
    weights = {"chips": (3.0, 0.0), "own chips": (2.0, 0.0), "~<ow": (1.0, 0.0), "no": (-1.0, 0.0)}
    model = model_of(weights)
    text = "Own  CHIPS, no chips!"
    n = math.sqrt((1 + math.log(2)) ** 2 + 3)
    chips = 3 * (1 + math.log(2)) / 2 / n
    (answer,) = predictor(linear=linear_scorer(model)).predict([text], explain=True)
    found = evidence_of(answer)["a"].words
    assert [text[one.start : one.end] for one in found] == ["CHIPS", "chips", "Own"]
    gains = [one.contribution for one in found]
    assert gains == pytest.approx([chips + 1 / n, chips, 1 / n + 1 / n], abs=1e-5)
    # b is present at a logit of 0, and no word speaks for it.
    assert evidence_of(answer)["b"].words == ()


def test_at_most_five_words_and_beside_an_encoder_only_where_the_member_reads_the_linear_model():
    weights = dict.fromkeys("cdefghij", (1.0, 0.0))
    text = "C d e f g h i j."
    scorers = {"encoder": LetterScorer(), "linear": linear_scorer(model_of(weights))}
    (answer,) = predictor(**scorers).predict([text], explain=True)
    assert [one.start for one in evidence_of(answer)["a"].words] == [0, 2, 4, 6, 8]
    (answer,) = predictor(encoder=LetterScorer()).predict(["A a."], explain=True)
    assert evidence_of(answer)["a"].words == ()


def test_words_that_share_a_place_are_one():
    model = model_of({"국": (1.0, 0.0), "산": (1.0, 0.0), "칩": (1.0, 0.0)})
    text = unicodedata.normalize("NFD", "국산칩 국")
    (answer,) = predictor(linear=linear_scorer(model)).predict([text], explain=True)
    first, second = evidence_of(answer)["a"].words
    assert [text[one.start : one.end] for one in (first, second)] == text.split()
    assert first.contribution > second.contribution > 0


@settings(deadline=None)
@given(st.text(max_size=80) | st.text(alphabet="ab c日本語", max_size=40))
def test_terms_with_their_places_are_the_terms(text):
    placed = list(placed_terms(words(text)))
    assert sorted(term for term, _ in placed) == sorted(terms(text))


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["own", "chips", "data", "日", "本", "語"]), min_size=1, max_size=12)
)
def test_what_words_add_comes_to_the_models_output(found):
    text = " ".join(found)
    random = np.random.default_rng(0)
    model = model_of({term: random.normal(size=2) for term in sorted(set(terms(text)))[::2]})
    whole = model.outputs([text])[0][0]
    assert model.by_word(words(text)).sum(axis=0) == pytest.approx(whole, abs=1e-4)
