"""How often the speaker is right, on texts written and marked by hand for it.

`quotations.jsonl`: one document a line, with its quotations. They were written before the rules
were tuned; the rules were tuned on the half "development" alone.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from labels.speakers import quotations

DOCUMENTS = [
    json.loads(line)
    for line in Path(__file__).with_name("quotations.jsonl").read_text("utf-8").splitlines()
]


@dataclass(frozen=True)
class Written:
    text: str
    kind: str


def compared(documents) -> tuple[int, int, int, int]:
    """Return how many are marked, found with the same span, with speaker, and found besides."""
    marked = spans = right = besides = 0
    for document in documents:
        paragraphs = [Written(**paragraph) for paragraph in document["paragraphs"]]
        found = {
            (place, quotation.start, quotation.end): quotation.speaker
            for place, made in enumerate(quotations(paragraphs))
            for quotation in made
        }
        for quoted in document["quotations"]:
            place = quoted["paragraph"], quoted["start"], quoted["end"]
            marked += 1
            spans += place in found
            right += place in found and found.pop(place) == quoted["speaker"]
        besides += len(found)
    return marked, spans, right, besides


@pytest.mark.parametrize("half", ["development", "test"])
def test_speaker_is_right_in_85_of_100(half):
    marked, spans, right, besides = compared([d for d in DOCUMENTS if d["half"] == half])
    print(f"{half}: span {spans}, speaker {right} of {marked}; {besides} found besides")
    assert right / marked >= 0.85
    assert spans / marked >= 0.95
    assert besides / marked <= 0.05


def test_the_texts_are_as_many_as_they_should_be():
    languages = [d["language"] for d in DOCUMENTS for _ in d["quotations"]]
    assert len(languages) >= 150
    assert languages.count("en") >= 110
    assert {language for language in languages if language != "en"} == {"zh", "ru", "fr", "es"}
    assert len(languages) - languages.count("en") >= 40


def test_the_measure_sees_a_wrong_speaker_and_a_wrong_span():
    document = {
        "paragraphs": [{"text": "“We will not wait,” said Ann Lee. “Never.”", "kind": "body"}],
        "quotations": [
            {"paragraph": 0, "start": 1, "end": 18, "speaker": "Bo Lee"},
            {"paragraph": 0, "start": 34, "end": 40, "speaker": "Ann Lee"},
        ],
    }
    assert compared([document]) == (2, 1, 0, 1)
