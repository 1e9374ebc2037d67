"""What `POST /documents` answers, as the OpenAPI document shows it. For documentation alone."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from labels.reading import Kind
from serving.answers import CodebookName, RefusedText, ScoredFrame, ScoredText


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AboutDocument(_Answer):
    """What the document says of itself; null where it does not."""

    title: str | None
    author: str | None
    date: str | None = Field(description="A day, ISO 8601.")
    language: str | None
    format: Literal["html", "markdown", "text", "pdf", "docx"]


class QuotedWords(_Answer):
    """Words in quotation marks; `speaker` as written, null where nobody is named."""

    start: int
    end: int
    speaker: str | None


class StanceHolder(_Answer):
    """Whose words or stance it is: the author's, or a quoted speaker's, who may have no name.

    Only words in quotation marks are a speaker's. What is told without them ("the minister said
    that ...") counts as the author's.
    """

    kind: Literal["author", "speaker"]
    name: str | None


class HeldFrame(ScoredFrame):
    """A frame; where it is present, `holder` says whose stance it is."""

    holder: StanceHolder | None = None


class ScoredParagraph(ScoredText):
    """As in `/score`; places in `evidence` are those of the document."""

    frames: list[HeldFrame]  # type: ignore[assignment]


class DocumentParagraph(_Answer):
    """A paragraph, `text[start:end]` of the answer. `result` is null where it is not scored."""

    start: int
    end: int
    kind: Kind
    speaker: str | None = Field(
        description="Name of `holder`, null for the author and for a speaker who is not named."
    )
    holder: StanceHolder = Field(description="Who says more than half of it.")
    quotations: list[QuotedWords]
    result: ScoredParagraph | RefusedText | None


class FrameCount(_Answer):
    """In how many paragraphs a frame is present, and with which stances."""

    label: str
    present: int
    stances: dict[str, int] | None


class FrameShare(FrameCount):
    """The same, with the share of the scored paragraphs."""

    share: float


class SpeakerTotal(_Answer):
    """What the author, or a quoted speaker, who may have no name, says in all."""

    name: str | None
    kind: Literal["author", "speaker"]
    paragraphs: int = Field(description="Of which it says more than half.")
    frames: list[FrameCount]


class DocumentTotals(_Answer):
    """The whole document in numbers."""

    paragraphs: int = Field(description="That were scored.")
    frames: list[FrameShare] = Field(description="In the order of the codebook.")
    speakers: list[SpeakerTotal] = Field(description="Most paragraphs first.")


class DocumentAnswer(_Answer):
    """A document's paragraphs, in order, and its totals."""

    model: str
    member: str = Field(description="As in `/score`.")
    codebook: CodebookName
    document: AboutDocument
    text: str = Field(description="The readable text, furniture included.")
    paragraphs: list[DocumentParagraph]
    totals: DocumentTotals
