"""Labelling in real browsers, against a real service without a model."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from labels import queue, tokens
from labels.codebook import load_codebook
from labels.erasure import erase
from labels.text import text_id
from tests.conftest import start_service, stop_service
from tests.serving.browser import open_browser
from tests.serving.desk import NUMBERS, TEXTS, Desk, stored


def test_three_annotators_at_once_in_three_browsers(labelling, tmp_path_factory):
    service, store = labelling
    answers = {
        "three a": ("1", "f", {"sovereignty": "favor"}),
        "three b": ("2", "a", {"neo-colonialism": "against"}),
        "three c": ("", "", {}),
    }
    given = {name: tokens.create(store, name, "annotator") for name in answers}
    browsers = [open_browser(tmp_path_factory.mktemp("chromium")) for _ in answers]

    def work(browser: webdriver.Chrome, name: str) -> None:
        desk = Desk(browser, service.url)
        desk.sign_in(given[name])
        for number in range(1, 7):
            desk.shows(number)
            desk.keys(*filter(None, answers[name][:2]), Keys.ENTER)
        desk.count(6)
        done = "You have answered every text."
        desk.wait(lambda: desk.find("#label-done-words").text == done)
        assert desk.kept() == []
        assert desk.faults() == []

    try:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(work, browsers, answers))
    finally:
        for browser in browsers:
            browser.quit()
    for name, (*_, frames) in answers.items():
        assert stored(store, name) == [(number, frames) for number in range(1, 7)]
        headers = {"authorization": f"Bearer {given[name]}"}
        seen = service.get("/labels", headers=headers).json()["annotations"]
        assert {one["annotator"] for one in seen} == {name}
        assert len(seen) == 6
    with store.reading() as connection:
        rows = [row for row in store.answers(connection) if row.annotator in answers]
    assert all((row.by, row.kind) == (row.annotator, "answer") for row in rows)


def test_the_keyboard_alone_labels_corrects_skips_and_goes_back(desk, labelling, newcomer):
    desk.keys("3")
    desk.said("safety marked")
    desk.keys(Keys.ENTER)
    desk.wait(desk.find("#label-problem").is_displayed)
    assert desk.find("#label-problem").text == (
        "Choose a stance on safety: f favor, a against, n neutral."
    )
    desk.keys("n", "5", "f", "1", "1")
    desk.said("sovereignty not marked")
    desk.keys(Keys.ENTER)
    desk.shows(2)
    desk.count(1)
    desk.keys("s")
    desk.shows(3)
    desk.keys("u")
    desk.shows(1)
    assert desk.find("#label-about").text == "You answered this one before."
    chosen = [one.get_attribute("value") for one in desk.all("#label-form :checked")]
    assert chosen == ["safety", "neutral", "cooperation", "favor"]
    desk.keys("5", Keys.ENTER)
    for number in (3, 4, 5, 6, 2):  # the skipped one comes last
        desk.shows(number)
        desk.keys(Keys.ENTER)
    desk.count(6)
    desk.wait(lambda: desk.kept() == [])
    both = {"safety": "neutral", "cooperation": "favor"}
    found = stored(labelling[1], newcomer[0])
    assert found[:2] == [(1, both), (1, {"safety": "neutral"})]
    assert found[2:] == [(number, {}) for number in (3, 4, 5, 6, 2)]


def test_a_lost_connection_loses_nothing(desk, labelling, newcomer):
    desk.keys("1", "f", Keys.ENTER)
    desk.shows(2)
    desk.wait(lambda: len(stored(labelling[1], newcomer[0])) == 1)
    desk.offline(True)
    for number in (2, 3, 4):
        desk.shows(number)
        desk.keys("2", "a", Keys.ENTER)
    desk.shows(5)
    desk.count(4)
    desk.wait(desk.find("#label-waiting").is_displayed)
    assert desk.find("#label-waiting-words").text.startswith("3 answers not confirmed yet,")
    assert len(stored(labelling[1], newcomer[0])) == 1
    assert [row["text"] for row in desk.kept()] == list(TEXTS[1:4])
    desk.offline(False)
    desk.wait(lambda: desk.kept() == [])
    assert not desk.find("#label-waiting").is_displayed()
    against = {"neo-colonialism": "against"}
    assert stored(labelling[1], newcomer[0]) == [
        (1, {"sovereignty": "favor"}), (2, against), (3, against), (4, against),
    ]  # fmt: skip


def test_a_closed_page_keeps_what_was_not_sent_and_goes_on_where_it_was(desk, labelling, newcomer):
    desk.offline(True)
    desk.keys("4", "a", Keys.ENTER)
    desk.shows(2)
    desk.keys("2", "f")
    desk.browser.execute_script("window.stop()")
    desk.offline(False)
    desk.browser.refresh()
    desk.shows(2)
    chosen = [one.get_attribute("value") for one in desk.all("#label-form :checked")]
    assert chosen == ["neo-colonialism", "favor"]
    desk.wait(lambda: desk.kept() == [])
    assert stored(labelling[1], newcomer[0]) == [(1, {"authoritarian control": "against"})]
    desk.count(1)
    desk.keys("u")
    desk.shows(1)


LATE = """
    const real = window.fetch;
    let asked;
    const known = new Promise((resolve) => { asked = resolve; });
    window.fetch = async (path, options) => {
      if (path === "labels") await known;
      const answer = await real(path, options);
      if (path.startsWith("queue/answered")) asked();
      return answer;
    };
"""


def test_an_answer_on_its_way_when_the_page_opens_can_be_gone_back_to(desk, labelling, newcomer):
    desk.offline(True)
    desk.keys("4", "a", Keys.ENTER)
    desk.shows(2)
    desk.browser.execute_script("window.fetch = () => new Promise(() => {})")
    desk.offline(False)
    run = "Page.addScriptToEvaluateOnNewDocument"
    late = desk.browser.execute_cdp_cmd(run, {"source": LATE})
    try:
        desk.browser.refresh()
    finally:
        desk.browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", late)
    desk.shows(2)
    desk.wait(lambda: desk.kept() == [])
    desk.keys("u")
    desk.shows(1)
    assert desk.find("#label-about").text == "You answered this one before."
    chosen = [one.get_attribute("value") for one in desk.all("#label-form :checked")]
    assert chosen == ["authoritarian control", "against"]
    assert stored(labelling[1], newcomer[0]) == [(1, {"authoritarian control": "against"})]


def test_a_confirmation_that_is_lost_does_not_double_the_answer(desk, labelling, newcomer):
    desk.browser.execute_script("""
        const real = window.fetch;
        window.lost = 0;
        window.fetch = async (path, options) => {
          const answer = await real(path, options);
          if (path !== "labels" || window.lost) return answer;
          window.lost += 1;
          throw new TypeError("the connection broke");
        };
    """)
    desk.keys("1", "f", Keys.ENTER)
    desk.shows(2)
    desk.wait(lambda: desk.browser.execute_script("return window.lost"))
    desk.wait(lambda: desk.kept() == [])
    assert stored(labelling[1], newcomer[0]) == [(1, {"sovereignty": "favor"})]


def test_two_tabs_do_not_answer_a_text_twice(desk, labelling, newcomer):
    first = desk.browser.current_window_handle
    desk.browser.execute_script("window.open(location.href)")  # with its own copy of the session
    desk.wait(lambda: len(desk.browser.window_handles) == 2)
    (second,) = {*desk.browser.window_handles} - {first}
    try:
        desk.browser.switch_to.window(second)
        desk.shows(1)
        desk.browser.switch_to.window(first)
        desk.keys("1", "f", Keys.ENTER)
        desk.shows(2)
        desk.browser.switch_to.window(second)
        desk.shows(2)
        desk.count(1)
        desk.keys(Keys.ENTER)
        desk.shows(3)
        desk.browser.switch_to.window(first)
        desk.shows(3)
    finally:
        desk.browser.switch_to.window(second)
        desk.browser.close()
        desk.browser.switch_to.window(first)
    desk.wait(lambda: desk.kept() == [])
    assert stored(labelling[1], newcomer[0]) == [(1, {"sovereignty": "favor"}), (2, {})]


def test_the_suggestion_is_hidden_first_and_that_it_was_seen_is_recorded(desk, labelling, newcomer):
    frame = {"label": "safety", "present": True, "stance": {"label": "favor"}}
    desk.browser.execute_script(
        """
        const real = window.fetch;
        window.fetch = (path, options) => path === "score"
          ? Promise.resolve(new Response(arguments[0], {status: 200})) : real(path, options);
        """.replace("arguments[0]", json.dumps(json.dumps({"results": [{"frames": [frame]}]})))
    )
    assert not desk.find("#label-suggested").is_displayed()
    desk.keys(Keys.ENTER)
    desk.shows(2)
    desk.keys("m")
    desk.wait(lambda: "safety: + favor" in desk.find("#label-suggested").text)
    desk.keys("m")
    assert not desk.find("#label-suggested").is_displayed()
    desk.keys(Keys.ENTER)
    desk.shows(3)
    assert not desk.find("#label-suggested").is_displayed()
    desk.wait(lambda: desk.kept() == [])
    metas = [dict(row.meta) for row in labelling[1].rows() if row.annotator == newcomer[0]]
    assert metas == [{}, {"suggestion": "seen"}]


def test_an_erased_text_does_not_hold_up_the_other_answers(desk, labelling, newcomer):
    store = labelling[1]
    gone = f"Text {next(NUMBERS)}, which is taken down."
    queue.add(store, [queue.Unlabelled(gone)], "taken down")
    row = {"text": gone, "frames": {}, "annotator": newcomer[0], "at": "2026-01-01T00:00:00Z"}
    erase(store, text_id(gone), "asked for")
    desk.browser.execute_script(
        "localStorage.setItem(arguments[0], JSON.stringify(arguments[1]))",
        f"framescope:answer:{quote(newcomer[0])}:{row['at']}:{text_id(gone)}",
        {"row": {**row, "text_id": text_id(gone)}, "fresh": False},
    )
    desk.keys("1", "f", Keys.ENTER)
    desk.wait(desk.find("#label-refused").is_displayed)
    desk.wait(lambda: stored(store, newcomer[0]) == [(1, {"sovereignty": "favor"})])
    assert desk.find("#label-refused-words").text == (
        f"1 answer could not be stored.\n“{gone}”: the text was erased meanwhile."
    )
    assert not desk.find("#label-refused-again").is_displayed()
    desk.find("#label-refused-drop").click()
    desk.wait(lambda: desk.kept() == [])


@pytest.mark.parametrize(("most", "sent"), [(8, [8]), (3, [8, 4, 2, 2, 4, 2, 2]), (0, None)])
def test_answers_too_long_for_one_request_are_sent_in_parts(desk, most, sent):
    """A service that takes `most` answers at once; a single one that is too long is set aside."""
    done = desk.browser.execute_async_script(
        """
        const [most, done] = arguments;
        (async () => {
        const sizes = [];
        window.fetch = async (path, {body}) => {
          const size = JSON.parse(body).annotations.length;
          sizes.push(size);
          const error = {error: {type: "too_large", message: "too long"}};
          return new Response(JSON.stringify(size > most ? error : {stored: []}),
            {status: size > most ? 413 : 200});
        };
        const {Outbox} = await import("/page/outbox.js");
        for (let number = 0; number < 8; number += 1) {
          const row = {text: "x", text_id: `p1:${number}`, frames: {}};
          const entry = JSON.stringify({row, fresh: true});
          localStorage.setItem(`framescope:answer:parts:${number}`, entry);
        }
        const box = new Outbox("parts", (state) => { window.told = state; });
        await box.send();
        box.close();
        done({sizes, refused: window.told.refused.length, waiting: window.told.waiting});
        })();
        """,
        most,
    )
    if sent:
        assert done == {"sizes": sent, "refused": 0, "waiting": 0}
    else:
        assert done["refused"] == 8
        assert done["waiting"] == 0


def test_the_text_one_has_gone_back_to_stays(desk):
    for number in range(1, 6):
        desk.shows(number)
        desk.keys(Keys.ENTER)
    desk.shows(6)
    desk.browser.execute_script("""
        const real = window.setTimeout;
        window.setTimeout = (act, wait, ...more) => real(act, wait / 20, ...more);
    """)
    desk.keys(Keys.ENTER)
    desk.wait(lambda: "every text" in desk.find("#label-done-words").text)
    desk.keys("u")
    desk.shows(6)
    time.sleep(2)  # the next look is 30 seconds later, here 1.5
    assert desk.find("#label-text").is_displayed()
    assert desk.find("#label-text").text == TEXTS[5]


def test_keys_guidelines_and_help_are_at_hand(desk):
    guide = desk.find("#label-guide")
    assert guide.get_attribute("open")  # there is room for it beside the text
    assert "A nation or bloc should control" in guide.text
    assert load_codebook().frames[0].examples[1].text in guide.text
    desk.keys("5")  # of the frame chosen last, what the codebook says is in sight
    last = desk.find("#label-guide .entry:last-child h3")
    assert last.text == "cooperation"
    desk.wait(lambda: 0 <= last.rect["y"] < 400)
    desk.keys("5", "g")
    assert not guide.get_attribute("open")
    desk.go_to("adjudicate")
    desk.go_to("label")
    desk.shows(1)
    assert not guide.get_attribute("open")  # as it was left
    desk.keys("g")
    assert guide.get_attribute("open")
    desk.keys("?")
    dialog = desk.find("#keys-dialog")
    desk.wait(dialog.is_displayed)
    assert "favor, on the frame chosen last" in dialog.text
    desk.find("#keys-off").click()
    desk.keys(Keys.ESCAPE)
    desk.wait(lambda: not dialog.is_displayed())
    desk.find("#label-text").click()
    desk.keys("1")
    assert not desk.all("#label-form :checked")
    desk.find("#label-help").click()
    desk.find("#keys-off").click()
    desk.keys(Keys.ESCAPE)


def test_on_a_narrow_screen_the_guidelines_wait_to_be_asked_for(browser, labelling, newcomer):
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        desk = Desk(browser, labelling[0].url)
        desk.sign_in(newcomer[1])
        desk.shows(1)
        assert not desk.find("#label-guide").get_attribute("open")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_keys_of_clashing_and_of_many_names(desk):
    script = """
        const done = arguments[arguments.length - 1];
        import("/page/keys.js").then(({keysOf}) => done(keysOf(arguments[0])));
    """
    named = [{"name": name} for name in ("support", "favor", "far", "9 lives")]
    frames = [{"name": f"frame {number}"} for number in range(11)]
    found = desk.browser.execute_async_script(script, {"frames": frames, "stances": named})
    assert found["stances"] == ["p", "f", "a", "l"]  # s, u, g and m are taken
    assert found["frames"] == [*"123456789", "b", "c"]


def test_a_token_that_is_not_known_is_refused_and_a_reader_is_told(browser, labelling):
    desk = Desk(browser, labelling[0].url)
    desk.wait(desk.find("#sign-in-field").is_displayed)
    desk.keys("“wrong”", Keys.ENTER)  # no header can hold these marks
    desk.wait(lambda: "This is no token" in desk.find("#sign-in-problem").text)
    desk.keys("wrong", Keys.ENTER)
    desk.wait(lambda: "not known" in desk.find("#sign-in-problem").text)
    desk.keys(tokens.create(labelling[1], f"reader {next(NUMBERS)}", "reader"), Keys.ENTER)
    desk.wait(lambda: "needs the role annotator" in desk.find("#sign-in-problem").text)


def test_a_revoked_token_asks_to_sign_in_and_no_answer_is_lost(desk, labelling, newcomer):
    name = newcomer[0]
    tokens.revoke(labelling[1], name)
    desk.keys("1", "f", Keys.ENTER)
    desk.wait(desk.find("#sign-in-field").is_displayed)
    assert "no answer is lost" in desk.find("#sign-in-problem").text
    assert len(desk.kept()) == 1
    desk.sign_in(tokens.create(labelling[1], name, "annotator"))
    desk.wait(lambda: desk.kept() == [])
    assert stored(labelling[1], name) == [(1, {"sovereignty": "favor"})]


def test_without_any_token_a_name_is_asked_for(browser, tmp_path):
    service = start_service(tmp_path / "home", tmp_path / "log", ready="/livez")
    try:
        desk = Desk(browser, service.url)
        desk.wait(desk.find("#sign-in-field").is_displayed)
        assert desk.find("#sign-in label").text == "Your name"
        desk.sign_in("ann")
        desk.wait(lambda: desk.find("#label-view .who").text == "ann")
    finally:
        stop_service(service)
