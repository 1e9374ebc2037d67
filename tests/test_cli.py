"""The command line as a user meets it."""

import argparse
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import cli

ROOT = Path(__file__).parent.parent


def commands(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()):
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield from commands(command, (*path, name))
            return
    yield path, parser


ALL = dict(commands(cli.parser()))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_help_with_an_example(path, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main([*path, "--help"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert f"example:\n  framescope {' '.join(path)}" in shown


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_example_parses(path):
    import shlex

    example = ALL[path].epilog.split("\n  ")[1]
    args = cli.parser().parse_args(shlex.split(example)[1:])
    assert callable(_function(args.run))


def _function(run: str):
    import importlib

    module, name = run.split(":")
    return getattr(importlib.import_module(module), name)


def test_no_command_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main([])
    assert stopped.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["models", "show"], "there is no champion in"),
        (["models", "promote", "nothing"], "no model 'nothing' in"),
        (["models", "rollback"], "there is no earlier champion to go back to"),
        (["train", "--codebook", "missing.yaml"], "missing.yaml: cannot read the codebook"),
        (["train", "--epochs", "-1", "--no-starter"], "settings out of range: epochs is -1.0"),
        (["train", "--epochs", "inf"], "settings out of range: epochs is inf"),
        (["train", "--test-share", "0.5"], "--test-share goes with --data"),
        (["train", "--no-starter"], "0 labelled texts on the training side"),
        (["score", "x.jsonl", "--out", "y.jsonl"], "train one with: framescope retrain"),
        (["evaluate", "--out", "r"], "there is no champion"),
        (["serve", "--port", "99999"], "no port 99999; ports go from 1 to 65535"),
        (["serve", "--host", "192.0.2.1"], "cannot serve on 192.0.2.1:3000: "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line_without_a_traceback(argv, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(argv) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert words in shown.err
    assert len(shown.err.strip().splitlines()) == 1


def test_a_state_folder_that_cannot_be_made_is_named(capsys, tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    assert cli.main(["models", "list", "--home", str(tmp_path / "file" / "home")]) == 1
    assert "cannot make the state folder" in capsys.readouterr().err


def test_models_are_listed_and_shown(trained, capsys):
    home = ["--home", str(trained.home)]
    assert cli.main(["models", "list", "--json", *home]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert (entry["version"], entry["champion"]) == (trained.version, True)
    assert cli.main(["models", "show", *home]) == 0
    shown = capsys.readouterr().out
    assert trained.version in shown
    assert "champion since" in shown


def test_evaluate_writes_a_report(trained, capsys, tmp_path):
    rows = [
        {"text": "Both states agreed to share test results.", "frames": {"cooperation": "neutral"}},
        {"text": "Cookie policy.", "frames": {}},
    ]
    data = tmp_path / "rows.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    options = ["--home", str(trained.home), "--data", str(data), "--out", str(tmp_path / "out")]
    assert cli.main(["evaluate", "--json", *options]) == 0
    printed = json.loads(capsys.readouterr().out)
    written = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert printed == written
    assert (written["data"]["name"], written["data"]["n"]) == ("rows.jsonl", 2)
    assert written["frames"]["per_frame"]["safety"] is None
    assert written["lineage"]["rows_seen_in_training"] == 0


def test_starting_the_command_is_quick_to_say_what_it_can():
    heavy = "{'torch', 'sqlalchemy', 'numpy', 'yaml', 'fastapi', 'labels.formats.files'}"
    code = f"import sys, cli; cli.parser(); sys.exit(str({heavy} & set(sys.modules) or ''))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.strip() == ""


def test_commands_that_fit_nothing_load_nothing_that_does(trained):
    heavy = "{'torch', 'transformers', 'sklearn', 'scipy', 'pandas', 'matplotlib'}"
    words = ["models", "list", "--home", str(trained.home)]
    code = f"import sys, cli; cli.main({words}); sys.exit(str({heavy} & set(sys.modules) or ''))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert trained.version in done.stdout
    assert done.stderr.strip() == ""


def test_a_port_that_is_taken_is_named(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert cli.main(["serve", "--port", str(port)]) == 1
    assert f"cannot serve on 127.0.0.1:{port}: Address already in use" in capsys.readouterr().err


def test_evaluating_on_the_test_part_is_remembered(trained_copy, capsys, tmp_path):
    from training.registry import Registry

    registry: Registry = trained_copy.registry()
    home = ["--home", str(trained_copy.home)]
    assert cli.main(["evaluate", "--out", str(tmp_path / "out"), *home]) == 0
    assert "frozen test part" in capsys.readouterr().out
    kept = registry.evaluation(trained_copy.version)
    assert kept["lineage"]["command"].endswith(f"--out {tmp_path / 'out'}")
    assert registry.gated(trained_copy.version)
