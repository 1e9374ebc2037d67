"""Does a model behave as the codebook says? Rates of cases that hold, from `behaviours.yaml`.

The method is CheckList: M. T. Ribeiro, T. Wu, C. Guestrin and S. Singh, "Beyond Accuracy:
Behavioral Testing of NLP Models with CheckList", ACL 2020. In its terms `clear`, `outside` and
`nothing` are minimum functionality tests, `country`, `furniture` and `typography` are invariance
tests, and `denial` is a directional expectation test. A text counts by what is served for it:
the frames that are present, and their stance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from labels.rows import canonical
from labels.text import digest, shortened
from serving.results import Result, TextError

if TYPE_CHECKING:
    from serving.predictor import Predictor

RULES = {
    "clear": "Paragraphs on what the codebook counts as a frame carry that frame.",
    "outside": "Paragraphs on what it leaves out do not, and carry the frame it names instead.",
    "nothing": "Boilerplate, bylines, plain facts and other subjects carry no frame.",
    "denial": "A claim and its denial both carry the frame; the stance turns over.",
    "country": "The name of another country changes no frame.",
    "furniture": "What a page puts around a text changes no frame.",
    "typography": "Capitals, quotes, dashes, spaces and broken words change no frame.",
}
"""What each behaviour asks, in the order of the report."""

SHOWN_CHARACTERS = 200

Reading = Mapping[str, str | None]
"""What is served of one text: the frames that are present, each with its stance."""


class Carries(NamedTuple):
    """One text that must carry the frames `present` and none of `absent`."""

    text: str
    present: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.text,)

    def fault(self, found: Reading) -> str | None:
        """Return what was expected and what was found, or None where the case holds."""
        if found.keys() >= set(self.present) and not found.keys() & set(self.absent):
            return None
        wanted = [f"'{frame}'" for frame in self.present]
        wanted += [f"no '{frame}'" for frame in self.absent] if len(self.absent) == 1 else []
        expected = " and ".join(wanted) or "no frame"
        return f"expected {expected}, found {_named(found)}: {_shown(self.text)}"


class Alike(NamedTuple):
    """Two texts that must carry the same frames; `change` says what sets them apart."""

    plain: str
    changed: str
    change: str

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.plain, self.changed)

    def fault(self, plain: Reading, changed: Reading) -> str | None:
        """Return what was expected and what was found, or None where the case holds."""
        if plain.keys() == changed.keys():
            return None
        return (
            f"{self.change}: expected {_named(plain)} as before, found {_named(changed)}: "
            f"{_shown(self.plain)}"
        )


class Turns(NamedTuple):
    """A claim and its denial, which must both carry `frame`, with one of `stances` each."""

    claim: str
    denial: str
    frame: str
    stances: tuple[str, str]

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.claim, self.denial)

    def fault(self, claim: Reading, denial: Reading) -> str | None:
        """Return what was expected and what was found, or None where the case holds."""
        found = [reading.get(self.frame, "absent") for reading in (claim, denial)]
        if found == list(self.stances):
            return None
        return (
            f"expected '{self.frame}' {self.stances[0]} and then {self.stances[1]}, found "
            f"{found[0]} and then {found[1]}: {_shown(self.claim)} / {_shown(self.denial)}"
        )


Case = Carries | Alike | Turns


def judge_behaviours(
    predictor: Predictor, behaviours: Mapping[str, Sequence[Case]]
) -> list[dict[str, Any]]:
    """Ask the predictor about every text of the cases at once, and count the cases that hold.

    Returns, for each behaviour in its order, plain JSON values: `name`, `rule` (what it asks),
    `cases` (their hash: rates of other cases cannot be compared), `passed` and `n` (numbers of
    cases), `rate` (passed / n) and `failures` (one line of text for each case that failed). A case
    with a text that cannot be scored fails.
    """
    every = [text for cases in behaviours.values() for case in cases for text in case.texts]
    texts = list(dict.fromkeys(every))
    answers = dict(zip(texts, predictor.predict(texts), strict=True))
    return [_judged(name, cases, answers) for name, cases in behaviours.items()]


def cases_hash(cases: Sequence[Case]) -> str:
    """Hash of what is asked, in any order. The tag `b1` names this recipe."""
    lines = sorted(canonical([type(case).__name__, *case]) for case in cases)
    return "b1:" + digest("\n".join(lines))


def _judged(
    name: str, cases: Sequence[Case], answers: Mapping[str, Result | TextError]
) -> dict[str, Any]:
    failures = [fault for case in cases if (fault := _fault(case, answers))]
    passed = len(cases) - len(failures)
    return {
        "name": name,
        "rule": RULES[name],
        "cases": cases_hash(cases),
        "passed": passed,
        "n": len(cases),
        "rate": passed / len(cases),
        "failures": failures,
    }


def _fault(case: Case, answers: Mapping[str, Result | TextError]) -> str | None:
    for text in case.texts:
        answer = answers[text]
        if isinstance(answer, TextError):
            return f"could not be scored, {answer.message}: {_shown(text)}"
    return case.fault(*[_reading(answers[text]) for text in case.texts])


def _reading(answer: Result | TextError) -> Reading:
    frames = answer.frames if isinstance(answer, Result) else ()
    return {
        frame.label: frame.stance.label if frame.stance else None
        for frame in frames
        if frame.present
    }


def _named(found: Reading) -> str:
    return ", ".join(f"'{frame}'" for frame in sorted(found)) or "no frame"


def _shown(text: str) -> str:
    return shortened(text, SHOWN_CHARACTERS)
