"""Windows with their answers, as rows of the output."""

from collections.abc import Callable
from typing import Any, Protocol

from labels.codebook import Codebook
from serving.corpus.answers import Answer
from serving.corpus.cells import plain
from serving.corpus.columns import added_columns
from serving.corpus.spool import SpooledRow, Window
from serving.corpus.texts import Texts
from serving.corpus.work import Work
from serving.corpus.writing import encoded


class Model(Protocol):
    """What is asked of a model: its version and its codebook."""

    @property
    def model(self) -> str: ...

    @property
    def codebook(self) -> Codebook: ...


class Finisher:
    """Writes windows, in order: what a later one needs of an earlier is kept before it is done."""

    def __init__(
        self, work: Work, texts: Texts, model: Model, given: dict[str, type], named: bool
    ) -> None:
        """`given`: the columns of the input."""
        added = added_columns(model.codebook, named)
        codebook = f"{model.codebook.name}/{model.codebook.version}"
        self._work, self._texts = work, texts
        self._columns = {**given, **added}
        self._head = {**dict.fromkeys(added), "model": model.model, "codebook": codebook}

    def finish(self, window: Window, answers: Callable[[], list[Answer]]) -> None:
        """Write a window's part of the output. A kill before the end of it leaves nothing."""
        known = dict(zip(window.new, answers(), strict=True))
        self._texts.save(window.number, known)
        others = {row.text_id for row in window.rows if row.text_id} - known.keys()
        known |= self._texts.answers(sorted(others))
        rows: list[dict[str, Any]] = []
        errors: list[dict[str, str]] = []
        for row in window.rows:
            rows.append(self._row(row, known))
            if reason := rows[-1]["error"]:
                errors.append({"file": row.file, "place": row.place, "reason": reason})
                rows[-1]["error"] = f"{row.file}, {row.place}: {reason}"
        form, first = self._work.target.format, window.number == 0
        self._work.commit(window.number, encoded(form, rows, self._columns, first), errors)

    def _row(self, row: SpooledRow, known: dict[str, Answer]) -> dict[str, Any]:
        found = {**row.cells, **self._head}
        answer = known[row.text_id] if row.text_id else row.fault
        if isinstance(answer, dict):
            found |= {"text_id": row.text_id, **answer}
        else:
            found["error"] = plain(answer)
        return found
