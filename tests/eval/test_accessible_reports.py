"""Reports that can be read by all: axe-core finds nothing in any of their pages."""

import itertools
import json

import pytest

from cli import main
from docs import starter_report
from eval.html import render_index
from eval.runs import FORMAT, _entry
from labels.starter import starter_rows
from labels.store import Store
from tests.serving.axe import LOOKS, WIDE, look, violations
from tests.serving.browser import open_browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The report on the starter model, a list of two of it, and the agreement of two annotators."""
    folder = tmp_path_factory.mktemp("pages")
    report = starter_report.OUT / "report.html"
    found = json.loads(report.with_suffix(".json").read_text("utf-8"))
    entries = [{"folder": name, "left_out": 0, **_entry(found)} for name in ("one", "two")]
    index = {"format": FORMAT, "command": "framescope evaluate", "reports": entries}
    (folder / "index.html").write_text(render_index(index), "utf-8")
    Store.open(f"sqlite:///{folder / 'labels.db'}").add(itertools.islice(starter_rows(), 300))
    agreement = folder / "agreement.html"
    assert main(["labels", "agreement", "--home", str(folder), "--html", str(agreement)]) == 0
    return report, folder / "index.html", agreement


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    driver = open_browser(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()


@pytest.mark.parametrize("name", LOOKS)
def test_no_violation(browser, pages, name):
    look(browser, name)
    for page in pages:
        browser.get(page.as_uri())
        browser.execute_script("document.querySelectorAll('details').forEach((d) => d.open = true)")
        assert violations(browser) == [], page.name
        assert browser.execute_script(WIDE), page.name
