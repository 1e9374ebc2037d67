"""Whatever is sent, reading gives a document whose offsets hold, or a `DocumentError`."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.reading import FORMATS, KINDS, Document, DocumentError, read
from labels.reading.plain import spans

UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\xad\u200b\u2060\ufeff]")
TAGS = st.sampled_from((
    "<p>", "</p>", "<div>", "</div>", "<b>", "<a href=x>", "</a>", "<br>", "<li>", "<ul>", "<h1>",
    "</h1>", "<table>", "<td>", "<blockquote>", "<script>", "</script>", "<!--", "-->", "<article>",
    "<aside>", "<sup>", "<figcaption>", "&amp;", "&#0;", "&#xd800;", "<?", "]]>", "<![CDATA[",
    "<html>", "<body>", "<!doctype>", "<!ENTITY", "&shy;", "&#8203;", "&#65279;",
))  # fmt: skip
SIGNS = st.sampled_from(
    [*"#*_`[]()!>-=|\\\n\r\t \x0b\x1e\u2028\u00ad", "\n\n", "    ", "---\n", "1. "]
)
WORDS = st.sampled_from(
    ["A sentence with its end.", "no end", "By Ann Lee", "4 May 2026", "Read also: this", "你好。",
     "\ud83d", "\x00", "🙂", "مرحبا", "e\u0301", "x" * 200, "Share", "https://x.example"]
)  # fmt: skip
TEXTS = st.lists(TAGS | SIGNS | WORDS | st.text(max_size=5), max_size=40).map("".join)
HEADS = st.sampled_from(
    [
        b"",
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"{\\rtf",
        b"\x1f\x8b",
    ]
)
BYTES = st.builds(lambda head, tail: head + tail, HEADS, st.binary(max_size=300))


def check(content: bytes | str, format: str, name: str | None) -> Document | None:
    try:
        document = read(content, format, name)
    except DocumentError:
        return None
    at = 0
    for one in document.paragraphs:
        assert document.text[one.start : one.end] == one.text
        assert one.text == " ".join(one.text.split()) != ""
        assert one.start >= at
        assert not document.text[at : one.start].strip()
        assert one.kind in KINDS
        assert not UNSEEN.search(one.text)
        at = one.end
    assert document.paragraphs
    assert at == len(document.text)
    document.text.encode("utf-8")  # no half of a pair is left
    return document


@settings(max_examples=150, deadline=None)
@given(
    TEXTS,
    st.sampled_from(FORMATS),
    st.none() | st.sampled_from(["a.md", "a.html", "a.txt", "a.pdf", "a"]),
)
def test_any_text(content, format, name):
    check(content, format, name)


@settings(max_examples=100, deadline=None)
@given(BYTES | TEXTS.map(lambda text: text.encode("utf-8", "replace")), st.sampled_from(FORMATS))
def test_any_bytes(content, format):
    check(content, format, None)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["One sentence here.", "“A quotation,” she said.", "Ends so?"])))
def test_paragraphs_of_plain_text_come_out_whole_and_once(parts):
    sentences = [f"{part} Number {place} ends." for place, part in enumerate(parts)]
    document = check("\n\n".join(sentences), "text", None)
    found = [one.text for one in document.paragraphs] if document else []
    assert found == sentences


DOCUMENTS = st.text(st.sampled_from("ab\n\r \t\u00a0\u2028é🙂"), max_size=60) | st.text(max_size=60)


def test_blank_lines_part_paragraphs_and_white_space_around_belongs_to_none():
    text = " \n\t\n  Zwei 🙂 \r\n \r\n\n Drei\n"
    assert [text[start:end] for start, end in spans(text)] == ["Zwei 🙂", "Drei"]
    assert spans("One\nline.\n\nTwo.") == [(0, 9), (11, 15)]
    assert spans("") == spans(" \n\n\t") == []


@given(DOCUMENTS)
def test_spans_are_in_order_and_leave_out_white_space_only(document):
    found = spans(document)
    for start, end in found:
        assert document[start:end] == document[start:end].strip() != ""
    ends = [0, *(end for _, end in found)]
    starts = [*(start for start, _ in found), len(document)]
    assert all(not document[a:b].strip() for a, b in zip(ends, starts, strict=True))


def test_the_check_sees_a_wrong_offset(monkeypatch):
    from labels.reading import Paragraph

    wrong = Document("ab", None, None, None, None, "text", (Paragraph("b", 0, 1, "body"),))
    monkeypatch.setattr(f"{__name__}.read", lambda *_: wrong)
    with pytest.raises(AssertionError):
        check("x", "auto", None)
