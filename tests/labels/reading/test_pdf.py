"""Pages that are set in different ways, made with fpdf2: what is one paragraph, and what is not."""

from collections.abc import Callable

import pytest
from fpdf import FPDF

from labels.reading import read
from labels.reading.pdf import Line, _leading

ONE_LINE = (
    "The ministers agreed to share the results of every test.",
    "Nobody asked who would pay for it.",
    "The northern states want a court of their own.",
    "A vote on the fund was put off until the autumn.",
    "Two companies said that they would leave the market.",
    "The next meeting is in Lima.",
)
TWO_LINES = (
    "The accord says that every state tells the others which models it has tested and how, and that"
    " the results are kept where all of them can read them for ten years.",
    "Smaller states had asked for a fund that pays for laboratories of their own, which the larger"
    " ones refused on the last evening without saying why they did so.",
    "It enters into force when nine parliaments have agreed to it, and ends after five years where"
    " no conference of the members has decided to prolong it before then.",
)
HEADINGS = ("What was agreed", "Who pays", "What comes next")
LINE = 5
"""Height of a line, in millimetres."""


def pdf(draw: Callable[[FPDF], None], margins: tuple[float, float] = (20, 20)) -> bytes:
    """A page of A4 in Helvetica 11, with left and right margins in millimetres."""
    page = FPDF()
    page.set_margins(margins[0], 20, margins[1])
    page.set_font("Helvetica", size=11)
    page.add_page()
    draw(page)
    return bytes(page.output())


def put(page: FPDF, text: str, style: str = "", size: float = 11) -> None:
    page.set_font("Helvetica", style, size)
    page.multi_cell(0, LINE * size / 11, text, align="L", new_x="LMARGIN", new_y="NEXT")


def found(content: bytes) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in read(content).paragraphs]


def bodies(*texts: str) -> list[tuple[str, str]]:
    return [("body", text) for text in texts]


@pytest.mark.parametrize("gap", [3, 1])
@pytest.mark.parametrize("then", [(), TWO_LINES[:1]], ids=["alone", "above a longer one"])
def test_paragraphs_of_one_line_are_paragraphs(gap, then):
    def draw(page):
        for text in (*ONE_LINE, *then):
            put(page, text)
            page.ln(gap)

    assert found(pdf(draw)) == bodies(*ONE_LINE, *then)


@pytest.mark.parametrize("above", [0, 3])
def test_a_bold_heading_of_body_size_close_above_its_paragraph(above):
    def draw(page):
        for heading, text in zip(HEADINGS, TWO_LINES, strict=True):
            page.ln(above)
            put(page, heading, "B")
            put(page, text)

    headed = zip(HEADINGS, TWO_LINES, strict=True)
    kinds = ["title", "heading", "heading"]
    wanted = [(kind, own) for kind, (head, text) in zip(kinds, headed, strict=True)
              for kind, own in ((kind, head), ("body", text))]  # fmt: skip
    assert found(pdf(draw)) == wanted


def test_plain_headings_of_body_size_above_paragraphs_of_two_lines():
    def draw(page):
        for text in (part for both in zip(HEADINGS, TWO_LINES, strict=True) for part in both):
            put(page, text)
            page.ln(3)

    document = read(pdf(draw))
    assert [one.text for one in document.paragraphs if one.kind == "body"] == list(TWO_LINES)
    heads = [one.text for one in document.paragraphs if one.kind in ("title", "heading")]
    assert heads == list(HEADINGS)


def test_words_in_bold_part_no_paragraph():
    """A line of its own, at the begin, in the middle and at the end."""
    lines = (
        ("B", "The accord says that every state tells the others which models"),
        ("", "it has tested, and the results are kept where everyone can read"),
        ("B", "them. This is for ten years, and no member may take any of them"),
        ("", "out before that time. Whoever does so is to be named in the list."),
        ("B", "The list is public, and can be read in every member state."),
    )

    def draw(page):
        for style, text in lines:
            put(page, text, style)

    assert found(pdf(draw, (20, 70))) == bodies(" ".join(text for _, text in lines))


def test_a_wide_margin_makes_no_short_lines():
    """A sentence ends where its line does, in the middle of a paragraph."""
    lines = (
        "The accord says that every state tells the others about its tests.",
        "Smaller states had asked for a fund that pays for laboratories of",
        "their own, which the larger ones refused.",
    )

    def draw(page):
        put(page, "\n".join(lines))

    assert found(pdf(draw, (20, 70))) == bodies(" ".join(lines))


def test_two_columns_are_read_one_after_the_other():
    """A paragraph goes on at the top of the second; a hyphen divides a word between them."""
    left = ("The accord says that every state tells", "the others about the tests that it had",
            "made, and that nobody has to ask labo-")  # fmt: skip
    right = ("ratories twice. It was signed in Lima by", "all who had come there but one of them.")

    def draw(page):
        for column, lines in ((20, left), (110, right)):
            for number, line in enumerate(lines):
                page.set_xy(column, 20 + LINE * number)
                page.cell(80, LINE, line)

    text = " ".join((*left, *right)).replace("labo- ", "labo")
    assert found(pdf(draw)) == bodies(text)


def test_notes_that_are_set_closer_part_no_paragraph():
    notes = "\n".join(f"Note {number}, on what the ministers said before, and after" for number in
                      range(1, 13))  # fmt: skip

    def draw(page):
        put(page, TWO_LINES[0] + " " + TWO_LINES[1])
        page.ln(3)
        put(page, notes, size=7)

    assert found(pdf(draw))[0] == ("body", TWO_LINES[0] + " " + TWO_LINES[1])


def test_the_leading_is_that_of_the_body():
    """Steps of 20, 14, 20 and 14 in the body, and many of 8 in the notes."""
    tops = [700, 680, 666, 646, 632]
    body = [Line("x", 0, 50, 500, top, top - 10, 11, False) for top in tops]
    notes = [Line("x", 0, 50, 500, 500 - 8 * n, 493 - 8 * n, 7, False) for n in range(9)]
    assert _leading([*body, *notes], 11) == 14
    assert _leading(notes, 11) == 8
    assert _leading(body[:1], 11) == 0
