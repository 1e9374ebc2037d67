"""What decision 11 shows is what was simulated."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from docs.suggest_simulation import DOCS, DRAWN, FIGURES, PLOT, plot, table
from eval.plots import learning_plot
from eval.simulate import REACHED, Curves, mean_figure
from eval.suggest import STRATEGY


@pytest.fixture(scope="module")
def figures():
    return json.loads(FIGURES.read_text("utf-8"))


def test_the_decisions_table_and_plot_are_current(figures):
    decision = (DOCS / "decisions" / "0011-suggest.md").read_text("utf-8")
    assert table(figures["summary"]) in decision
    assert PLOT.read_text("utf-8") == plot(figures)


def test_the_two_best_cannot_be_told_apart_as_the_decision_says(figures):
    own, other = (
        Curves(np.array(found["labels"]), np.array(found["scores"]))
        for found in (
            figures["strategies"][f"{name}, a fifth at random"]
            for name in (STRATEGY, "mean-margin")
        )
    )
    target = REACHED * figures["settings"]["full"]
    pairs = zip(own.needed(target), other.needed(target), strict=True)
    fewer = mean_figure([theirs - ours for ours, theirs in pairs])
    gains = mean_figure((own.scores - other.scores)[:, 1:].mean(axis=1).tolist())
    said = "15 labels fewer than `mean-margin` (-23 to 53), and gains 0.003 more (-0.002 to 0.008)"
    decision = (DOCS / "decisions" / "0011-suggest.md").read_text("utf-8")
    assert said in " ".join(decision.split())
    assert said.startswith("{value:.0f} labels fewer".format(**fewer))
    assert "({low:.0f} to {high:.0f})".format(**fewer) in said
    assert "gains {value:.3f} more ({low:.3f} to {high:.3f})".format(**gains) in said


def test_what_is_suggested_by_is_what_beats_random(figures):
    for name in (STRATEGY, f"{STRATEGY}, a fifth at random"):
        assert figures["summary"][name]["reached"][0]["fewer"]["low"] > 0
        assert figures["summary"][name]["gain"]["low"] > 0


def test_the_plot_stands_alone_in_light_and_dark():
    labels, mean = [50, 100], [0.4, 0.5]
    curve = {"labels": labels, "mean": mean, "low": [0.3, 0.4], "high": [0.5, 0.6]}
    drawn = learning_plot(dict.fromkeys(DRAWN, curve), {"nine tenths": 0.45})
    root = ElementTree.fromstring(drawn)
    said = "".join(root.itertext())
    assert all(name in said for name in (*DRAWN, "nine tenths", "labelled texts"))
    assert "prefers-color-scheme:dark" in drawn
    assert drawn == learning_plot(dict.fromkeys(DRAWN, curve), {"nine tenths": 0.45})
