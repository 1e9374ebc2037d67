"""The command that refreshes the report on the starter model."""

import itertools
import json

import pytest

from docs import starter_report
from eval.html import render
from eval.judge import JudgeError
from eval.schema import Report
from labels.starter import starter_rows


def test_the_report_in_the_repository_is_of_this_release():
    found = Report.model_validate_json((starter_report.OUT / "report.json").read_text("utf-8"))
    assert found.faithfulness is not None
    page = (starter_report.OUT / "report.html").read_text("utf-8")
    assert page == render(json.loads((starter_report.OUT / "report.json").read_text("utf-8")))


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(
        starter_report, "starter_rows", lambda: itertools.islice(starter_rows(), 300)
    )


def test_the_report_is_on_the_starter_test_part_with_its_annotators(few, trained, tmp_path):
    starter_report.refresh(trained.home, tmp_path)
    found = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert found["data"]["name"] == "starter test part"
    assert found["model"] == trained.version
    assert found["annotators"]["names"] == ["reader", "writer"]
    assert found["lineage"]["command"] == "make starter-report"
    assert found["slices"]["register"]
    assert (tmp_path / "report.html").is_file()


def test_a_model_that_knows_the_test_part_is_refused(few, trained, tmp_path, monkeypatch):
    class Everything(set):
        def __rand__(self, other):
            return other

    monkeypatch.setattr(starter_report, "trained_on", lambda _: Everything())
    with pytest.raises(JudgeError, match="texts of the starter corpus's test part"):
        starter_report.refresh(trained.home, tmp_path)
    assert not list(tmp_path.iterdir())
