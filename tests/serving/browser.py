"""A headless Chromium for the tests of the page."""

import shutil
from pathlib import Path

import pytest
from selenium import webdriver

OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--window-size=1280,1000",
)  # fmt: skip


def open_browser(profile: Path) -> webdriver.Chrome:
    """Start Chromium with its data in the folder `profile`; skip the test where it is missing."""
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    for name, package in (("chromium", "chromium"), ("chromedriver", "chromium-driver")):
        if programs[name] is None:
            pytest.skip(f"the program {name} is missing: install the Debian package {package}")
    options = webdriver.ChromeOptions()
    options.binary_location = programs["chromium"] or ""
    for option in OPTIONS:
        options.add_argument(option)
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options, webdriver.ChromeService(programs["chromedriver"]))
