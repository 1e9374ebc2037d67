"""Evidence that matters, evidence that does not, and a case worked out by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from eval.faithfulness import MOST_TEXTS, faithfulness
from eval.judge import judge
from eval.mistakes import least_certain_right, most_confident_wrong
from eval.report import report
from eval.schema import Report
from labels.codebook import Codebook, Frame
from serving.predictor import Predictor
from serving.scorers import Scored
from tests.eval.fakes import labelled
from training.bundle import Calibration, Decision, HeldOut, Manifest, Member
from training.logits import Logits

CODEBOOK = Codebook("one", 1, (Frame("a"),))


class PlantedScorer:
    """Logit: 2 where a text holds the word `planted`, else -2; whatever it holds, where `deaf`."""

    def __init__(self, deaf: bool = False) -> None:
        self.deaf = deaf

    def score(self, texts):
        frames = [[2.0 if self.deaf or "planted" in text else -2.0] for text in texts]
        stances = np.empty((len(texts), 1, 0))
        return Scored(Logits(np.array(frames), stances), [1] * len(texts), [False] * len(texts))


def predictor(deaf=False):
    one = {"encoder": (1.0,)}
    member = Member(Calibration(one, (0.0,), {"encoder": 1.0}), (Decision(0.5, (0.5, 0.5)),), {})
    manifest = Manifest(
        version="v", created="", codebook=CODEBOOK, members={"ensemble": member}, max_tokens=None,
        labels_hash="", test_hash="", base_model="", config={}, packages={}, precision="fp32",
        held_out=HeldOut((), ()),
    )  # fmt: skip
    return Predictor(manifest, {"encoder": PlantedScorer(deaf)})


def rows(n=40):
    words = ["North.", "South.", "The planted word."]
    texts = [" ".join(words[k % 3 :] + words[: k % 3] + [f"End {k}."]) for k in range(n)]
    return [labelled(text, {"a": None}, group=f"g{k // 2}") for k, text in enumerate(texts)]


def found_on(model, labelled_rows):
    return faithfulness(model, judge(model, labelled_rows))


HIGH, LOW = 1 / (1 + math.exp(-2)), 1 / (1 + math.exp(2))


def test_the_planted_sentence_is_named_and_nothing_else_matters():
    found = found_on(predictor(), rows())
    assert (found["texts"], found["deleted"]["difference"]["n"]) == (40, 40)
    assert found["score"]["value"] == pytest.approx(HIGH, abs=1e-5)
    for name, top, other in [("deleted", HIGH - LOW, 0), ("lost", 1, 0), ("alone", HIGH, LOW)]:
        values = {key: figure["value"] for key, figure in found[name].items()}
        expected = {"top": top, "other": other, "difference": top - other}
        assert values == pytest.approx(expected, abs=1e-5)
        assert found[name]["difference"]["low"] > 0.5


def test_a_scorer_that_ignores_the_text_has_no_evidence():
    found = found_on(predictor(deaf=True), rows())
    for name in ("deleted", "lost", "alone"):
        difference = found[name]["difference"]
        assert (difference["value"], difference["low"], difference["high"]) == (0, 0, 0)
    assert found["deleted"]["top"]["value"] == 0


def test_intervals_are_by_document():
    """Ten documents that lose all and ten that lose nothing, of one text or of four each."""

    class Half(PlantedScorer):
        def score(self, texts):
            scored = super().score(texts)
            scored.logits.frames[["deaf" in text for text in texts]] = 2.0
            return scored

    def width(texts_each):
        model = predictor()
        model.scorers = {"encoder": Half()}
        made = [
            labelled(f"{word} one. The planted word {word}. {word} {k} {g}.", {}, group=f"{g}")
            for g in range(20)
            for k in range(texts_each)
            for word in ["deaf" if g % 2 else "keen"]
        ]
        figure = found_on(model, made)["deleted"]["top"]
        assert figure["value"] == pytest.approx((HIGH - LOW) / 2, abs=1e-5)
        return figure["high"] - figure["low"]

    assert width(1) == pytest.approx(width(4), rel=0.2)


def test_short_texts_texts_without_a_frame_and_texts_without_a_score_are_left_out():
    left_out = [
        labelled("The planted word. Two sentences.", {}),
        labelled("Nothing. Not a thing. Nor here.", {}),
        labelled("\0 planted. One. Two.", {}),
    ]
    assert found_on(predictor(), left_out) is None
    found = found_on(predictor(), [*left_out, *rows(1)])
    assert found["texts"] == 1


def test_the_sample_is_bounded_and_the_same_in_any_order():
    many = rows(MOST_TEXTS + 50)
    found = found_on(predictor(), many)
    assert found["texts"] == MOST_TEXTS
    assert found_on(predictor(), many[::-1]) == found


def test_decisions_carry_their_sentence_and_its_contribution():
    texts = ["One. The planted word. Three.", "The planted word.", "One. Two."]
    model = predictor()
    judged = judge(model, [labelled(text, {}) for text in texts])
    found = {one["text"]: one for one in most_confident_wrong(judged, model)}
    assert found[texts[0]]["sentence"] == "The planted word."
    assert found[texts[0]]["contribution"] == pytest.approx(HIGH - LOW, abs=1e-5)
    assert (found[texts[1]]["sentence"], found[texts[1]]["contribution"]) == (None, None)
    absent = least_certain_right(judged, model)[0]
    assert (absent["text"], absent["sentence"]) == (texts[2], None)
    assert most_confident_wrong(judged)[0]["sentence"] is None


def test_no_sentence_carries_what_none_raises():
    model = predictor(deaf=True)
    judged = judge(model, [labelled("One. Two. Three.", {})])
    assert most_confident_wrong(judged, model)[0]["sentence"] is None


@pytest.fixture(scope="module")
def whole():
    model = predictor()
    script = "<script>alert(1)</script> planted."
    made = [*rows(6), labelled(f"One & <b>. {script} Three.", {})]
    judged = judge(model, made)
    return report(judged, None, None, "n", "r1:0", {}, predictor=model)


def test_the_report_is_as_its_schema_says_with_evidence_and_without(whole):
    Report.model_validate(whole)
    assert whole["faithfulness"]["texts"] == 7
    judged = judge(predictor(), rows(2))
    bare = report(replace(judged), None, None, "n", "r1:0", {})
    assert bare["faithfulness"] is None
    Report.model_validate(bare)


def test_the_page_says_it_and_marks_the_sentence(whole):
    from eval.html import render
    from tests.eval.test_html import Page

    page = render(whole)
    shown = Page(page)
    said = " ".join(" ".join("".join(shown.said).split()).split())
    assert "on 7 paragraphs of 3 sentences or more" in said
    assert "lowers the frame's score by 0.76 on average" in said
    assert "script" not in shown.tags
    assert not shown.open
    marked = page[page.index("<mark>") :].partition("</mark>")[0]
    assert "planted." in marked
    assert "&lt;script&gt;" in page
    assert "The marked sentence matters most: without it the score is 0.76 lower." in said
    assert '<a href="#evidence">' in page
