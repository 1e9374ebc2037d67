"""A document's answer: its paragraphs with results and speakers, and the totals."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from labels.codebook import Codebook
from labels.reading import SCORED, Document, Paragraph
from labels.speakers import Quotation
from serving.evidence import sentences
from serving.results import FrameResult, Result, TextError


class Holder(NamedTuple):
    """Who says something: the author, or a speaker, who may have no name."""

    kind: str
    name: str | None


AUTHOR = Holder("author", None)

_QUOTED = 1 / 4
"""Where this part of a sentence is quoted, the rest only says who speaks ("said Ana Lopez, the
minister for digital affairs"), and the sentence is the speaker's."""


@dataclass(frozen=True, slots=True)
class ScoredParagraph:
    """A paragraph with its quotations; `answer` is None where its kind is not scored."""

    paragraph: Paragraph
    quotations: tuple[Quotation, ...]
    answer: Result | TextError | None

    @property
    def speaker(self) -> Holder:
        """Who says more than half of the paragraph."""
        return self.said(0, len(self.paragraph.text))

    def said(self, start: int, end: int) -> Holder:
        """Return who says more than half of `text[start:end]`."""
        language = self.answer.language if isinstance(self.answer, Result) else "en"
        return who_says(self.paragraph.text, self.quotations, language, start, end)

    def holder(self, frame: FrameResult) -> Holder:
        """Return whose stance a frame's is: who says the sentence that carried it most.

        Without evidence it is who speaks most of the paragraph.
        """
        if frame.evidence is None or not frame.evidence.sentences:
            return self.speaker
        first = frame.evidence.sentences[0]
        return self.said(first.start, first.end)


def who_says(
    text: str, quotations: Sequence[Quotation], language: str, start: int, end: int
) -> Holder:
    """Return who says more than half of `text[start:end]`: a quoted speaker, or the author.

    A sentence counts whole for the one whom it quotes with a quarter of it or more.
    """
    if not quotations:
        return AUTHOR
    shares: Counter[str | None] = Counter()
    for whole_start, whole_end in sentences(text, language):
        first, last = max(whole_start, start), min(whole_end, end)
        if first >= last:
            continue
        own: Counter[str | None] = Counter()
        for one in quotations:
            if max(first, one.start) < min(last, one.end):
                own[one.speaker] += min(last, one.end) - max(first, one.start)
        for name, quoted in own.items():
            if len(own) == 1 and quoted >= _QUOTED * (last - first):
                own[name] = last - first
        shares += own
    name, most = max(shares.items(), key=lambda pair: pair[1], default=(None, 0))
    return Holder("speaker", name) if most > (end - start) / 2 else AUTHOR


def joined(
    document: Document,
    quotations: Sequence[tuple[Quotation, ...]],
    answers: Sequence[Result | TextError],
) -> list[ScoredParagraph]:
    """Put together what belongs to each paragraph. `answers`: of those to score, in order."""
    left = iter(answers)
    return [
        ScoredParagraph(paragraph, spoken, next(left) if paragraph.kind in SCORED else None)
        for paragraph, spoken in zip(document.paragraphs, quotations, strict=True)
    ]


def document_answer(
    document: Document, paragraphs: Sequence[ScoredParagraph], codebook: Codebook
) -> dict[str, Any]:
    """Return what `POST /documents` answers, less what it says of the model."""
    names = ("title", "author", "date", "language", "format")
    return {
        "document": {name: getattr(document, name) for name in names},
        "text": document.text,
        "paragraphs": [_paragraph(one) for one in paragraphs],
        "totals": _totals(paragraphs, codebook),
    }


def _paragraph(one: ScoredParagraph) -> dict[str, Any]:
    start = one.paragraph.start
    spoken = [
        {"start": start + said.start, "end": start + said.end, "speaker": said.speaker}
        for said in one.quotations
    ]
    return {
        "start": start,
        "end": one.paragraph.end,
        "kind": one.paragraph.kind,
        "speaker": one.speaker.name,
        "holder": one.speaker._asdict(),
        "quotations": spoken,
        "result": _result(one),
    }


def _result(one: ScoredParagraph) -> dict[str, Any] | None:
    """Return the result as `/score` gives it, with places in the document, and with holders."""
    if one.answer is None:
        return None
    found = one.answer.to_dict()
    if isinstance(one.answer, TextError):
        return found
    for raw, frame in zip(found["frames"], one.answer.frames, strict=True):
        if frame.present:
            raw["holder"] = one.holder(frame)._asdict()
        for part in (raw["evidence"][kind] for kind in raw.get("evidence", ())):
            for place in part:
                place["start"] += one.paragraph.start
                place["end"] += one.paragraph.start
    return found


def _totals(paragraphs: Sequence[ScoredParagraph], codebook: Codebook) -> dict[str, Any]:
    """Count frames and stances: in the whole document, and of the author and each speaker."""
    scored = [one for one in paragraphs if isinstance(one.answer, Result)]
    held = [
        (one.holder(frame), frame)
        for one in scored
        if isinstance(one.answer, Result)
        for frame in one.answer.frames
        if frame.present
    ]
    spoken = Counter(one.speaker for one in scored)
    own: dict[Holder, list[FrameResult]] = {who: [] for who in spoken}
    for who, frame in held:
        own.setdefault(who, []).append(frame)
    whole = _frames([frame for _, frame in held], codebook)
    return {
        "paragraphs": len(scored),
        "frames": [{**one, "share": _share(one["present"], len(scored))} for one in whole],
        "speakers": [
            {
                **who._asdict(),
                "paragraphs": spoken[who],
                "frames": _frames(own[who], codebook),
            }
            for who in sorted(own, key=lambda who: -spoken[who])
        ],
    }


def _frames(present: Sequence[FrameResult], codebook: Codebook) -> list[dict[str, Any]]:
    found = []
    for name in codebook.frame_names:
        own = [frame for frame in present if frame.label == name]
        taken = Counter(frame.stance.label for frame in own if frame.stance)
        stances = {stance: taken[stance] for stance in codebook.stance_names} or None
        found.append({"label": name, "present": len(own), "stances": stances})
    return found


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0
