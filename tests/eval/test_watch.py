"""When a watch retrains, and how a run is ended from the command line."""

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

import cli
from eval.watch import SECONDS_BETWEEN_LOOKS, Pause, due, options, run_once, watch
from labels.home import Home
from labels.store import Store
from tests.tiny import TWO, rows
from training.retraining import Retraining, RetrainingError, State, look

ROOT = Path(cli.__file__).parent


@pytest.fixture
def home(tmp_path):
    return Home.find(tmp_path / "home")


@pytest.fixture
def store(home):
    store = Store.open(home.database, TWO)
    store.add(rows(TWO, 30))
    yield store
    store.engine.dispose()


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (State(), True),  # never yet: whether anything is to do, the run finds out
        (State("done", answers=30), False),
        (State("done", answers=11), False),
        (State("done", answers=10), True),
        (State("refused", answers=10), True),
        (State("running", answers=10), False),
        (State("cancelled", answers=30), False),
        (State("failed", answers=30), True),
        (State("failed", answers=30, died=True), True),
    ],
)
def test_due_after_twenty_of_thirty_answers(store, last, expected):
    assert due(last, store, 20) is expected


def test_the_options_of_a_watch_are_those_of_its_runs(tmp_path):
    words = ["retrain", "--watch", "--after", "3", "--no-starter", "--seed", "4", "--epochs", "0.5"]
    args = cli.parser().parse_args([*words, "--base-model", "some/encoder"])
    assert options(args) == [
        "--no-starter", "--base-model", "some/encoder", "--seed", "4", "--epochs", "0.5",
    ]  # fmt: skip
    again = cli.parser().parse_args(["retrain", *options(args)])
    assert (again.seed, again.epochs, again.no_starter, again.watch) == (4, 0.5, True, False)


NOT_PASSED_ON = {"help", "json", "home", "watch", "after", "cancel", "force", "quiet"}
"""Of the watch itself, or (`home`, `json`) given by whoever starts the run."""


def retrain_options():
    commands = next(
        own for own in cli.parser()._actions if isinstance(own, argparse._SubParsersAction)
    )
    found = {own.dest: own for own in commands.choices["retrain"]._actions if own.option_strings}
    assert found.keys() >= NOT_PASSED_ON
    return [own for name, own in sorted(found.items()) if name not in NOT_PASSED_ON]


@pytest.mark.parametrize("option", retrain_options(), ids=lambda own: own.dest)
def test_every_option_of_a_run_survives_the_watch(option):
    value = [] if option.nargs == 0 else [str((option.type or str)("3"))]
    words = [option.option_strings[0], *value]
    given = cli.parser().parse_args(["retrain", "--watch", *words])
    again = cli.parser().parse_args(["retrain", *options(given)])
    own, passed = (getattr(args, option.dest) for args in (given, again))
    assert own != option.default
    assert passed == (own.absolute() if isinstance(own, Path) else own)


def test_the_pause_after_failures_doubles_up_to_an_hour_until_labels_change(monkeypatch):
    monkeypatch.setattr("eval.watch.time.sleep", lambda _: None)
    pause, lengths = Pause(), []
    for _ in range(11):
        assert pause.over(30)
        pause.after(True, 30)
        looks = 0
        while not pause.over(30):
            pause.sleep()
            looks += 1
        lengths.append(looks * SECONDS_BETWEEN_LOOKS)
    assert lengths == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]
    pause.after(True, 30)
    assert not pause.over(30)
    assert pause.over(31)
    pause.after(True, 31)
    pause.sleep()
    assert not pause.over(31)
    pause.sleep()
    assert pause.over(31)
    pause.after(False, 31)
    assert pause.over(31)


def test_fewer_answers_than_a_run_needs_do_not_end_the_pause():
    pause = Pause(20)
    assert pause.over(30)
    pause.after(True, 30)
    assert not pause.over(49)
    assert pause.over(50)


@pytest.mark.parametrize("noted", [None, 30], ids=["at once", "after it took its labels"])
def test_a_watch_tries_a_failing_run_again_and_not_at_every_look(home, store, monkeypatch, noted):
    args = cli.parser().parse_args(["retrain", "--watch", "--quiet", "--home", str(home.folder)])
    ran, looks = [], []

    def fail(home, *_):
        ran.append(len(looks))
        with Retraining(home) as run:
            run.note(answers=noted, state="failed")

    def sleep(_):
        looks.append(None)
        if len(looks) == 20:
            raise EnoughError

    monkeypatch.setattr("eval.watch.run_once", fail)
    monkeypatch.setattr("eval.watch.time.sleep", sleep)
    with pytest.raises(EnoughError):
        watch(args)
    assert ran == [0, 2, 6, 14]  # 10, 20 and 40 seconds, at a look every five


def test_fewer_than_one_answer_is_refused(home):
    args = argparse.Namespace(home=home.folder, after=0)
    with pytest.raises(RetrainingError, match="--after is 0; give a number of answers from 1"):
        watch(args)


class EnoughError(Exception):
    """Ends a watch that would go on for ever."""


def test_a_watch_retrains_in_a_process_of_its_own_once_enough_has_changed(
    home, store, monkeypatch, capsys
):
    args = cli.parser().parse_args(
        ["retrain", "--watch", "--after", "5", "--no-starter", "--home", str(home.folder)]
    )
    ran = []

    def run(home, chosen, quiet):
        ran.append(chosen)
        with Retraining(home) as retraining:
            retraining.note(state="done", answers=store.counts()["annotations"])

    def sleep(_):
        looks.append(len(ran))
        if len(looks) == 2:
            store.add(rows(TWO, 4, seed=1))
        if len(looks) == 3:
            store.add(rows(TWO, 1, seed=2))
        if len(looks) == 5:
            raise EnoughError

    looks: list[int] = []
    monkeypatch.setattr("eval.watch.run_once", run)
    monkeypatch.setattr("eval.watch.time.sleep", sleep)
    with pytest.raises(EnoughError):
        watch(args)
    assert looks == [1, 1, 1, 2, 2]
    assert ran == [["--no-starter"]] * 2
    assert "retraining after 5 changed answers" in capsys.readouterr().err


def test_a_run_of_a_watch_that_fails_is_told_and_does_not_end_it(home, store, capsys):
    run_once(home, ["--base-model", "no-such-encoder"], quiet=False)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "retraining"
    assert said[1].startswith("failed: ")
    assert look(home).state == "failed"


def test_nothing_to_cancel_is_an_error(home, capsys):
    assert cli.main(["retrain", "--cancel", "--home", str(home.folder)]) == 1
    assert f"no retraining is under way in {home.folder}" in capsys.readouterr().err


def test_cancel_waits_until_the_run_has_ended(home, capsys):
    code = (
        "import sys, time; from labels.home import Home;"
        "from training.retraining import Retraining\n"
        "with Retraining(Home.find(sys.argv[1])): time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(home.folder)]
    run = subprocess.Popen(command, cwd=ROOT)
    try:
        while look(home).state != "running":
            assert run.poll() is None
        assert cli.main(["retrain", "--cancel", "--home", str(home.folder)]) == 0
        assert capsys.readouterr().out.startswith("cancelled: cancelled while starting")
    finally:
        run.kill()
        run.wait()


def test_a_watch_that_is_ended_ends_its_run(home, store):
    # A process, since the watch takes its own signals.
    words = ["retrain", "--watch", "--base-model", "no-such-encoder", "--home", str(home.folder)]
    watching = subprocess.Popen([sys.executable, "-m", "cli", *words], cwd=ROOT)
    try:
        while look(home).pid is None:
            assert watching.poll() is None
        watching.terminate()
        assert watching.wait(240) == 1
        assert look(home).state == "cancelled"
    finally:
        watching.kill()
        watching.wait()
