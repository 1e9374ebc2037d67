"""What is put together of a document, on answers worked out by hand."""

import json

import pytest

from labels.codebook import Codebook
from labels.reading import Document, Paragraph
from labels.speakers import Quotation, quotations
from serving.documents import AUTHOR, Holder, ScoredParagraph, document_answer, joined
from serving.results import (
    Evidence,
    FrameResult,
    Result,
    SentenceEvidence,
    StanceResult,
    TextError,
    WordEvidence,
)
from tests.labels.samples import VIEWS


def frame(label: str, stance: str | None, evidence: Evidence | None = None) -> FrameResult:
    shares = {"pro": 0.5, "con": 0.5}
    present = stance is not None
    return FrameResult(label, 0.9, 0.5, present, False, StanceResult(stance, shares), evidence)


def result(*frames: FrameResult) -> Result:
    return Result(frames, "en", True, False, 5)


def scored(text: str, answer=None, *spoken: tuple[int, int, str | None]) -> ScoredParagraph:
    kind = "body" if answer else "heading"
    quotations = tuple(Quotation(*one) for one in spoken)
    return ScoredParagraph(Paragraph(text, 0, len(text), kind), quotations, answer)


@pytest.mark.parametrize(
    ("spoken", "speaker"),
    [
        ([], AUTHOR),
        ([(0, 2, "Ana")], AUTHOR),  # less than a quarter of the sentence
        ([(0, 3, "Ana")], Holder("speaker", "Ana")),
        ([(0, 2, "Ana"), (7, 9, "Ana")], Holder("speaker", "Ana")),
        ([(0, 4, "Ana"), (5, 9, "Bo")], AUTHOR),  # two voices, neither with more than half
        ([(0, 6, "Ana"), (7, 9, "Bo")], Holder("speaker", "Ana")),
        ([(0, 8, None)], Holder("speaker", None)),
    ],
)
def test_a_speaker_says_more_than_half_of_a_paragraph(spoken, speaker):
    assert scored("0123456789", result(), *spoken).speaker == speaker


CHIPS = "“We will build our own chips,” said Ana Lopez, the minister for digital affairs."


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        (CHIPS, "Ana Lopez"),
        (f"{CHIPS} “Nobody else will,” she added.", "Ana Lopez"),
        ("Ana Lopez, minister for digital affairs, said: “We will build chips here.”", "Ana Lopez"),
        (f"{CHIPS} The plan has no budget, no site and no buyer, and it is the third in six years.",
         None),
        ("“We arm,” said Ana Lopez, while others warned that the islands would pay for it.", None),
        ("“I will,” said Ana Bose. “I will,” said Bo Anand.", None),
    ],
)  # fmt: skip
def test_the_words_that_name_a_speaker_are_not_the_authors(text, speaker):
    paragraph = Paragraph(text, 0, len(text), "body")
    (spoken,) = quotations([paragraph], "en")
    found = ScoredParagraph(paragraph, spoken, result()).speaker
    assert spoken
    assert found == (Holder("speaker", speaker) if speaker else AUTHOR)


def test_with_evidence_a_stance_is_whose_sentence_carried_it_most():
    own = SentenceEvidence(0, 4, 0.1)
    quoted = SentenceEvidence(5, 20, 0.4)
    text = "0123 “6789012345678” is said by a long enough list of people."
    for first, holder in ((own, AUTHOR), (quoted, Holder("speaker", "Ana"))):
        other = own if first is quoted else quoted
        found = frame("war", "pro", Evidence((first, other), ()))
        paragraph = scored(text, result(found), (6, 19, "Ana"))
        assert paragraph.speaker == AUTHOR
        assert paragraph.holder(found) == holder
    assert scored(text, result(), (6, 19, "Ana")).holder(frame("war", "pro")) == AUTHOR


@pytest.fixture
def answered() -> dict:
    texts = ["Head", "“We arm.” Ana said", "Nobody arms here", "Bad one here"]
    starts = [0, 6, 26, 44]
    kinds = ["heading", "body", "quotation", "list_item"]
    paragraphs = tuple(
        Paragraph(text, start, start + len(text), kind)  # type: ignore[arg-type]
        for text, start, kind in zip(texts, starts, kinds, strict=True)
    )
    whole = "\n\n".join(texts)
    document = Document(whole, "Head", None, "2026-01-02", "en", "text", paragraphs)
    assert all(whole[one.start : one.end] == one.text for one in paragraphs)
    evidence = Evidence((SentenceEvidence(0, 9, 0.3),), (WordEvidence(4, 7, 1.5),))
    answers = [
        result(frame("war", "pro", evidence), frame("trade", None)),
        result(frame("trade", "con"), frame("war", "con")),
        TextError("invalid_text", "no"),
    ]
    spoken = [(), (Quotation(1, 8, "Ana"),), (), ()]
    answer = document_answer(document, joined(document, spoken, answers), codebook())
    return json.loads(json.dumps(answer))


def codebook() -> Codebook:
    return VIEWS


def test_places_are_those_of_the_document(answered):
    head, first, second, bad = answered["paragraphs"]
    assert (head["result"], head["kind"]) == (None, "heading")
    assert bad["result"] == {"error": {"type": "invalid_text", "message": "no"}}
    assert first["quotations"] == [{"start": 7, "end": 14, "speaker": "Ana"}]
    assert answered["text"][7:14] == "We arm."
    war, trade = first["result"]["frames"]
    assert war["evidence"] == {
        "sentences": [{"start": 6, "end": 15, "contribution": 0.3}],
        "words": [{"start": 10, "end": 13, "contribution": 1.5}],
    }
    assert answered["text"][10:13] == "arm"
    # The sentence is nine characters, of which Ana says seven; of the paragraph she says less.
    assert war["holder"] == {"kind": "speaker", "name": "Ana"}
    assert first["speaker"] is None
    assert "holder" not in trade
    assert second["result"]["frames"][0]["holder"] == {"kind": "author", "name": None}


def test_an_unnamed_speaker_is_not_the_author():
    text = "“We will build our own chips and ask nobody.”"
    paragraph = Paragraph(text, 0, len(text), "body")
    document = Document(text, None, None, None, "en", "text", (paragraph,))
    for spoken, kind in (((Quotation(1, len(text) - 1, None),), "speaker"), ((), "author")):
        answer = document_answer(document, joined(document, [spoken], [result()]), codebook())
        (told,) = answer["paragraphs"]
        assert (told["speaker"], told["holder"]) == (None, {"kind": kind, "name": None})
        assert answer["totals"]["speakers"][0]["kind"] == kind


def test_totals_count_frames_stances_and_speakers(answered):
    totals = answered["totals"]
    assert totals["paragraphs"] == 2
    by_label = {one["label"]: one for one in totals["frames"]}
    assert [one["label"] for one in totals["frames"]] == list(codebook().frame_names)
    assert by_label["war"]["present"] == 2
    assert by_label["war"]["share"] == 1.0
    assert by_label["trade"]["share"] == 0.5
    assert {n: c for n, c in by_label["war"]["stances"].items() if c} == {"pro": 1, "con": 1}
    author, ana = totals["speakers"]
    assert (author["name"], author["kind"], author["paragraphs"]) == (None, "author", 2)
    assert (ana["name"], ana["kind"], ana["paragraphs"]) == ("Ana", "speaker", 0)
    counts = {one["label"]: one["present"] for one in ana["frames"]}
    assert counts["war"] == 1
    assert sum(counts.values()) == 1
