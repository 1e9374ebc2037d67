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
from serving.client import DocumentAnswer, InvalidRequestError, UnreachableError
from serving.client.answers import CodebookName
from serving.client.documents import AboutDocument, DocumentTotals, FrameShare
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


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["articles", "--url", "localhost:3000"], "is no address of a service"),
        (["nowhere"], "No such file or directory: 'nowhere'"),
        (["articles", "--csv", "no/such/x.csv"], "no/such/x.csv: no file can be written there"),
        (["articles", "--chart", "x.xyz"], "x.xyz: no kind of chart"),
    ],
)
def test_what_the_example_cannot_do_is_told_before_anything_is_scored(
    arguments, words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "articles").mkdir()
    assert folder_to_chart.main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert words in error


class Late:
    """Answers one article in time, and reads a long one without evidence alone."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []

    def document(self, path, explain=False):
        self.asked.append((path.name, explain))
        if path.name == "slow.txt":
            raise UnreachableError("did not answer in time", sent=True, timed_out=True)
        if path.name == "long.txt" and explain:
            raise InvalidRequestError(413, "too_large", "300 paragraphs")
        return path.name


def test_a_slow_article_is_passed_over_and_a_long_one_read_without_evidence(capsys):
    client = Late()
    paths = [Path(name) for name in ("long.txt", "slow.txt", "usual.txt")]
    found = dict(folder_to_chart._read(client, paths))
    assert list(found.values()) == ["long.txt", "usual.txt"]
    assert client.asked == [
        ("long.txt", True), ("long.txt", False), ("slow.txt", True), ("usual.txt", True)
    ]  # fmt: skip
    assert "slow.txt: did not answer in time" in capsys.readouterr().err


def test_dollars_are_money_in_titles_frames_and_stances(tmp_path):
    counts = (FrameShare("the $ of it, $^$", 1, {"for $1 or $2^": 1}, 0.5),)
    about = AboutDocument("From $2bn, or 25%, to $10bn^", None, None, "en", "text")
    totals = DocumentTotals(2, counts, ())
    article = DocumentAnswer("m", "ensemble", CodebookName("c", 1), about, "", (), totals)
    figure = folder_to_chart.chart([article], ["the $ of it, $^$"], ["for $1 or $2^"])
    figure.savefig(tmp_path / "x.png")
    assert figure.axes[0].get_yticklabels()[0].get_text() == "From $2bn, or 25%, to $10bn^"
