"""What the HTTP API answers, as the OpenAPI document shows it.

For documentation alone: the routes build their answers themselves, and a test holds the two
together. Reading every answer into these would slow scoring.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.results import FrameResult, TextError
from training.bundle import LanguageFigures

_MEMBER = "What answers: `ensemble`, a fine-tuned model, or `baseline`, the linear one alone."


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ErrorDetail(_Answer):
    """What was wrong. `type` is for programs, `message` for people."""

    type: str
    message: str
    problems: list[str] | None = Field(None, description="Every fault of labels that were sent.")


class ErrorAnswer(_Answer):
    """The form of every error."""

    error: ErrorDetail


class CodebookName(_Answer):
    """Which codebook the frames are of."""

    name: str
    version: int


class ScoredText(_Answer):
    """One text's frames, highest score first."""

    id: str | int | float | bool | None = Field(None, description="As sent; absent without one.")
    frames: list[FrameResult]
    language: str
    language_supported: bool = Field(description="Whether the model is good enough in it.")
    truncated: bool = Field(description="Whether the text has more tokens than the model reads.")
    tokens: int = Field(description="Tokens that were read.")


class RefusedText(_Answer):
    """A text, or an id, that cannot be read."""

    id: str | int | float | bool | None = Field(None, description="As sent; absent without one.")
    error: TextError


class ScoreAnswer(_Answer):
    """One result per text, in order."""

    model: str
    member: str = Field(description=_MEMBER)
    codebook: CodebookName
    results: list[ScoredText | RefusedText]


class LabelScore(_Answer):
    """One frame and the probability that it is present."""

    label: str
    score: float


class FrameDecision(_Answer):
    """From which score a frame counts as present, and the band of scores that are uncertain."""

    label: str
    threshold: float
    band: tuple[float, float]


class Figure(_Answer):
    """A figure with its 95% interval, from `n` texts."""

    value: float
    low: float
    high: float
    n: int


class Evaluation(_Answer):
    """How the model was judged last. A figure is null where the labels do not allow it."""

    data: str
    n: int
    macro_f1: Figure | None
    stance_macro_f1: Figure | None
    joint_micro_f1: Figure | None


class ModelAnswer(_Answer):
    """The model that is served."""

    model: str
    member: str = Field(description=_MEMBER)
    created: str
    base_model: str = Field(description="`linear baseline` where there is no encoder.")
    codebook: CodebookName
    max_tokens: int | None = Field(description="Tokens read of a text; null where it is all of it.")
    frames: list[FrameDecision]
    languages: dict[str, LanguageFigures]
    labels_hash: str
    evaluation: Evaluation | None


class Annotation(_Answer):
    """One annotator's answer on one text; `frames` is a list without stances in the codebook."""

    text_id: str
    text: str
    frames: dict[str, str | None] | list[str]
    annotator: str
    at: str
    codebook: int


class LabelsAnswer(_Answer):
    """Answers, newest first."""

    annotations: list[Annotation]


class StoredAnswer(_Answer):
    """The ids of the texts whose answers were stored, in the order sent."""

    stored: list[str]


class RetrainAnswer(_Answer):
    """How far a retraining is, or what the last one came to. Times are UTC."""

    state: Literal["idle", "running", "done", "refused", "failed", "cancelled"] = Field(
        description="`done`: promoted, or nothing to do. A run that died counts as `failed`."
    )
    stage: str | None = Field(description="In words.")
    percent: float | None = Field(description="Of the whole run, by the time that stages take.")
    eta_seconds: float | None = Field(description="Null until it can be told.")
    started: str | None
    ended: str | None
    challenger: str | None = Field(description="Null where nothing was trained.")
    champion: str | None = Field(description="Which model serves after the run.")
    promoted: bool
    reasons: list[str] = Field(description="Of the decision, or why it failed or did nothing.")
    report: str | None = Field(description="Where on this service the report on it is.")
    new_answers: int | None = Field(description="Answers stored since the run took its labels.")


_ERRORS = {
    400: "The body is not JSON.",
    401: "A token is needed.",
    403: "Labels cannot be used from there.",
    409: "A run is under way, or none that could be cancelled. The message says which.",
    413: "The body is too large.",
    422: "What was sent has a fault.",
    501: "Retraining is not installed where the service runs.",
    503: "There is no model to answer. `Retry-After` says in how many seconds to try again.",
}


def errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return the errors of a route as its `responses`."""
    return {code: {"model": ErrorAnswer, "description": _ERRORS[code]} for code in codes}
