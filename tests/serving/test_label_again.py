"""Texts that are come back to, asked for again, or shown by mistake, in a real browser."""

import json
import time

from selenium.webdriver.common.keys import Keys

from labels import queue
from labels.rows import RETRACTION, LabelledRow
from tests.serving.desk import TEXTS, Desk, stored

DRAFTS = "return Object.keys(localStorage).filter((key) => key.includes(':draft:'))"

READING = {
    "results": [{"frames": [{"label": "safety", "present": True, "stance": {"label": "favor"}}]}]
}


def chosen(desk: Desk) -> list[str]:
    return [one.get_attribute("value") for one in desk.all("#label-form :checked")]


def answer_all(desk: Desk) -> None:
    for number in range(1, 7):
        desk.shows(number)
        desk.keys(Keys.ENTER)
    done(desk)


def done(desk: Desk) -> None:
    desk.wait(lambda: "every text" in desk.find("#label-done-words").text)
    desk.wait(lambda: desk.kept() == [])


def test_going_back_keeps_the_answer_that_was_begun(desk, labelling, newcomer):
    desk.browser.execute_script(
        """
        const real = window.fetch;
        window.fetch = (path, options) => path === "score"
          ? Promise.resolve(new Response(arguments[0], {status: 200})) : real(path, options);
        """,
        json.dumps(READING),
    )
    desk.keys("1", "f", Keys.ENTER)
    desk.shows(2)
    desk.keys("m")
    desk.wait(lambda: "safety" in desk.find("#label-suggested").text)
    desk.keys("2", "a")
    for leave in (Keys.ENTER, "s"):
        desk.keys("u")
        desk.shows(1)
        assert chosen(desk) == ["sovereignty", "favor"]
        desk.keys(leave)
        desk.shows(2)
        assert chosen(desk) == ["neo-colonialism", "against"]
    desk.keys(Keys.ENTER)
    desk.shows(3)
    assert chosen(desk) == []
    assert desk.browser.execute_script(DRAFTS) == []
    desk.wait(lambda: desk.kept() == [])
    found = [(1, {"sovereignty": "favor"}), (2, {"neo-colonialism": "against"})]
    assert stored(labelling[1], newcomer[0]) == found
    metas = [dict(row.meta) for row in labelling[1].rows() if row.annotator == newcomer[0]]
    assert metas == [{}, {"suggestion": "seen"}]


def test_a_text_to_label_again_is_asked_for_in_an_open_tab(desk, labelling, newcomer):
    answer_all(desk)
    queue.add(labelling[1], [queue.Unlabelled(TEXTS[5])], queue.RELABEL)
    desk.find("#label-again").click()
    desk.shows(6)
    assert desk.find("#label-about").text == ""
    desk.count(5)
    desk.keys("u")
    desk.shows(5)
    desk.keys(Keys.ENTER)
    desk.shows(6)
    desk.keys("1", "f", Keys.ENTER)
    desk.count(6)
    done(desk)
    own = stored(labelling[1], newcomer[0])
    assert own[5:] == [(6, {}), (6, {"sovereignty": "favor"})]


def test_a_text_whose_answer_was_taken_back_is_asked_for_in_an_open_tab(desk, labelling, newcomer):
    answer_all(desk)
    row = LabelledRow(TEXTS[1], {}, annotator=newcomer[0], kind=RETRACTION)
    labelling[1].add([row], anew=True)
    desk.find("#label-again").click()
    desk.shows(2)
    desk.count(5)
    desk.keys("1", "f", Keys.ENTER)
    desk.count(6)
    done(desk)
    assert stored(labelling[1], newcomer[0])[-1] == (2, {"sovereignty": "favor"})


def test_a_refused_answer_that_was_looked_at_again_keeps_no_skipped_text_away(desk):
    shown = desk.browser.execute_async_script("""
        const done = arguments[0];
        (async () => {
        const answered = new Set();
        window.fetch = async (path) => {
          const waiting = path.startsWith("queue?") ? [1, 2].filter((n) => !answered.has(n)) : [];
          const texts = waiting.map((number) => ({number, text_id: `t${number}`}));
          const about = {now: "2026-01-01T00:00:00Z", answered: 0, total: 2};
          return new Response(JSON.stringify({...about, texts}));
        };
        const {Upcoming} = await import("/page/upcoming.js");
        const upcoming = new Upcoming("ghost", () => [], async () => {});
        const shown = [];
        const next = async () => {
          await upcoming.fill();
          const item = upcoming.next();
          shown.push(item && item.number);
          return item;
        };
        upcoming.skip(await next());
        const second = await next();
        answered.add(2);
        upcoming.answered(second, new Map());
        upcoming.giveBack(second);
        await next();
        upcoming.answered(second, new Map());
        await next();
        done(shown);
        })();
    """)
    assert shown == [1, 2, 2, 1]


def test_a_double_click_answers_one_text(desk, labelling, newcomer):
    button = "#label-form [type=submit]"
    desk.press(button, 1)
    desk.shows(2)
    desk.press(button, 2)
    desk.press(button, 1)
    desk.shows(3)
    desk.wait(lambda: desk.kept() == [])
    assert stored(labelling[1], newcomer[0]) == [(1, {}), (2, {})]


def test_with_a_full_storage_no_refused_answer_is_sent_for_ever(desk):
    found = desk.browser.execute_async_script("""
        const done = arguments[0];
        (async () => {
        let asked = 0;
        window.fetch = async () => {
          asked += 1;
          if (asked > 5) {
            done({asked});
            await new Promise(() => {});
          }
          const error = {error: {type: "too_large", message: "too long"}};
          return new Response(JSON.stringify(error), {status: 413});
        };
        const {Outbox} = await import("/page/outbox.js");
        const row = {text: "x", text_id: "p1:x", frames: {}};
        const entry = JSON.stringify({row, fresh: true});
        localStorage.setItem("framescope:answer:full:1", entry);
        Storage.prototype.setItem = () => { throw new DOMException("", "QuotaExceededError"); };
        const box = new Outbox("full", () => {});
        await box.send();
        box.close();
        done({asked, refused: box.entries().map(([, {refused}]) => refused)});
        })();
    """)
    assert found == {"asked": 1, "refused": ["too long"]}


def test_a_reading_that_fails_late_is_not_told_of_another_text(desk):
    desk.browser.execute_script("""
        const real = window.fetch;
        window.held = [];
        window.fetch = (path, options) => path === "score"
          ? new Promise((_, fail) => window.held.push(fail)) : real(path, options);
    """)
    desk.keys("m", Keys.ENTER)
    desk.shows(2)
    desk.keys("m")
    desk.wait(lambda: desk.browser.execute_script("return held.length") == 2)
    said = "#label-suggested"
    desk.browser.execute_script("held[0](new TypeError('lost'))")
    time.sleep(0.2)
    assert desk.find(said).text == ""
    desk.browser.execute_script("held[1](new TypeError('lost'))")
    desk.wait(lambda: desk.find(said).text.startswith("No suggestion."))


def test_who_leaves_and_comes_back_quickly_leaves_no_second_outbox(desk):
    desk.browser.execute_script("""
        window.listening = 1;
        const {addEventListener: add, removeEventListener: remove} = window;
        window.addEventListener = (name, ...rest) => {
          if (name === "online") window.listening += 1;
          add.call(window, name, ...rest);
        };
        window.removeEventListener = (name, ...rest) => {
          if (name === "online") window.listening -= 1;
          remove.call(window, name, ...rest);
        };
        const real = window.fetch;
        const gate = new Promise((open) => { window.release = open; });
        window.opened = 0;
        window.fetch = async (path, options) => {
          if (path === "codebook") await gate;
          if (path.startsWith("queue/answered")) window.opened += 1;
          return real(path, options);
        };
    """)
    for view in ("read", "label", "read", "label"):
        desk.go_to(view)
    desk.browser.execute_script("release()")
    desk.wait(lambda: desk.browser.execute_script("return opened") == 2)
    desk.shows(1)
    assert desk.browser.execute_script("return listening") == 1
