"""What the HTTP API answers, as the OpenAPI document shows it.

For documentation alone: the routes build their answers themselves, and a test holds the two
together. Reading every answer into these would slow scoring.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.results import Evidence, StanceResult, TextError
from training.bundle import LanguageFigures

_MEMBER = "What answers: `ensemble`, a fine-tuned model, or `baseline`, the linear one alone."


_FRAMES = dict[str, str | None] | list[str]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StandingDecision(_Answer):
    """A decision that settles a text. Its `number`, sent as `seen`, overrules it."""

    number: int
    by: str
    at: str
    frames: _FRAMES


class ErrorDetail(_Answer):
    """What was wrong. `type` is for programs, `message` for people."""

    type: str
    message: str
    problems: list[str] | None = Field(None, description="Every fault of labels that were sent.")
    text_ids: list[str] | None = Field(None, description="With `erased`: the texts that were.")
    decision: StandingDecision | None = Field(None, description="With `settled`: what stands.")


class ErrorAnswer(_Answer):
    """The form of every error."""

    error: ErrorDetail


class CodebookName(_Answer):
    """Which codebook the frames are of."""

    name: str
    version: int


class ScoredFrame(_Answer):
    """One frame. `score` is the calibrated probability that it is present.

    `uncertain`: the score lies in the band around the threshold outside of which at least 95% of
    held-out decisions were right. `stance` is null where the codebook has no stances.
    """

    label: str
    score: float
    threshold: float
    present: bool
    uncertain: bool
    stance: StanceResult | None
    evidence: Evidence | None = Field(
        None, description="What carried the frame: if asked for, where it is present; else absent."
    )


class ScoredText(_Answer):
    """One text's frames, highest score first."""

    id: str | int | float | bool | None = Field(None, description="As sent; absent without one.")
    frames: list[ScoredFrame]
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


class MeAnswer(_Answer):
    """Who asks. `name` is null for the user of the machine itself, who needs no token."""

    name: str | None
    role: Literal["reader", "annotator", "adjudicator", "admin"]


class Annotation(_Answer):
    """One annotator's answer on one text; `frames` is a list without stances in the codebook."""

    text_id: str
    text: str
    frames: _FRAMES
    annotator: str
    at: str
    codebook: int
    kind: Literal["answer", "decision", "retraction"]


class LabelsAnswer(_Answer):
    """Answers, newest first."""

    annotations: list[Annotation]


class StoredAnswer(_Answer):
    """The ids of the texts whose answers were stored, in the order sent."""

    stored: list[str]


class QueuedText(_Answer):
    """A text of the queue. `number` is its place; `frames` my answer, null without one."""

    number: int
    text_id: str
    batch: str
    text: str
    id: str | None
    lang: str | None
    source: str | None
    document: str | None
    date: str | None
    sampled: Literal["random", "suggested"] | None
    meta: dict[str, Any]
    frames: _FRAMES | None


class QueueAnswer(_Answer):
    """Texts of the queue, and how far `annotator` is: `answered` of `total` texts."""

    annotator: str
    answered: int
    total: int
    now: str = Field(description="The service's clock, in UTC.")
    texts: list[QueuedText]


class QueuedAnswer(_Answer):
    """How many texts are new in the queue, and how many were in it already."""

    queued: int
    already: int


class DisputedText(_Answer):
    """A text on whose `frames` the answers tie; on the others, `agreed` is what most say."""

    id: str = Field(description="The text's, as in `text_id` elsewhere.")
    text: str
    frames: list[str]
    agreed: _FRAMES
    answers: list[_FRAMES] = Field(description="In an order that does not tell whose they are.")
    annotators: list[str] | None = Field(None, description="Whose they are; only if asked for.")


class DisputesAnswer(_Answer):
    """Texts in dispute, and how many there are in all."""

    total: int
    disputes: list[DisputedText]


class DecidedAnswer(_Answer):
    """The text that was settled."""

    decided: str


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
    401: "A token is needed, or the one sent is not known.",
    403: "The token's role may not do this, or labels cannot be used from there.",
    404: "There is no such text.",
    409: "The message says which: a run is under way, or none to cancel, or a decision stands.",
    413: "The body is too large.",
    422: "What was sent has a fault.",
    429: "Too many texts wait. `Retry-After` says in how many seconds to try again.",
    501: "Retraining is not installed where the service runs.",
    503: "There is no model to answer. `Retry-After` says in how many seconds to try again.",
}


def errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return the errors of a route as its `responses`."""
    return {code: {"model": ErrorAnswer, "description": _ERRORS[code]} for code in codes}
