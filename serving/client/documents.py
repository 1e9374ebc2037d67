"""A document as the service read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from serving.client.answers import CodebookName, RefusedText
from serving.client.reading import read
from serving.results import FrameResult


@dataclass(frozen=True, slots=True)
class AboutDocument:
    """What a document says of itself; None where it does not. `date` is a day, ISO 8601."""

    title: str | None
    author: str | None
    date: str | None
    language: str | None
    format: str


@dataclass(frozen=True, slots=True)
class QuotedWords:
    """Words in quotation marks, as code points into the document's `text`.

    `speaker` is as written, None where nobody is named.
    """

    start: int
    end: int
    speaker: str | None


@dataclass(frozen=True, slots=True)
class StanceHolder:
    """Whose words or stance it is: the author's, or a quoted speaker's, who may have no name."""

    kind: Literal["author", "speaker"]
    name: str | None


@dataclass(frozen=True, slots=True)
class HeldFrame(FrameResult):
    """A frame of a paragraph; where it is present, `holder` says whose stance it is.

    Places in its evidence are code points into the document's `text`.
    """

    holder: StanceHolder | None = None


@dataclass(frozen=True, slots=True)
class ScoredParagraph:
    """A paragraph's frames, highest score first."""

    frames: tuple[HeldFrame, ...]
    language: str
    language_supported: bool
    truncated: bool
    tokens: int

    @property
    def present(self) -> tuple[HeldFrame, ...]:
        """The frames that are present, highest score first."""
        return tuple(frame for frame in self.frames if frame.present)


@dataclass(frozen=True, slots=True)
class DocumentParagraph:
    """A paragraph: `text` stands in the document at `start:end`, in code points.

    `kind` is body, quotation, list_item, title, heading, caption or boilerplate; the first three
    are scored, and `result` is None for the rest. `holder` says more than half of it; `speaker` is
    its name, None for the author and for a speaker who is not named.
    """

    text: str
    start: int
    end: int
    kind: str
    speaker: str | None
    holder: StanceHolder
    quotations: tuple[QuotedWords, ...]
    result: ScoredParagraph | RefusedText | None

    @property
    def present(self) -> tuple[HeldFrame, ...]:
        """The frames that are present, highest score first; none where it is not scored."""
        return self.result.present if isinstance(self.result, ScoredParagraph) else ()


@dataclass(frozen=True, slots=True)
class FrameCount:
    """In how many paragraphs a frame is present, and with which stances."""

    label: str
    present: int
    stances: dict[str, int] | None


@dataclass(frozen=True, slots=True)
class FrameShare(FrameCount):
    """The same, with the share of the scored paragraphs."""

    share: float


@dataclass(frozen=True, slots=True)
class SpeakerTotal:
    """What the author, or a quoted speaker, who may have no name, says in all."""

    name: str | None
    kind: Literal["author", "speaker"]
    paragraphs: int
    frames: tuple[FrameCount, ...]


@dataclass(frozen=True, slots=True)
class DocumentTotals:
    """The scored `paragraphs`, frames in codebook order, and speakers, most paragraphs first."""

    paragraphs: int
    frames: tuple[FrameShare, ...]
    speakers: tuple[SpeakerTotal, ...]


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """A document's paragraphs, in order, and its totals. `text` holds boilerplate too."""

    model: str
    member: str
    codebook: CodebookName
    document: AboutDocument
    text: str
    paragraphs: tuple[DocumentParagraph, ...]
    totals: DocumentTotals


def read_document(value: Mapping[str, Any]) -> DocumentAnswer:
    """Read the answer of `POST /documents`, giving each paragraph its text; raises as `read`."""
    whole = value["text"]
    pieces = [{**one, "text": whole[one["start"] : one["end"]]} for one in value["paragraphs"]]
    return read(DocumentAnswer, {**value, "paragraphs": pieces})
