import re

import eval.lineage
from eval.lineage import code_version, lineage, seen_in_training
from labels.snapshot import Labelled, Snapshot
from training.bundle import SNAPSHOT, read_manifest


def row(text_id, text):
    return Labelled(text_id, text, {}, "test", text_id)


def test_rows_seen_in_training_are_found_by_hash_and_by_near_duplicate(trained):
    manifest = read_manifest(trained.bundle)
    snapshot = Snapshot.read(trained.bundle / SNAPSHOT, manifest.codebook)
    first = max(snapshot.train, key=lambda one: len(one.text))
    rows = [
        first,
        row("p1:near", f"{first.text} Indeed."),
        row("p1:again", f"{first.text} Indeed so."),
        row("p1:new", "Quite another text that nobody has written before, on beekeeping."),
    ]
    found = lineage(manifest, seen_in_training(trained.bundle, rows), "framescope evaluate")
    assert (found["rows_seen_in_training"], found["rows_nearly_seen_in_training"]) == (1, 2)
    assert found["seen"] == [first.text_id, "p1:again", "p1:near"]
    clean = lineage(manifest, seen_in_training(trained.bundle, snapshot.test), "")
    assert (clean["rows_seen_in_training"], clean["rows_nearly_seen_in_training"]) == (0, 0)
    assert clean["seed"] == manifest.config["seed"]
    assert clean["packages"] == dict(manifest.packages)


def test_near_duplicates_of_one_another_alone_are_not_seen(trained):
    text = "Beekeepers in the valley count their hives twice a year, in spring and in autumn."
    rows = [row("p1:one", text), row("p1:two", f"{text} So they say.")]
    assert seen_in_training(trained.bundle, rows) == ([], [])


def test_the_code_is_named_by_version_and_commit(monkeypatch, tmp_path):
    assert re.fullmatch(r"\d+\.\d+\.\S+?(, commit [0-9a-f]{12,}(-dirty)?)?", code_version())
    monkeypatch.setattr(eval.lineage, "__file__", str(tmp_path / "eval" / "lineage.py"))
    assert "commit" not in code_version()
