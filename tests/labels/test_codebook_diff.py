from dataclasses import replace

import pytest

from labels.codebook import Codebook, Example, Frame, Stance
from labels.codebook_diff import Change, Doubt, change_lines, changes, doubts

TRADE = Frame("trade", "Trade is good.", "On trade.", ("tariffs", "quotas"), ("a shop",))
OLD = Codebook(
    "views", 1, (TRADE, Frame("war")), (Stance("pro"), Stance("con")),
    guidelines="Read it all.\n\nThen mark.\n- a word\n  alone: no",
)  # fmt: skip


def edited(**words) -> Codebook:
    """The codebook with other words for trade."""
    return replace(OLD, version=2, frames=(replace(TRADE, **words), OLD.frames[1]))


def test_equal_codebooks_have_no_changes():
    wrapped = replace(
        OLD, version=2, guidelines="Read it\nall.\n\n\nThen mark.\n- a word alone: no"
    )
    assert changes(OLD, wrapped) == []
    assert doubts(OLD, wrapped) == {}


def test_changes_are_said_frame_by_frame():
    new = edited(definition="On trade and\ntariffs.", inside=("tariffs", "sanctions"))
    assert list(change_lines(changes(OLD, new))) == [
        "frame 'trade': definition",
        "  - On trade.",
        "  + On trade and tariffs.",
        "frame 'trade': inside",
        "  - quotas",
        "  + sanctions",
    ]


def test_every_other_part_is_compared():
    new = Codebook(
        "news", 2,
        (OLD.frames[1], replace(TRADE, claim="Trade is bad."), Frame("peace", "", "No war.")),
        (Stance("pro", "Says so."), Stance("neutral")), "de", 1,
        OLD.guidelines.replace("Then mark.", "Then think."),
    )  # fmt: skip
    found = changes(OLD, new)
    assert [(one.kind, one.name, one.what) for one in found] == [
        ("codebook", "news", "name"),
        ("codebook", "news", "language"),
        ("codebook", "news", "min_frames"),
        ("codebook", "news", "guidelines"),
        ("stance", "con", "removed"),
        ("stance", "pro", "definition"),
        ("stance", "neutral", "new"),
        ("frame", "trade", "claim"),
        ("frame", "peace", "new"),
        ("frame", "all", "order"),
    ]
    assert found[3] == Change("codebook", "news", "guidelines", ("Then mark.",), ("Then think.",))
    assert found[8].added == ("No war.",)


def test_a_frame_that_is_gone_is_said_with_what_it_meant():
    (found,) = changes(OLD, replace(OLD, version=2, frames=(OLD.frames[1],)))
    assert found == Change("frame", "trade", "removed", ("On trade.",), ())


def test_examples_are_compared_and_put_no_answer_in_doubt():
    old = edited(examples=(Example("Buy.", "pro"), Example("Sell.", "con")))
    new = edited(examples=(Example("Sell.", "con"), Example("Buy\nmore.", "pro", "It urges.")))
    assert list(change_lines(changes(old, new))) == [
        "frame 'trade': examples",
        "  - pro: Buy.",
        "  + pro: Buy more. (It urges.)",
    ]
    assert doubts(old, new) == doubts(OLD, new) == {}


@pytest.mark.parametrize(
    ("words", "marked", "unmarked"),
    [
        ({"definition": "On markets."}, True, True),
        ({"claim": "Trade is bad."}, True, False),
        ({"inside": ("tariffs", "quotas", "sanctions")}, False, True),
        ({"inside": ("tariffs",)}, True, False),
        ({"inside": ("quotas", "tariffs")}, False, False),
        ({"outside": ("a shop", "a firm")}, True, False),
        ({"outside": ()}, False, True),
    ],
)
def test_which_answers_a_change_puts_in_doubt(words, marked, unmarked):
    expected = {"trade": Doubt(marked, unmarked)} if marked or unmarked else {}
    assert doubts(OLD, edited(**words)) == expected


def test_a_new_frame_was_never_asked_for():
    new = replace(OLD, version=2, frames=(*OLD.frames, Frame("peace")))
    assert doubts(OLD, new) == {"peace": Doubt(False, True)}


def test_another_stance_puts_all_that_is_marked_in_doubt():
    new = replace(OLD, version=2, stances=(Stance("pro", "Urges it."), Stance("con")))
    assert doubts(OLD, new) == {"trade": Doubt(True, False), "war": Doubt(True, False)}
