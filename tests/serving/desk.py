"""The views for labelling and for settling disputes, in the words of who uses them."""

import json
from itertools import count

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from labels.store import Store

PATIENCE = 60  # seconds; three browsers share the machine with whatever else runs
TEXTS = tuple(
    f"Text {number} of the queue: two states speak of chips, and nobody agrees."
    for number in range(1, 7)
)
NUMBERS = count(1)
OFFLINE = {"latency": 0, "download_throughput": -1, "upload_throughput": -1}


class Desk:
    """The view for labelling, in the words of who uses it."""

    def __init__(self, browser: webdriver.Chrome, url: str, view: str = "label") -> None:
        self.browser = browser
        self.url = url
        browser.get(f"{url}/codebook")  # the same origin, and no page that keeps anything
        browser.execute_script("sessionStorage.clear(); localStorage.clear()")
        browser.get_log("browser")
        browser.get(f"{url}/#{view}")

    def sign_in(self, given: str) -> None:
        self.wait(self.find("#sign-in-field").is_displayed)
        self.keys(given, Keys.ENTER)
        self.wait(lambda: not self.find("#sign-in").is_displayed())

    def go_to(self, view: str) -> None:
        self.find(f".views [href='#{view}']").click()

    def find(self, selector: str):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, condition):
        return WebDriverWait(self.browser, PATIENCE).until(lambda _: condition())

    def keys(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)

    def press(self, selector: str, count: int) -> None:
        """Press the mouse on an element; `count` is 2 for the second time of a double click."""
        place = "const {x, y} = arguments[0].getBoundingClientRect(); return {x: x + 5, y: y + 5}"
        here = self.browser.execute_script(place, self.find(selector))
        for kind in ("mousePressed", "mouseReleased"):
            event = {"type": kind, **here, "button": "left", "clickCount": count}
            self.browser.execute_cdp_cmd("Input.dispatchMouseEvent", event)

    def shows(self, number: int) -> None:
        """Wait until the text with this number, from 1 on, is shown."""
        self.wait(lambda: self.find("#label-text").text == TEXTS[number - 1])

    def said(self, words: str) -> None:
        self.wait(lambda: words in self.find("#label-said").text)

    def count(self, answered: int) -> None:
        self.wait(lambda: self.find("#label-count").text == f"{answered} of 6 texts answered")

    def offline(self, lost: bool) -> None:
        self.browser.set_network_conditions(offline=lost, **OFFLINE)

    def kept(self) -> list[dict]:
        """Answers that this browser keeps since they are not confirmed."""
        found = self.browser.execute_script(
            "return Object.entries(localStorage).filter(([k]) => k.includes(':answer:'))"
        )
        return [json.loads(value)["row"] for _, value in sorted(found)]

    def faults(self) -> list[str]:
        """What the browser complains of, but for answers such as that there is no model."""
        said = [entry["message"] for entry in self.browser.get_log("browser")]
        return [message for message in said if "Failed to load resource" not in message]


def stored(store: Store, name: str) -> list[tuple[int, dict]]:
    """Every answer of an annotator in order of arrival, with the number of its text."""
    return [
        (TEXTS.index(row.text) + 1, dict(row.frames))
        for row in store.rows()
        if row.annotator == name
    ]
