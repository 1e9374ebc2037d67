"""What is said of a text: one result, or one error, in the words of the HTTP API."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StanceResult:
    """Stance toward a frame's claim. `scores` are given the frame and sum to 1, but for rounding.

    `label` is null where the frame is absent.
    """

    label: str | None
    scores: dict[str, float]


@dataclass(frozen=True, slots=True)
class SentenceEvidence:
    """A sentence, or several that stand together: `text[start:end]` of the text as it was sent.

    `contribution`: the frame's score less its score without the sentence. It is null where there is
    one sentence alone, so that nothing would be left without it.
    """

    start: int
    end: int
    contribution: float | None


@dataclass(frozen=True, slots=True)
class WordEvidence:
    """A word, `text[start:end]` of the text as it was sent, as the linear model sees it.

    `contribution`: what the word adds to the linear model's log-odds of the frame.
    """

    start: int
    end: int
    contribution: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What carried a frame: all sentences that were read and at most five words, highest first.

    `words` is empty where the answer does not rest on a linear model.
    """

    sentences: tuple[SentenceEvidence, ...]
    words: tuple[WordEvidence, ...]


@dataclass(frozen=True, slots=True)
class FrameResult:
    """One frame. `score` is the calibrated probability that it is present.

    `uncertain`: the score lies in the band around the threshold outside of which at least 95% of
    held-out decisions were right. `stance` is None where the codebook has no stances. `evidence` is
    there for frames that are present, if it was asked for.
    """

    label: str
    score: float
    threshold: float
    present: bool
    uncertain: bool
    stance: StanceResult | None
    evidence: Evidence | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values. By hand: `asdict` took longer than the JSON of an answer."""
        stance, evidence = self.stance, self.evidence
        found = {
            "label": self.label,
            "score": self.score,
            "threshold": self.threshold,
            "present": self.present,
            "uncertain": self.uncertain,
            "stance": {"label": stance.label, "scores": dict(stance.scores)} if stance else None,
        }
        return found if evidence is None else {**found, "evidence": asdict(evidence)}


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
        """Return plain values; a frame without evidence has no such key."""
        return {
            "frames": [frame.to_dict() for frame in self.frames],
            "language": self.language,
            "language_supported": self.language_supported,
            "truncated": self.truncated,
            "tokens": self.tokens,
        }


@dataclass(frozen=True, slots=True)
class TextError:
    """Why one text could not be scored. The other texts of its request or file are not affected."""

    type: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        return {"error": asdict(self)}
