"""`framescope models` as a user meets it."""

import getpass
import json

import pytest

import cli
from labels.home import Home
from labels.snapshot import take_rows
from labels.store import Store
from tests.tiny import NINE, TWO, rows
from tests.training.small import made, report, writer
from training.bundle import SNAPSHOT
from training.registry import Registry


@pytest.fixture
def home(tmp_path) -> Home:
    """v1, v2 and v3; v1 and then v2 were promoted, v2 by the gate."""
    home = Home.find(tmp_path / "state")
    registry = Registry(home, Store.open(home.database, TWO))
    for version in ("v1", "v2", "v3"):
        manifest = made(version)

        def write(folder, manifest=manifest):
            take_rows(rows(TWO, 30), TWO, 0.2).write(folder / SNAPSHOT)
            writer(manifest)(folder)

        registry.add(manifest, write)
    registry.promote("v1", "maria", "first")
    registry.record("v1", "t1:0", report("v1", 0.5))
    registry.conclude("v2", "t1:0", report("v2", 0.75, "v1"), "v1", ("the gate", "proven"))
    return home


@pytest.fixture
def run(home, capsys):
    def run(*words: str, code: int = 0, at: Home = home) -> str:
        """Run a command; return what it prints, or the one line of its error."""
        assert cli.main(["models", *words, "--home", str(at.folder)]) == code
        shown = capsys.readouterr()
        if code:
            assert shown.out == ""
            assert len(shown.err.splitlines()) == 1
        return shown.err if code else shown.out

    return run


def test_history_says_who_when_why_and_on_what_comparison(run):
    shown = run("history")
    assert "by maria: first" in shown
    assert "by the gate: proven" in shown
    assert "beside v1 on 40 texts: better than v1" in shown
    first, second = json.loads(run("history", "--json"))
    assert (first["version"], first["by"], first["comparison"]) == ("v1", "maria", None)
    assert (second["number"], second["reason"], second["pruned"]) == (2, "proven", False)
    assert second["comparison"]["verdict"] == "better than v1"
    assert first["at"] < second["at"]


def test_a_verdict_that_is_the_reason_is_not_said_twice(home, run):
    registry = Registry(home, Store.open(home.database))
    registry.conclude("v3", "t1:0", report("v3", 0.8, "v2"), "v2", ("gate", "better than v2"))
    assert run("history").count("better than v2") == 1


def test_nothing_was_promoted(run, tmp_path):
    assert run("history", at=Home.find(tmp_path / "new")) == "no model was ever promoted\n"


def test_who_promotes_and_rolls_back_is_written_down(run):
    run("promote", "v3", "--reason", "passed the pilot")
    assert run("rollback") == "v2 is champion again\n"
    history = json.loads(run("history", "--json"))
    assert [one["reason"] for one in history[2:]] == ["passed the pilot", "rollback"]
    assert {one["by"] for one in history[2:]} == {getpass.getuser()}


def test_a_damaged_model_is_refused_in_one_line_that_says_what_to_do(home, run):
    folder = Registry(home, Store.open(home.database)).folder("v1")
    (folder / "model.onnx").write_text("spoiled")
    cure = "or restore the bundle from a copy with: framescope models import FILE"
    for words in (("promote", "v1"), ("rollback",), ("export", "v1", "v1.tar.gz")):
        said = run(*words, code=1)
        assert "damaged or missing files: model.onnx" in said
        assert cure in said
    assert json.loads(run("history", "--json"))[-1]["version"] == "v2"


def test_without_an_earlier_champion_a_rollback_says_what_to_do(run):
    run("rollback")
    said = run("rollback", code=1)
    assert "there is no earlier champion to go back to; promote any other model with: " in said


def test_diff_as_text_and_as_json(run):
    assert "+0.250" in run("diff", "v1", "champion")
    found = json.loads(run("diff", "v1", "champion", "--json"))
    assert (found["a"], found["b"]) == ("v1", "v2")
    (own,) = found["evaluations"]
    assert own["figures"]["frames macro_f1"] == {"a": 0.5, "b": 0.75, "difference": 0.25}
    assert own["paired"]["verdict"] == "better than v1"


def test_a_model_goes_to_another_state_folder(run, tmp_path):
    file = tmp_path / "v2.tar.gz"
    shown = run("export", "champion", str(file))
    assert f"({file.stat().st_size:,} bytes)" in shown
    book = tmp_path / "two.yaml"
    book.write_text(
        "name: two-targets\nversion: 1\nframes: [markets, health]\nstances: [for, against]\n",
        "utf-8",
    )
    other = Home.find(tmp_path / "other")
    assert "imported v2 with 1 report(s); it is not champion" in run(
        "import", str(file), "--codebook", str(book), at=other
    )
    assert "v2 is already here; nothing was changed" in run("import", str(file), at=other)
    (entry,) = json.loads(run("list", "--json", at=other))
    assert (entry["version"], entry["macro_f1"]["value"], entry["champion"]) == ("v2", 0.75, False)
    assert f"imported   {entry['imported']}" in run("show", "v2", at=other)
    assert run("promote", "v2", at=other) == "v2 is champion\n"


def test_prune_says_what_it_would_free_and_what_it_freed(run, home):
    folder = Registry(home, Store.open(home.database)).folder("v1")
    size = sum(file.stat().st_size for file in folder.iterdir())
    planned = run("prune", "--keep", "0", "--dry-run")
    assert f"would remove v1: 0.0 MB ({size:,} bytes)" in planned
    assert f"would free 0.0 MB ({size:,} bytes)" in planned
    assert folder.exists()
    found = json.loads(run("prune", "--keep", "0", "--json"))
    assert found == {"removed": {"v1": size}, "in_use": [], "bytes": size, "dry_run": False}
    assert not folder.exists()
    assert run("prune", "--keep", "0") == "nothing to remove\n"


def test_the_default_keeps_what_rollbacks_can_return_to(run):
    assert run("prune") == "nothing to remove\n"


def test_every_command_says_that_a_model_is_pruned(run, tmp_path):
    run("prune", "--keep", "0")
    lines = {line.split()[0]: line for line in run("list").splitlines()}
    assert lines["v1"].endswith("pruned")
    assert lines["v2"].endswith("champion")
    assert "v1  (pruned)" in run("history")
    assert json.loads(run("history", "--json"))[0]["pruned"]
    shown = run("show", "v1")
    assert f"by {getpass.getuser()}, " in shown
    assert "its bundle is gone; bring it back with: framescope models import FILE" in shown
    assert "champion since" in shown
    found = json.loads(run("show", "v1", "--json"))
    assert found["pruned"]["by"] == getpass.getuser()
    assert (found["folder"], found["config"], found["macro_f1"]["value"]) == (None, None, 0.5)
    for words in (
        ("rollback",), ("promote", "v1"), ("diff", "v1", "v2"), ("diff", "v2", "v1"),
        ("export", "v1", str(tmp_path / "v1.tar.gz")),
    ):  # fmt: skip
        assert "v1 was pruned on " in run(*words, code=1)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("diff", "v1", "v9"), "no model 'v9' in"),
        (("export", "v9", "x.tar.gz"), "no model 'v9' in"),
        (("export", "v1", "x.zip"), "x.zip: give a file that ends in .tar.gz or .tgz"),
        (("import", "missing.tar.gz"), "missing.tar.gz: No such file or directory"),
        (("import", "."), ".: Is a directory"),
        (("prune", "--keep", "-1"), "--keep is -1; give 0 or the number"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_is_one_line(run, words, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert expected in run(*words, code=1)


def test_a_model_of_another_codebook_is_refused_in_one_line(run, tmp_path):
    run("export", "v1", str(tmp_path))
    nine = Home.find(tmp_path / "nine")
    Store.open(nine.database, NINE)
    shown = run("import", str(tmp_path / "framescope-v1.tar.gz"), code=1, at=nine)
    assert "v1 reads the codebook 'two-targets'" in shown
    assert "serves 'nine-topics'" in shown


def test_retraining_goes_on_with_pruned_models(trained_copy, capsys):
    from tests.training.small import add

    registry = trained_copy.registry()
    old = made("v1", registry.store.codebook)
    add(registry, "v1", old.codebook)
    assert cli.main(["models", "prune", "--keep", "0", "--home", str(trained_copy.home)]) == 0
    assert registry.entry("v1").pruned
    options = ["--home", str(trained_copy.home), "--base-model", str(trained_copy.encoder)]
    capsys.readouterr()
    assert cli.main(["retrain", "--no-starter", "--quiet", *options]) == 0
    assert "nothing to do: labels have not changed" in capsys.readouterr().out
