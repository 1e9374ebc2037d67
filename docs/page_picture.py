"""Makes the pictures of the page in docs/: `make page-picture`.

The article is the page's own example, read by the champion of the state folder (`FRAMESCOPE_HOME`).
What is labelled and settled is the page's other example, in a state folder of its own. Pictures are
taken in Chromium and written with a palette, which makes them a third as large.
"""

import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from labels import queue
from labels.home import Home
from labels.rows import LabelledRow
from labels.store import Store
from labels.text import normalise
from tests.conftest import start_service, stop_service
from tests.serving.browser import open_browser

DOCS = Path(__file__).parent
SPEECH = DOCS.parent / "serving" / "page" / "example-speech.md"
STUDY = DOCS.parent / "var" / "study" / "shares.html"
"""Made by `make study`; without it the picture of a study stays as it is."""

WIDE, PHONE, LONG = (1280, 1000, 1), (390, 844, 2), (1100, 1800, 1)
"""Width and height in CSS pixels, and device pixels to each."""

COLOURS = 256
PATIENCE = 300


def main() -> None:
    """Take the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        browser = open_browser(Path(folder) / "chromium")
        try:
            with served(Home.find().folder, Path(folder) / "log") as url:
                for name, size, scheme in (
                    ("page", WIDE, "light"), ("dark", WIDE, "dark"), ("phone", PHONE, "light"),
                ):  # fmt: skip
                    look(browser, size, scheme)
                    read(browser, url)
                    write(browser, name)
            if STUDY.is_file():
                look(browser, LONG, "light")
                browser.get(STUDY.as_uri())
                write(browser, "corpora")
            state = Home.find(Path(folder) / "state")
            fill(Store.open(state.database))
            look(browser, WIDE, "light")
            with served(state.folder, Path(folder) / "log", "/livez") as url:
                label(browser, url)
                write(browser, "label")
                adjudicate(browser)
                write(browser, "adjudicate")
        finally:
            browser.quit()


@contextmanager
def served(home: Path, log: Path, ready: str = "/readyz") -> Iterator[str]:
    """A service over a state folder; its address."""
    service = start_service(home, log, ready)
    try:
        yield service.url
    finally:
        stop_service(service)


def look(browser: webdriver.Chrome, size: tuple[int, int, int], scheme: str) -> None:
    """Set the window's size and the colour scheme."""
    width, height, scale = size
    shape = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": size == PHONE}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", shape)
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})


def read(browser: webdriver.Chrome, url: str) -> None:
    """Read the example, and point at what was found in a paragraph that quotes a minister."""
    browser.get("about:blank")
    browser.get(f"{url}/")
    wait = WebDriverWait(browser, PATIENCE)
    wait.until(lambda _: browser.find_element(By.ID, "model-figures").text)
    browser.find_element(By.CSS_SELECTOR, "[data-example='example-accord.html']").click()
    wait.until(lambda _: browser.find_elements(By.CSS_SELECTOR, "[data-sentence]"))
    wait.until(lambda _: not browser.find_element(By.ID, "progress").is_displayed())
    tag = browser.find_elements(By.CSS_SELECTOR, ".tag .frame")[1]
    browser.execute_script("window.scrollTo(0, 0)")
    if browser.execute_script("return window.innerWidth") < WIDE[0]:
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", tag)
        tag.click()
    else:
        ActionChains(browser).move_to_element(tag).perform()
    wait.until(lambda _: browser.find_element(By.ID, "tip").is_displayed())


def fill(store: Store) -> None:
    """Put the speech's paragraphs into the queue: some are answered, and one is in dispute."""
    blocks = re.split(r"\n\n|\n(?=- )", SPEECH.read_text("utf-8"))
    texts = [normalise(block.removeprefix("- ")) for block in blocks if not block.startswith("#")]
    queue.add(store, map(queue.Unlabelled, texts[1:]), "harbour speech")
    first, second, disputed = texts[1], texts[2], texts[6]
    control = {"authoritarian control": "favor"}
    store.add(
        [
            LabelledRow(first, {"sovereignty": "favor"}, "ann"),
            LabelledRow(second, {"sovereignty": "favor"}, "ann"),
            LabelledRow(disputed, control, "bo"),
            LabelledRow(disputed, {**control, "safety": "favor"}, "maria"),
        ]
    )


def label(browser: webdriver.Chrome, url: str) -> None:
    """Answer half of a text by keys."""
    browser.get(f"{url}/codebook")
    browser.execute_script("sessionStorage.setItem('framescope:name', 'ann')")
    browser.get(f"{url}/#label")
    wait = WebDriverWait(browser, PATIENCE)
    wait.until(lambda _: browser.find_element(By.ID, "label-text").text)
    for key in ("5", "f"):
        browser.switch_to.active_element.send_keys(key)


def adjudicate(browser: webdriver.Chrome) -> None:
    """Show the dispute."""
    browser.find_element(By.CSS_SELECTOR, ".views [href='#adjudicate']").click()
    wait = WebDriverWait(browser, PATIENCE)
    wait.until(lambda _: browser.find_element(By.ID, "adjudicate-text").text)


def write(browser: webdriver.Chrome, name: str) -> None:
    """Write what the browser shows as docs/NAME.png, with a palette."""
    shown = Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB")
    few = shown.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(DOCS / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
