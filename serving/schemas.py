"""What the HTTP API takes, as the OpenAPI document shows it."""

from typing import Annotated, Any, Literal

from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict, Field

from labels.reading import MAX_BYTES

MAX_TEXTS = 256
"""Texts in one request. Larger jobs send several, or use `framescope score`."""

MAX_EXPLAINED = 64
"""Texts in one request that asks for evidence, which reads a text up to eight times."""

MAX_EXPLAINED_CHARACTERS = 200_000
"""Characters of all texts or scored paragraphs in such a request: twice the longest text."""

MAX_PARAGRAPHS = 2000
"""Scored paragraphs of one document."""

MAX_EXPLAINED_PARAGRAPHS = 256
"""The same, in a request that asks for evidence."""

MAX_BODY = 8 * 2**20
"""Bytes in the body of one request."""

MAX_UPLOAD = MAX_BYTES + 2**16
"""Bytes in the body of an upload: a document, and what the form adds."""

MAX_NUMBER = 2**31 - 1
"""The highest number that PostgreSQL gives a row."""

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL stores no NUL character, and is not to be asked for one."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ScoreRequest(_Body):
    """Texts to score. An entry that is no text gets an error of its own; the rest are scored."""

    texts: list[Any] = Field(
        min_length=1,
        max_length=MAX_TEXTS,
        description='Each a string, or {"id", "text"}; the id comes back with the result.',
        examples=[["The ministry says data must stay on national soil.", {"id": 7, "text": "…"}]],
    )
    explain: bool = Field(
        False,
        description="Also say which sentences and words carried each frame that is present; for at "
        f"most {MAX_EXPLAINED} texts of {MAX_EXPLAINED_CHARACTERS:,} characters in all.",
    )


_EXPLAIN = Field(
    False,
    description="Also say which sentences and words carried each frame that is present; for at "
    f"most {MAX_EXPLAINED_PARAGRAPHS} scored paragraphs of {MAX_EXPLAINED_CHARACTERS:,} characters "
    "in all.",
)


class DocumentRequest(_Body):
    """A document as text. A file in PDF or DOCX is sent as a form instead, in its field `file`."""

    content: str = Field(
        description="The document as it was found.",
        examples=["# An accord\n\nBoth states agreed to share test results.\n\nRead also: Chips"],
    )
    format: Literal["auto", "html", "markdown", "text"] = Field(
        "auto", description="`auto` looks at the content."
    )
    name: str | None = Field(
        None, max_length=1000, description="The file's, which helps to tell the format."
    )
    explain: bool = _EXPLAIN


class DocumentUpload(_Body):
    """A document as a file, of any format."""

    model_config = ConfigDict(extra="forbid", strict=False)  # all fields of a form are text

    file: UploadFile
    format: Literal["auto", "html", "markdown", "text", "pdf", "docx"] = Field(
        "auto", description="`auto` looks at the content, and at the file's name."
    )
    explain: bool = _EXPLAIN


class Parameters(BaseModel):
    """Parameters of the Hugging Face text-classification task; others are passed over."""

    model_config = ConfigDict(strict=True)

    top_k: int | None = Field(None, ge=1, description="Only so many frames, highest score first.")
    function_to_apply: Literal["sigmoid"] | None = Field(
        None, description="Frames do not exclude each other: there is no `softmax`, and no logits."
    )


class InferenceRequest(_Body):
    """A request as Hugging Face clients send it."""

    inputs: str | Annotated[list[str], Field(max_length=MAX_TEXTS)] = Field(
        description="One text or several.", examples=["Both sides agreed to share test results."]
    )
    parameters: Parameters | None = None
    options: dict[str, Any] | None = None


class RetrainRequest(_Body):
    """How to retrain; the body may be left out."""

    force: bool = Field(False, description="Train also when no label has changed.")
    warm_start: bool = Field(False, description="Go on from the champion's encoder and heads.")


class LabelsRequest(_Body):
    """Labelled rows, as in a JSONL file."""

    annotations: list[Any] = Field(
        min_length=1,
        max_length=1000,
        examples=[[{"text": "Both sides agreed.", "frames": {"cooperation": "neutral"}}]],
    )


class QueueRequest(_Body):
    """Texts to label."""

    texts: list[Any] = Field(
        min_length=1,
        max_length=1000,
        description="Each a string, or a row as in a JSONL file; an answer in it is passed over.",
        examples=[["One text.", {"text": "Another.", "lang": "en", "sampled": "random"}]],
    )
    batch: str = Field("", max_length=200, pattern=NO_NUL, description="A name to tell them by.")


class DecisionRequest(_Body):
    """What settles a text."""

    frames: Any = Field(
        description="Frame to stance; a list of frames where the codebook has no stances.",
        examples=[{"cooperation": "neutral"}],
    )
    seen: int = Field(
        0,
        ge=0,
        le=MAX_NUMBER,
        description="Number of the decision, told by a 409, that this one overrules.",
    )
