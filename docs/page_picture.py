"""Makes the README's picture of the page, docs/page.png: `make page-picture`.

It starts the service over the state folder (`FRAMESCOPE_HOME`), whose champion reads the page's own
example, and takes the picture in Chromium.
"""

import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from labels.home import Home
from tests.conftest import start_service, stop_service
from tests.serving.browser import open_browser

PICTURE = Path(__file__).parent / "page.png"
WIDTH, HEIGHT = 1280, 1000
PATIENCE = 120


def main() -> None:
    """Take the picture."""
    with tempfile.TemporaryDirectory() as folder:
        service = start_service(Home.find().folder, Path(folder) / "log")
        try:
            browser = open_browser(Path(folder) / "chromium")
            try:
                _look(browser, service.url)
                browser.save_screenshot(str(PICTURE))
            finally:
                browser.quit()
        finally:
            stop_service(service)


def _look(browser: webdriver.Chrome, url: str) -> None:
    """Read the example, and point at what was found in a paragraph that quotes a minister."""
    size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(f"{url}/")
    wait = WebDriverWait(browser, PATIENCE)
    wait.until(lambda _: browser.find_element(By.ID, "model-figures").text)
    browser.find_element(By.CSS_SELECTOR, "[data-example='example-accord.html']").click()
    wait.until(lambda _: browser.find_elements(By.CSS_SELECTOR, "[data-sentence]"))
    wait.until(lambda _: not browser.find_element(By.ID, "progress").is_displayed())
    tag = browser.find_elements(By.CSS_SELECTOR, ".tag .frame")[1]
    browser.execute_script("window.scrollTo(0, 0)")
    ActionChains(browser).move_to_element(tag).perform()
    wait.until(lambda _: browser.find_element(By.ID, "tip").is_displayed())


if __name__ == "__main__":
    main()
