# ruff: noqa: RUF001 - marks and letters of other scripts are what this file is about
"""A paragraph as sentences in which a sign stands for each quotation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from labels.speakers.marks import Span
from labels.speakers.phrases import QUOTED

REACH = 400
"""Code points on either side of a quotation in which its speaker is looked for."""

HAN = re.compile(r"[\u3400-\u9fff]")
_END = re.compile(r"[.!?…][\"”’)\]]*\s+(?=[^\W\d_a-zà-öø-ÿа-яё]|[\"“«‘(\[—–\ufffc\d])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Sen|Rep|Gov|Lt|Col|Capt|Adm|Sgt|St|Jr|Sr|Rev|Hon|No|vs|Inc|Ltd|"
    r"Co|Corp|Pr|Sra?|Dra?|M|Mme|ed|им|г|т|Nr|bzw)|\b[A-ZА-Я]|\b[A-Z]\.[A-Z])\.$"
)


@dataclass(slots=True)
class Placed:
    """A quotation of a paragraph with the rest of its sentence on both sides."""

    span: Span
    left: str = ""
    right: str = ""
    sentence: int = 0


@dataclass(slots=True)
class Sentences:
    """The sentences of a paragraph; in those with quotations `QUOTED` stands for each."""

    sentences: list[str]
    placed: list[Placed]


def sentences_of(text: str, spans: Sequence[Span]) -> Sentences:
    """Split a paragraph into sentences that do not end inside a quotation."""
    pieces, at = [], 0
    for span in spans:
        pieces.append(
            text[at : span.outer_start].replace(QUOTED, " ") if span.outer_start > at else ""
        )
        following = text[span.outer_end : span.outer_end + 20].lstrip()
        pieces.append(QUOTED + _stop(text[span.end - 1], following))
        at = span.outer_end
    pieces.append(text[at:].replace(QUOTED, " "))
    skeleton = "".join(pieces)
    chinese = is_chinese(text)
    sentences = re.split(r"(?<=[。！？；])", skeleton) if chinese else _sentences(skeleton)
    placed, left_over = [], iter(spans)
    for number, sentence in enumerate(sentences):
        for match in re.finditer(QUOTED, sentence):
            placed.append(
                Placed(
                    next(left_over),
                    sentence[max(0, match.start() - REACH) : match.start()],
                    sentence[match.end() : match.end() + REACH],
                    number,
                )
            )
    return Sentences(sentences, placed)


def is_chinese(text: str) -> bool:
    """Whether at least a quarter of a text is Han characters."""
    return len(HAN.findall(text)) * 4 > len(text)


def _stop(last: str, following: str) -> str:
    """Return what a quotation's own last sign does to the sentence around it."""
    if last == ",":
        return ","
    if last == "." and not re.match(r"[^\W\d_A-ZÀ-ÞА-ЯЁ]|[,—–(-]", following):
        return ". "
    return ""


def _sentences(skeleton: str) -> list[str]:
    made, start = [], 0
    for end in _END.finditer(skeleton):
        if not _ABBREVIATION.search(skeleton[max(start, end.start() - 12) : end.start() + 1]):
            made.append(skeleton[start : end.end()])
            start = end.end()
    return [*made, skeleton[start:]]
