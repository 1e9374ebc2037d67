import re
from html.parser import HTMLParser

import pytest

from eval.html import render
from eval.judge import judge
from eval.plots import FRAME_COLOURS, dashes, frame_colour
from eval.report import report
from tests.eval.fakes import ANSWERS, ROWS, FakePredictor, codebook, labelled

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


def page(rows=ROWS, answers=ANSWERS, book=None, other=True, lineage=None, behaviours=None):
    judged = judge(FakePredictor(answers, book), rows)
    baseline = judge(FakePredictor(answers, book, member="baseline"), rows) if other else None
    return render(report(judged, baseline, None, SCRIPT, "r1:0", lineage or {}, behaviours))


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


@pytest.mark.parametrize("make", [page, wild_page])
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
    text = page()
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids)) > 20
    references = set(re.findall(r'href="#([^"]+)"', text) + re.findall(r"url\(#([^)]+)\)", text))
    assert references <= set(ids)


def test_plots_take_the_pages_colours_and_have_a_name():
    text = page()
    plots = re.findall(r'<svg class="plot".*?</svg>', text, re.DOTALL)
    assert len(plots) == 3
    for plot in plots:
        assert 'role="img" aria-label="' in plot
        assert "currentColor" in plot
        assert ">*{" not in plot
        assert not re.search(r"#0102\d\d|#ffffff|#000000", plot)


def test_the_same_report_gives_the_same_page():
    assert page() == page()


def test_figures_verdict_and_small_slices_are_said():
    text = "".join(Page(page()).said)
    said = " ".join(text.split())
    assert "On 4 labelled paragraphs" in said
    assert "macro-F1 of 0.65" in said
    assert "cannot tell at n=4: difference 0.000 [0.000, 0.000]" in said
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
    assert "Behaviours" not in "".join(Page(page()).said)


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
    assert [colour for colour, _ in looks[:5]] == list(FRAME_COLOURS)


def test_colours_are_okabe_and_itos():
    assert FRAME_COLOURS == ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
