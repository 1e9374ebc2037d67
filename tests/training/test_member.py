"""Members by hand: figures by language, and that no text is judged by what was fitted on it."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import precision_recall_curve

from labels.snapshot import Labelled, Snapshot
from tests.tiny import TWO
from tests.training.small import made
from training.bundle import LINEAR
from training.calibrate import _threshold
from training.card import model_card
from training.logits import Logits
from training.member import figures_of, fit_member

RUSSIAN = "Две стороны договорились о совместных испытаниях новых приборов, номер {}."


def row(n: int, *frames: str, group: str | None = None, **more) -> Labelled:
    more = {"text": f"Two states signed an accord on testing chips, number {n}.", **more}
    own = group or f"g{n}"
    return Labelled(
        f"p1:{n:04}", side="train", group=own, frames=dict.fromkeys(frames, "for"), **more
    )


def noise(n: int) -> dict[str, Logits]:
    random = np.random.default_rng(1)
    return {LINEAR: Logits(random.normal(0, 2, (n, 2)), random.normal(0, 2, (n, 2, 2)))}


def ten_groups() -> list[Labelled]:
    marks = [("markets",), (), ("markets", "health"), ("health",), ()]
    return [row(n, *marks[n % 5], group=f"g{n // 4}") for n in range(40)]


def turned(held_out: list[Labelled], group: str) -> list[Labelled]:
    """The texts with what a group's are marked with turned over."""
    return [
        replace(own, frames={k: "for" for k in TWO.frame_names if k not in own.frames})
        if own.group == group
        else own
        for own in held_out
    ]


@pytest.mark.parametrize(
    ("right", "n", "macro_f1", "supported"),
    [
        (100, 100, 1.0, True),
        (99, 99, 1.0, False),
        (59, 100, 0.7421, True),
        (40, 100, 0.5714, False),
    ],
)
def test_language_is_supported_by_figure_and_number(right, n, macro_f1, supported):
    # One frame in every text, found in `right` of `n`: F1 is 2 * right / (right + n). The other
    # frame is in no text and does not count, though it is marked in all.
    gold = np.array([[1, 0]] * n)
    present = np.array([[True, True]] * right + [[False, True]] * (n - right))
    found = figures_of(present, gold)
    assert (found.n, found.macro_f1, found.supported) == (n, macro_f1, supported)


def test_language_without_a_frame_has_no_figure():
    found = figures_of(np.ones((200, 2), bool), np.zeros((200, 2), int))
    assert (found.n, found.macro_f1, found.supported) == (200, None, False)


def test_languages_are_those_that_serving_detects_whatever_the_labels_say():
    tags = ["zh-Hans", "en", None, "pt-BR"]
    held_out = [replace(row(n, "markets"), lang=tag) for n, tag in enumerate(tags)]
    held_out.append(row(4, "markets", lang="en", text=RUSSIAN.format(4)))
    member, _ = fit_member(noise(5), held_out, TWO, seed=1)
    assert {name: figures.n for name, figures in member.languages.items()} == {"en": 4, "ru": 1}


def test_no_text_is_judged_by_what_was_fitted_on_its_group():
    held_out, logits = ten_groups(), noise(40)
    member, kept = fit_member(logits, held_out, TWO, seed=1)
    for group in ("g0", "g7"):
        other, again = fit_member(logits, turned(held_out, group), TWO, seed=1)
        pairs = zip(held_out, kept.frames, again.frames, strict=True)
        own = [(one, two) for text, one, two in pairs if text.group == group]
        assert [one for one, _ in own] == [two for _, two in own]
        # And the comparison can tell: what serves was fitted on them, and other texts' scores too.
        assert other.calibration != member.calibration
        assert again.frames != kept.frames


def test_what_fits_noise_does_no_better_than_chance_on_the_texts_it_was_fitted_on():
    held_out, logits = ten_groups(), noise(40)
    member, _ = fit_member(logits, held_out, TWO, seed=1)
    scores = member.apply(logits, ["en"] * 40).frames
    present = scores >= [decision.threshold for decision in member.decisions]
    gold = np.array([[name in own.frames for name in TWO.frame_names] for own in held_out])
    assert figures_of(present, gold).macro_f1 > member.languages["en"].macro_f1 + 0.03


def card(held_out: list[Labelled]) -> str:
    member, kept = fit_member(noise(len(held_out)), held_out, TWO, seed=1)
    manifest = replace(made("v1"), members={"ensemble": member}, held_out=kept, config={"seed": 1})
    return model_card(manifest, Snapshot(TWO, tuple(held_out)))


def test_the_card_says_when_figures_are_of_texts_that_it_was_calibrated_on():
    assert "calibrated and decided by what was\nfitted on the others" in card(ten_groups())
    one = [replace(own, group="one document") for own in ten_groups()]
    assert "Figures on the very texts that it was calibrated on" in card(one)


@pytest.mark.parametrize("n", [1, 7, 300])
def test_thresholds_are_those_of_scikit_learns_curve(n):
    random = np.random.default_rng(n)
    scores = random.random(n).round(2)  # so that some are equal
    gold = np.append(1, random.random(n - 1) < scores[1:]).astype(np.int64)
    best, drawing = [], np.random.default_rng(2)
    for _ in range(200):
        drawn = drawing.integers(0, n, n)
        if gold[drawn].any():
            precision, recall, cuts = precision_recall_curve(gold[drawn], scores[drawn])
            f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
            place = int(np.argmax(f1[:-1]))
            best.append((cuts[place] + (cuts[place - 1] if place else 0.0)) / 2)
    expected = (gold.sum() * np.mean(best) + 30 * 0.5) / (gold.sum() + 30)
    assert _threshold(scores, gold, np.random.default_rng(2)) == pytest.approx(expected, abs=1e-12)
