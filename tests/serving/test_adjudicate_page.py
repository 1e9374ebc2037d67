"""Settling disputes in a real browser, against a real service without a model."""

import pytest
from selenium.webdriver.common.keys import Keys

from labels import tokens
from labels.adjudication import decide, disputes
from labels.erasure import erase
from labels.rows import LabelledRow
from labels.text import text_id
from tests.serving.desk import NUMBERS, Desk


@pytest.fixture
def court(browser, labelling) -> tuple[Desk, list[str]]:
    """The view for settling two disputes, none of which has been settled, and their texts."""
    service, store = labelling
    texts = [f"Text {next(NUMBERS)}, on which two others disagree." for _ in range(2)]
    for text in texts:
        store.add([LabelledRow(text, {"safety": "favor"}, annotator="left hand")])
        store.add([LabelledRow(text, {}, annotator="right hand")])
    for other in disputes(store):
        if other.text not in texts:
            decide(store, other.text_id, {})
    found = Desk(browser, service.url, "adjudicate")
    found.sign_in(tokens.create(store, f"head {next(NUMBERS)}", "adjudicator"))
    found.wait(lambda: found.find("#adjudicate-text").text == texts[0])
    return found, texts


def test_a_dispute_is_settled_without_names_first(browser, labelling):
    service, store = labelling
    text = f"Text {next(NUMBERS)} on which two annotators disagree."
    for name, frames in (("left hand", {"safety": "favor"}), ("right hand", {})):
        store.add([LabelledRow(text, frames, annotator=name)])
    desk = Desk(browser, service.url, "adjudicate")
    desk.sign_in(tokens.create(store, f"head {next(NUMBERS)}", "adjudicator"))
    desk.wait(lambda: desk.find("#adjudicate-text").is_displayed())
    while desk.find("#adjudicate-text").text != text:  # those of other tests
        shown = desk.find("#adjudicate-text").text
        desk.keys("s")
        desk.wait(lambda shown=shown: desk.find("#adjudicate-text").text != shown)
    assert desk.find("#adjudicate-about").text == "They tie on safety."
    view = desk.find("#adjudicate-view")
    assert "Answer 1" in view.text
    assert "safety: + favor" in view.text
    assert "left hand" not in view.text
    desk.keys("m")
    desk.wait(lambda: "left hand" in view.text and "right hand" in view.text)
    desk.keys("3", "n", Keys.ENTER)
    desk.wait(lambda: "Settled: safety: = neutral." in desk.find("#adjudicate-said").text)
    newest = store.newest(1)[0]
    assert (newest.text, newest.frames, newest.kind) == (text, {"safety": "neutral"}, "decision")
    assert desk.faults() == []


def test_what_a_colleague_settled_is_left_or_overruled(court, labelling):
    desk, texts = court
    store = labelling[1]
    for text in texts:
        decide(store, text_id(text), {"sovereignty": "against"}, "maria")
    words = "Settled meanwhile by maria: sovereignty: − against. Skip it to leave it so."
    desk.keys("3", "n", Keys.ENTER)
    desk.wait(lambda: desk.find("#adjudicate-about").text == words)
    assert desk.find("#adjudicate-count").text == "1 text in dispute, 0 settled now"
    assert not desk.find("#adjudicate-form [type=submit]").is_enabled()
    desk.keys(Keys.ENTER)
    assert desk.find("#adjudicate-text").text == texts[0]
    desk.find("#adjudicate-overrule").click()
    desk.wait(lambda: desk.find("#adjudicate-text").text == texts[1])
    assert store.newest(1)[0].frames == {"safety": "neutral"}
    assert not desk.find("#adjudicate-overrule").is_displayed()
    desk.keys(Keys.ENTER)
    desk.wait(lambda: desk.find("#adjudicate-about").text == words)
    desk.keys("s")
    desk.wait(lambda: desk.find("#adjudicate-done-words").text == "No text is in dispute.")
    assert store.newest(1)[0].text == texts[0]
    assert desk.find("#adjudicate-count").text == "0 texts in dispute, 1 settled now"


def test_until_the_disputes_are_there_nothing_can_be_decided(court):
    desk, texts = court
    desk.browser.execute_script("""
        const real = window.fetch;
        window.fetch = async (path, options) => {
          if (path.startsWith("disputes")) await new Promise((go) => { window.release = go; });
          return real(path, options);
        };
    """)
    desk.go_to("codebook")
    desk.go_to("adjudicate")
    desk.wait(lambda: desk.find("#adjudicate-done-words").text == "Asking for disputes…")
    assert not desk.find("#adjudicate-again").is_enabled()
    for gone in ("text", "form", "answers"):
        assert not desk.find(f"#adjudicate-{gone}").is_displayed()
    assert desk.find("#adjudicate-count").text == desk.find("#adjudicate-about").text == ""
    desk.browser.execute_script("release()")
    desk.wait(lambda: desk.find("#adjudicate-text").text == texts[0])
    assert desk.find("#adjudicate-form [type=submit]").is_enabled()
    assert not desk.find("#adjudicate-done").is_displayed()


def test_a_key_pressed_while_a_decision_is_on_its_way_does_nothing(court, labelling):
    desk, texts = court
    desk.browser.execute_script("""
        const real = window.fetch;
        window.fetch = async (path, options) => {
          if (options.body) await new Promise((resolve) => { window.release = resolve; });
          return real(path, options);
        };
    """)
    desk.keys("3", "n", Keys.ENTER)
    desk.wait(lambda: desk.browser.execute_script("return Boolean(window.release)"))
    desk.keys("s", "1")
    desk.browser.execute_script("release()")
    desk.wait(lambda: desk.find("#adjudicate-text").text == texts[1])
    newest = labelling[1].newest(1)[0]
    assert (newest.text, newest.frames) == (texts[0], {"safety": "neutral"})
    erase(labelling[1], text_id(texts[1]), "asked for")
    desk.browser.execute_script("delete window.release")
    desk.keys(Keys.ENTER)
    desk.wait(lambda: desk.browser.execute_script("return Boolean(window.release)"))
    desk.browser.execute_script("release()")
    desk.wait(lambda: "it was erased meanwhile" in desk.find("#adjudicate-said").text)
    desk.wait(lambda: desk.find("#adjudicate-done-words").text == "No text is in dispute.")


def test_a_double_click_settles_one_text(court):
    desk, texts = court
    desk.browser.execute_script("""
        const real = window.fetch;
        window.sent = 0;
        window.fetch = async (path, options) => {
          if (!options.body) return real(path, options);
          window.sent += 1;
          return new Response("{}");
        };
    """)
    button = "#adjudicate-form [type=submit]"
    desk.press(button, 1)
    desk.wait(lambda: desk.find("#adjudicate-text").text == texts[1])
    desk.press(button, 2)
    assert desk.browser.execute_script("return sent") == 1
    desk.press(button, 1)
    desk.wait(lambda: desk.browser.execute_script("return sent") == 2)


def test_while_others_are_fetched_the_text_that_is_shown_cannot_be_settled(court):
    desk, texts = court
    desk.browser.execute_script("""
        const real = window.fetch;
        Object.assign(window, {sent: 0, asked: 0});
        window.fetch = async (path, options) => {
          if (options.body) window.sent += 1;
          const answer = await real(path, options);
          if (!path.startsWith("disputes?")) return answer;
          const found = await answer.json();
          window.asked += 1;
          if (window.asked > 1) await new Promise((go) => { window.release = go; });
          else found.disputes.length = 1; // as if no more were sent at a time
          return new Response(JSON.stringify(found));
        };
    """)
    desk.go_to("codebook")
    desk.go_to("adjudicate")
    desk.wait(lambda: desk.find("#adjudicate-text").text == texts[0])
    desk.keys("s")
    desk.wait(lambda: desk.browser.execute_script("return Boolean(window.release)"))
    desk.keys("3", "n", Keys.ENTER)
    assert desk.browser.execute_script("return sent") == 0
    desk.browser.execute_script("release()")
    desk.wait(lambda: desk.find("#adjudicate-text").text == texts[1])


def test_that_a_decision_was_not_saved_is_said_also_to_who_left_and_came_back(court):
    desk, texts = court
    desk.browser.execute_script("""
        const real = window.fetch;
        window.fetch = async (path, options) => {
          if (!options.body) return real(path, options);
          await new Promise((resolve) => { window.release = resolve; });
          const error = {error: {type: "unavailable", message: "The disk is full."}};
          return new Response(JSON.stringify(error), {status: 503});
        };
    """)
    desk.keys("3", "n", Keys.ENTER)
    desk.wait(lambda: desk.browser.execute_script("return Boolean(window.release)"))
    desk.go_to("codebook")
    desk.go_to("adjudicate")
    desk.wait(lambda: desk.find("#adjudicate-text").text == texts[0])
    desk.browser.execute_script("release()")
    problem = desk.find("#adjudicate-problem")
    desk.wait(problem.is_displayed)
    assert problem.text == f"“{texts[0]}” was not settled. The disk is full."
