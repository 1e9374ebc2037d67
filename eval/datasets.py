"""What a model is judged on: labelled rows, and what the labels say beside the rows themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from labels.agreement import shared_answers
from labels.codebook import Codebook
from labels.formats.files import read_labels
from labels.language import language_of_row
from labels.snapshot import Labelled, Snapshot, take
from labels.split import TEST
from labels.store import Store, StoredAnswer

REGISTER = "register"
"""The column of a labelled row that names its kind of writing: news, speech, post."""

FROZEN = "frozen test part"


@dataclass(frozen=True, slots=True)
class Answered:
    """A text that two annotators or more have answered, the adjudicator not counted.

    `row.frames` is empty where they disagree too far for one label.
    """

    row: Labelled
    answers: tuple[StoredAnswer, ...]


@dataclass(frozen=True, slots=True)
class DataSet:
    """Rows to judge a model on.

    registers: text id to register, of the texts whose rows name one.
    answered: the texts that several annotators have answered, those in dispute among them.
    disputed: how many texts are not among `rows`, since annotators disagree on them.
    suggested: those of the test side that are not, since a strategy chose them to be labelled.
    files: where the rows come from; none for the frozen test part.
    """

    name: str
    rows: tuple[Labelled, ...]
    registers: Mapping[str, str] = field(default_factory=dict)
    answered: tuple[Answered, ...] = ()
    disputed: int = 0
    suggested: tuple[Labelled, ...] = ()
    files: tuple[Path, ...] = ()

    def in_language(self, language: str) -> DataSet:
        """Return the part in one language; see `is_in`."""
        return replace(
            self,
            name=f"{self.name}, {language}",
            rows=tuple(row for row in self.rows if is_in(row, language)),
            answered=tuple(one for one in self.answered if is_in(one.row, language)),
            suggested=tuple(row for row in self.suggested if is_in(row, language)),
        )

    def without(self, text_ids: Collection[str]) -> DataSet:
        """Return the part that is none of these texts."""
        return replace(
            self,
            rows=tuple(row for row in self.rows if row.text_id not in text_ids),
            answered=tuple(one for one in self.answered if one.row.text_id not in text_ids),
        )


def frozen_test_part(store: Store, snapshot: Snapshot | None = None) -> DataSet:
    """Return the texts that no model is trained on, without the suggested ones."""
    snapshot = snapshot or take(store)
    disputed = len(snapshot.disputed)
    found = _data_set(FROZEN, store, snapshot, snapshot.test, disputed, side=TEST)
    chosen = {row.text_id for row in snapshot.suggested}
    answered = tuple(one for one in found.answered if one.row.text_id not in chosen)
    return replace(found, answered=answered, suggested=tuple(snapshot.suggested))


def read_data_set(
    files: Sequence[Path], codebook: Codebook, format: str | None = None, name: str | None = None
) -> DataSet:
    """Return the labelled rows of files, resolved together to one label a text.

    Raises:
        LabelError: naming every problem of the first file that has any.
    """
    answers = [row for path in files for row in read_labels(path, codebook, format)]
    store = Store.open("sqlite://", codebook)
    store.add(answers)
    snapshot = take(store, test_share=0.0)
    called = name or ", ".join(path.name for path in files)
    found = _data_set(called, store, snapshot, snapshot.rows, len(snapshot.disputed))
    return replace(found, files=tuple(files))


def _data_set(
    name: str,
    store: Store,
    snapshot: Snapshot,
    rows: Iterable[Labelled],
    disputed: int,
    side: str | None = None,
) -> DataSet:
    registers = {
        row.text_id: register
        for row in store.rows()
        if isinstance(register := row.meta.get(REGISTER), str)
    }
    with store.reading() as connection:
        answers = shared_answers(store.answers(connection))
    # By the snapshot, not by the answers: of a text that was answered after it was taken nobody
    # has decided on which side it is.
    contested = [replace(row, frames={}) for row in snapshot.contested]
    answered = []
    for row in sorted([*snapshot.rows, *contested], key=lambda row: row.text_id):
        given = tuple(answers.get(row.text_id, {}).values())
        if given and side in (None, row.side):
            answered.append(Answered(row, given))
    return DataSet(name, tuple(rows), registers, tuple(answered), disputed)


def is_in(row: Labelled, language: str) -> bool:
    """Whether a row is in a language, by its own tag or, without one, as detected.

    The shorter of two tags stands for all that begin with its subtags (RFC 4647, 3.3.1), whichever
    it is: `zh` and zh-Hans go together, zh-Hans and zh-Hant do not.
    """
    own = (row.lang or language_of_row(None, row.text)).lower().split("-")
    wanted = language.lower().split("-")
    return all(one == other for one, other in zip(own, wanted, strict=False))


def languages_in(rows: Iterable[Labelled]) -> str:
    """Return the languages of rows in words, to choose from."""
    found = sorted({row.lang or language_of_row(None, row.text) for row in rows})
    return ", ".join(found) or "none"
