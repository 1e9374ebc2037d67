import itertools

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from labels.codebook import load_codebook
from labels.starter import starter_rows
from training.linear import LinearModel, terms

ODD = ["🙂", "", "qqq zzz", "chips", "チップ 🙂 chips, CHIPS", "人工智能" * 200]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Chips for all", ["chips", "for", "all", "chips for", "for all"]),
        ("Don't STOP", ["don", "t", "stop", "don t", "t stop"]),
        ("人工智能", ["人", "工", "智", "能", "人 工", "工 智", "智 能"]),
        ("5G网络", ["5g", "网", "络", "5g 网", "网 络"]),
        ("one", ["one"]),
        ("🙂 ... !", []),
        ("", []),
    ],
)
def test_terms_are_words_and_neighbours(text, expected):
    assert terms(text) == expected


def test_logit_worked_out_by_hand():
    idf, coefficients = np.float32([3, 4]), np.float32([[1, 0], [0, 2]])
    model = LinearModel({"a": 0, "b": 1}, idf, coefficients, np.float32([0.5, -1]))
    # "a b": the weights (3, 4) have length 5. "a a x": only a is known, so its weight is 1.
    outputs, read = model.outputs(["a b", "a a x", "x"])
    assert outputs.tolist() == pytest.approx(np.array([[1.1, 0.6], [1.5, -1], [0.5, -1]]))
    assert read == [2, 2, 0]


@pytest.fixture(scope="module")
def paragraphs():
    """Starter paragraphs in several languages, each with whether it carries safety."""
    kept = {}
    for row in starter_rows():
        if sum(one.lang == row.lang for one in kept.values()) < 60:
            kept.setdefault(row.text_id, row)
    assert {"en", "zh"} <= {row.lang for row in kept.values()}
    return list(kept.values())


@pytest.fixture(scope="module")
def both(paragraphs):
    """scikit-learn's own model of one frame, and the same weights in a `LinearModel`."""
    vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True, min_df=2)
    features = vectorizer.fit_transform([row.text for row in paragraphs])
    frame = load_codebook().frame_names[0]
    reference = LogisticRegression(C=10.0).fit(features, [frame in r.frames for r in paragraphs])
    model = LinearModel(
        vectorizer.vocabulary_,
        vectorizer.idf_.astype(np.float32),
        reference.coef_.astype(np.float32),
        reference.intercept_.astype(np.float32),
    )
    return model, lambda texts: reference.decision_function(vectorizer.transform(texts))


def test_logits_are_those_of_scikit_learn(both, paragraphs):
    model, reference = both
    texts = [row.text for row in paragraphs] + ODD
    outputs, _ = model.outputs(texts)
    assert outputs.shape == (len(texts), 1)
    np.testing.assert_allclose(outputs[:, 0], reference(texts), atol=1e-5)
    assert np.ptp(outputs) > 1


def test_unknown_words_leave_the_intercept(both):
    model, _ = both
    outputs, read = model.outputs(["🙂", "qqq zzz", ""])
    assert (outputs == model.intercepts).all()
    assert read == [0, 0, 0]


def test_written_model_reads_back(both, tmp_path):
    model, _ = both
    model.write(tmp_path / "baseline")
    back = LinearModel.read(tmp_path / "baseline")
    assert back.vocabulary == model.vocabulary
    assert any("\u4e00" <= term[0] <= "\u9fff" for term in back.vocabulary)
    for name in ("idf", "coefficients", "intercepts"):
        one, other = getattr(back, name), getattr(model, name)
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, other)
    texts = list(itertools.chain(ODD, model.vocabulary))
    np.testing.assert_array_equal(back.outputs(texts)[0], model.outputs(texts)[0])
