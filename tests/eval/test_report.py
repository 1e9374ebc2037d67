import json

import numpy as np
import pytest

from eval.commands import summary
from eval.judge import judge
from eval.report import report, write_report
from tests.eval.fakes import ANSWERS, ROWS, FakePredictor, codebook, labelled

FIGURE = {"value", "low", "high", "n"}


def build(rows=ROWS, answers=ANSWERS, baseline=None, champion=None, book=None):
    predictor = FakePredictor(answers, book)
    return report(judge(predictor, rows), baseline, champion, "four texts", "r1:0", {"seed": 7})


@pytest.fixture
def full():
    baseline = judge(FakePredictor(ANSWERS, member="baseline"), ROWS)
    champion = judge(FakePredictor(ANSWERS, model="m-0"), ROWS)
    return build(baseline=baseline, champion=champion)


def test_every_key_of_the_contract(full):
    assert full["model"] == "m-1"
    assert full["data"].keys() >= {"name", "hash", "n", "languages"}
    for section, key in [
        ("frames", "macro_f1"), ("frames", "micro_f1"), ("frames", "mean_average_precision"),
        ("stance", "macro_f1"), ("stance", "accuracy"), ("joint", "micro_f1"),
        ("calibration", "ece"), ("uncertain", "share"), ("uncertain", "accuracy_outside"),
    ]:  # fmt: skip
        assert full[section][key].keys() == FIGURE, (section, key)
    for frame in full["frames"]["per_frame"].values():
        for key in ("f1", "precision", "recall", "average_precision"):
            assert frame[key].keys() == FIGURE
        assert (frame["threshold"], frame["support"]) == (0.5, 2)
    assert full["baseline"]["frames"]["macro_f1"] == full["frames"]["macro_f1"]
    assert full["slices"].keys() == {
        "language", "source", "register", "length", "gold_frames", "date"
    }  # fmt: skip
    assert full["slices"]["register"] == full["slices"]["date"] == []
    assert full["comparison"].keys() == {"baseline", "champion"}
    assert full["comparison"]["champion"]["champion"] == "m-0"
    assert full["comparison"]["champion"]["verdict"].startswith("cannot tell at n=4")
    assert full["behaviours"] is None
    assert full["lineage"] == {"seed": 7}


def test_numbers_are_those_worked_by_hand(full):
    assert full["frames"]["macro_f1"]["value"] == pytest.approx(0.65)
    assert full["frames"]["per_frame"]["b"]["average_precision"]["value"] == pytest.approx(5 / 6)
    assert full["stance"]["accuracy"] == {**full["stance"]["accuracy"], "value": 0.5, "n": 4}
    assert full["joint"]["micro_f1"]["value"] == pytest.approx(4 / 9)
    assert full["stance"]["confusion"]["counts"] == [[2, 1], [1, 0]]
    assert full["calibration"]["ece"]["n"] == 8


def test_uncertain_counts_decisions_in_the_band():
    answers = {**ANSWERS, "one": {"a": (0.55, "favor"), "b": (0.45, "favor")}}
    found = build(answers=answers)["uncertain"]
    # 2 of 8 decisions lie in the band, both right. Of the other 6, b on two and a on four are wrong
    assert found["share"]["value"] == pytest.approx(2 / 8)
    assert found["accuracy_inside"]["value"] == 1
    assert (found["accuracy_outside"]["value"], found["accuracy_outside"]["n"]) == (4 / 6, 6)
    # Text one is uncertain, with both. Of the other three, two and four are wrong on a frame.
    assert (found["texts_share"]["value"], found["texts_share"]["n"]) == (1 / 4, 4)
    outside = found["texts_accuracy_outside"]
    assert (outside["value"], outside["n"]) == (pytest.approx(1 / 3), 3)


def test_the_champions_own_figures_stand_beside(full):
    assert full["champion"]["model"] == "m-0"
    assert full["champion"]["frames"]["macro_f1"] == full["frames"]["macro_f1"]
    assert full["champion"].keys() == full["baseline"].keys()
    assert build()["champion"] is None


def test_the_summary_says_where_texts_are_too_few():
    assert summary(build()).splitlines()[-1].startswith("on 4 texts nothing can be said: below 30")
    last = summary(build([labelled("one", {"a": "favor"})])).splitlines()[-2:]
    assert last[0].startswith("on 1 text nothing can be said")
    assert last[1] == "the means are over the 1 of 2 frames that occur"
    rows = [labelled(f"t {k}", {"a": "favor", "b": "favor"}) for k in range(30)]
    found = build(rows, {row.text: ANSWERS["one"] for row in rows})
    assert "nothing can be said" not in summary(found)
    assert "the means are over" not in summary(found)


def test_texts_of_the_starter_corpus_are_counted():
    rows = [labelled("one", {}, source="starter/x"), labelled("two", {}, source="starters")]
    assert build(rows)["data"]["starter"] == 1


def test_errors_are_the_surest_first():
    found = build()["errors"]
    # Wrong: b on two (absent at 0.2, so sure at 0.8), a on four (0.7), b on one (0.6).
    assert [(error["frame"], error["score"]) for error in found] == [
        ("b", 0.2), ("a", 0.7), ("b", 0.6)
    ]  # fmt: skip
    assert [(error["gold"], error["predicted"]) for error in found] == [
        (True, False), (False, True), (False, True)
    ]  # fmt: skip


def test_errors_are_at_most_twenty_of_at_most_400_characters():
    texts = [f"{place} " + "long " * 200 for place in range(30)]
    rows = [labelled(text, {}) for text in texts]
    answers = {text: {"a": (0.9, "favor"), "b": (0.1, "favor")} for text in texts}
    found = build(rows, answers)["errors"]
    assert len(found) == 20
    assert {len(error["text"]) for error in found} == {400}
    assert all(error["text"].endswith("…") for error in found)


def test_unscored_texts_are_listed_and_are_no_confident_errors():
    rows = [*ROWS, labelled("lost", {"a": "favor"})]
    found = build(rows)
    assert found["data"]["unscored"] == [
        {"text_id": rows[-1].text_id, "type": "unreadable", "message": "the text cannot be read"}
    ]
    assert rows[-1].text_id not in {error["text_id"] for error in found["errors"]}
    assert found["frames"]["per_frame"]["a"]["recall"]["value"] == pytest.approx(2 / 3)


def test_frame_without_gold_is_null():
    found = build([labelled("one", {"a": "favor"}), labelled("four", {})])
    assert found["frames"]["per_frame"]["b"] is None
    assert found["frames"]["macro_f1"]["value"] == pytest.approx(2 / 3)


def test_without_stances_baseline_and_champion_these_are_null():
    book = codebook(stances=())
    answers = {"one": {"a": (0.9,), "b": (0.6,)}}
    found = build([labelled("one", {"a": None})], answers, book=book)
    assert found["stance"] is found["joint"] is found["baseline"] is None
    assert found["comparison"] == {"baseline": None, "champion": None}
    assert found["slices"]["language"][0]["stance_accuracy"] is None


def test_slices_worked_by_hand():
    rows = [
        labelled("one", {"a": "favor"}, lang="fr", source="x"),
        labelled("two", {"a": "against", "b": "favor"}, lang="fr"),
        *ROWS[2:],
    ]
    found = build(rows)["slices"]
    french = next(part for part in found["language"] if part["name"] == "fr")
    # fr: a 2 of 2 and 2, b no hit; micro: 2 hits, 3 predicted, 3 gold; stance 1 of 3.
    assert (french["n"], french["small"]) == (2, True)
    assert french["macro_f1"]["value"] == pytest.approx(0.5)
    assert french["micro_f1"]["value"] == pytest.approx(2 / 3)
    assert french["stance_accuracy"]["value"] == pytest.approx(1 / 3)
    assert french["exact"]["value"] == 0
    assert [part["name"] for part in found["source"]] == ["not given", "x"]
    assert [(part["name"], part["n"]) for part in found["gold_frames"]] == [
        ("0", 1), ("1", 2), ("2", 1)
    ]  # fmt: skip
    assert found["gold_frames"][0]["macro_f1"] is None
    assert [part["name"] for part in found["length"]] == ["1 to 25 words"]


def test_a_slice_of_thirty_is_not_small_and_many_sources_are_pooled():
    rows = [labelled(f"t {place}", {}, source=f"s{place}") for place in range(30)]
    answers = {row.text: ANSWERS["four"] for row in rows}
    found = build(rows, answers)["slices"]
    assert not found["language"][0]["small"]
    assert (found["source"][-1]["name"], found["source"][-1]["n"]) == ("10 other sources", 10)
    assert len(found["source"]) == 21


def test_registers_are_by_text_and_dates_by_month():
    rows = [
        labelled("one", {"a": "favor"}, date="2026-03-31"), labelled("two", {}, date="2026-02-01"),
        labelled("three", {}, date="2026-03-01"), labelled("four", {}),
    ]  # fmt: skip
    registers = {rows[0].text_id: "speech", rows[1].text_id: "speech"}
    judged = judge(FakePredictor(ANSWERS), rows)
    found = report(judged, None, None, "n", "r1:0", {}, registers=registers)["slices"]
    assert [(part["name"], part["n"]) for part in found["register"]] == [
        ("not given", 2), ("speech", 2)
    ]  # fmt: skip
    assert [(part["name"], part["n"]) for part in found["date"]] == [
        ("2026-02", 1), ("2026-03", 2), ("not given", 1)
    ]  # fmt: skip


def test_dates_of_many_months_are_by_year():
    dates = [f"{2024 + place // 12}-{place % 12 + 1:02}-01" for place in range(19)]
    rows = [labelled(f"t {date}", {}, date=date) for date in dates]
    found = build(rows, {row.text: ANSWERS["four"] for row in rows})["slices"]["date"]
    assert [(part["name"], part["n"]) for part in found] == [("2024", 12), ("2025", 7)]


def test_calibration_before_is_that_of_the_scores_given():
    judged = judge(FakePredictor(ANSWERS), ROWS)
    found = report(judged, None, None, "n", "r1:0", {}, uncalibrated=judged.gold * 0.5 + 0.25)
    # Every score is 0.25 off, in the bins of 0.25 and 0.75.
    assert found["calibration"]["before"]["ece"]["value"] == pytest.approx(0.25)
    assert [part["n"] for part in found["calibration"]["before"]["bins"]] == [4, 4]
    assert build()["calibration"]["before"] is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("word " * 25, "1 to 25 words"), ("word " * 26, "26 to 50 words"),
        ("主" * 51, "51 to 100 words"), ("한국 " * 51, "101 to 200 words"),
        ("word " * 201, "over 200 words"),
    ],
)  # fmt: skip
def test_length_is_in_words_or_characters_where_no_spaces_are_written(text, name):
    found = build([labelled(text.strip(), {})], {text.strip(): ANSWERS["four"]})["slices"]
    assert [part["name"] for part in found["length"]] == [name]


def test_written_report_is_valid_json_without_nan(tmp_path, full):
    write_report(full, tmp_path / "out")
    text = (tmp_path / "out" / "report.json").read_text("utf-8")

    def refuse(name):
        raise AssertionError(name)

    assert json.loads(text, parse_constant=refuse) == full
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "report.html", "report.json"
    ]  # fmt: skip


def test_a_report_with_nan_writes_nothing(tmp_path, full):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_report({**full, "lineage": {"loss": float("nan")}}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_plain_values_only(full):
    def walk(value):
        assert not isinstance(value, np.generic), value
        for inner in value.values() if isinstance(value, dict) else ():
            walk(inner)
        for inner in value if isinstance(value, list) else ():
            walk(inner)

    walk(full)
