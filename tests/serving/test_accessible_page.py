"""No violation that axe-core finds, in any view, in both colour schemes, and on a phone."""

from pathlib import Path

import axe_playwright_python
import pytest

from tests.serving.page import Page, part

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RUN = """
    const done = arguments[arguments.length - 1];
    axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => done(violations));
"""
LOOKS = {"light": (1280, 1000), "dark": (1280, 1000), "phone": (390, 844)}


@pytest.fixture(scope="module")
def waiting(service):
    """The service, with a text to label and one in dispute."""
    service.post("/queue", json={"texts": ["A text that waits for its labels."]})
    row = {"text": "A text on which two annotators disagree, again."}
    sides = {"one": {"safety": "favor"}, "other": {}}
    rows = [{**row, "annotator": name, "frames": frames} for name, frames in sides.items()]
    service.post("/labels", json={"annotations": rows})
    return service


def violations(page: Page) -> list[tuple[str, list[str]]]:
    if not page.script("return Boolean(window.axe)"):
        page.script(AXE)
    found = page.browser.execute_async_script(RUN)
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def look(browser, name: str) -> None:
    width, height = LOOKS[name]
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": name == "phone"}
    scheme = {"name": "prefers-color-scheme", "value": "dark" if name == "dark" else "light"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


@pytest.mark.parametrize("name", LOOKS)
def test_no_violation(browser, waiting, name, tmp_path):
    look(browser, name)
    page = Page(browser, waiting.url)
    page.script("sessionStorage.setItem('framescope:name', 'ann')")
    assert violations(page) == []
    page.find("[data-example='example-accord.html']").click()
    shown = page.judged()[0]
    part(shown, ".more").click()
    part(shown, ".correct").click()
    page.find(".boilerplate summary").click()
    page.find("#profile .filter").click()
    page.script("document.querySelector('.tag .frame')?.focus()")
    assert violations(page) == []
    wide = "return document.documentElement.scrollWidth <= window.innerWidth"
    assert page.script(wide)
    ready = {
        "label": "#label-text", "adjudicate": "#adjudicate-text", "model": "#history-models",
        "codebook": "#codebook-frames",
    }  # fmt: skip
    shared = tmp_path / "shared.html"
    shared.write_bytes(page.saved("html"))
    for view, part_of_it in ready.items():
        page.go_to(view)
        page.wait(lambda selector=part_of_it: page.find(selector).text)
        assert violations(page) == [], view
        assert page.script(wide), view
    browser.get(shared.as_uri())
    assert violations(page) == []
