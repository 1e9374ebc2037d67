"""What `eval.shares.shares` gives back: the table, the comparisons, and the pages made of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from eval.shares.columns import is_ordered
from eval.shares.compare import compare as answered
from eval.shares.grouping import parts_of
from eval.shares.questions import DATE, Question, read_question
from eval.shares.reading import SEEN, UNKNOWN, Corpus, read_corpus
from eval.shares.sample import Sample, read_sample, without_training
from eval.shares.sources import SharesError, batches, names_of
from eval.shares.tally import PARAGRAPHS, UNCORRECTED, Row, tally
from labels.codebook import Codebook, load_codebook
from labels.disk import written_whole
from labels.formats.cells import defused
from training.registry import Registry

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("by", "group", "frame", "stance", "of")]
    + [("paragraphs", pa.int64()), ("documents", pa.int64())]
    + [(name, pa.float64()) for name in ("share", "low", "high")]
    + [("correction", pa.string())]
    + [(name, pa.float64()) for name in ("counted", "counted_low", "counted_high")]
    + [(name, pa.int64()) for name in ("labels", "labelled_documents", "labels_to_halve")]
    + [("halving", pa.string())]
)


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares with their intervals, comparisons, and what has to be said about them."""

    rows: list[Row]
    comparisons: list[dict[str, Any]]
    notes: list[str]
    groups: dict[str, list[str]]
    corpus: Corpus
    source: Any
    codebook: Codebook

    @property
    def table(self) -> pa.Table:
        """One row for each group, frame and stance; the columns of `SCHEMA`."""
        return pa.Table.from_pylist(self.rows, SCHEMA)

    def to_pandas(self) -> pd.DataFrame:
        return self.table.to_pandas()

    def to_polars(self) -> pl.DataFrame:
        import polars

        return polars.DataFrame(self.table)

    def write(self, path: Path | str) -> None:
        """Write the table as CSV or Parquet, by the name.

        Raises:
            SharesError: if the name says neither.
            WriteError: if the file cannot be written.
        """
        path = Path(path)
        check_out(path)
        with written_whole(path) as file:
            if path.suffix.lower() == ".parquet":
                pq.write_table(self.table, file)
                return
            text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
            writer = csv.writer(text, lineterminator="\r\n")
            writer.writerow(SCHEMA.names)
            for row in self.rows:
                writer.writerow([defused(row[name]) for name in SCHEMA.names])
            text.flush()
            text.detach()

    def of(self, by: str, stance: str | None = None, of: str = PARAGRAPHS) -> list[Row]:
        """Return the rows of one grouping and one stance, or of the frames themselves."""
        wanted = (by, stance, of)
        return [row for row in self.rows if (row["by"], row["stance"], row["of"]) == wanted]


def check_out(path: Path) -> None:
    """Say before all else if a name says no format.

    Raises:
        SharesError: if it ends in neither .csv nor .parquet.
    """
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise SharesError(f"{path}: the table is written as .csv or .parquet; name it so")


def shares(
    scored: Any,
    by: Sequence[str] | str = (),
    labels: Any = None,
    compare: Sequence[str] = (),
    codebook: Codebook | Path | None = None,
    registry: Registry | None = None,
    all_random: bool = False,
) -> Shares:
    """Return the shares of frames and stances in a scored corpus.

    scored: what `framescope score` wrote: a path, several, a folder of parts, or a table (pandas,
    Polars, PyArrow). by: columns, and month, quarter, year, country, name; `source+month` crosses
    two. labels: a `Sample`, or labelled rows drawn at random, as a file or a table; without them
    nothing is corrected. compare: comparisons as `eval.shares.questions` reads them. registry:
    where the texts that the model was trained on are looked up, which correct nothing. all_random:
    labels that do not say so were drawn at random too.

    Raises:
        SharesError: if the corpus, a column or a comparison cannot be used.
        LabelError: if a file cannot be read.
    """
    names = [by] if isinstance(by, str) else list(by)
    questions = [read_question(text) for text in compare]
    book = codebook if isinstance(codebook, Codebook) else load_codebook(*filter(None, [codebook]))
    sample = labels
    if labels is not None and not isinstance(labels, Sample):
        sample = read_sample(labels, book, all_random)
    if sample is not None and registry is not None:
        sample = without_training(sample, _models(scored), registry)
    columns = [part for part in parts_of(names) if part != "all"]
    columns += [column for question in questions for column in question.columns]
    order = sample.codebook.stance_names if sample else book.stance_names
    wanted = sample.wanted if sample else {}
    corpus = read_corpus(scored, dict.fromkeys(columns), wanted, order)
    _check(corpus, sample)
    found = tally(corpus, sample, names)
    answers = answered(corpus, sample, questions)
    notes = [*_said(corpus, sample), *found.notes, *_undated(corpus, questions)]
    return Shares(found.rows, answers, notes, found.groups, corpus, scored, book)


def _models(scored: Any) -> list[str]:
    names_of(scored)
    found: dict[str, None] = {}
    for batch in batches(scored, ["model"]):
        if "model" in batch.column_names:
            found |= dict.fromkeys(batch["model"].unique().to_pylist())
    return [name for name in found if name]


def _check(corpus: Corpus, sample: Sample | None) -> None:
    if len(corpus.codebooks) > 1:
        raise SharesError(
            f"rows were scored by several codebooks, {list(corpus.codebooks)}, whose frames mean "
            "different things; aggregate each on its own"
        )
    if sample is None:
        return
    marked = {frame for row in sample.rows for frame in row.frames}
    if unknown := sorted(marked - set(corpus.frames)):
        raise SharesError(
            f"the labels mark {unknown}, and the scored rows know {list(corpus.frames)} only; "
            "give labels of the codebook that the texts were scored by"
        )
    book = sample.codebook
    stances = {*corpus.stances} - {*book.stance_names, UNKNOWN}
    lacking = sorted({*corpus.frames} - {*book.frame_names} | stances)
    if lacking:
        raise SharesError(
            f"the texts were scored for {lacking}, which the labels' codebook, "
            f"{book.name}/{book.version}, does not have, so that the labels cannot say how often "
            "they are there; give labels of the codebook that the texts were scored by, or score "
            "the texts again"
        )


def _undated(corpus: Corpus, questions: Sequence[Question]) -> list[str]:
    if not any(question.dated for question in questions):
        return []
    dates = corpus.columns[DATE]
    unread = np.array([not is_ordered(value) for value in dates.values] + [False])
    if not (rows := int(unread[dates.places].sum())):
        return []
    shown = next(value for value in dates.values if not is_ordered(value))
    return [
        f"{rows:,} paragraphs have a date such as '{shown}', which cannot be compared as "
        "2024-03-31 can: they are on no side of a comparison by date"
    ]


def _said(corpus: Corpus, sample: Sample | None) -> list[str]:
    notes = []
    if corpus.errors:
        notes.append(f"{corpus.errors:,} of {corpus.read:,} rows could not be scored: left out")
    if len(corpus.models) > 1:
        notes.append(f"scored by several models, taken as one classifier: {list(corpus.models)}")
    for why, n in (sample.left_out if sample else {}).items():
        if n > 0:
            notes.append(f"{n:,} labelled texts are left out: {why}")
        elif n < 0:
            notes.append(
                f"{why}: the model is not in this state folder. If labels of the sample were "
                "among them, it errs less on the sample than elsewhere, and is corrected too little"
            )
    if seen := int((corpus.text == SEEN).sum()):
        notes.append(
            f"{seen:,} paragraphs are texts that the model was trained on. It errs less on them, "
            "and the labels, which are of other texts, correct them as if it did not"
        )
    found = len(set(corpus.text[corpus.text >= 0].tolist()))
    if not found:
        why = "no labelled texts were given" if sample is None else "none of the labels is of them"
        return [
            *notes,
            f"{UNCORRECTED}: {why}. Shares are the classifier's own count; its errors are in no "
            "interval. Label a random sample of these paragraphs to correct them",
        ]
    if missing := len(sample.rows if sample else ()) - found:
        notes.append(f"{missing:,} labelled texts are not among the scored paragraphs")
    notes.append(
        f"{found:,} labelled texts correct the shares. That is right where they were drawn at "
        "random from the different texts of these paragraphs, as framescope labels suggest "
        "draws them, or are all of documents drawn at random, whose texts seldom repeat"
    )
    if corpus.repeated:
        notes.append(
            f"labelled texts occur {corpus.repeated:,} more times; every occurrence counts, and is "
            "not a document of its own for the interval"
        )
    return notes
