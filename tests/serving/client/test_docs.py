"""Everything in docs/client.md runs, and so does the example with its articles."""

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.image import imread

from docs.examples import folder_to_chart
from tests.conftest import free_port

ROOT = Path(__file__).parents[3]
BLOCKS = re.findall(
    r"```(sh|python)\n(.*?)```", (ROOT / "docs" / "client.md").read_text("utf-8"), re.DOTALL
)
EXAMPLES = ROOT / "docs" / "examples"


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_there_is_something_to_run():
    assert len(BLOCKS) == 7


@pytest.mark.parametrize("block", range(len(BLOCKS)))
def test_every_block_runs(block, service, tmp_path):
    language, code = BLOCKS[block]
    code = code.replace("http://127.0.0.1:3000", service.url)
    shutil.copytree(EXAMPLES, tmp_path / "docs" / "examples")
    shell = ["bash", "-euc", code] if language == "sh" else [sys.executable, "-c", code]
    done = run(shell, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert done.stderr == ""


def test_a_folder_becomes_a_chart_and_a_table(service, tmp_path):
    shutil.copytree(EXAMPLES / "articles", tmp_path / "articles")
    (tmp_path / "articles" / "zero.html").write_text("", "utf-8")
    command = [sys.executable, str(EXAMPLES / "folder_to_chart.py"), "articles"]
    done = run([*command, "--url", service.url], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "6 of 7 articles: frames.csv, frames.png\n"
    assert done.stderr.startswith("zero.html: ")
    height, width, _ = imread(tmp_path / "frames.png").shape
    assert width > 1500 > height > 400
    with (tmp_path / "frames.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["file"] for row in rows}) == 6
    accord = [row for row in rows if row["file"].endswith("testing-accord.html")]
    assert {row["title"] for row in accord} == {"Nine states will test each other's models"}
    assert accord[0]["text"].startswith("Nine governments agreed on Monday")
    assert not [row for row in rows if "All rights reserved" in row["text"]]
    scores = [row["sovereignty"] for row in rows if row["sovereignty"]]
    assert all(0 < float(score) <= 1 for score in scores)


def test_without_a_service_the_example_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)
    monkeypatch.chdir(tmp_path)
    nobody = f"http://127.0.0.1:{free_port()}"
    assert folder_to_chart.main([str(EXAMPLES / "articles"), "--url", nobody]) == 1
    assert "is the service running there?" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
