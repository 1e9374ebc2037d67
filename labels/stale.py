"""The labels that a change of the codebook has put in doubt.

An answer counts under the version it was given under. It is stale where the words of a frame have
changed since in a way that could change it; see `labels.codebook_diff.doubts`. Only answers that a
label stands on are looked at: each annotator's latest, or the newest decision alone.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.adjudication import read_texts
from labels.codebook import Codebook
from labels.codebook_diff import Doubt, doubts
from labels.codebook_versions import versions
from labels.disk import written_whole
from labels.insertion import chunks
from labels.resolve import behind_label, latest
from labels.rows import PLACE
from labels.store import Store, StoredAnswer

MARKED, UNMARKED = "marked", "unmarked"


@dataclass(frozen=True, slots=True)
class StaleAnswer:
    """An answer, and the frames it may be wrong on: of each, whether the answer marks it."""

    answer: StoredAnswer
    frames: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stale:
    """`unknown` counts answers given under versions whose words the store does not have.

    `guidelines` are the versions whose guidelines, which are no one frame's, were other ones.
    """

    answers: tuple[StaleAnswer, ...]
    unknown: Mapping[int, int]
    guidelines: tuple[int, ...]

    def counts(self) -> dict[str, dict[str, int]]:
        """Return per frame how many answers that mark it are stale, and how many that do not."""
        found: dict[str, Counter[str]] = {}
        for one in self.answers:
            for frame, side in one.frames.items():
                found.setdefault(frame, Counter()).update([side])
        return {
            frame: {side: own[side] for side in (MARKED, UNMARKED)} for frame, own in found.items()
        }


def find_stale(store: Store) -> Stale:
    """Return the stale answers of a store, in the order in which the texts were first answered."""
    with store.reading() as connection:
        known = {one.codebook.version: one.codebook for one in versions(connection)}
        standing = latest(store.answers(connection))
    current = store.codebook
    changed = {version: doubts(own, current) for version, own in known.items()}
    found, unknown = [], Counter[int]()
    used = set()
    for own in standing.values():
        for answer in behind_label(own):
            used.add(answer.codebook)
            if answer.codebook not in changed:
                unknown[answer.codebook] += answer.codebook != current.version
            elif frames := _doubted(answer, changed[answer.codebook]):
                found.append(StaleAnswer(answer, frames))
    guidelines = tuple(
        version
        for version in sorted(used & known.keys())
        if _read_otherwise(known[version], current)
    )
    return Stale(tuple(found), {version: n for version, n in unknown.items() if n}, guidelines)


def write_stale(store: Store, stale: Stale, path: Path) -> int:
    """Write the texts to label again as JSONL, one a line, and return how many those are.

    A line is a row without an answer; `framescope labels queue --batch relabel` asks everyone for
    them again, also those who have answered. `stale` in it says which frames to look at.
    """
    frames: dict[str, list[str]] = {}
    places = {}
    for one in stale.answers:
        own = frames.setdefault(one.answer.text_id, [])
        own.extend(frame for frame in one.frames if frame not in own)
        places[one.answer.text_id] = one.answer.occurrence
    with store.reading() as connection:
        texts = read_texts(connection, list(frames))
        found = _places(connection, list(places.values()))
    with written_whole(path) as file:
        for text_id, own in frames.items():
            place = {k: v for k, v in found[places[text_id]].items() if v is not None}
            line = {"text": texts[text_id], **place, "text_id": text_id, "stale": own}
            file.write(json.dumps(line, ensure_ascii=False).encode("utf-8") + b"\n")
    return len(frames)


def _doubted(answer: StoredAnswer, changed: Mapping[str, Doubt]) -> dict[str, str]:
    found = {}
    for frame, doubt in changed.items():
        marked = frame in answer.frames
        if doubt.marked if marked else doubt.unmarked:
            found[frame] = MARKED if marked else UNMARKED
    return found


def _read_otherwise(old: Codebook, new: Codebook) -> bool:
    return old.guidelines.split() != new.guidelines.split()


def _places(connection: sa.Connection, keys: list[str]) -> dict[str, dict[str, Any]]:
    own = schema.occurrences.c
    found = {}
    for part in chunks(keys, 500):
        query = sa.select(own.key, *(own[name] for name in PLACE)).where(own.key.in_(part))
        for row in connection.execute(query).mappings():
            found[row["key"]] = {name: row[name] for name in PLACE}
    return found
