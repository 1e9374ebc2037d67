"""The page: whole in one file, every text escaped, figures only where there is something to see."""

import re
from xml.etree import ElementTree

import pytest

from eval.shares import shares
from eval.shares.columns import periods_between
from eval.shares.page import render, write_figures, write_page
from tests.eval.shares.corpora import scored
from tests.eval.shares.test_shares import BOOK, ROWS, sampled, world

HOSTILE = "<script>alert(1)</script>&\"'`]]> \x07 ${x} {{ x }} $\\alpha"


@pytest.fixture(scope="module")
def page():
    rows, truth = world(600)
    for row in rows[:50]:
        row["text"] = HOSTILE
        row["speaker"] = HOSTILE
        row["source"] = HOSTILE
    labels = sampled(truth, range(0, 600, 3))
    asked = [f"source={HOSTILE} vs source=outlet 1"]
    by = ["month", "source"]
    return shares(scored(rows), by=by, labels=labels, compare=asked), rows


def test_nothing_hostile_gets_out_of_its_text(page, tmp_path):
    found, _ = page
    shown = render(found)
    assert "<script" not in shown
    assert "{{ x }}" in shown
    assert "default-src 'none'" in shown
    assert not re.search(r'(src|href)="(?!#)', shown)
    for path in write_figures(found, tmp_path):
        ElementTree.parse(path)


def test_every_link_leads_somewhere_on_the_page(page):
    shown = render(page[0])
    ids = re.findall(r'\bid="([^"]+)"', shown)
    assert len(ids) == len(set(ids))
    links = re.findall(r'href="#([^"]+)"', shown)
    assert set(links) <= set(ids)
    assert 'target="_blank"' not in shown


def test_every_point_has_paragraphs_that_carry_the_frame(page):
    found, rows = page
    shown = render(found)
    carrying = {row["text"] for row in rows if row["safety"]}
    quoted = set(re.findall(r"<blockquote><p>(paragraph \d+)</p>", shown))
    assert quoted
    assert quoted <= carrying
    assert shown == render(found)


def test_each_question_has_one_figure_above_its_sentences(page):
    asked = ["source=outlet 0 vs source=outlet 1", "source=outlet 1 vs source=outlet 0"]
    shown = render(shares(scored(page[1]), compare=asked, codebook=BOOK))
    _, first, second = re.split(r"<h3>source=outlet \d vs", shown)
    for part, question in zip((first, second), asked, strict=True):
        figure, sentences = part.split("</figure>", 1)
        assert f'aria-label="Differences in points: {question}"' in figure
        assert "points" in sentences.split("<h", 1)[0]


def test_uncertain_paragraphs_are_no_examples():
    rows = [{**row, "safety:uncertain": True, "text": "unsure text"} for row in ROWS]
    shown = render(shares(scored(rows), codebook=BOOK))
    assert "unsure text" not in shown
    assert "None that the model is sure of." in shown


def test_what_is_not_corrected_says_so_first():
    shown = render(shares(scored(ROWS), codebook=BOOK))
    assert "<strong>These shares are not corrected.</strong>" in shown


def test_one_month_has_words_and_no_empty_figure():
    shown = render(shares(scored(ROWS[:2]), by="month", codebook=BOOK))
    assert "There is one month only, 2024-01, so there is no trend to show." in shown
    assert "over time" not in shown


@pytest.mark.parametrize(
    "values", [("January", "March"), ("1", "12"), ("2024-01-01", "2024-02-01")]
)
def test_a_column_that_is_called_month_and_holds_none_is_shown_as_any_other(values, tmp_path):
    rows = [{"month": value, "safety": "favor"} for value in values for _ in range(3)]
    found = shares(scored(rows), by="month", codebook=BOOK)
    assert "over time" not in render(found)
    assert {path.name for path in write_figures(found, tmp_path)} == {
        "overall.svg", "frames-by-month.svg",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (["2023-11", "2024-02"], ["2023-11", "2023-12", "2024-01", "2024-02"]),
        (["2023-Q3", "2024-Q1"], ["2023-Q3", "2023-Q4", "2024-Q1"]),
        (["1999", "2001"], ["1999", "2000", "2001"]),
    ],
)
def test_a_period_without_a_paragraph_has_its_place_in_time(found, shown):
    assert periods_between(found) == shown


def test_of_many_groups_the_largest_are_shown():
    rows = [{"source": f"s{n:02}", "safety": "favor"} for n in range(60)]
    rows.append({"source": "s59", "safety": None})
    shown = render(shares(scored(rows), by="source", codebook=BOOK))
    assert "Shown are 40 of 60 groups, those with most paragraphs." in shown
    assert ">s59</th>" in shown
    assert ">s58</th>" not in shown


def test_a_frame_that_never_occurs_and_a_codebook_without_stances():
    table = scored([{"safety": None}] * 3, stances=False)
    shown = render(shares(table, codebook=BOOK))
    assert "<h3>Stances</h3>" not in shown
    assert "Frames together" not in shown


def test_the_page_is_written_whole(page, tmp_path):
    write_page(page[0], tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!doctype html>")


def test_figures_for_a_paper_stand_alone(page, tmp_path):
    names = {path.name for path in write_figures(page[0], tmp_path / "figures")}
    assert names == {
        "overall.svg", "month-safety.svg", "month-safety-stances.svg", "frames-by-source.svg",
        "differences-1.svg",
    }  # fmt: skip
    drawn = (tmp_path / "figures" / "month-safety.svg").read_text("utf-8")
    assert "prefers-color-scheme:dark" in drawn
    assert "<a " not in drawn
