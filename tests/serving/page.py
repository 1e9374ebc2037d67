"""The page, in the words of who uses it, and answers made up for it."""

import base64
import json
import urllib.request
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 60  # seconds; a busy machine may start a tiny model slowly


class Page:
    """The page in a browser. `made_up`: from a path to what it is answered, instead of asking."""

    def __init__(
        self, browser: webdriver.Chrome, url: str, made_up: dict[str, Any] | None = None
    ) -> None:
        self.browser = browser
        self.url = url
        self.logs("browser")
        self.logs("performance")
        script = _ANSWER.replace("MADE_UP", json.dumps(made_up or {}))
        added = browser.execute_cdp_cmd(
            "Page.addScriptToEvaluateOnNewDocument", {"source": script if made_up else ""}
        )
        browser.get("about:blank")
        browser.get(f"{url}/")
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
        self.wait(lambda: self.find("#model-figures").text)

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, condition):
        return WebDriverWait(self.browser, PATIENCE, 0.05).until(lambda _: condition())

    def logs(self, kind: str) -> list[dict]:
        return self.browser.get_log(kind)

    def script(self, code: str, *arguments: Any) -> Any:
        return self.browser.execute_script(code, *arguments)

    def keys(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)

    def tab_to(self, selector: str) -> None:
        """Press Tab until the focus is on an element that the selector matches."""
        for _ in range(80):
            if self.script("return document.activeElement.matches(arguments[0])", selector):
                return
            self.keys(Keys.TAB)
        raise AssertionError(f"80 presses of Tab do not reach {selector}")

    def go_to(self, view: str) -> None:
        """Open another view of the page."""
        self.find(f".views [href='#{view}']").click()

    def read(self, *texts: str) -> list[WebElement]:
        """Paste paragraphs, read them, and return them once each has been judged."""
        self.find("#article").send_keys("\n\n".join(texts))
        self.find("#read").click()
        return self.judged(len(texts))

    def judged(self, count: int | None = None) -> list[WebElement]:
        """Wait until nothing is under way, and return the judged paragraphs."""
        self.wait(lambda: self.find("#status").text.startswith("Read "))
        self.wait(lambda: not self.find("#progress").is_displayed())
        found = self.all(".paragraph.read")
        assert count in (None, len(found)), self.find("#status").text
        return found

    def problem(self) -> str:
        self.wait(self.find("#problem").is_displayed)
        return self.find("#problem p").text

    def stored(self) -> list[dict]:
        with urllib.request.urlopen(f"{self.url}/labels?limit=5", timeout=PATIENCE) as answer:
            return json.load(answer)["annotations"]

    def saved(self, kind: str) -> bytes:
        """Press the button that saves the result, and return what it saves."""
        self.script(_KEEP)
        self.find(f"[data-save='{kind}']").click()
        self.wait(lambda: self.script("return Boolean(window.kept)"))
        return base64.b64decode(self.browser.execute_async_script(_TAKE))


_ANSWER = """
    const madeUp = MADE_UP;
    const real = window.fetch;
    window.asked = [];
    window.fetch = async (path, options = {}) => {
      const body = options.body instanceof FormData ? [...options.body.keys()] : options.body;
      window.asked.push({path, body: typeof body === "string" ? JSON.parse(body) : body});
      const queue = madeUp[path];
      if (!queue) return real(path, options);
      const found = Array.isArray(queue) ? queue.shift() : queue;
      if (found === "never") {
        return new Promise((_, reject) => options.signal.addEventListener("abort",
          () => reject(options.signal.reason)));
      }
      const status = found.error ? found.status ?? 422 : 200;
      return new Response(JSON.stringify(found), {status});
    };
"""

_KEEP = """
    window.kept = null;
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
      window.kept = blob;
      URL.createObjectURL = make;
      return make(blob);
    };
"""

_TAKE = """
    const done = arguments[0];
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1]);
    reader.readAsDataURL(window.kept);
"""


def part(paragraph: WebElement, selector: str) -> WebElement:
    return paragraph.find_element(By.CSS_SELECTOR, selector)


def parts(paragraph: WebElement, selector: str) -> list[WebElement]:
    return paragraph.find_elements(By.CSS_SELECTOR, selector)


def frame(label: str, score: float = 0.9, stance: str | None = "favor", **more: Any) -> dict:
    """Make up a frame of a result; it is present from 0.5 on."""
    present = score >= 0.5
    shares = {"favor": 0.7, "against": 0.2, "neutral": 0.1}
    found = {"label": label, "score": score, "threshold": 0.5, "present": present}
    stances = {"label": stance if present else None, "scores": shares}
    held = {"holder": {"kind": "author", "name": None}} if present else {}
    return {**found, "uncertain": False, "stance": stances, **held, **more}


def result(*frames: dict, **more: Any) -> dict:
    """Make up a paragraph's result."""
    about = {"language": "en", "language_supported": True, "truncated": False, "tokens": 20}
    return {"frames": list(frames), **about, **more}


def document(*paragraphs: dict, member: str = "ensemble", **about: Any) -> dict:
    """Make up an answer of `POST /documents`.

    A paragraph has `text`, `kind`, and may have `result`, `speaker`, and `said`: pairs of the words
    in quotation marks and their speaker. A sentence or word in `evidence` stands as its words.
    """
    named = {"title": None, "author": None, "date": None, "language": "en", "format": "html"}
    whole, placed = "", []
    for given in paragraphs:
        start = len(whole) + 2 * bool(whole)
        whole = f"{whole}\n\n{given['text']}" if whole else given["text"]
        spoken = [
            {**_place(whole, words, start), "speaker": name}
            for words, name in given.get("said", ())
        ]
        found = json.loads(json.dumps(given.get("result")))
        for judged in (found or {}).get("frames", ()):
            for places in judged.get("evidence", {}).values():
                for place in places:
                    place.update(_place(whole, place.pop("words"), start))
        placed.append(
            {
                "start": start,
                "end": len(whole),
                "kind": given.get("kind", "body"),
                "speaker": given.get("speaker"),
                "quotations": spoken,
                "result": found,
            }
        )
    return {
        "model": "20260101-a", "member": member, "codebook": {"name": "made up", "version": 1},
        "document": {**named, **about}, "text": whole, "paragraphs": placed,
        "totals": {"paragraphs": 0, "frames": [], "speakers": _speakers(placed)},
    }  # fmt: skip


def _place(whole: str, words: str, start: int) -> dict[str, int]:
    found = whole.index(words, start)
    return {"start": found, "end": found + len(words)}


def _speakers(paragraphs: list[dict]) -> list[dict]:
    """Who speaks, as far as the page reads it: names and how many paragraphs are theirs."""
    names = [one["speaker"] for one in paragraphs if one["result"]]
    return [
        {"name": name, "kind": "speaker" if name else "author", "paragraphs": names.count(name)}
        for name in dict.fromkeys([None, *names])
    ]


PAGE = Path(__file__).parents[2] / "serving" / "page"
