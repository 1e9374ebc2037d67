"""What axe-core says of the page that a browser shows, and the looks in which it is asked."""

from pathlib import Path

import axe_playwright_python
from selenium import webdriver

_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
_RUN = """
    const done = arguments[arguments.length - 1];
    axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => done(violations));
"""
LOOKS = {"light": (1280, 1000), "dark": (1280, 1000), "phone": (390, 844)}
WIDE = "return document.documentElement.scrollWidth <= window.innerWidth"


def violations(browser: webdriver.Chrome) -> list[tuple[str, list[str]]]:
    """Return each rule that is broken, with the elements that break it."""
    if not browser.execute_script("return Boolean(window.axe)"):
        browser.execute_script(_AXE)
    found = browser.execute_async_script(_RUN)
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def look(browser: webdriver.Chrome, name: str) -> None:
    """Show pages from now on as one of `LOOKS`."""
    width, height = LOOKS[name]
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": name == "phone"}
    scheme = {"name": "prefers-color-scheme", "value": "dark" if name == "dark" else "light"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
