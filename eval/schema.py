"""What `report.json` and `index.json` hold, as their published JSON schemas show it.

For documentation and for checking alone: the reports are built as plain dicts, and tests hold the
two together. A key that is not named here makes a report invalid, but in the lineage, whose keys
depend on how the model came about.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from eval.schema_evidence import DecisionPart, Faithfulness
from eval.schema_parts import (
    Annotators,
    Baseline,
    Behaviour,
    BothCalibrations,
    CodebookPart,
    Data,
    Frames,
    Intervals,
    Joint,
    Lineage,
    Number,
    Part,
    Slices,
    Stance,
    Uncertain,
)
from serving.answers import Figure


class McNemarTest(Part):
    """McNemar's exact test on one frame's decisions; `p_corrected` by Holm over the frames."""

    n_better: int
    n_worse: int
    p: float
    p_corrected: float


class CalibrationChange(Part):
    """Expected calibration error of both models, and the difference."""

    challenger: float
    champion: float
    difference: Figure | None


class BothSeen(Part):
    """How many of the texts each was trained on, or on near-duplicates of them."""

    challenger: int
    champion: int


class ComparisonPart(Part):
    """This model (`challenger`) less another on the same texts, each with its interval.

    Both are versions; `champion_member` says what of the other bundle was read. A figure on texts
    that either has seen favours it; `seen_in_training` is None in reports of earlier releases.
    """

    challenger: str
    champion: str
    champion_member: str
    n: int
    groups: int
    macro_f1: Figure | None
    standard_error: Number
    per_frame: dict[str, Figure | None]
    mcnemar: dict[str, McNemarTest]
    joint: Figure | None
    ece: CalibrationChange
    verdict: str
    decisions: str
    seen_in_training: BothSeen | None = None


class Comparisons(Part):
    """With the linear model of the same bundle, and with the model in service."""

    baseline: ComparisonPart | None
    champion: ComparisonPart | None


class SuspectPart(DecisionPart):
    """A decision of the label that is probably wrong: that of `gold` on `frame`.

    `quality`: how far the label is to be believed, 0 to 1, by cleanlab.
    """

    quality: float


class Suspects(Part):
    """Suspected label errors, found among `texts` that the model was not trained on.

    `seen`: how many texts were left out since it was, or on a near-duplicate. `left_out`: frames of
    which nothing can be said, and why. `found`: how many decisions are suspected in all.
    `among_errors`: places, from 0, in the report's `errors` of those that stand there.
    """

    texts: int
    seen: int
    left_out: dict[str, str]
    found: int
    among_errors: list[int]
    listed: list[SuspectPart] = Field(description="The surest first, those in `errors` left out.")


class Report(Part):
    """`report.json`: one model judged on one set of labelled texts.

    A figure is a value with its 95% interval, from `n` texts, marks or decisions; it is null where
    the gold labels do not allow it.
    """

    format: Literal[5]
    model: str
    member: str
    codebook: CodebookPart
    data: Data
    frames: Frames
    stance: Stance | None
    joint: Joint | None
    calibration: BothCalibrations
    baseline: Baseline | None
    champion: Baseline | None
    annotators: Annotators | None
    slices: Slices
    comparison: Comparisons
    uncertain: Uncertain
    behaviours: list[Behaviour] | None
    faithfulness: Faithfulness | None
    errors: list[DecisionPart] = Field(description="Wrong, the surest first.")
    least_certain: list[DecisionPart] = Field(description="Right, the nearest the threshold first.")
    suspects: Suspects
    intervals: Intervals
    lineage: Lineage


class Verdict(Part):
    """How a model compares with the one in service, and how many texts that was trained on."""

    champion: str
    text: str
    champion_seen_in_training: int = 0


class IndexedFrames(Part):
    """Figures on frames."""

    macro_f1: Figure | None
    micro_f1: Figure | None


class IndexedStance(Part):
    """Figures on the stance."""

    accuracy: Figure | None


class IndexedCalibration(Part):
    """Expected calibration error."""

    ece: Figure | None


class IndexedData(Part):
    """What was judged on."""

    name: str
    hash: str
    n: int


class IndexedReport(Part):
    """One report below the index. `left_out`: texts on which annotators disagree."""

    folder: str
    model: str
    codebook: CodebookPart
    data: IndexedData
    left_out: int
    frames: IndexedFrames
    stance: IndexedStance
    joint: Joint
    calibration: IndexedCalibration
    per_frame: dict[str, Figure | None]
    verdict: Verdict | None
    seen_in_training: int


class Index(Part):
    """`index.json`: the reports of several models on several sets of labelled texts."""

    format: Literal[1]
    command: str
    reports: list[IndexedReport]


def json_schema(of: type[Report] | type[Index]) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a kind of file."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **of.model_json_schema()}
