"""What a client's methods return: frozen dataclasses with the names of the HTTP API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

from serving.client.reading import read
from serving.results import FrameResult, Result, TextError

Id = str | int | float | bool | None
Frames = dict[str, str | None] | list[str]
"""Frame to stance; a list of frames where the codebook has no stances."""


class TextWithId(TypedDict):
    """A text to score, with an id that comes back with its result."""

    text: str
    id: NotRequired[Id]


@dataclass(frozen=True, slots=True)
class ScoredText(Result):
    """One text's frames, highest score first, and which model and member said so."""

    model: str
    member: str
    id: Id = None

    @property
    def present(self) -> tuple[FrameResult, ...]:
        """The frames that are present, highest score first."""
        return tuple(frame for frame in self.frames if frame.present)


@dataclass(frozen=True, slots=True)
class RefusedText:
    """A text, or an id, that the service cannot read, and why."""

    error: TextError
    id: Id = None


@dataclass(frozen=True, slots=True)
class CodebookName:
    """Which codebook the frames are of."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95% interval, from `n` texts."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How the model was judged last. A figure is None where the labels do not allow it."""

    data: str
    n: int
    macro_f1: Figure | None
    stance_macro_f1: Figure | None
    joint_micro_f1: Figure | None


@dataclass(frozen=True, slots=True)
class FrameDecision:
    """From which score a frame counts as present, and the band of scores that are uncertain."""

    label: str
    threshold: float
    band: tuple[float, float]


@dataclass(frozen=True, slots=True)
class LanguageFigures:
    """Frames macro-F1 on held-out texts of one language, on how many, and whether it suffices."""

    n: int
    macro_f1: float | None
    supported: bool


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """The model that is served. `max_tokens` is None where it reads all of a text."""

    model: str
    member: str
    created: str
    base_model: str
    codebook: CodebookName
    max_tokens: int | None
    frames: tuple[FrameDecision, ...]
    languages: dict[str, LanguageFigures]
    labels_hash: str
    evaluation: Evaluation | None


@dataclass(frozen=True, slots=True)
class Example:
    """A text that carries a frame, its `stance` ("" in a codebook without stances), and `why`."""

    text: str
    stance: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: the `claim` its stance is about, what is `inside` its edge and what `outside`."""

    name: str
    claim: str
    definition: str
    inside: tuple[str, ...]
    outside: tuple[str, ...]
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Stance:
    """One stance toward a frame's claim."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Codebook:
    """Frames and stances in their fixed order."""

    name: str
    version: int
    frames: tuple[Frame, ...]
    stances: tuple[Stance, ...]
    language: str
    min_frames: int
    guidelines: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotator's answer on one text. `at` is UTC, `codebook` the version answered by."""

    text_id: str
    text: str
    frames: Frames
    annotator: str
    at: str
    codebook: int
    kind: Literal["answer", "decision", "retraction"]


@dataclass(frozen=True, slots=True)
class RetrainAnswer:
    """How far a retraining is, or what the last one came to. Times are UTC."""

    state: Literal["idle", "running", "done", "refused", "failed", "cancelled"]
    stage: str | None
    percent: float | None
    eta_seconds: float | None
    started: str | None
    ended: str | None
    challenger: str | None
    champion: str | None
    promoted: bool
    reasons: tuple[str, ...]
    report: str | None
    new_answers: int | None


def read_texts(value: Mapping[str, Any]) -> list[ScoredText | RefusedText]:
    """Read the answer of `POST /score`; raises as `read` does."""
    about = {"model": value["model"], "member": value["member"]}
    return [
        read(RefusedText, found) if "error" in found else read(ScoredText, {**found, **about})
        for found in value["results"]
    ]
