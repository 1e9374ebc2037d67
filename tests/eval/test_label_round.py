"""A full round from the command line: changed labels in, a champion or a reasoned refusal out."""

import json
import re
from pathlib import Path

import pytest

import cli
from labels.rows import ADJUDICATOR
from labels.snapshot import take

CHANGED = 40
INTERVAL = r"\[[-+]?\d\.\d{3}, [-+]?\d\.\d{3}\]"


def changed_labels(trained, path: Path) -> None:
    """Write other labels than they have for texts of both sides, as an adjudicator gives them."""
    rows = take(trained.registry().store).rows[:CHANGED]
    assert {row.side for row in rows} == {"train", "test"}
    lines = [
        {
            "text": row.text,
            "frames": {} if row.frames else {"cooperation": "favor"},
            "annotator": ADJUDICATOR,
        }
        for row in rows
    ]
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")


@pytest.mark.long
def test_forty_changed_labels_make_a_champion_or_a_reasoned_refusal(trained_copy, tmp_path, capsys):
    file, home = tmp_path / "changed.jsonl", ["--home", str(trained_copy.home)]
    changed_labels(trained_copy, file)
    assert cli.main(["labels", "import", str(file), *home]) == 0
    assert f"{CHANGED} rows stored" in capsys.readouterr().out
    recipe = ["--no-starter", "--epochs", "1", "--base-model", str(trained_copy.encoder)]
    code = cli.main(["retrain", *recipe, "--quiet", *home])
    said = capsys.readouterr().out
    registry = trained_copy.registry()
    challenger = registry.models()[-1].version
    assert challenger != trained_copy.version

    assert (
        f"labels since champion {trained_copy.version}: 0 texts added, 0 removed, "
        f"{CHANGED} relabelled, 0 on another side"
    ) in said
    verdict = registry.evaluation(challenger)["comparison"]["champion"]["verdict"]
    assert re.search(INTERVAL, verdict)
    assert verdict in said
    page = trained_copy.home / "reports" / challenger / "report.html"
    assert f"report: {page}\n" in said
    assert page.is_file()
    assert re.search(r"^took \d+ s$", said, re.MULTILINE)

    last = said.splitlines()[-1]
    if code == 0:
        assert last.startswith("promoted: ")
        assert registry.champion() == challenger
        assert registry.grounds()[2].over == trained_copy.version
    else:
        assert code == 3
        assert last.startswith(f"refused, {trained_copy.version} stays champion: ")
        assert "needed: " in last
        assert registry.champion() == trained_copy.version

    assert cli.main(["retrain", *recipe, "--quiet", *home]) == 0
    assert f"labels have not changed since {challenger}" in capsys.readouterr().out
