"""Reading and correcting on the page, in a real browser, against a real service.

Its judgements are arbitrary, so the tests look at what the page shows and does, never at which
frame was found.
"""

import json
import urllib.request
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from labels.codebook import load_codebook
from tests.serving.page import PAGE, PATIENCE, Page, part, parts

TEXTS = (
    "Our country must write its own rules and build its own chips.",
    "Two states signed an accord on the shared testing of language models.",
)


@pytest.fixture
def page(browser: webdriver.Chrome, service) -> Page:
    return Page(browser, service.url)


def choose(paragraph: WebElement, frame: str, choice: str) -> None:
    """In an open editor, pick one choice of one frame."""
    for group in parts(paragraph, ".choice"):
        if part(group, "legend").text == frame:
            labels = parts(group, "label")
            next(label for label in labels if label.text.endswith(choice)).click()


def test_every_paragraph_shows_every_score(page: Page):
    first, second = page.read(*TEXTS)
    assert [part(shown, ".text").text for shown in (first, second)] == list(TEXTS)
    for shown in (first, second):
        part(shown, ".more").click()
        rows = parts(shown, ".evidence .judgement")
        names = [part(row, ".name").text for row in rows]
        scores = [float(part(row, ".score").text) for row in rows]
        assert sorted(names) == sorted(load_codebook().frame_names)
        assert scores == sorted(scores, reverse=True)
        assert all("needed" in part(row, ".threshold").text for row in rows)
        assert all("favor" in part(row, ".stance-scores").text for row in rows)


def test_shown_frames_are_those_the_service_found(page: Page):
    (shown,) = page.read(TEXTS[0])
    body = json.dumps({"texts": [{"id": "0", "text": TEXTS[0]}]}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{page.url}/score", body, headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        frames = json.load(answer)["results"][0]["frames"]
    tags = parts(shown, ".tag")
    found = [frame for frame in frames if frame["present"] or frame["uncertain"]]
    for tag, frame in zip(tags, found, strict=True):
        stance = frame["stance"]["label"] if frame["present"] else "absent"
        assert part(tag, ".name").text == frame["label"]
        assert part(tag, ".stance").text.endswith(stance)
        assert part(tag, ".score").text == f"{frame['score']:.2f}"
        assert part(tag, ".mark").text == ("? uncertain" if frame["uncertain"] else "")
    present = sum(frame["present"] for frame in frames)
    assert len(parts(shown, ".lane.on")) == present
    assert sum(int(count.text) for count in page.all("#profile .count")) == present


def test_a_correction_is_saved_and_shown(page: Page):
    text = "Nobody asked the villages before their data was carried off."
    _, shown = page.read(TEXTS[0], text)
    part(shown, ".correct").click()
    page.wait(lambda: part(shown, ".editor").is_displayed())
    for frame in load_codebook().frame_names:
        choose(shown, frame, "absent")
    choose(shown, "neo-colonialism", "favor")
    choose(shown, "safety", "neutral")
    part(shown, ".editor [type=submit]").click()
    page.wait(lambda: part(shown, ".badge").is_displayed())
    assert part(shown, ".badge").text in ("✓ Corrected, saved", "✓ Confirmed, saved")
    labels = {part(tag, ".name").text: part(tag, ".stance").text for tag in parts(shown, ".tag")}
    assert labels == {"neo-colonialism": "+ favor", "safety": "= neutral"}
    newest = page.stored()[0]
    assert newest["text"] == text
    assert newest["frames"] == {"neo-colonialism": "favor", "safety": "neutral"}
    assert newest["annotator"] == "adjudicator"


def test_a_refused_correction_says_why_and_is_not_shown_as_saved(page: Page):
    (shown,) = page.read(TEXTS[0])
    part(shown, ".correct").click()
    page.browser.execute_script(
        "window.fetch = () => Promise.resolve(new Response("
        "JSON.stringify({error: {type: 'forbidden', message: 'no writing here'}}), {status: 403}))"
    )
    part(shown, ".editor [type=submit]").click()
    page.wait(lambda: part(shown, ".editor .problem").is_displayed())
    assert part(shown, ".editor .problem").text == "Not saved. no writing here"
    assert not part(shown, ".badge").is_displayed()


def test_the_page_asks_for_a_token_when_one_is_needed_and_sends_it(page: Page):
    (shown,) = page.read(TEXTS[1])
    part(shown, ".correct").click()
    page.browser.execute_script("""
        window.sent = [];
        window.fetch = (path, options) => {
          const token = options.headers.Authorization ?? null;
          window.sent.push(token);
          const known = token === "Bearer s3cret";
          const answer = known ? {stored: ["p1:x"]} : {error: {type: "token", message: "needed"}};
          return Promise.resolve(new Response(JSON.stringify(answer), {status: known ? 200 : 401}));
        };
    """)
    part(shown, ".editor [type=submit]").click()
    page.wait(lambda: page.find("#token-dialog").is_displayed())
    page.keys("s3cret", Keys.ENTER)
    page.wait(lambda: part(shown, ".badge").is_displayed())
    assert page.browser.execute_script("return window.sent") == [None, "Bearer s3cret"]
    assert page.browser.execute_script("return localStorage.length") == 0
    kept = page.browser.execute_script("return {...sessionStorage}")  # gone with the tab
    page.browser.execute_script("sessionStorage.clear()")
    assert kept == {"framescope:token": "s3cret"}


@pytest.mark.parametrize("text", ["", "  \n\n \n"], ids=["nothing", "white space"])
def test_empty_input_says_so(page: Page, text: str):
    page.find("#article").send_keys(text)
    page.find("#read").click()
    problem = page.find("#problem")
    page.wait(problem.is_displayed)
    assert problem.text.startswith("There is no text to read.")
    assert problem.get_attribute("role") == "alert"
    assert not page.all(".paragraph")


def test_the_keyboard_alone_is_enough(page: Page):
    text = "The minister said that the city's cameras would stay."
    page.tab_to("#article")
    page.keys(text)
    page.browser.switch_to.active_element.send_keys(Keys.CONTROL, Keys.ENTER)
    (shown,) = page.judged(1)
    page.tab_to(".correct")
    page.keys(Keys.ENTER)
    page.wait(lambda: part(shown, ".editor").is_displayed())
    focused = page.browser.switch_to.active_element
    assert focused.get_attribute("type") == "radio"
    before = focused.get_attribute("value")
    page.keys(Keys.ARROW_RIGHT)
    assert page.browser.switch_to.active_element.get_attribute("value") != before
    page.tab_to(".editor [type=submit]")
    page.keys(Keys.ENTER)
    page.wait(lambda: part(shown, ".badge").is_displayed())
    assert part(shown, ".badge").text == "✓ Corrected, saved"
    assert page.browser.switch_to.active_element == part(shown, ".correct")
    assert page.stored()[0]["text"] == text


def test_escape_closes_the_editor_and_saves_nothing(page: Page):
    (shown,) = page.read(TEXTS[1])
    before = page.stored()
    part(shown, ".correct").click()
    page.wait(lambda: part(shown, ".editor").is_displayed())
    page.keys(Keys.ARROW_RIGHT, Keys.ESCAPE)
    assert not part(shown, ".editor").is_displayed()
    assert not part(shown, ".badge").is_displayed()
    assert page.stored() == before


def test_the_claim_shows_on_focus(page: Page):
    page.tab_to("#profile .frame")
    assert load_codebook().frames[0].claim in page.find("#tip").text
    page.keys(Keys.ESCAPE)
    assert not page.find("#tip").is_displayed()


def test_more_paragraphs_than_are_explained(page: Page):
    texts = [f"Ministry number {number} signed the accord of the year." for number in range(257)]
    page.script("document.getElementById('article').value = arguments[0]", "\n\n".join(texts))
    page.find("#read").click()
    shown = page.judged(257)
    assert part(shown[256], ".text").text == texts[256]
    if page.all(".tag:not(.absent)"):
        assert "The scores are whole; the sentences" in page.find("#status").text


def test_nothing_goes_wrong_and_no_other_host_is_asked(page: Page):
    (shown,) = page.read(TEXTS[0])
    part(shown, ".more").click()
    part(shown, ".correct").click()
    for view in ("model", "codebook", "label", "adjudicate", "read"):
        page.go_to(view)
        page.wait(lambda: page.all("main:not([hidden])"))
    assert page.logs("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in page.logs("performance")]
    sent = [event for event in events if event["method"] == "Network.requestWillBeSent"]
    urls = [urlsplit(event["params"]["request"]["url"]) for event in sent]
    hosts = {url.netloc for url in urls if url.scheme != "data"}
    assert {url.path for url in urls} >= {"/", "/page/app.js", "/page/style.css", "/documents"}
    assert hosts == {urlsplit(page.url).netloc}


def test_the_policy_forbids_inline_code(page: Page):
    with urllib.request.urlopen(f"{page.url}/", timeout=PATIENCE) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert " style=" not in (PAGE / "index.html").read_text("utf-8")
    for script in PAGE.glob("*.js"):
        assert len(script.read_text("utf-8").splitlines()) <= 300, script.name
        assert "innerHTML" not in script.read_text("utf-8"), script.name
