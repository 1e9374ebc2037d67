"""Retraining from the page, in a real browser: a real run, and each end that one can come to."""

import json
import time

import pytest

from tests.serving.page import Page

PATIENCE = 180  # seconds; a run at low priority waits for all others
BASE = {
    "state": "idle", "stage": None, "percent": None, "eta_seconds": None, "started": None,
    "ended": None, "challenger": None, "champion": None, "promoted": False, "reasons": [],
    "report": None, "new_answers": None,
}  # fmt: skip
RUNNING = {"state": "running", "stage": "fine-tuning all-MiniLM-L6-v2 on 40 texts"}
REFUSED = {
    "state": "refused", "stage": "deciding", "percent": 100.0, "champion": "20260101-a",
    "challenger": "20260102-b", "reasons": ["worse by 0.021", "safety falls by 0.08"],
    "report": "reports/20260102-b", "new_answers": 3,
}  # fmt: skip


@pytest.fixture
def page(browser, service):
    return Page(browser, service.url)


def open_panel(page: Page) -> None:
    page.go_to("model")
    page.wait(page.find("#retrain").is_displayed)


def answer_with(page: Page, status: int = 200, **standing) -> None:
    """From now on, let the page be answered so whatever it asks of /retrain."""
    answer = standing if status != 200 else {**BASE, **standing}
    page.browser.execute_script(
        """
        const [status, answer] = [arguments[0], arguments[1]];
        window.asked = [];
        window.fetch = (path, options) => {
          window.asked.push([options.method ?? "GET", path, options.headers.Authorization ?? null]);
          return Promise.resolve(new Response(answer, {status}));
        };
        """,
        status,
        json.dumps(answer),
    )


def status_of(page: Page) -> str:
    return page.find("#retrain-status").text


def test_a_real_run_is_started_watched_and_cancelled(browser, retraining):
    row = {"text": "A label given before the button was pressed.", "frames": {"safety": "favor"}}
    retraining.post("/labels", json={"annotations": [row]})
    page = Page(browser, retraining.url)
    open_panel(page)
    assert not page.find("#retrain-progress").is_displayed()
    page.find("#retrain").click()
    page.wait(page.find("#retrain-cancel").is_displayed)
    assert page.find("#retrain-progress").is_displayed()
    assert not page.find("#retrain").is_enabled()
    page.find("#retrain-cancel").click()
    deadline = time.monotonic() + PATIENCE
    while status_of(page) != "Cancelled. The champion is as it was.":
        assert time.monotonic() < deadline, status_of(page)
        time.sleep(0.1)
    assert page.find("#retrain-reasons").text.startswith("cancelled while ")
    assert page.find("#retrain").is_enabled()
    assert not page.find("#retrain-cancel").is_displayed()
    assert page.logs("browser") == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "41%"),
        (20, "41%, less than a minute left"),
        (65, "41%, about 1 minute left"),
        (430, "41%, about 7 minutes left"),
    ],
)
def test_a_run_under_way_shows_stage_percent_and_time_left(page, seconds, words):
    answer_with(page, **RUNNING, percent=40.6, eta_seconds=seconds)
    open_panel(page)
    page.wait(lambda: status_of(page) == "Fine-tuning all-MiniLM-L6-v2 on 40 texts.")
    assert page.find("#retrain-far").text == words
    assert page.find("#retraining-short").text == words
    bar = page.find("#retrain-progress")
    assert bar.is_displayed()
    assert float(bar.get_attribute("value")) == 40.6
    assert not page.find("#retrain").is_enabled()


def test_a_refusal_says_why_and_links_the_report(page):
    answer_with(page, **REFUSED)
    open_panel(page)
    page.wait(lambda: status_of(page) == "Refused: 20260101-a stays the champion.")
    assert page.find("#retrain-reasons").text.split("\n") == REFUSED["reasons"]
    assert page.find("#retraining-short").text == "3 new answers since the last"
    link = page.find("#retrain-report")
    assert link.get_attribute("href") == f"{page.url}/reports/20260102-b"
    assert page.find("#retrain").is_enabled()


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (
            {**BASE, "state": "done", "promoted": True},
            "Promoted: null is the champion now.",
        ),
        ({"state": "done", "reasons": ["labels have not changed"]}, "Nothing to do."),
        ({"state": "failed", "reasons": ["the run died"]}, "It did not end well."),
    ],
)
def test_other_ends_in_words(page, standing, words):
    answer_with(page, **standing)
    open_panel(page)
    page.wait(lambda: status_of(page) == words)
    assert page.find("#retrain-reasons").text == "".join(standing.get("reasons", []))
    assert not page.find("#retrain-report").is_displayed()


def test_markup_in_a_reason_stays_text(page):
    reason = "<img src=x onerror=\"document.title='ran'\">"
    answer_with(page, state="failed", reasons=[reason])
    open_panel(page)
    page.wait(lambda: page.find("#retrain-reasons").text == reason)
    assert page.browser.title == "Framescope"


def test_a_start_that_is_refused_says_why(page):
    open_panel(page)
    answer_with(page, 409, error={"type": "under_way", "message": "a retraining is under way"})
    page.find("#retrain").click()
    page.wait(page.find("#retrain-problem").is_displayed)
    assert page.find("#retrain-problem").text == "a retraining is under way"
    assert ["POST", "retrain", None] in page.browser.execute_script("return window.asked")


def test_no_token_is_asked_for_before_the_panel_is_opened(page):
    answer_with(page, 401, error={"type": "unauthorized", "message": "a token is needed"})
    page.browser.execute_script(
        "import('./page/retraining.js').then(({ listenToRetraining }) => listenToRetraining())"
    )
    page.wait(lambda: page.browser.execute_script("return window.asked.length"))
    assert not page.find("#token-dialog").is_displayed()
    open_panel(page)
    page.wait(page.find("#token-dialog").is_displayed)
