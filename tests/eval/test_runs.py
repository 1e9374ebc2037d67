import json

import pytest

import cli
from eval.html import render_index
from eval.schema import Index, Report

ROWS = [
    {"text": "Both states agreed to share test results.", "frames": {"cooperation": "neutral"}},
    {"text": "Cookie policy.", "frames": {}},
]


@pytest.fixture
def files(tmp_path):
    one, other = tmp_path / "one.jsonl", tmp_path / "other" / "one.jsonl"
    other.parent.mkdir()
    one.write_text("\n".join(map(json.dumps, ROWS)), "utf-8")
    other.write_text(json.dumps(ROWS[0]), "utf-8")
    return [one, other]


def evaluate(trained, *options):
    return cli.main(["evaluate", *map(str, options), "--home", str(trained.home), "--quiet"])


def test_several_data_sets_have_a_folder_each_and_an_index(trained, files, tmp_path, capsys):
    out = tmp_path / "out"
    assert evaluate(trained, "champion", "latest", "--data", *files, "--out", out, "--json") == 0
    index = json.loads((out / "index.json").read_text("utf-8"))
    assert json.loads(capsys.readouterr().out) == index
    Index.model_validate(index)
    name = f"one.jsonl--{trained.version}"  # champion and latest are one model here
    assert [(one["folder"], one["data"]["n"]) for one in index["reports"]] == [
        (name, 2), (f"{name}-2", 1)
    ]  # fmt: skip
    for one in index["reports"]:
        found = json.loads((out / one["folder"] / "report.json").read_text("utf-8"))
        Report.model_validate(found)
        assert one["frames"]["macro_f1"] == found["frames"]["macro_f1"]
        assert f'href="{one["folder"]}/report.html"' in (out / "index.html").read_text("utf-8")
    assert sorted(path.name for path in out.iterdir()) == [
        "index.html", "index.json", name, f"{name}-2"
    ]  # fmt: skip


def test_a_batch_of_one_is_reported_in_the_folder_itself(trained, files, tmp_path, capsys):
    batch = tmp_path / "runs.toml"
    batch.write_text('[[data]]\nname = "both"\nfiles = ["one.jsonl", "other/one.jsonl"]', "utf-8")
    assert evaluate(trained, "--batch", batch, "--out", tmp_path / "out") == 0
    found = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert (found["data"]["name"], found["data"]["n"]) == ("both", 2)
    assert found["lineage"]["command"] == (
        f"framescope evaluate --batch {batch} --out {tmp_path / 'out'}"
    )
    assert "both, n=2" in capsys.readouterr().out


def test_every_model_and_file_that_is_not_there_is_named(trained, files, tmp_path, capsys):
    (tmp_path / "bad.jsonl").write_text('{"text": ""}', "utf-8")
    options = ["--data", tmp_path / "no.jsonl", tmp_path / "bad.jsonl", "--out", tmp_path / "out"]
    assert evaluate(trained, "champion", "nobody", *options) == 1
    said = capsys.readouterr().err
    assert "no model 'nobody'" in said
    assert "no.jsonl: cannot read the file" in said
    assert "bad.jsonl: 2 problem(s), nothing was read" in said
    assert not (tmp_path / "out").exists()


def test_a_language_without_texts_names_those_that_there_are(trained, files, tmp_path, capsys):
    files[0].write_text("\n".join(json.dumps({**row, "lang": "zh-Hans"}) for row in ROWS), "utf-8")
    options = ["--data", *files, "--lang", "fr", "--out", tmp_path / "out"]
    assert evaluate(trained, "champion", *options) == 1
    said = capsys.readouterr().err
    assert "one.jsonl, fr: no labelled text in this language; there are: zh-Hans" in said
    assert "no labelled text in this language; there are: en" in said


def test_a_batch_says_all_itself(trained, tmp_path, capsys):
    options = ["--batch", tmp_path / "runs.toml", "--out", tmp_path / "out"]
    assert evaluate(trained, "champion", *options) == 1
    assert "--batch names models and data itself" in capsys.readouterr().err


def test_the_index_escapes_and_keeps_data_sets_of_one_name_apart():
    script = "<script>alert('x')</script>"
    figure = {"value": 0.5, "low": 0.25, "high": 0.75, "n": 2}
    entry = {
        "folder": "a b", "model": script, "codebook": {}, "left_out": 3,
        "data": {"name": script, "hash": "t1:0", "n": 2},
        "frames": {"macro_f1": figure, "micro_f1": None}, "stance": {"accuracy": None},
        "joint": {"micro_f1": None}, "calibration": {"ece": figure}, "per_frame": {script: None},
        "verdict": {"champion": script, "text": script}, "seen_in_training": 2,
    }  # fmt: skip
    other = {**entry, "data": {"name": script, "hash": "t1:1", "n": 5}}
    page = render_index({"command": script, "reports": [entry, other]})
    assert "<script" not in page
    assert 'href="a%20b/report.html"' in page
    assert "2 paragraphs, 3 more left out" in page
    assert "5 paragraphs" in page
    assert "2 seen in training" in page
