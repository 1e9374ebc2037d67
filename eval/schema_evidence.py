"""The parts that `eval.schema` is made of, for single decisions and what carried them."""

from eval.schema_parts import Number, Part
from serving.answers import Figure


class BothSentences(Part):
    """Of the sentence that carried a frame most, of another of its text, and the difference."""

    top: Figure
    other: Figure
    difference: Figure


class Faithfulness(Part):
    """Whether sentences given as evidence matter, over the frames present in `texts` texts.

    `score`: mean score of those frames. `deleted`: what it loses without the sentence (ERASER's
    comprehensiveness); `lost`: share that falls below the threshold so; `alone`: score of the
    sentence by itself. Null where no text has enough sentences.
    """

    texts: int
    most_texts: int
    fewest_sentences: int
    score: Figure
    deleted: BothSentences
    lost: BothSentences
    alone: BothSentences


class DecisionPart(Part):
    """One decision on a frame. `label` is the text's gold label, `scores` those of all frames.

    `sentence` carried the frame most, and its `contribution` is what the score loses without it;
    both are null where the frame is absent, in one sentence alone, or carried by none.
    """

    text_id: str
    text: str
    frame: str
    gold: bool
    predicted: bool
    score: float
    sentence: str | None
    contribution: Number
    label: dict[str, str] | list[str]
    scores: dict[str, float]
    language: str
    source: str | None
