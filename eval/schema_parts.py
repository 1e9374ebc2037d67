"""The parts that `eval.schema` is made of."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.answers import Figure

Number = float | None


class Part(BaseModel):
    """No other key than those named, and no value of another kind."""

    model_config = ConfigDict(extra="forbid", strict=True)


class CodebookPart(Part):
    """Which frames and stances there are, in their order."""

    name: str
    version: int
    hash: str
    frames: list[str]
    stances: list[str]


class Unscored(Part):
    """A text that the model could not read; it counts as carrying nothing."""

    text_id: str
    type: str
    message: str


class Data(Part):
    """What was judged on: `n` texts of so many documents or groups of near-duplicates.

    `suggested_left_out`: texts of the test side that a strategy chose to be labelled, and on which
    therefore nothing was judged. `starter`: texts of the starter corpus, which are invented, and
    written and labelled by a language model.
    """

    name: str
    hash: str
    n: int
    groups: int
    languages: dict[str, int]
    unscored: list[Unscored]
    suggested_left_out: int
    starter: int


class Bin(Part):
    """Scores between `low` and `high`: how many, their mean, and the share of them marked."""

    low: float
    high: float
    n: int
    score: float
    share: float


class CalibrationPart(Part):
    """Expected calibration error, and the bins that it is computed from."""

    ece: Figure | None
    bins: list[Bin]


class BothCalibrations(CalibrationPart):
    """`before`: of the encoder's own probabilities; null where there is no encoder."""

    before: CalibrationPart | None


class Curve(Part):
    """Precision by recall, point by point."""

    recall: list[float]
    precision: list[float]


class Costs(Part):
    """What each threshold gives; precision is null where nothing is marked."""

    threshold: list[float]
    precision: list[Number]
    recall: list[float]
    f1: list[float]


class PlainFrame(Part):
    """One frame's figures. `support` is its gold marks."""

    f1: Figure
    precision: Figure
    recall: Figure
    average_precision: Figure
    threshold: Number
    support: int


class FrameDetails(PlainFrame):
    """`tier`: how far to trust it, in the words of `frames.tiers`."""

    tier: Literal["reliable", "fair", "weak", "too few"]
    curve: Curve
    thresholds: Costs
    calibration: CalibrationPart


class PlainFrames(Part):
    """Figures on frames; a frame that gold marks nowhere is null and left out of the means."""

    macro_f1: Figure | None
    micro_f1: Figure | None
    mean_average_precision: Figure | None
    per_frame: dict[str, PlainFrame | None]


class Beside(Part):
    """`n` texts; how many of them carry each other frame (`with`), and how many none."""

    n: int
    together: dict[str, int] = Field(alias="with")
    alone: int


class FrameConfusion(Part):
    """What the model marks where a frame is missed; what gold has where one is wrongly marked."""

    missed: dict[str, Beside]
    wrongly_found: dict[str, Beside]


class Frames(PlainFrames):
    """Figures on frames with all there is to say of each. `tiers` says what the tiers mean."""

    per_frame: dict[str, FrameDetails | None]  # type: ignore[assignment]
    confusion: FrameConfusion
    tiers: dict[str, str]


class Counts(Part):
    """Gold stance by stance read; `none`: gold stances of texts without an answer."""

    counts: list[list[int]]
    none: list[int]


class StanceConfusion(Counts):
    """Over all frames that gold marks, and of each of them."""

    stances: list[str]
    per_frame: dict[str, Counts]


class PlainStance(Part):
    """Figures on the stance, over the frames that gold marks."""

    macro_f1: Figure | None
    accuracy: Figure | None


class Stance(PlainStance):
    """The same with what was read instead."""

    confusion: StanceConfusion


class Joint(Part):
    """A hit is frame and stance both right."""

    micro_f1: Figure | None


class Baseline(Part):
    """Another model on the same texts: the linear one of the same bundle, or the champion."""

    model: str
    frames: PlainFrames
    stance: PlainStance | None
    joint: Joint | None
    calibration: CalibrationPart


class Pair(Part):
    """Two annotators, or the model and one, on the `n` texts that both have answered."""

    one: str
    other: str
    n: int
    macro_f1: Figure | None
    alpha: dict[str, Figure | None]


class Annotators(Part):
    """Agreement on the texts that several annotators have answered.

    `seen_in_training`: how many of them the model was trained on, or on near-duplicates.
    """

    texts: int
    seen_in_training: int = 0
    names: list[str]
    alpha: dict[str, Figure | None]
    pairs: list[Pair]


class Slice(Part):
    """A part of the texts; `small` where it has fewer than 30. `exact`: all frames right."""

    name: str
    n: int
    small: bool
    macro_f1: Figure | None
    micro_f1: Figure | None
    stance_accuracy: Figure | None
    joint_micro_f1: Figure | None
    exact: Figure


class Slices(Part):
    """Parts of the data; `register` and `date` are empty where no row names any."""

    language: list[Slice]
    source: list[Slice]
    register_: list[Slice] = Field(alias="register")
    length: list[Slice]
    gold_frames: list[Slice]
    date: list[Slice]


class Uncertain(Part):
    """How many decisions lie in the uncertain band, and how many are right in and out of it.

    `texts_share`: of texts with any uncertain decision; of the others, `texts_accuracy_outside` are
    right on every frame.
    """

    share: Figure | None
    accuracy_inside: Figure | None
    accuracy_outside: Figure | None
    texts_share: Figure | None
    texts_accuracy_outside: Figure | None


class Behaviour(Part):
    """How many of a behaviour's written cases hold, and the words of those that do not.

    `cases` is the hash of the cases: rates of other cases cannot be compared.
    """

    name: str
    rule: str
    cases: str
    passed: int
    n: int
    rate: float
    failures: list[str]


class Intervals(Part):
    """How the intervals were made."""

    level: float
    method: str
    resamples: int
    seed: int


class Lineage(BaseModel):
    """Where the model and the report come from."""

    model_config = ConfigDict(extra="allow", strict=True)

    command: str | None = None
    code: str | None = None
    labels_hash: str | None = None
    test_hash: str | None = None
    codebook_hash: str | None = None
    base_model: str | None = None
    seed: int | None = None
    rows_seen_in_training: int | None = None
    rows_nearly_seen_in_training: int | None = None
    settings: dict[str, Any] | None = None
    packages: dict[str, str] | None = None
