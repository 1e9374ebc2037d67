import json
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.speakers import Quotation, quotations

CONSTRUCTIONS = [
    json.loads(line)
    for line in Path(__file__).with_name("constructions.jsonl").read_text("utf-8").splitlines()
]


@dataclass(frozen=True)
class Written:
    text: str
    kind: str = "body"


def read(*texts: str, language: str | None = "en") -> list[list[tuple[str, str | None]]]:
    paragraphs = [Written(text) for text in texts]
    return [
        [(paragraph.text[found.start : found.end], found.speaker) for found in made]
        for paragraph, made in zip(paragraphs, quotations(paragraphs, language), strict=True)
    ]


@pytest.mark.parametrize("case", CONSTRUCTIONS, ids=lambda case: case["paragraphs"][0][:40])
def test_speaker_of_a_construction(case):
    made = quotations([Written(text) for text in case["paragraphs"]])
    assert [found.speaker for part in made for found in part] == case["speakers"]


def test_a_caption_below_a_quotation_names_its_speaker():
    spoken = Written("Our data leave the continent and come back as a bill.", "quotation")
    cited = Written("Efua Mensah, Accra “Data” Centre", "caption")
    assert quotations([spoken, cited], "en") == [(Quotation(0, 53, "Efua Mensah"),), ()]
    dashed = Written("– Efua Mensah", "caption")
    assert quotations([spoken, dashed], "en")[0] == (Quotation(0, 53, "Efua Mensah"),)
    apart = [spoken, Written("The cable is old."), cited]
    assert quotations(apart, "en")[0] == (Quotation(0, 53, None),)


def test_offsets_are_within_the_paragraph_without_the_marks():
    text = "Lee said: “We go.”"
    assert quotations([Written(text)]) == [(Quotation(11, 17, "Lee"),)]
    assert text[11:17] == "We go."


def test_quotation_over_paragraphs_has_one_speaker_named_after_the_last():
    first, second, third = read("“One goes on.", "“Two goes on.", "“Three,” said Ann Lee. “Four.”")
    assert first == [("One goes on.", "Ann Lee")]
    assert second == [("Two goes on.", "Ann Lee")]
    assert third == [("Three,", "Ann Lee"), ("Four.", "Ann Lee")]


def test_quotation_over_paragraphs_has_one_speaker_named_before_the_first():
    made = read("Ann Lee said: «Раз и два", "три и четыре", "пять». Bo Ray nodded.", language="en")
    assert [speaker for part in made for _, speaker in part] == ["Ann Lee"] * 3


def test_block_quotation_without_marks_is_one():
    paragraphs = [
        Written("Ann Lee, who chaired the talks, summed up:"),
        Written("We came as rivals. We leave as neighbours.", "quotation"),
    ]
    assert quotations(paragraphs) == [(), (Quotation(0, 42, "Ann Lee"),)]


def test_block_quotation_signed_below():
    paragraphs = [Written("We leave as neighbours.", "quotation"), Written("— Ann Lee, chair")]
    assert quotations(paragraphs)[0] == (Quotation(0, 23, "Ann Lee"),)


@pytest.mark.parametrize(
    "text",
    [
        "The so-called “sovereign AI” movement grows.",
        "It isn't the state's job, it's the firms' and the '90s are over.",
        "The paper, “Compute and Power in the Gulf”, came out in May.",
        'A 5" screen and a 6" screen.',
    ],
)
def test_phrases_titles_apostrophes_and_inches_are_no_quotations(text):
    assert read(text) == [[]]


def test_phrase_that_somebody_is_named_for_is_a_quotation():
    assert read("Ann Lee called it “digital tribute”.") == [[("digital tribute", "Ann Lee")]]


def test_inner_marks_belong_to_the_outer_quotation():
    text = "“The minister told me, ‘This is “fiction”,’ and I believed him,” said Ann Lee."
    assert read(text) == [[(text[1 : text.index("” said")], "Ann Lee")]]


def test_the_author_is_no_speaker():
    assert read("I said to him: “We will not go there again.”") == [
        [("We will not go there again.", None)]
    ]


def test_surname_stands_for_the_full_name_and_pronoun_for_the_last():
    made = read(
        "President Vera Lund opened the fair.",
        "“We build,” Lund said. “We do not beg,” she added.",
    )
    assert [speaker for _, speaker in made[1]] == ["Vera Lund", "Vera Lund"]


def test_captions_and_boilerplate_stand_apart():
    paragraphs = [
        Written("“One goes on,” said Ann Lee."),
        Written("Bo Ray said: “Buy now and save.”", "boilerplate"),
        Written("“And it ends,” she added."),
    ]
    made = quotations(paragraphs, "en")
    assert [[found.speaker for found in part] for part in made] == [
        ["Ann Lee"],
        ["Bo Ray"],
        ["Ann Lee"],
    ]


@pytest.mark.parametrize("stated", ["en", "fr_FR"])
def test_the_language_of_a_long_text_is_its_own(stated):
    told = "La ministre a présenté le plan mardi devant les députés de la commission. " * 8
    made = read(told, "« Nous ne pouvons plus attendre », a déclaré la ministre Clara Petit.",
                language=stated)  # fmt: skip
    assert made[1][0][1] == "Clara Petit"


MARKS = "“”„‟«»「」『』\"'‘’—–-,.:!?…()<> \ufffc"
WORDS = [
    "said",
    "Ann",
    "Lee",
    "he",
    "说",
    "王",
    "сказал",
    "dijo",
    "a",
    "the",
    "According to",
    "que",
]
PIECES = st.one_of(
    st.sampled_from([*MARKS, *WORDS, *(f" {word} " for word in WORDS)]), st.text(max_size=4)
)
TEXTS = st.lists(PIECES, max_size=60).map("".join)
KINDS = st.sampled_from(["body", "quotation", "title", "boilerplate", "caption", "list_item"])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.builds(Written, TEXTS, KINDS), max_size=6),
    st.sampled_from(["en", "zh", "ru", "fr", "es", "de", "pt", "it", "ar", "zh-Hans"]),
)
def test_any_text_gives_disjoint_quotations_in_order(paragraphs, language):
    made = quotations(paragraphs, language)
    assert len(made) == len(paragraphs)
    for paragraph, found in zip(paragraphs, made, strict=True):
        places = [place for quoted in found for place in (quoted.start, quoted.end)]
        assert places == sorted(places)
        assert all(0 <= quoted.start < quoted.end <= len(paragraph.text) for quoted in found)
        assert all(quoted.speaker is None or quoted.speaker.strip() for quoted in found)


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters=MARKS), max_size=200))
def test_text_without_marks_has_no_quotations(text):
    assert quotations([Written(text)], "en") == [()]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(["the state", "we go", "it is", "they build"]), min_size=4))
def test_what_stands_between_marks_is_found_whole(words):
    quoted = " ".join(words)
    assert read(f"Ann Lee said: “{quoted}.”") == [[(f"{quoted}.", "Ann Lee")]]


@pytest.mark.parametrize(
    "piece", ["“", "”", '"', " '", "‘a ", "«a", "“a” ", "“a,” said Ann Lee. ", "said ", "Ann Lee "]
)
def test_time_grows_with_the_length_and_not_its_square(piece):
    def took(length: int) -> float:
        text = piece * (length // len(piece))
        started = time.perf_counter()
        quotations([Written(text)], "en")
        return time.perf_counter() - started

    took(1_000)
    assert took(20_000) < 12 * max(took(5_000), 0.02)
