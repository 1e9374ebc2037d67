import itertools
from collections import Counter
from math import hypot, log

import numpy as np
import pytest
from safetensors.numpy import load_file
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from labels.codebook import load_codebook
from labels.starter import starter_rows
from training.linear import LinearModel, terms

ODD = ["🙂", "", "qqq zzz", "chips", "チップ 🙂 chips, CHIPS", "人工智能" * 200]


@pytest.mark.parametrize(
    ("text", "words", "pieces"),
    [
        (
            "To STOP", ["to", "stop", "to stop"],
            ["<to", "to>", "<to>", "<st", "sto", "top", "op>", "<sto", "stop", "top>", "<stop",
             "stop>"],
        ),
        (
            "Don't", ["don", "t", "don t"],
            ["<do", "don", "on>", "<don", "don>", "<don>"],
        ),
        (
            "Чипы", ["чипы"],
            ["<чи", "чип", "ипы", "пы>", "<чип", "чипы", "ипы>", "<чипы", "чипы>"],
        ),
        (
            "人工智能", ["人", "工", "智", "能", "人 工", "工 智", "智 能", "人 工 智", "工 智 能"],
            [],
        ),
        ("5G网络", ["5g", "网", "络", "5g 网", "网 络"], ["<5g", "5g>", "<5g>"]),
        (
            "半导体 AI 芯",
            ["半", "导", "体", "ai", "芯", "半 导", "导 体", "体 ai", "ai 芯", "半 导 体"],
            ["<ai", "ai>", "<ai>"],
        ),
        ("人 工", ["人", "工", "人 工"], []),
        ("🙂 ... !", [], []),
        ("", [], []),
    ],
    ids=[
        "Latin", "one letter", "Cyrillic", "Chinese", "mixed", "threes stop at words", "too short",
        "no words", "empty",
    ],
)  # fmt: skip
def test_terms_worked_out_by_hand(text, words, pieces):
    assert sorted(terms(text)) == sorted([*words, *(f"~{piece}" for piece in pieces)])


def test_terms_keep_their_number():
    found = Counter(terms("top stop"))
    # Both words end on "top>"; only the one begins with it.
    assert (found["~top"], found["~top>"], found["~<top"], found["top"]) == (2, 2, 1, 1)


def test_forms_of_a_word_share_pieces_that_no_word_is():
    one, other = set(terms("чипами")), set(terms("чипов"))
    assert one & other == {"~<чи", "~чип", "~<чип"}


def test_logit_worked_out_by_hand():
    idf = np.float32([3, 4, 12])
    coefficients = np.float32([[1, 0], [0, 2], [2, 1]])
    model = LinearModel({"a": 0, "b": 1, "~<to": 2}, idf, coefficients, np.float32([0.5, -1]))
    # "a b": the weights (3, 4) have length 5. "a a x": only a is known, so its weight is 1.
    # "a b to": the weights (3, 4, 12) have length 13.
    outputs, read = model.outputs(["a b", "a a x", "x", "a b to"])
    expected = [[1.1, 0.6], [1.5, -1], [0.5, -1], [0.5 + 27 / 13, -1 + 20 / 13]]
    assert outputs.tolist() == pytest.approx(np.array(expected))
    assert read == [2, 2, 0, 3]


def test_term_said_again_weighs_by_the_log_of_its_number():
    model = LinearModel(
        {"a": 0, "b": 1}, np.float32([1, 1]), np.float32([[1], [0]]), np.float32([0])
    )
    # Three of the one and one of the other: (1 + log 3, 1).
    outputs, read = model.outputs(["a b a a"])
    assert outputs[0, 0] == pytest.approx((1 + log(3)) / hypot(1 + log(3), 1))
    assert read == [4]


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
        reference.coef_.T.astype(np.float32),
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


def test_file_keeps_the_coefficients_by_output(tmp_path):
    # As it was before they were turned in memory: a bundle of either release is read by both.
    coefficients = np.float32([[1, 2], [3, 4], [5, 6]])
    model = LinearModel(
        {"a": 0, "b": 1, "~<to": 2}, np.float32([1, 1, 1]), coefficients, np.float32([0, 0])
    )
    model.write(tmp_path)
    written = load_file(tmp_path / "weights.safetensors")["coefficients"]
    assert written.tolist() == [[1, 3, 5], [2, 4, 6]]
    assert LinearModel.read(tmp_path).coefficients.tolist() == coefficients.tolist()
