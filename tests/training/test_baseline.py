from math import log

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from labels.codebook import Codebook, Frame, Stance
from labels.snapshot import Labelled
from training.baseline import fit_baseline
from training.linear import terms
from training.logits import split_outputs

STANCES = ("for", "against", "unsure")
BOOK = Codebook("one-frame", 1, (Frame("a"),), tuple(map(Stance, STANCES)))
BARE = Codebook("one-frame", 1, (Frame("a"),))


def labelled(text, stance=None, carries=True):
    return Labelled(text, text, {"a": stance} if carries else {}, "train", text)


def marked(*stances):
    """One text for each, whose words say which stance it takes."""
    return [labelled(f"{stance} words {n}", stance) for n, stance in enumerate(stances)]


def fitted(rows, codebook=BOOK, texts=("for words", "against words", "unsure words")):
    return split_outputs(fit_baseline(rows, codebook, seed=1).outputs(texts)[0], codebook)


@pytest.mark.parametrize(("carries", "expected"), [(False, log(1 / 9)), (True, log(9 / 1))])
def test_frame_that_is_always_or_never_marked_is_a_constant(carries, expected):
    rows = [labelled(f"text {n}", carries=carries) for n in range(8)]
    assert fitted(rows, BARE).frames == pytest.approx(np.full((3, 1), expected))


def test_stances_of_a_frame_never_marked_are_equally_likely():
    logits = fitted([labelled(f"text {n}", carries=False) for n in range(8)])
    assert softmax(logits.stances, axis=2) == pytest.approx(np.full((3, 1, 3), 1 / 3))


def test_the_only_stance_seen_is_a_constant_smoothed_by_one():
    # Four against: (4 + 1) / (4 + 3), and 1 / (4 + 3) for each that was never seen.
    shares = softmax(fitted(marked(*["against"] * 4)).stances, axis=2)
    assert shares == pytest.approx(np.tile([1 / 7, 5 / 7, 1 / 7], (3, 1, 1)))


def test_two_stances_are_told_apart_and_the_third_is_left_unlikely():
    rows = marked(*["for", "unsure"] * 6)
    texts = ["for words", "unsure words", "words", "nothing known"]
    logits = fitted(rows, texts=texts).stances[:, 0]
    vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True)
    features = vectorizer.fit_transform([row.text for row in rows])
    reference = LogisticRegression(C=10.0).fit(features, [row.frames["a"] for row in rows])
    assert list(reference.classes_) == ["for", "unsure"]
    decided = reference.decision_function(vectorizer.transform(texts))
    assert logits[:, 2] - logits[:, 0] == pytest.approx(decided, abs=1e-5)
    assert logits[:, 1] == pytest.approx(np.full(4, log(1 / 15)))
    assert logits[0].argmax() == 0
    assert logits[1].argmax() == 2


def test_three_stances_are_those_of_scikit_learn():
    rows = marked(*STANCES * 5)
    texts = [f"{stance} words" for stance in STANCES]
    logits = fitted(rows, texts=texts).stances[:, 0]
    vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True)
    features = vectorizer.fit_transform([row.text for row in rows])
    gold = [STANCES.index(row.frames["a"]) for row in rows]
    reference = LogisticRegression(C=10.0).fit(features, gold)
    expected = reference.predict_proba(vectorizer.transform(texts))
    assert softmax(logits, axis=1) == pytest.approx(expected, abs=1e-5)
    assert logits.argmax(axis=1).tolist() == [0, 1, 2]


def test_rare_stance_weighs_as_much_as_a_common_one():
    rows = marked(*["for"] * 2, *["against"] * 10)
    vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True)
    features = vectorizer.fit_transform([row.text for row in rows])
    # Balanced: 12 / (2 * 2) and 12 / (2 * 10).
    reference = LogisticRegression(C=10.0).fit(features, [0] * 2 + [1] * 10, [3.0] * 2 + [0.6] * 10)
    decided = reference.decision_function(vectorizer.transform(["words", "for", "against"]))
    logits = fitted(rows, texts=["words", "for", "against"]).stances[:, 0]
    assert logits[:, 1] - logits[:, 0] == pytest.approx(decided, abs=1e-4)


def test_stances_are_learned_from_marked_texts_alone():
    rows = [*marked(*["for", "against"] * 4), *(labelled(f"for no {n}", None, False) for n in "ab")]
    same = marked(*["for", "against"] * 4)
    texts = ["for words", "against words"]
    vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True)
    vectorizer.fit([row.text for row in rows])
    reference = LogisticRegression(C=10.0).fit(
        vectorizer.transform([row.text for row in same]), [row.frames["a"] == "for" for row in same]
    )
    logits = fitted(rows, texts=texts).stances[:, 0]
    decided = reference.decision_function(vectorizer.transform(texts))
    assert logits[:, 0] - logits[:, 1] == pytest.approx(decided, abs=1e-5)


def test_rare_frame_weighs_as_much_as_its_absence():
    rows = [labelled(f"rare {n}") for n in range(4)]
    rows += [labelled(f"common {n}", carries=False) for n in range(36)]
    texts = ["rare", "common", "rare common", "neither"]
    vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True)
    features = vectorizer.fit_transform([row.text for row in rows])
    # Balanced: 40 / (2 * 4) for a text with the frame, 40 / (2 * 36) for one without.
    weights = [5.0] * 4 + [5 / 9] * 36
    reference = LogisticRegression(C=10.0).fit(features, [1] * 4 + [0] * 36, weights)
    expected = reference.decision_function(vectorizer.transform(texts))
    assert fitted(rows, BARE, texts).frames[:, 0] == pytest.approx(expected, abs=1e-4)


def test_terms_of_fewer_than_three_texts_are_dropped_only_where_there_are_many_texts():
    few = fit_baseline(marked(*["for", "against"] * 5), BOOK, seed=1)
    assert {"3", "words 3"} <= set(few.vocabulary)
    rows = [*marked(*["for", "against"] * 30), labelled("twice x", "for"), labelled("twice", "for")]
    assert whole_words(fit_baseline(rows, BOOK, seed=1)) == {
        "for", "against", "words", "for words", "against words",
    }  # fmt: skip
    rows.append(labelled("twice y", "for"))
    many = fit_baseline(rows, BOOK, seed=1)
    assert whole_words(many) - {"for", "against", "words", "for words", "against words"} == {
        "twice"
    }
    assert "~ice>" in many.vocabulary
    assert many.coefficients.shape == (len(many.vocabulary), 4)


def whole_words(model):
    return {term for term in model.vocabulary if not term.startswith("~")}


def test_form_never_seen_is_read_by_its_pieces():
    rows = [labelled(f"чипы {n}") for n in range(6)]
    rows += [labelled(f"пшеница {n}", carries=False) for n in range(6)]
    known, unknown = fitted(rows, BARE, ["чипами", "🙂"]).frames[:, 0]
    assert known > unknown + 1


def test_equal_rows_and_seed_give_equal_weights():
    rows = [*marked(*STANCES * 5), labelled("none", carries=False)]
    one, other = (fit_baseline(rows, BOOK, seed=7) for _ in range(2))
    assert one.vocabulary == other.vocabulary
    np.testing.assert_array_equal(one.coefficients, other.coefficients)
    np.testing.assert_array_equal(one.intercepts, other.intercepts)
    assert one.coefficients.any(axis=0).all()
