"""A predictor whose answers are given, and four paragraphs whose figures are worked out by hand."""

from collections.abc import Mapping, Sequence

from eval.judge import judge
from eval.report import report
from labels.codebook import Codebook, Frame, Stance
from labels.snapshot import Labelled
from labels.text import text_id
from serving.results import FrameResult, Result, StanceResult, TextError

THRESHOLD = 0.5


def codebook(frames: Sequence[str] = ("a", "b"), stances: Sequence[str] = ("favor", "against")):
    return Codebook(
        name="two frames",
        version=1,
        frames=tuple(map(Frame, frames)),
        stances=tuple(map(Stance, stances)),
    )


def labelled(text: str, frames: Mapping[str, str | None], **more) -> Labelled:
    return Labelled(
        **{"text_id": text_id(text), "text": text, "side": "test", "group": text, **more},
        frames=dict(frames),
    )


class FakePredictor:
    """Answers by text: frame to (score, stance). Present from 0.5; uncertain within 0.1 of it.

    The stance named gets 0.8, the others share the rest. A text without an answer is an error.
    There is no evidence to any.
    """

    def __init__(self, answers, book: Codebook | None = None, model="m-1", member="ensemble"):
        self.answers, self.codebook = answers, book or codebook()
        self.model, self.member = model, member
        self.thresholds = dict.fromkeys(self.codebook.frame_names, THRESHOLD)

    def predict(self, texts: Sequence[str], explain: bool = False) -> list[Result | TextError]:
        return [self._answer(text) for text in texts]

    def _answer(self, text: str) -> Result | TextError:
        if text not in self.answers:
            return TextError("unreadable", "the text cannot be read")
        frames = [self._frame(name, *answer) for name, answer in self.answers[text].items()]
        frames.sort(key=lambda frame: -frame.score)
        return Result(tuple(frames), "en-GB", True, False, len(text.split()))

    def _frame(self, name: str, score: float, stance: str | None = None) -> FrameResult:
        present, names = score >= THRESHOLD, self.codebook.stance_names
        rest = 0.2 / max(1, len(names) - 1)
        scores = {own: 0.8 if own == stance else rest for own in names}
        answer = StanceResult(stance if present else None, scores) if names else None
        return FrameResult(name, score, THRESHOLD, present, abs(score - 0.5) < 0.1, answer)


# Frame a: gold 1, 2; predicted 1, 2, 4. Frame b: gold 2, 3; predicted 1, 3.
# Stance on the four gold marks: right, wrong, wrong (not marked by the model), right.
ROWS = (
    labelled("one", {"a": "favor"}),
    labelled("two", {"a": "against", "b": "favor"}),
    labelled("three", {"b": "favor"}),
    labelled("four", {}),
)
ANSWERS = {
    "one": {"a": (0.9, "favor"), "b": (0.6, "favor")},
    "two": {"a": (0.8, "favor"), "b": (0.2, "against")},
    "three": {"a": (0.3, "favor"), "b": (0.7, "favor")},
    "four": {"a": (0.7, "against"), "b": (0.1, "favor")},
}


def suspected():
    """A report on 400 texts, of which 30 labels are wrong: more than are listed as mistakes."""
    wrong = range(0, 60, 2)
    rows = [
        labelled(f"t {k}", {"a": "favor"} if (k < 200) != (k in wrong) else {}) for k in range(400)
    ]
    answers = {
        row.text: {"a": (0.97 if k < 200 else 0.02, "favor"), "b": (0.1, "favor")}
        for k, row in enumerate(rows)
    }
    found = report(judge(FakePredictor(answers), rows), None, None, "n", "r1:0", {})
    assert found["suspects"]["listed"]
    return found
