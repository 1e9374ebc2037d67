"""`framescope serve --train`: from nothing to the baseline's answers to a fine-tuned model's."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from labels.home import Home
from labels.store import Store
from serving import first_start
from serving.first_start import needs_training
from tests.conftest import ROOT, free_port
from tests.tiny import TWO, make_encoder, rows
from training.registry import Registry
from training.retraining import Retraining, look

TEXT = "a splendid welcome tariff price trade report"


@pytest.fixture
def home(tmp_path):
    return Home.find(tmp_path / "state")


def wait_until(condition, seconds=400):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.2)
    return found


@pytest.mark.long
def test_from_nothing_the_baseline_answers_until_a_fine_tuned_model_is_proven(home, tmp_path):
    labelled = rows(TWO, 60)
    encoder = make_encoder(tmp_path / "encoder", [row.text for row in labelled])
    Store.open(home.database, TWO).add(labelled)
    port = free_port()
    command = [sys.executable, "-m", "cli", "serve", "--train", "--base-model", str(encoder)]
    command += ["--home", str(home.folder), "--port", str(port)]
    log = tmp_path / "log"
    with log.open("wb") as out:  # in a session of its own, to be interrupted as by Ctrl-C
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=out, start_new_session=True
        )
    members: list[str] = []

    def ask() -> str | None:
        assert process.poll() is None, log.read_text("utf-8")
        try:
            answer = httpx.post(f"http://127.0.0.1:{port}/score", json={"texts": [TEXT]})
        except httpx.TransportError:
            assert not members  # not once it has answered
            return None
        if answer.status_code == 200:
            members.append(answer.json()["member"])
        else:
            assert not members
        return members[-1] if members else None

    try:
        wait_until(lambda: ask() == "baseline")
        plain = {"inputs": TEXT}
        named = httpx.post(f"http://127.0.0.1:{port}/", json=plain).headers["framescope-model"]
        assert named.endswith(", baseline")
        wait_until(lambda: ask() == "ensemble")
        assert members == sorted(members)  # the one, then the other
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    with pytest.raises(ProcessLookupError):  # nothing that it started is left
        os.killpg(process.pid, 0)
    assert look(home).state == "done"
    said = log.read_text("utf-8")
    parts = ["no model yet", "page and API on", "fine-tuning", "promoted: "]
    assert [said.index(part) for part in parts] == sorted(said.index(part) for part in parts)
    first, second = Registry(home, Store.open(home.database)).history()
    assert (first.by, first.reason) == (first_start.BY, first_start.REASON)
    assert second.by == "framescope retrain"


def test_the_baseline_does_not_replace_a_model_that_was_proven_meanwhile(trained_copy, monkeypatch):
    registry = trained_copy.registry()
    late = registry.models()[-1].version
    unknown = iter([None])  # nobody was champion when the baseline began to train
    asked = Registry.champion
    monkeypatch.setattr(Registry, "champion", lambda self: next(unknown, asked(self)))
    answer = subprocess.CompletedProcess([], 0, f'{{"model": "{late}"}}')
    monkeypatch.setattr(first_start.subprocess, "run", lambda *_, **__: answer)
    assert needs_training(Home.find(trained_copy.home)) is False
    (only,) = registry.history()
    assert only.by == "framescope retrain"


SERVER = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    log_message = lambda *_: None
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
TRAINING = """
import os, sys, time
from labels.home import Home
from training.retraining import Retraining

with Retraining(Home.find(sys.argv[3])):
    print("this is shown", flush=True)
    while True:
        with open(sys.argv[4], "w") as file:
            print(os.nice(0), file=file)
        time.sleep(0.1)
"""


@pytest.fixture
def server():
    """The command of a server that is ready at once, and its port."""
    port = free_port()
    return [sys.executable, "-c", SERVER, str(port)], port


# What `framescope serve --train` does, with a training that never ends.
SERVING = """
import json, sys
from labels.home import Home
from serving import first_start
from training import background

program, home, port, command, recipe = map(json.loads, sys.argv[1:])
if program:
    background._program = lambda: program
first_start._LONGEST_END = 240.0  # a busy machine leaves it little time
code = first_start.serve_and_train(command, "127.0.0.1", port, Home.find(home), recipe)
sys.exit(code)
"""


@contextlib.contextmanager
def serving(home, server, log, program=None, recipe=()):
    """Serve and train in a process of its own, which must end well when it is told to."""
    command, port = server
    values = [program, str(home.folder), port, command, list(recipe)]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVING, *map(json.dumps, values)],
            stdout=file, stderr=file, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    try:
        yield
        process.terminate()
        assert process.wait(300) == 0
    finally:
        process.kill()


def test_what_ends_the_server_ends_the_training(home, server, tmp_path):
    niceness, program, log = (tmp_path / name for name in ("niceness", "program.py", "log"))
    program.write_text(TRAINING, "utf-8")
    lowered = f"{min(os.nice(0) + 10, 19)}\n"
    with serving(home, server, log, str(program), [str(niceness)]):
        wait_until(lambda: niceness.exists() and niceness.read_text("utf-8") == lowered)
    assert look(home).state == "cancelled"  # and it has kept its work
    assert "this is shown" in log.read_text("utf-8")
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{server[1]}")


def test_a_retraining_that_someone_else_has_started_goes_on(home, server, tmp_path):
    said, log = "not fine-tuned now: a retraining is under way since 20", tmp_path / "log"
    with Retraining(home) as run:
        with serving(home, server, log):
            wait_until(lambda: said in log.read_text("utf-8"))
        assert look(home).state == "running"
        run.note(state="done")


def test_labels_that_do_not_suffice_are_said(home, tmp_path):
    Store.open(home.database, TWO).add(rows(TWO, 12))
    command = [sys.executable, "-m", "cli", "serve", "--train", "--home", str(home.folder)]
    command += ["--port", str(free_port())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "labelled texts on the training side" in done.stderr
    assert done.stderr.endswith("import labels, or start without --train\n")
