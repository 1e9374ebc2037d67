from hypothesis import given
from hypothesis import strategies as st

from labels.documents import Paragraph, paragraphs

DOCUMENTS = st.text(st.sampled_from("ab\n\r \t\u00a0\u2028é🙂"), max_size=60) | st.text(max_size=60)


def test_blank_lines_part_paragraphs():
    assert paragraphs("One\nline.\n\nTwo.") == [
        Paragraph("One\nline.", 0, 9),
        Paragraph("Two.", 11, 15),
    ]


def test_white_space_around_a_paragraph_belongs_to_none():
    assert paragraphs(" \n\t\n  Zwei 🙂 \r\n \r\n\n Drei\n") == [
        Paragraph("Zwei 🙂", 6, 12),
        Paragraph("Drei", 20, 24),
    ]


def test_nothing_has_no_paragraphs():
    assert paragraphs("") == paragraphs(" \n\n\t") == []


@given(DOCUMENTS)
def test_offsets_slice_back(document):
    for found in paragraphs(document):
        assert document[found.start : found.end] == found.text == found.text.strip() != ""


@given(DOCUMENTS)
def test_paragraphs_are_in_order_and_leave_out_white_space_only(document):
    found = paragraphs(document)
    ends = [0, *(one.end for one in found)]
    starts = [*(one.start for one in found), len(document)]
    assert all(not document[a:b].strip() for a, b in zip(ends, starts, strict=True))


@given(st.lists(st.text("ab é", min_size=1).filter(str.strip), max_size=5))
def test_as_many_paragraphs_as_were_joined(parts):
    assert [one.text for one in paragraphs("\n\n".join(parts))] == [part.strip() for part in parts]
