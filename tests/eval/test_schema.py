import copy

import pytest
from pydantic import ValidationError

from eval.annotators import annotators
from eval.judge import judge
from eval.report import FORMAT, report
from eval.schema import Index, Report, json_schema
from tests.eval.fakes import ANSWERS, ROWS, FakePredictor, codebook, labelled, suspected
from tests.eval.test_annotators import FOUND


def full():
    predictor = FakePredictor(ANSWERS)
    judged = judge(predictor, ROWS)
    return report(
        judged, judge(FakePredictor(ANSWERS, member="baseline"), ROWS),
        judge(FakePredictor(ANSWERS, model="m-0"), ROWS), "four texts", "r1:0", {"seed": 7},
        annotators=annotators(predictor, FOUND), uncalibrated=judged.scores,
        registers={ROWS[0].text_id: "speech"},
    )  # fmt: skip


def without_stances():
    book = codebook(stances=())
    predictor = FakePredictor({"one": {"a": (0.9,), "b": (0.6,)}}, book)
    rows = [labelled("one", {"a": None}), labelled("lost", {})]
    return report(judge(predictor, rows), None, None, "two texts", "r1:0", {})


def unmarked():
    judged = judge(FakePredictor(ANSWERS), [labelled("one", {})])
    return report(judged, judged, None, "one text", "r1:0", {})


@pytest.mark.parametrize("make", [full, without_stances, unmarked, suspected])
def test_reports_are_as_the_schema_says(make):
    Report.model_validate(make())


def test_nothing_of_a_report_may_be_missing_misnamed_or_of_another_kind():
    whole = full()
    for spoil in (
        lambda found: found.pop("uncertain"),
        lambda found: found.update(extra=1),
        lambda found: found["frames"]["per_frame"]["a"].update(support="2"),
        lambda found: found["comparison"]["champion"].pop("verdict"),
        lambda found: found["annotators"]["pairs"][0].update(n=None),
    ):
        found = copy.deepcopy(whole)
        spoil(found)
        with pytest.raises(ValidationError):
            Report.model_validate(found)


def test_the_schema_is_of_this_format_and_refers_to_what_it_holds():
    for kind in (Report, Index):
        found = json_schema(kind)
        named = set(_refs(found))
        assert named
        assert named <= {f"#/$defs/{name}" for name in found["$defs"]}
    assert json_schema(Report)["properties"]["format"]["const"] == FORMAT


def _refs(value):
    if isinstance(value, dict):
        return (
            [value.get("$ref", ""), *(r for own in value.values() for r in _refs(own))]
            if ("$ref" in value)
            else [r for own in value.values() for r in _refs(own)]
        )
    return [r for own in value for r in _refs(own)] if isinstance(value, list) else []
