"""Two models side by side, by numbers worked out by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from labels.snapshot import Labelled, Snapshot
from labels.text import text_id
from tests.tiny import TWO
from tests.training.small import MEMBER, made, report, writer
from training.bundle import SNAPSHOT, BundleError, Decision, LanguageFigures
from training.difference import difference, evaluations
from training.difference_text import difference_text
from training.entries import Evaluation


def snapshot(rows: dict[str, tuple[dict[str, str], str]]) -> Snapshot:
    """Rows by text: the frames, and the side."""
    found = (
        Labelled(text_id(text), text, frames, side, group=text)
        for text, (frames, side) in rows.items()
    )
    return Snapshot(TWO, tuple(found))


ONE = snapshot(
    {
        "same": ({"markets": "for"}, "train"),
        "relabelled": ({"markets": "for"}, "train"),
        "other stance": ({"health": "for"}, "test"),
        "moved": ({}, "train"),
        "gone": ({}, "test"),
    }
)
TWO_ROWS = snapshot(
    {
        "same": ({"markets": "for"}, "train"),
        "relabelled": ({}, "test"),
        "other stance": ({"health": "against"}, "test"),
        "moved": ({}, "test"),
        "new": ({"health": "for"}, "train"),
        "newer": ({}, "train"),
    }
)


@pytest.fixture
def pair(registry) -> tuple[Path, Path]:
    """The bundles of v1 and v2, which differ in all that can differ."""
    member = replace(
        MEMBER,
        decisions=(Decision(0.625, (0.5, 0.75)), Decision(0.5, (0.5, 0.5))),
        languages={"en": LanguageFigures(90, 0.75, False), "fr": LanguageFigures(10, None, False)},
    )
    first = replace(
        made("v1"),
        members={"ensemble": replace(MEMBER, languages={"en": LanguageFigures(80, 0.5, False)})},
        config={"seed": 13, "epochs": None, "batch_size": 32},
        packages={"torch": "2.0", "numpy": "1.0"},
    )
    second = replace(
        made("v2"),
        members={"ensemble": member},
        base_model="other",
        config={"seed": 14, "epochs": 2.0, "batch_size": 32},
        packages={"torch": "2.1", "numpy": "1.0"},
    )
    for manifest, rows in ((first, ONE), (second, TWO_ROWS)):

        def write(folder, manifest=manifest, rows=rows):
            rows.write(folder / SNAPSHOT)
            writer(manifest)(folder)

        registry.add(manifest, write)
    return registry.folder("v1"), registry.folder("v2")


def test_labels_settings_packages_thresholds_and_held_out_figures(registry, pair):
    found = difference(registry, *pair)
    assert (found["a"], found["b"]) == ("v1", "v2")
    assert found["labels"] == {
        "a": {"hash": "l1:v1", "texts": 5, "train": 3, "test": 2},
        "b": {"hash": "l1:v2", "texts": 6, "train": 3, "test": 3},
        "added": 2, "removed": 1, "relabelled": 2, "on_another_side": 2,
    }  # fmt: skip
    assert found["about"] == {"base_model": {"a": "tiny", "b": "other"}}
    assert found["settings"] == {"seed": {"a": 13, "b": 14}, "epochs": {"a": None, "b": 2.0}}
    assert found["packages"] == {"torch": {"a": "2.0", "b": "2.1"}}
    assert found["thresholds"] == {
        "markets": {"a": 0.5, "b": 0.625, "difference": 0.125},
        "health": {"a": 0.5, "b": 0.5, "difference": 0.0},
    }
    assert found["held_out"] == {
        "en": {
            "a": {"n": 80, "macro_f1": 0.5, "supported": False},
            "b": {"n": 90, "macro_f1": 0.75, "supported": False},
            "difference": 0.25,
        },
        "fr": {
            "a": None,
            "b": {"n": 10, "macro_f1": None, "supported": False},
            "difference": None,
        },
    }
    assert found["evaluations"] == []


def test_a_model_does_not_differ_from_itself(registry, pair):
    found = difference(registry, pair[0], pair[0])
    assert [found[name] for name in ("about", "settings", "packages")] == [{}, {}, {}]
    changes = ("added", "removed", "relabelled", "on_another_side")
    assert [found["labels"][name] for name in changes] == [0, 0, 0, 0]
    assert "settings: the same" in difference_text(found)


def test_figures_on_the_same_data_stand_side_by_side(registry, pair):
    for version, data, value, over in (
        ("v1", "t1:a", 0.125, None),
        ("v1", "t1:a", 0.25, None),  # the newest counts
        ("v1", "t1:only", 0.5, None),
        ("v2", "t1:a", 0.75, "v1"),
        ("v2", "t1:b", 0.5, None),
    ):
        registry.record(version, data, report(version, value, over, data))
    (found,) = difference(registry, *pair)["evaluations"]
    assert found["data"] == {"name": "frozen test part", "n": 40, "hash": "t1:a"}
    sides = {"a": 0.25, "b": 0.75, "difference": 0.5}
    assert found["figures"]["frames macro_f1"] == sides
    assert found["figures"]["f1 markets"] == sides
    unknown = {"a": None, "b": None, "difference": None}
    assert found["figures"]["f1 health"] == found["figures"]["stance macro_f1"] == unknown
    assert found["paired"]["verdict"] == "better than v1"
    (turned,) = difference(registry, pair[1], pair[0])["evaluations"]
    assert turned["figures"]["joint micro_f1"]["difference"] == -0.5
    assert turned["paired"] is None


def test_a_comparison_with_a_third_model_says_nothing_on_this_pair():
    a = [Evaluation("2020", "t1:a", 0, report("v1", 0.5))]
    b = [Evaluation("2020", "t1:a", 0, report("v2", 0.5, over="v9"))]
    assert evaluations(a, b)[0]["paired"] is None


def test_the_text_shows_both_and_the_change(registry, pair):
    before = difference_text(difference(registry, *pair))
    assert "2 texts added, 1 removed, 2 relabelled, 2 on another side" in before
    assert "not judged on the same data" in before
    for version, value, over in (("v1", 0.25, None), ("v2", 0.75, "v1")):
        registry.record(version, "t1:a", report(version, value, over, "t1:a"))
    lines = difference_text(difference(registry, *pair)).splitlines()
    words = [line.split() for line in lines]
    assert ["markets", "0.500", "0.625", "+0.125"] in words
    assert ["texts", "5", "6", "+1"] in words
    assert ["seed", "13", "14"] in words
    assert ["frames", "macro", "f1", "0.250", "0.750", "+0.500"] in words
    assert ["en", "0.500", "(n=80)", "0.750", "(n=90)", "+0.250"] in words
    assert "judged on frozen test part, n=40 (t1:a)" in lines
    assert "on the same texts: better than v1" in lines


def test_a_bundle_that_is_damaged_is_named(registry, pair):
    (pair[1] / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(BundleError, match=r"v2: manifest\.json is damaged"):
        difference(registry, *pair)
