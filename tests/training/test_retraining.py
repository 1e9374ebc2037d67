"""One retraining at a time, its state for whoever asks, and how it ends: in real processes."""

import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock

from labels.errors import FramescopeError
from labels.home import Home
from labels.store import Store
from tests.tiny import TWO, rows
from training.background import NotInstalledError, start
from training.progress import Standing
from training.retraining import (
    DECIDING,
    STARTED_BY,
    Retraining,
    RetrainingError,
    State,
    cancel,
    look,
    take_lock,
    write_state,
)

ROOT = Path(__file__).parents[2]
PATIENCE = 240  # seconds; a run at low priority waits for all others

RUN = """
import sys, tempfile, time
from pathlib import Path
from labels.home import Home
from training.progress import Progress
from training.retraining import Retraining

with Retraining(Home.find(sys.argv[1])) as run:
    progress = Progress(quiet=True, tell=run.tell)
    tempfile.mkdtemp()
    progress.stage("fine-tuning")
    while True:
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            if "swallow" not in sys.argv:
                raise
        for step in range(100):
            time.sleep(0.01)
            progress.advance(step, 100)
"""


@pytest.fixture
def home(tmp_path):
    return Home.find(tmp_path / "home")


@pytest.fixture
def run(home):
    """Starts a process that retrains for ever, and ends what is left of it."""
    running = []

    def started(*words):
        command = [sys.executable, "-c", RUN, str(home.folder), *words]
        running.append(subprocess.Popen(command, cwd=ROOT))
        wait_for(lambda: look(home).stage == "fine-tuning")
        return running[-1]

    yield started
    for process in running:
        process.kill()
        process.wait()


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_nothing_has_happened_yet(home):
    assert look(home) == State("idle")
    with pytest.raises(RetrainingError, match="no retraining is under way"):
        cancel(home)


def test_a_run_tells_how_far_it_is_and_what_it_came_to(home):
    with Retraining(home) as run:
        run.tell(Standing("fine-tuning", 40.0, 12.5))
        found = look(home)
        assert (found.state, found.stage, found.percent) == ("running", "fine-tuning", 40.0)
        assert (found.eta_seconds, found.pid) == (12.5, os.getpid())
        run.note(state="refused", reasons=("worse",), challenger="b", champion="a", answers=7)
    found = look(home)
    assert (found.state, found.reasons, found.champion) == ("refused", ["worse"], "a")
    assert found.eta_seconds is None
    assert found.ended > found.started
    with Retraining(home):  # it knows of the last run how many answers there were
        assert look(home).answers == 7
        assert look(home).reasons == []


def test_a_run_that_has_ended_and_holds_the_lock_an_instant_longer_is_not_only_starting(home):
    with Retraining(home) as run:
        run.tell(Standing(DECIDING, 100.0, None))
        run.note(state="done")
    lock = take_lock(home)
    letting_go = threading.Timer(0.1, os.close, [lock])
    letting_go.start()
    assert (look(home).state, look(home).stage) == ("done", DECIDING)
    letting_go.join()


def test_a_run_that_has_the_lock_and_has_not_said_a_word_is_starting(home):
    lock = take_lock(home)
    assert look(home) == State("running", "starting")
    os.close(lock)


def test_steps_are_written_at_most_once_a_second(home):
    with Retraining(home) as run:
        for step in range(50):
            run.tell(Standing("fine-tuning", float(step), None))
        assert look(home).percent == 0
        run.tell(Standing("judging", 60.0, None))
        assert look(home).percent == 60
        run.note(state="done")


def test_one_at_a_time(home):
    with Retraining(home) as run:
        run.tell(Standing("fine-tuning", 40.4, 12.5))
        words = r"a retraining is under way since 20.* \(fine-tuning, 40%\); wait for it"
        with pytest.raises(RetrainingError, match=words):
            Retraining(home)
        with pytest.raises(RetrainingError, match=words):
            start(home)
        run.note(state="done")
    with Retraining(home) as run:
        run.note(state="done")


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (FramescopeError("import more labels"), "import more labels"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    ],
)
def test_a_failure_is_kept_in_words(home, error, why):
    with pytest.raises(type(error)), Retraining(home):
        raise error
    assert (look(home).state, look(home).reasons) == ("failed", [why])


def test_what_is_temporary_lies_in_the_state_folder_and_goes(home):
    before = tempfile.gettempdir()
    with Retraining(home) as run:
        folder = Path(tempfile.mkdtemp())
        assert folder.parent == home.retraining / "tmp"
        run.note(state="done")
    assert tempfile.gettempdir() == before
    assert sorted(path.name for path in home.retraining.iterdir()) == ["lock", "state.json"]


def test_cancel_ends_a_run_in_another_process(home, run):
    process = run()
    cancel(home)
    assert process.wait(PATIENCE) == -signal.SIGINT  # as Python ends on a KeyboardInterrupt
    found = look(home)
    assert found.state == "cancelled"
    assert found.reasons == ["cancelled while fine-tuning; the next run goes on from there"]
    assert not (home.retraining / "tmp").exists()


def test_cancel_works_also_where_a_library_swallows_it(home, run):
    process = run("swallow")
    cancel(home)
    assert process.wait(PATIENCE) == -signal.SIGINT  # as Python ends on a KeyboardInterrupt
    assert look(home).state == "cancelled"


def test_a_decision_under_way_is_not_cancelled(home):
    with Retraining(home) as run:
        run.tell(Standing(DECIDING, 100.0, None))
        os.kill(os.getpid(), signal.SIGTERM)
        run.note(state="done")
    assert look(home).state == "done"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_run_that_died_is_reported_as_such_and_leaves_nothing(home, run):
    process = run()
    process.kill()
    process.wait()
    (home.retraining / ".state.json.half").write_text("{")
    found = look(home)
    assert (found.state, found.died) == ("failed", True)
    assert found.reasons == (
        "the run died while fine-tuning; the next one goes on from what it has left",
    )
    with Retraining(home) as again:
        again.note(state="done")
    assert sorted(path.name for path in home.retraining.iterdir()) == ["lock", "state.json"]


def test_what_died_is_not_taken_for_the_run_that_is_only_just_starting(home):
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        write_state(home, State("running", pid=bystander.pid, host=socket.gethostname()))
        starting = Retraining(home)
        with pytest.raises(RetrainingError, match="only just starting; try again in a moment"):
            cancel(home, patience=0)
        with starting:
            assert look(home).pid == os.getpid()
        with pytest.raises(subprocess.TimeoutExpired):
            bystander.wait(0.2)
    finally:
        bystander.kill()
        bystander.wait()


def test_a_run_knows_who_asked_for_it(home, monkeypatch):
    told = {}

    def remember(*_, env, **__):
        told.update(env)
        raise OSError("no processes left")

    monkeypatch.setattr("training.background.subprocess.Popen", remember)
    with pytest.raises(OSError, match="no processes left"):
        start(home, by="maria")
    monkeypatch.setenv(STARTED_BY, told[STARTED_BY])
    assert Retraining(home).by == "maria"
    assert STARTED_BY not in os.environ  # what this run starts is its own


def test_whether_a_training_is_under_way_is_not_looked_at_while_one_runs(home, monkeypatch):
    looked = []
    monkeypatch.setattr("training.background.is_held", lambda lock: looked.append(lock))
    with Retraining(home), pytest.raises(RetrainingError, match="under way"):
        start(home)
    assert looked == []


def test_a_run_elsewhere_cannot_be_cancelled_from_here(home):
    with Retraining(home):
        path = home.retraining / "state.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "host": "other"}))
        with pytest.raises(RetrainingError, match="runs on 'other', not here"):
            cancel(home)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"state": "idle", "later": 1}'])
def test_a_state_that_cannot_be_read_counts_as_none(home, content):
    home.retraining.mkdir()
    (home.retraining / "state.json").write_text(content)
    assert look(home) == State("idle")


def test_a_started_run_has_the_lock_from_the_first_moment_and_low_priority(home):
    child = start(home, ["--no-starter"])
    assert look(home).state == "running"
    with pytest.raises(RetrainingError, match="under way"):
        start(home)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, child.pid) == min(own + 10, 19) > own
    child.wait(PATIENCE)
    found = look(home)
    assert (found.state, found.pid) == ("failed", child.pid)
    assert found.reasons[0].startswith("no labelled text is on the test side")
    assert "no labelled text" in (home.retraining / "log.txt").read_text("utf-8")


def test_a_run_that_is_only_just_starting_can_be_cancelled(home):
    Store.open(home.database, TWO).add(rows(TWO, 60))
    child = start(home, ["--base-model", "no-such-encoder"])
    cancel(home)
    child.wait(PATIENCE)
    assert look(home).state == "cancelled"
    assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_who_is_interrupted_while_starting_a_run_leaves_none_behind(home, monkeypatch):
    Store.open(home.database, TWO).add(rows(TWO, 60))

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("training.background.threading.Thread.start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        start(home, ["--base-model", "no-such-encoder"])
    assert look(home).state == "cancelled"


def test_options_that_are_no_options_are_a_run_that_died(home):
    start(home, ["--nonsense"]).wait(PATIENCE)
    assert look(home).died
    assert "--nonsense" in (home.retraining / "log.txt").read_text("utf-8")


def test_a_training_under_way_is_not_disturbed(home):
    home.work.mkdir()
    with (
        FileLock(home.work / "training.lock"),
        pytest.raises(RetrainingError, match=r"a training run \(framescope train\) is under way"),
    ):
        start(home)
    assert look(home).state == "idle"


def test_a_service_packed_without_evaluation_says_so(home, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in ("eval", "torch") else found(name)
    )
    words = "retraining is not installed here (eval, torch missing); run framescope retrain where"
    with pytest.raises(NotInstalledError, match=re.escape(words)):
        start(home)
    assert look(home).state == "idle"
