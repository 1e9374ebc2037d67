"""Several annotators' answers become one label per text, by one stated rule.

Each annotator's latest answer counts. The adjudicator's wins. Else a frame is present where more
than half of the annotators marked it, with the stance that most of those gave. A tie, on a frame or
on its stance, makes the text disputed: it is kept out of training and listed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labels.codebook import Codebook
from labels.rows import ADJUDICATOR
from labels.store import StoredAnswer


@dataclass(frozen=True, slots=True)
class Resolved:
    """One text's label. `disputed` names the frames that tied; `frames` is empty of them then."""

    frames: dict[str, str | None]
    annotators: tuple[str, ...]
    disputed: tuple[str, ...] = ()


def latest(answers: Iterable[StoredAnswer]) -> dict[str, dict[str, StoredAnswer]]:
    """Return each text's latest answer of each annotator: text id -> annotator -> answer."""
    found: dict[str, dict[str, StoredAnswer]] = {}
    for answer in answers:
        own = found.setdefault(answer.text_id, {})
        held = own.get(answer.annotator)
        if held is None or (answer.at, answer.number) >= (held.at, held.number):
            own[answer.annotator] = answer
    return found


def resolve(answers: Mapping[str, StoredAnswer], codebook: Codebook) -> Resolved:
    """Make one label of each annotator's latest answer on one text."""
    annotators = tuple(sorted(answers))
    if ADJUDICATOR in answers:
        return Resolved(answers[ADJUDICATOR].frames, annotators)
    frames: dict[str, str | None] = {}
    disputed = []
    for frame in codebook.frame_names:
        marked = [answer.frames[frame] for answer in answers.values() if frame in answer.frames]
        if 2 * len(marked) == len(answers):
            disputed.append(frame)
        elif 2 * len(marked) > len(answers):
            (stance, votes), *others = Counter(marked).most_common(2)
            if others and others[0][1] == votes:
                disputed.append(frame)
            else:
                frames[frame] = stance
    return Resolved(frames, annotators, tuple(disputed))
