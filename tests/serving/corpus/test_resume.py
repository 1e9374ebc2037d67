"""A run that was ended goes on, as it was; another one is told what differs."""

import io
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labels.errors import FramescopeError
from serving.corpus.answers import Telling
from serving.corpus.score import StoppedError
from serving.corpus.spool import Limits
from tests.serving.corpus.fakes import Counting, run

ROOT = Path(__file__).parents[3]
LIMITS = Limits(rows=2)


class Ended(Counting):
    """Ends after so many calls, as at Ctrl-C."""

    def __init__(self, calls, **options):
        super().__init__(**options)
        self.left = calls

    def predict(self, texts, explain=False):
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().predict(texts)


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "in.jsonl"
    rows = [{"text": f"text {n % 6}", "n": n} for n in range(10)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def begun(corpus, tmp_path):
    """An unfinished run: of five windows, two are done."""
    words = (
        "interrupted after 4 of 10 rows; the same command again goes on from there, "
        f"{tmp_path}/out.jsonl.partial holds what is done"
    )
    with pytest.raises(StoppedError, match=re.escape(words)):
        run([corpus], tmp_path / "out.jsonl", Ended(2), limits=LIMITS)
    assert not (tmp_path / "out.jsonl").exists()
    return corpus


def test_only_what_is_left_is_scored(begun, tmp_path):
    done, predictor = run([begun], tmp_path / "out.jsonl", limits=LIMITS)
    assert predictor.asked == {"text 4": 1, "text 5": 1}
    assert (done.rows, done.texts) == (10, 6)
    run([begun], tmp_path / "whole.jsonl", limits=LIMITS)
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"predictor": Counting("fake-2")}, "--model was fake-1 and is fake-2. To go on with it"),
        ({"text": "text"}, "--text was not given and is text"),
        ({"telling": Telling(named=True)}, "--named was not given and is given"),
        ({"limits": Limits(rows=3)}, "the size of windows was 2 rows"),
    ],
)
def test_another_command_is_told_what_differs(begun, tmp_path, changed, words):
    with pytest.raises(FramescopeError, match=re.escape(words)) as caught:
        run([begun], tmp_path / "out.jsonl", **{"limits": LIMITS, **changed})
    assert "\n" not in str(caught.value)
    run([begun], tmp_path / "out.jsonl", limits=LIMITS)  # the unfinished run is as it was


def test_other_inputs_are_told(begun, tmp_path):
    other = tmp_path / "other.jsonl"
    other.write_text('{"text": "a"}\n', "utf-8")
    with pytest.raises(FramescopeError, match=f"the inputs were {begun} and are {other}"):
        run([other], tmp_path / "out.jsonl", limits=LIMITS)
    size = begun.stat().st_size
    text = begun.read_text("utf-8")
    begun.write_text(text.replace("text 5", "text 7"), "utf-8")
    with pytest.raises(FramescopeError, match=f"{begun} was changed"):
        run([begun], tmp_path / "out.jsonl", limits=LIMITS)
    begun.write_text(text + "\n", "utf-8")
    words = f"{begun} had {size} bytes and has {size + 1}; to|{size} bytes and has {size + 1}. To"
    with pytest.raises(FramescopeError, match=words):
        run([begun], tmp_path / "out.jsonl", limits=LIMITS)


def test_standard_input_need_not_be_given_again(tmp_path, monkeypatch, corpus):
    def send(data):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))

    send(corpus.read_bytes())
    with pytest.raises(StoppedError):
        run(["-"], tmp_path / "out.jsonl", Ended(1), limits=LIMITS)
    send(b'{"text": "other"}\n')
    with pytest.raises(FramescopeError, match="standard input had"):
        run(["-"], tmp_path / "out.jsonl", limits=LIMITS)
    send(corpus.read_bytes())
    with pytest.raises(StoppedError):
        run(["-"], tmp_path / "out.jsonl", Ended(1), limits=LIMITS)
    send(b'{"text": "other"}\n')
    with pytest.raises(FramescopeError, match="standard input had"):
        run(["-"], tmp_path / "out.jsonl", limits=LIMITS)
    send(b"")  # what came the first time is still there
    done, predictor = run(["-"], tmp_path / "out.jsonl", limits=LIMITS)
    assert (done.rows, predictor.asked.total()) == (10, 2)


def test_standard_input_of_a_run_killed_while_reading_is_still_there(tmp_path, monkeypatch):
    kept = tmp_path / "out.jsonl.partial" / "scratch" / "stdin.jsonl"
    kept.parent.mkdir(parents=True)
    kept.write_text('{"text": "one"}\n{"text": "two"}\n', "utf-8")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    done, _ = run(["-"], tmp_path / "out.jsonl", limits=LIMITS)
    assert done.rows == 2


def test_output_in_a_folder_that_is_scored_is_no_input(corpus, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoppedError):
        run(["."], "out.jsonl", Ended(2), limits=LIMITS)
    done, predictor = run(["."], "out.jsonl", limits=LIMITS)
    assert (done.rows, len(predictor.calls)) == (10, 1)
    again, _ = run(["."], "out.jsonl", limits=LIMITS)
    assert again.rows == 10


def test_a_folder_of_something_else_is_left_alone(corpus, tmp_path):
    (tmp_path / "out.jsonl.partial").mkdir()
    (tmp_path / "out.jsonl.partial" / "mine.txt").write_text("mine")
    with pytest.raises(FramescopeError, match=r"there is something else: mine.txt; move it away"):
        run([corpus], tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl.partial" / "mine.txt").read_text() == "mine"


CODE = """
import signal
import sys
import time
from labels.errors import FramescopeError
from tests.serving.corpus.fakes import Counting, run
from serving.corpus.spool import Limits

class Stuck(Counting):
    def predict(self, texts, explain=False):
        time.sleep(600 if self.calls else 0)
        return super().predict(texts)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" has it ignored
try:
    run([sys.argv[1]], sys.argv[2], Stuck(), limits=Limits(rows=2))
except FramescopeError as error:
    sys.exit(str(error))
"""


def test_two_at_once_and_ctrl_c(corpus, tmp_path):
    out = tmp_path / "out.jsonl"
    command = [sys.executable, "-c", CODE, str(corpus), str(out)]
    first = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    parts = tmp_path / "out.jsonl.partial" / "parts"
    deadline = time.monotonic() + 120
    while not (parts.exists() and list(parts.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(FramescopeError, match=re.escape(f"{out}: another run is writing it; wait")):
        run([corpus], out, limits=LIMITS)
    first.send_signal(signal.SIGINT)
    said = first.communicate(timeout=120)[1]
    assert re.fullmatch(r"interrupted after 2 of 10 rows; the same command again .*\n", said)
    done, _ = run([corpus], out, limits=LIMITS)
    assert done.rows == 10
