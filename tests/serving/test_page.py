"""The page in a real browser, against a real service whose judgements are arbitrary.

So the tests look at what the page shows and does, never at which frame was found.
"""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from labels.codebook import load_codebook
from tests.serving.browser import open_browser

PATIENCE = 20  # seconds; a busy machine may start a tiny model slowly
TEXTS = (
    "Our country must write its own rules and build its own chips.",
    "Two states signed an accord on the shared testing of language models.",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    driver = open_browser(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()


class Page:
    """The page, in the words of who uses it."""

    def __init__(self, browser: webdriver.Chrome, url: str) -> None:
        self.browser = browser
        self.url = url
        self.logs("browser")
        self.logs("performance")
        browser.get(f"{url}/")
        self.wait(lambda: self.find("#model-figures").text)

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, condition):
        return WebDriverWait(self.browser, PATIENCE).until(lambda _: condition())

    def logs(self, kind: str) -> list[dict]:
        return self.browser.get_log(kind)

    def keys(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)

    def tab_to(self, selector: str) -> None:
        """Press Tab until the focus is on an element that the selector matches."""
        for _ in range(80):
            if self.browser.execute_script(
                "return document.activeElement.matches(arguments[0])", selector
            ):
                return
            self.keys(Keys.TAB)
        raise AssertionError(f"80 presses of Tab do not reach {selector}")

    def read(self, *texts: str) -> list[WebElement]:
        """Paste paragraphs, read them, and return them once each has been judged."""
        self.find("#article").send_keys("\n\n".join(texts))
        self.find("#read").click()
        return self.judged(len(texts))

    def judged(self, count: int) -> list[WebElement]:
        self.wait(lambda: len(self.all(".paragraph.read")) == count)
        return self.all(".paragraph.read")

    def stored(self) -> list[dict]:
        with urllib.request.urlopen(f"{self.url}/labels?limit=5", timeout=PATIENCE) as answer:
            return json.load(answer)["annotations"]


@pytest.fixture
def page(browser: webdriver.Chrome, service) -> Page:
    return Page(browser, service.url)


def part(paragraph: WebElement, selector: str) -> WebElement:
    return paragraph.find_element(By.CSS_SELECTOR, selector)


def parts(paragraph: WebElement, selector: str) -> list[WebElement]:
    return paragraph.find_elements(By.CSS_SELECTOR, selector)


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
        part(shown, ".evidence summary").click()
        page.wait(lambda shown=shown: parts(shown, ".evidence .judgement"))
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
    rows = parts(shown, ".body > .judgements > .judgement")
    found = [frame["label"] for frame in frames if frame["present"] or frame["uncertain"]]
    assert [part(row, ".name").text for row in rows] == found
    for row, frame in zip(rows, (f for f in frames if f["label"] in found), strict=True):
        stance = frame["stance"]["label"] if frame["present"] else "absent"
        assert part(row, ".stance").text.endswith(stance)
        assert part(row, ".mark").text == ("? uncertain" if frame["uncertain"] else "")
    present = sum(frame["present"] for frame in frames)
    assert len(parts(shown, ".lane.on")) == present
    assert sum(int(count.text) for count in page.all("#profile .count")) == present


def test_a_correction_is_saved_and_shown(page: Page):
    text = "Nobody asked the villages before their data was carried off."
    _, shown = page.read(TEXTS[0], text)
    part(shown, ".text").click()
    page.wait(lambda: part(shown, ".editor").is_displayed())
    for frame in load_codebook().frame_names:
        choose(shown, frame, "absent")
    choose(shown, "neo-colonialism", "favor")
    choose(shown, "safety", "neutral")
    part(shown, ".editor [type=submit]").click()
    page.wait(lambda: part(shown, ".badge").is_displayed())
    assert part(shown, ".badge").text in ("✓ Corrected, saved", "✓ Confirmed, saved")
    rows = parts(shown, ".body > .judgements > .judgement")
    labels = {part(row, ".name").text: part(row, ".stance").text for row in rows}
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


def test_markup_in_a_text_stays_text(page: Page):
    text = (
        "<img src=x onerror=\"document.title='ran'\"><script>document.title='ran'</script><b>x</b>"
    )
    (shown,) = page.read(text)
    assert part(shown, ".text").text == text
    assert not parts(shown, ".text *")
    assert page.browser.title == "Framescope"


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


def test_the_example_is_read_whole(page: Page):
    page.find("#example").click()
    page.find("#read").click()
    assert len(page.judged(6)) == 6
    assert page.find("#status").text.startswith("Read 6 paragraphs")


def test_more_paragraphs_than_one_request_takes(page: Page):
    texts = [f"Ministry number {number} signed the accord." for number in range(300)]
    page.browser.execute_script(
        "document.getElementById('article').value = arguments[0]", "\n\n".join(texts)
    )
    page.find("#read").click()
    shown = page.judged(300)
    assert part(shown[299], ".text").text == texts[299]


def test_nothing_goes_wrong_and_no_other_host_is_asked(page: Page):
    (shown,) = page.read(TEXTS[0])
    part(shown, ".evidence summary").click()
    part(shown, ".correct").click()
    page.find("#codebook summary").click()
    page.find("#model summary").click()
    assert page.logs("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in page.logs("performance")]
    sent = [event for event in events if event["method"] == "Network.requestWillBeSent"]
    urls = [urlsplit(event["params"]["request"]["url"]) for event in sent]
    hosts = {url.netloc for url in urls if url.scheme != "data"}
    assert {url.path for url in urls} >= {"/", "/page/app.js", "/page/style.css", "/score"}
    assert hosts == {urlsplit(page.url).netloc}


def test_the_policy_forbids_inline_code(page: Page):
    with urllib.request.urlopen(f"{page.url}/", timeout=PATIENCE) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    folder = Path(__file__).parents[2] / "serving" / "page"
    assert " style=" not in (folder / "index.html").read_text("utf-8")
    for script in folder.glob("*.js"):
        assert "innerHTML" not in script.read_text("utf-8"), script.name
