"""Documents in eight shapes and six languages: each paragraph whole and once, no furniture."""

import pytest

from labels.reading import SCORED, Document, read
from tests.labels.reading.shapes import SHAPES, paper
from tests.labels.reading.texts import ARTICLES, CHINESE, ENGLISH

PAIRS = [
    pytest.param(shape, article, id=f"{shape.__name__}-{article.language}")
    for shape in SHAPES
    for article in ARTICLES
    if (shape, article) != (paper, CHINESE)  # no font at hand has its characters
]


def bare(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def of_kind(document: Document, *kinds: str) -> list[str]:
    return [one.text for one in document.paragraphs if one.kind in kinds]


@pytest.mark.parametrize(("shape", "article"), PAIRS)
def test_the_article_is_read_and_nothing_else(shape, article):
    made = shape(article)
    document = read(made.content)
    assert of_kind(document, *SCORED) == list(made.scored)
    furniture = [bare(text) for text in of_kind(document, "boilerplate")]
    for text in made.furniture:
        assert any(bare(text) in found for found in furniture), text
    for text, kind in made.kinds.items():
        assert text in of_kind(document, kind), (kind, text)
    for one in document.paragraphs:
        assert document.text[one.start : one.end] == one.text
    assert document.title == article.title
    assert document.author == (article.author if made.signed else None)
    assert document.date == (article.date if made.dated else None)
    assert document.language in (article.language, None)
    for text in made.scored:
        assert document.text.count(text) == sum(one.text == text for one in document.paragraphs)


def test_there_are_enough_documents():
    assert len(PAIRS) >= 30
    assert len(SHAPES) == 8
    assert {article.direction for article in ARTICLES} == {"ltr", "rtl"}


def test_a_live_page_keeps_every_post_and_no_card():
    posts = "".join(
        f"<article><header><time>{9 + n}:30</time> <h2>Post {n}</h2></header>"
        f"<p>{text}</p></article>"
        for n, text in enumerate(ENGLISH.paragraphs)
    )
    card = f"{ENGLISH.others[0]}, and what else the islands are waiting for this month of March"
    page = (
        f"<html><head><title>Live: day two</title></head><body><nav><a href='/'>Home</a></nav>"
        f"<main><h1>Live: day two</h1>{posts}</main>"
        f"<section class='related-stories'><article><a href='/c'><h3>{ENGLISH.others[1]}</h3></a>"
        f"<p>{card}</p></article></section></body></html>"
    )
    document = read(page)
    assert of_kind(document, *SCORED) == list(ENGLISH.paragraphs)
    assert of_kind(document, "heading") == [f"Post {n}" for n in range(4)]
    assert document.title == "Live: day two"
    assert card in of_kind(document, "boilerplate")
