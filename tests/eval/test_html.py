import functools
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import serving
from eval.html import render
from eval.judge import judge
from eval.plots import FRAME_COLOURS, dashes, frame_colour
from eval.report import report
from tests.eval.fakes import ANSWERS, ROWS, FakePredictor, codebook, labelled, suspected

SCRIPT = "<script>alert('x')</script>"
EMPTY = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Collects tags, ids, attributes and text, and checks that tags close in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.said = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.extend(attrs)
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.extend(attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said.append(data)


ALPHA = {"value": 0.5, "low": 0.25, "high": 0.75, "n": 4}
PAIR = {
    "one": "model",
    "other": SCRIPT,
    "n": 4,
    "macro_f1": ALPHA,
    "alpha": {"a": ALPHA, "b": None},
}
PEOPLE = {"texts": 4, "names": [SCRIPT, "ben"], "alpha": {"a": ALPHA, "b": None}, "pairs": [PAIR]}


def page(
    rows=ROWS, answers=ANSWERS, book=None, other=True, lineage=None, behaviours=None, people=None
):
    judged = judge(FakePredictor(answers, book), rows)
    baseline = judge(FakePredictor(answers, book, member="baseline"), rows) if other else None
    lineage = lineage or {}
    found = report(
        judged, baseline, None, SCRIPT, "r1:0", lineage, behaviours,
        annotators=people, registers={rows[0].text_id: SCRIPT}, uncalibrated=judged.scores / 2,
    )  # fmt: skip
    return render(found)


@functools.cache
def plain_page():
    return page()


@functools.cache
def wild_page():
    """Texts, frames, stances, sources and lineage that would break a page if put in as they are."""
    frames, stances = (f"{SCRIPT}&", "$x$ _b", "主权"), (SCRIPT, '"quoted"')
    text = f"{SCRIPT} & more"
    rows = [labelled(text, {frames[0]: stances[0]}, source=SCRIPT), labelled("lost", {})]
    answers = {text: dict.fromkeys(frames, (0.9, stances[1]))}
    lineage = {SCRIPT: {"versions": [SCRIPT, "1"]}}
    return page(rows, answers, codebook(frames, stances), lineage=lineage)


def test_text_from_outside_is_escaped():
    text = wild_page()
    found = Page(text)
    assert "script" not in found.tags
    assert f"{SCRIPT} & more" in "".join(found.said)
    assert not found.open


@pytest.mark.parametrize("make", [plain_page, wild_page])
def test_nothing_is_fetched(make):
    found = Page(make())
    assert not {"script", "img", "link", "iframe", "object", "image"} & set(found.tags)
    for name, value in found.attributes:
        if name in ("src", "href", "xlink:href", "action"):
            assert value.startswith("#"), (name, value)
        if "url(" in (value or ""):
            assert "url(#" in value
    assert "@import" not in make()


def test_ids_are_unique_and_every_reference_has_one():
    text = plain_page()
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids)) > 20
    references = set(re.findall(r'href="#([^"]+)"', text) + re.findall(r"url\(#([^)]+)\)", text))
    assert references <= set(ids)


def test_plots_take_the_pages_colours_and_have_a_name():
    text = plain_page()
    plots = re.findall(r'<svg class="plot".*?</svg>', text, re.DOTALL)
    assert len(plots) == 3 + 2 * 3
    for plot in plots:
        assert 'role="img" aria-label="' in plot
        assert "currentColor" in plot
        assert ">*{" not in plot
        assert not re.search(r"#0102\d\d|#ffffff|#000000", plot)


def test_the_same_report_gives_the_same_page():
    assert page() == plain_page()


def test_figures_verdict_and_small_slices_are_said():
    text = "".join(Page(plain_page()).said)
    said = " ".join(text.split())
    assert "On 4 labelled paragraphs" in said
    assert "macro-F1 of 0.65" in said
    assert "cannot tell at n=4: alike within 0.000 (difference 0.000 [0.000, 0.000])" in said
    assert "The decisions differ beyond chance on no frame." in said
    assert "small" in said
    assert "marked by the model, not in the gold label" in said


def test_paragraphs_that_could_not_be_scored_are_shown():
    said = "".join(Page(page([*ROWS, labelled("lost", {})])).said)
    assert "the text cannot be read" in said


def behaviour(name, passed, n, failures):
    rate = passed / n
    return {"name": name, "rule": "Asks.", "passed": passed, "n": n, "rate": rate,
            "failures": failures}  # fmt: skip


def test_behaviours_are_a_table_and_failing_cases_are_folded_in():
    found = [behaviour("clear", 3, 4, [f"found {SCRIPT}"]), behaviour("nothing", 2, 2, [])]
    text = page(behaviours=found)
    shown = Page(text)
    said = " ".join(" ".join(shown.said).split())
    assert "Behaviours" in said
    assert "clear Asks. 75% 3 of 4" in said
    assert "nothing Asks. 100% 2 of 2" in said
    assert "width:75.0%" in text
    assert shown.tags.count("details") == 1
    assert f"clear: 1 failing found {SCRIPT}" in said
    assert not shown.open
    assert "script" not in shown.tags


def test_a_model_of_another_codebook_has_no_behaviours():
    assert "Behaviours" not in "".join(Page(plain_page()).said)


def test_without_stances_or_baseline():
    book, answers = codebook(stances=()), {"one": {"a": (0.9,), "b": (0.6,)}}
    text = page([labelled("one", {"a": None})], answers, book, other=False)
    assert "Stance" not in "".join(Page(text).said)
    assert "the baseline" not in text
    assert "Baseline" not in text
    assert "left out of the means" in text


def test_no_frame_marked_at_all():
    text = page([labelled("one", {})])
    assert "carries a frame, so there is no F1 to report" in text


def test_many_frames_repeat_colours_with_other_dashes():
    names = tuple(f"frame {place}" for place in range(9))
    rows = [labelled("one", dict.fromkeys(names, "favor"))]
    answers = {"one": dict.fromkeys(names, (0.9, "favor"))}
    assert Page(page(rows, answers, codebook(names))).open == []
    looks = [(frame_colour(place), dashes(place)) for place in range(9)]
    assert len(set(looks)) == 9
    assert [colour for colour, _ in looks[:8]] == list(FRAME_COLOURS)


def test_colours_are_those_of_the_services_page():
    style = (Path(serving.__file__).parent / "page" / "style.css").read_text("utf-8")
    hues = re.findall(r'\[data-hue="\d"\] \{ --hue: ([^;]+); \}', style)
    assert [hue.lower() for hue in hues] == [colour.lower() for colour in FRAME_COLOURS]


def test_every_section_begins_with_plain_words():
    text = page(people=PEOPLE, behaviours=[behaviour("clear", 3, 4, [])])
    after = re.findall(r"</h2>\s*(<\w+)", text)
    assert len(after) == 12
    assert set(after) == {"<p"}


def test_the_contents_lead_to_the_sections_that_are_there():
    for text in (plain_page(), page(people=PEOPLE)):
        led = re.findall(r'<a href="#([^"]+)"', text)
        assert led == re.findall(r'<h2 id="([^"]+)"', text)
    assert "annotators" in led


def test_annotators_are_escaped_and_shown():
    found = Page(page(people=PEOPLE))
    assert "script" not in found.tags
    assert f"Model and {SCRIPT}" in "".join(found.said)


def test_texts_seen_in_training_are_a_warning():
    text = page(lineage={"rows_seen_in_training": 0, "rows_nearly_seen_in_training": 2})
    assert "2 more are near-duplicates" in text
    assert "Do not believe" not in page(lineage={"rows_seen_in_training": 0})


def test_texts_that_the_champion_was_trained_on_are_a_warning():
    judged = judge(FakePredictor(ANSWERS), ROWS)
    other = judge(FakePredictor(ANSWERS, model="m-0"), ROWS)
    ids = [row.text_id for row in ROWS]
    found = report(judged, None, other, "n", "r1:0", {}, seen=ids[:1], champion_seen=ids[:3])
    both = found["comparison"]["champion"]["seen_in_training"]
    assert both == {"challenger": 1, "champion": 3}
    assert "3 were used to train that one" in render(found)
    blind = report(judged, None, other, "n", "r1:0", {})
    assert "Do not believe the comparison" not in render(blind)


def test_tier_confusion_costs_and_least_certain_are_said():
    said = " ".join("".join(Page(plain_page()).said).split())
    assert "too few, fewer than 30 paragraphs carry it" in said
    assert "Missed: what the model marks in those paragraphs" in said
    assert "to find nine in ten" in said
    assert "marked by the model and in the gold label" in said
    assert "before calibration" in said


def test_suspected_label_errors_are_said_or_that_none_can_be():
    assert "None can be found reliably here" in plain_page()
    rows = [labelled(f"t {k}", {"a": "favor"} if (k < 40) != (k == 9) else {}) for k in range(80)]
    answers = {
        row.text: {"a": (0.97 if k < 40 else 0.1, "favor"), "b": (0.1, "favor")}
        for k, row in enumerate(rows)
    }
    judged = judge(FakePredictor(answers), rows)
    found = report(judged, None, None, "n", "r1:0", {}, seen={rows[50].text_id})
    said = " ".join("".join(Page(render(found)).said).split())
    assert "1 suspected among 79 paragraphs; 1 are marked among the most confident mistakes" in said
    assert (
        "marked by the model, not in the gold label · score 0.97 · the label is suspected" in said
    )
    assert "label quality 0" not in said
    assert "1 paragraphs that the model was trained on" in said
    assert "Nothing can be said of b (0 texts with it, at least 30 are needed)." in said
    assert "None can be found reliably" not in said


def test_suspects_beyond_the_mistakes_shown_are_listed_with_their_quality():
    found = suspected()
    both = [
        {(one["text_id"], one["frame"]) for one in part}
        for part in (found["errors"], found["suspects"]["listed"])
    ]
    assert list(map(len, both)) == [20, 10]
    assert not both[0] & both[1]
    assert found["suspects"]["found"] == 30
    said = " ".join("".join(Page(render(found)).said).split())
    assert (
        "20 are marked among the most confident mistakes above; the 10 surest of the others" in said
    )
    assert (
        "not in the gold label, which the model contradicts · score 0.97 · label quality 0.03"
        in said
    )


def test_on_few_paragraphs_the_page_says_that_nothing_can_be_said():
    assert "On 4 paragraphs nothing can be said." in plain_page()
    rows = [labelled(f"t {k}", {"a": "favor"} if k % 2 else {}) for k in range(30)]
    answers = {
        row.text: {"a": (0.9 if k % 2 else 0.1, "favor"), "b": (0.1, "favor")}
        for k, row in enumerate(rows)
    }
    said = " ".join("".join(Page(page(rows, answers)).said).split())
    assert "nothing can be said." not in said
    assert "The means are over the 1 of 2 frames that occur" in said
    assert "a line of no length does not mean that a figure is sure" in said
    assert "The means are over" not in plain_page()
    assert "a line of no length" not in plain_page()


def test_the_page_says_that_the_starter_corpus_is_invented():
    rows = [labelled("one", {"a": "favor"}, source="starter/x"), *ROWS[1:]]
    found = Page(page(rows, people=PEOPLE))
    said = " ".join("".join(found.said).split())
    assert "Of the 4 paragraphs, 1 are of the starter corpus: invented, and written, read" in said
    assert "two readings by a language model under one codebook, not people" in said
    other = page(people=PEOPLE)
    assert "starter corpus" not in other
    assert "language model" not in other
