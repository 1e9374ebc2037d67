"""The OpenAPI document against a running service, by schemathesis; its checks are all on.

The short run is the same each time; `make test-fuzz` runs 10,000 cases, other ones each time.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labels.rows import LabelledRow
from labels.text import text_id
from tests.conftest import start_service, stop_service

CONFIG = Path(__file__).with_name("schemathesis.toml")
TOKEN = "token-of-the-fuzzing-test"
OPERATIONS = 17
CASES = 10_000
DISPUTED = "Ann says one thing of the ports, and bo another."
"""`schemathesis.toml` has its number."""


@pytest.fixture
def fuzzed(trained_copy, tmp_path):
    """A service with a token, whose retraining ends at once: it is given what is no option."""
    store = trained_copy.registry().store
    for name, frames in (("ann", {"safety": "favor"}), ("bo", {})):
        store.add([LabelledRow(DISPUTED, frames, annotator=name)])
    assert text_id(DISPUTED) in CONFIG.read_text("utf-8")
    more = {"FRAMESCOPE_TOKEN": TOKEN, "FRAMESCOPE_RETRAIN": "--no-such-option"}
    service = start_service(trained_copy.home, tmp_path / "log", **more)
    yield service
    stop_service(service)


def fuzz(url: str, folder: Path, *options: str) -> str:
    """Run schemathesis; return what it says, which the test fails with if it finds anything."""
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("schemathesis is not installed: install the development dependencies")
    command = [program, "--config-file", str(CONFIG), "run", f"{url}/docs.json"]
    command += ["--header", f"Authorization: Bearer {TOKEN}", "--no-color", "--no-shrink"]
    command += ["--wait-for-schema", "60"]
    done = subprocess.run(
        [*command, *options],
        cwd=folder,  # it keeps what it has found there, for the next run
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "120", "PYTHONPATH": str(CONFIG.parents[2])},
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return done.stdout


def cases(said: str) -> int:
    return int(re.search(r"([\d,]+) generated", said)[1].replace(",", ""))


PARTS = (
    ("--exclude-path", "/"),
    # The page is at this address, too, with GET, and is no part of the document.
    ("--include-path", "/", "--exclude-checks", "unsupported_method,allow_header_conformance"),
)


def test_the_service_does_what_its_document_says(fuzzed, tmp_path):
    short = ("--seed", "1", "--phases", "examples,coverage,fuzzing", "--max-examples", "5")
    found = [fuzz(fuzzed.url, tmp_path, *part, *short) for part in PARTS]
    assert f"Tested: {OPERATIONS - 1}" in found[0]
    assert sum(map(cases, found)) > 500
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")


@pytest.mark.fuzz
def test_ten_thousand_cases(fuzzed, tmp_path, capsys):
    found = 0
    while found < CASES:
        for part in PARTS:
            said = fuzz(fuzzed.url, tmp_path, *part, "--max-examples", "250")
            found += cases(said)
            with capsys.disabled():
                print(f"\n{said[said.index('SUMMARY') :]}\n{found:,} cases in all", flush=True)
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")
