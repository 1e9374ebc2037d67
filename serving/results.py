"""What is said of a text: one result, or one error, in the words of the HTTP API."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StanceResult:
    """Stance toward a frame's claim. `scores` are given the frame and sum to 1, but for rounding.

    `label` is None where the frame is absent.
    """

    label: str | None
    scores: dict[str, float]


@dataclass(frozen=True, slots=True)
class FrameResult:
    """One frame. `score` is the calibrated probability that it is present.

    `uncertain`: the score lies in the band around the threshold outside of which at least 95% of
    held-out decisions were right. `stance` is None where the codebook has no stances.
    """

    label: str
    score: float
    threshold: float
    present: bool
    uncertain: bool
    stance: StanceResult | None


@dataclass(frozen=True, slots=True)
class Result:
    """One text's frames, highest score first.

    `language_supported`: the model was good enough on enough held-out texts of this language.
    `truncated`: the text has more than the model's maximum of tokens; `tokens` of them were read.
    """

    frames: tuple[FrameResult, ...]
    language: str
    language_supported: bool
    truncated: bool
    tokens: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TextError:
    """Why one text could not be scored. The other texts of its request or file are not affected."""

    type: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        return {"error": asdict(self)}
