"""Several annotators' answers become one label per text, by one stated rule.

Each annotator's latest answer counts, unless they took it back. Where there are decisions, the
newest is the label, whatever its author answers later. Else a frame is present where more than half
of the annotators marked it, with the stance that most of those gave. A tie, on a frame or on its
stance, makes the text disputed: it is kept out of training and listed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from labels.codebook import Codebook
from labels.rows import ANSWER, DECISION
from labels.store import StoredAnswer

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Resolved:
    """One text's label. `disputed` names the frames that tied; `frames` is empty of them then."""

    frames: dict[str, str | None]
    annotators: tuple[str, ...]
    disputed: tuple[str, ...] = ()


def latest(answers: Iterable[StoredAnswer]) -> dict[str, dict[str, StoredAnswer]]:
    """Return what stands of each annotator on each text: text id -> annotator -> answer.

    It is the annotator's newest decision, or where there is none the newest answer. A retraction
    takes back all that came before it. Whoever has nothing left is left out, and so is a text
    where nobody has.
    """
    found: dict[str, dict[str, StoredAnswer]] = {}
    decided: dict[tuple[str, str], StoredAnswer] = {}
    retracted: dict[tuple[str, str], StoredAnswer] = {}
    for answer in answers:
        own = found.setdefault(answer.text_id, {})
        if answer.kind == ANSWER:
            _keep_newer(own, answer.annotator, answer)
        else:
            rest = decided if answer.kind == DECISION else retracted
            _keep_newer(rest, (answer.text_id, answer.annotator), answer)
    for (text_id, who), decision in decided.items():
        end = retracted.get((text_id, who))
        if end is None or order(decision) > order(end):
            found[text_id][who] = decision
    for (text_id, who), end in retracted.items():
        if who in found[text_id] and order(found[text_id][who]) < order(end):
            del found[text_id][who]
    return {key: own for key, own in found.items() if own}


def behind_label(answers: Mapping[str, StoredAnswer]) -> list[StoredAnswer]:
    """Return the answers that a text's label stands on: the newest decision alone, or all."""
    decisions = [answer for answer in answers.values() if answer.kind == DECISION]
    return [max(decisions, key=order)] if decisions else list(answers.values())


def shares(answers: Mapping[str, StoredAnswer]) -> dict[str, float]:
    """Return a text's soft label: the share of annotators who marked each frame.

    Keys are named as in `Codebook.outputs`: a frame, and `frame:stance` for the share that marked
    it with that stance. What nobody marked is left out. A decision stands alone.
    """
    given = behind_label(answers)
    votes: Counter[str] = Counter()
    for answer in given:
        for frame, stance in answer.frames.items():
            votes.update([frame] if stance is None else [frame, f"{frame}:{stance}"])
    return {name: n / len(given) for name, n in sorted(votes.items())}


def resolve(answers: Mapping[str, StoredAnswer], codebook: Codebook) -> Resolved:
    """Make one label of each annotator's latest answer on one text."""
    annotators = tuple(sorted(answers))
    if decisions := [answer for answer in answers.values() if answer.kind == DECISION]:
        return Resolved(max(decisions, key=order).frames, annotators)
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


def order(answer: StoredAnswer) -> tuple[str, int]:
    """Return what answers are sorted by: when they were given, then when they arrived."""
    return answer.at, answer.number


def _keep_newer(own: dict[Key, StoredAnswer], key: Key, answer: StoredAnswer) -> None:
    if key not in own or order(answer) > order(own[key]):
        own[key] = answer
