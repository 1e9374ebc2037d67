"""The pages say what is true: made pages are current, and every command in the README runs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.make import DOCS, http_page, pages
from labels.codebook import load_codebook
from labels.formats.files import read_labels

ROOT = DOCS.parent
README = (ROOT / "README.md").read_text("utf-8")
LONG = re.compile(r"^framescope (retrain|evaluate)", re.MULTILINE)
BLOCKS = re.findall(r"```(sh|python)\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("name", sorted(pages()))
def test_made_pages_are_current(name):
    assert (DOCS / name).read_text("utf-8") == pages()[name], "run: make docs"


def test_the_http_page_names_the_values_allowed_and_parts_json_from_the_form():
    page = http_page()
    lines = page.splitlines()
    assert "| kind | `author` or `speaker` |  |" in lines
    assert any(line.startswith("| state | `idle`, `running`, `done`") for line in lines)
    sent = page.partition("## POST /documents")[2].partition("<details>")[0]
    as_json, as_form = sent.partition("Sent as `multipart/form-data`:")[::2]
    assert ("| content |" in as_json, "| file |" in as_json) == (True, False)
    assert ("| content |" in as_form, "| file |" in as_form) == (False, True)


def test_the_rows_shown_for_files_can_be_imported(tmp_path):
    blocks = re.findall(r"```csv\n(.*?)```", (DOCS / "files.md").read_text("utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        (tmp_path / "rows.csv").write_text(block, "utf-8")
        rows = read_labels(tmp_path / "rows.csv", load_codebook())
        assert {len(row.frames) for row in rows} == {0, 1, 2}


def test_links_lead_somewhere():
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_make_targets_in_the_docs_exist():
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        named = set(re.findall(r"^    make ([a-z-]+)", path.read_text("utf-8"), re.MULTILINE))
        assert named
        assert named <= made


def test_the_readme_has_commands_to_run():
    assert len(BLOCKS) >= 6


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(place, marks=[pytest.mark.long] if LONG.search(code) else [])
        for place, (_, code) in enumerate(BLOCKS)
    ],
)
def test_every_command_in_the_readme_runs(block, service, trained_copy, tmp_path):
    language, code = BLOCKS[block]
    code = code.replace("http://127.0.0.1:3000", service.url)
    # On the tiny encoder, and without the starter corpus, which would take minutes.
    fast = f"framescope retrain --no-starter --epochs 1 --base-model {trained_copy.encoder}"
    code = code.replace("framescope retrain", fast)
    if "--data monday.jsonl" in code:
        code = _block_that_writes("monday.jsonl").split("END\n")[0] + "END\n" + code
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "FRAMESCOPE_HOME": str(trained_copy.home),
    }
    environment.pop("HF_HUB_OFFLINE")  # as a user's own client runs
    shell = ["bash", "-euc", code] if language == "sh" else [sys.executable, "-c", code]
    done = subprocess.run(shell, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode in ((0, 3) if "retrain" in code else (0,)), done.stderr
    assert "Traceback" not in done.stderr


def _block_that_writes(name: str) -> str:
    return next(code for _, code in BLOCKS if f"cat > {name}" in code)
