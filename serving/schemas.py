"""What the HTTP API takes, as the OpenAPI document shows it."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

MAX_TEXTS = 256
"""Texts in one request. Larger jobs send several, or use `framescope score`."""

MAX_BODY = 8 * 2**20
"""Bytes in the body of one request."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ScoreRequest(_Body):
    """Texts to score. An entry that is no text gets an error of its own; the rest are scored."""

    texts: list[Any] = Field(
        min_length=1,
        max_length=MAX_TEXTS,
        description='Each a string, or {"id", "text"}; the id comes back with the result.',
        examples=[["The ministry says data must stay on national soil.", {"id": 7, "text": "…"}]],
    )
    explain: bool = Field(False, description="Also name the sentences that carried each frame.")


class Parameters(BaseModel):
    """Parameters of the Hugging Face text-classification task; others are passed over."""

    top_k: int | None = Field(None, ge=1)


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
    batch: str = Field("", max_length=200, description="A name to tell them by.")


class DecisionRequest(_Body):
    """What settles a text."""

    frames: Any = Field(
        description="Frame to stance; a list of frames where the codebook has no stances.",
        examples=[{"cooperation": "neutral"}],
    )
