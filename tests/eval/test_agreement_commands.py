import json
import re

import pytest

from cli import main
from eval.agreement_page import _bias_plots, _ticks
from labels.store import Store
from tests.labels.samples import VIEWS, made


@pytest.fixture
def home(tmp_path):
    """Ten texts that ann and bo answer as in Krippendorff 2011, section A, and one for three."""
    (tmp_path / "home").mkdir()
    store = Store.open(f"sqlite:///{tmp_path / 'home' / 'labels.db'}", VIEWS)
    store.add(
        made(f"text {unit}", {"war": "pro"} if marked == "1" else {}, annotator=who, at=at)
        for who, values, at in (
            ("ann", "0100000010", "2026-01-05"), ("bo", "1110010000", "2026-02-06")
        )
        for unit, marked in enumerate(values)
    )  # fmt: skip
    store.add(
        made(
            "<i>three</i>", {"trade": "con"} if who == "cy" else {}, annotator=who, at="2026-03-01"
        )
        for who in ("ann", "bo", "cy")
    )
    return tmp_path / "home"


@pytest.fixture
def run(home, capsys):
    def run(*words):
        code = main(["labels", "agreement", "--home", str(home), *words])
        found = capsys.readouterr()
        assert (code, found.err) == (0, "")
        return found.out

    return run


def test_agreement_is_told_in_tables(run):
    lines = run().splitlines()
    assert lines[0] == "11 texts answered by two or more of 3 annotators, decisions left out"
    words = [line.split() for line in lines]
    assert words[2] == ["alpha", "95%", "interval", "units"]
    (war,) = (found for found in words if found[:1] == ["war"])
    assert (war[0], war[-3:]) == ("war", ["11", "too", "few"])
    assert "a frame's alpha is of whether it is marked, whatever its stance" in lines
    assert "fewer than 30 units, too few to say: trade, war" in lines
    assert [found[:4] for found in words if found[:2] == ["ann", "and"]] == [
        ["ann", "and", "bo", "11"], ["ann", "and", "cy", "1"],
    ]  # fmt: skip
    assert ["2026-02", "10"] in [found[:2] for found in words]
    assert next(found for found in words if found[:2] == ["cy", "1"])[2:6] == [
        "+1.000", "(+1.000", "to", "+1.000)",
    ]  # fmt: skip
    assert sum(line.startswith("  p1:") for line in lines) == 5


def test_agreement_as_json(run):
    found = json.loads(run("--json", "--batches", "3"))
    pair = next(one for one in found["pairs"] if (one["one"], one["other"]) == ("ann", "bo"))
    assert pair["frames"]["trade"] == {"value": None, "low": None, "high": None, "n": 11}
    assert found["tiers"] == {"trade": "too few", "war": "too few", "stance": "unknown"}
    assert [one["texts"] for one in found["over_time"]] == [4, 4, 3]
    bias = found["bias"]["bo"]["war"]
    assert (bias["n"], round(bias["value"], 4)) == (11, round(2 / 11, 4))
    assert len(found["disputed"]) == 5
    texts = {one["text"]: one["answers"] for one in found["disputed"]}
    assert texts["<i>three</i>"] == {"ann": {}, "bo": {}, "cy": {"trade": "con"}}


def test_the_axis_of_alphas_reaches_as_far_down_as_they_do():
    assert _ticks([]) == [-0.2, 0, 0.2, 0.4, 0.6, 0.8, 1]
    assert _ticks([{"low": 0.3}, None]) == _ticks([])
    assert _ticks([{"low": -0.2}])[0] == -0.2
    assert _ticks([{"low": 0.5}, {"low": -0.41}])[0] == -0.6
    assert _ticks([{"low": -1.3}])[0] == -1


def test_a_bias_a_floats_last_place_beyond_one_is_drawn():
    figure = {"value": 1.0, "low": 0.5, "high": 1.0000000000000002, "n": 3}
    (plot,) = _bias_plots({"ann": {"war": figure}}, ["war"])
    assert plot.startswith("<svg")


def test_page_is_whole_and_asks_nobody(run, tmp_path):
    assert run("--html", str(tmp_path / "out" / "a.html")).endswith("a.html\n")
    page = (tmp_path / "out" / "a.html").read_text("utf-8")
    assert page.count('<svg class="plot"') == 1 + 1 + 2  # alpha, over time, bias of two frames
    assert "&lt;i&gt;three&lt;/i&gt;" in page
    assert "<i>three" not in page
    assert not re.search(r'(src|href)="(?!#)', page)
    for words in (
        "ann and bo",
        "2026-02",
        "too few",
        "+0.182",
        "whatever its stance",
        "What they disagree on",
    ):
        assert words in page, words
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))


def test_page_of_answers_that_nobody_shares(run, home, tmp_path):
    store = Store.open(f"sqlite:///{tmp_path / 'alone' / 'labels.db'}".replace("alone", "home"))
    store.add(
        made(f"text {n}", {}, annotator=who, kind="retraction", at="2030-01-01")
        for n in range(10)
        for who in ("ann", "bo")
    )
    store.add(
        made("<i>three</i>", {}, annotator=who, kind="retraction", at="2030-01-01")
        for who in ("ann", "bo")
    )
    assert run("--html", str(tmp_path / "a.html")).startswith("0 texts answered")
    assert "nothing to compare" in (tmp_path / "a.html").read_text("utf-8")


@pytest.mark.parametrize("number", ["0", "x"])
def test_batches_are_a_number(home, capsys, number):
    with pytest.raises(SystemExit):
        main(["labels", "agreement", "--home", str(home), "--batches", number])
    assert f"{number} is no whole number from 1" in capsys.readouterr().err
