"""Retraining over HTTP, by a real service and real runs of the command."""

import time

import pytest

from tests.conftest import Service
from tests.serving.answers import error_of

PATIENCE = 180
COMMITTED = "Both sides agreed once more, in a text that nobody has labelled yet."


def wait_for(service: Service, *states: str) -> dict:
    deadline = time.monotonic() + PATIENCE
    while (found := service.get("/retrain").json())["state"] not in states:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def test_before_any_run(service):
    found = service.get("/retrain").json()
    assert found["state"] == "idle"
    assert found["reasons"] == []
    refused = service.delete("/retrain")
    assert refused.status_code == 409
    assert error_of(refused)["type"] == "not_under_way"


def test_unchanged_labels_need_nothing_and_it_says_so(retraining, trained):
    started = retraining.post("/retrain")
    assert started.status_code == 202
    assert started.json()["state"] == "running"
    found = wait_for(retraining, "done", "failed")
    assert found["state"] == "done"
    assert found["reasons"] == [
        f"labels have not changed since {trained.version} was trained on them"
    ]
    assert (found["challenger"], found["champion"]) == (None, trained.version)
    assert found["promoted"] is False
    assert found["report"] is None
    assert found["new_answers"] == 0


@pytest.mark.long
def test_one_at_a_time_and_cancelled_cleanly(retraining, trained):
    rows = [{"text": COMMITTED, "frames": {"cooperation": "favor"}}]
    retraining.post("/labels", json={"annotations": rows})
    assert retraining.get("/retrain").json()["new_answers"] == 1
    assert retraining.post("/retrain", json={"force": True}).status_code == 202
    second = retraining.post("/retrain")
    assert second.status_code == 409
    assert error_of(second)["type"] == "under_way"
    assert error_of(second)["message"].startswith("a retraining is under way since 20")
    deadline = time.monotonic() + PATIENCE
    while not (found := retraining.get("/retrain").json())["percent"]:
        assert time.monotonic() < deadline, found
        assert found["state"] == "running"
        time.sleep(0.1)
    assert 0 < found["percent"] < 100
    assert retraining.post("/score", json={"texts": [COMMITTED]}).json()["model"] == trained.version
    assert retraining.delete("/retrain").status_code == 202
    found = wait_for(retraining, "cancelled")
    assert found["reasons"][0].startswith("cancelled while ")
    assert retraining.get("/retrain").json()["new_answers"] == 0
    assert retraining.delete("/retrain").status_code == 409
    assert retraining.get("/model").json()["model"] == trained.version


def test_the_report_is_a_page_that_loads_nothing(service, trained):
    answer = service.get(f"/reports/{trained.version}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert trained.version in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "sandbox" in policy


@pytest.mark.parametrize("version", ["20200101-000000-00000000", "%2e%2e", "..%2flabels.db"])
def test_no_report_is_not_found(service, version):
    assert service.get(f"/reports/{version}").status_code == 404


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_another_site_can_do_none_of_it(service, method):
    answer = getattr(service, method)("/retrain", headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    report = service.get("/reports/x", headers={"host": "evil.example"})
    assert report.status_code == 403


@pytest.mark.parametrize("body", [{"forse": True}, {"force": "perhaps"}, [], "x"])
def test_a_faulty_request_starts_nothing(service, body):
    assert service.post("/retrain", json=body).status_code == 422
    assert service.get("/retrain").json()["state"] == "idle"
