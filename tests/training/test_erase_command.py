import itertools
import json

from markupsafe import escape

from cli import main
from labels.erasure import erase
from labels.home import Home
from labels.starter import starter_rows
from labels.store import Store
from training.commands import take_store


def test_erasing_lists_the_models_and_reports_that_still_hold_the_text(trained_copy, capsys):
    home = Home(trained_copy.home)
    row = next(iter(Store.open(home.own_database).rows()))
    report = home.reports / "one" / "report.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps({"examples": [row.text]}))
    report.with_name("other.json").write_text("{}")
    words = ["labels", "erase", row.text_id, "--reason", "takedown", "--home", str(home.folder)]
    assert main([*words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["models"] == [trained_copy.version]
    assert str(report) in said["files"]
    assert str(report.with_name("other.json")) not in said["files"]
    assert (said["text_id"], said["scrubbed"]) == (row.text_id, True)
    assert main(words) == 1
    assert "is erased already" in capsys.readouterr().err


def test_reports_are_found_by_id_cut_and_in_html(tmp_path, capsys):
    home = Home.find(tmp_path / "home")
    text = "It's the ministry's own 'port' & " + "long words " * 60
    (tmp_path / "rows.jsonl").write_text(json.dumps({"text": text, "frames": {}, "id": "7"}))
    words = ["--home", str(home.folder)]
    assert main(["labels", "import", str(tmp_path / "rows.jsonl"), *words]) == 0
    key = next(iter(Store.open(home.own_database).rows())).text_id
    shown = text[:399] + "…"
    contents = {
        "one/report.json": json.dumps({"errors": [{"text_id": key, "text": "cut"}]}),
        "one/report.html": "<p>the page of it</p>",
        "two/report.html": f"<p>{escape(shown)}</p>",
        "two/cut.json": json.dumps({"text": shown}, ensure_ascii=False),
        "two/other.html": "<p>another</p>",
    }
    for name, content in contents.items():
        (home.reports / name).parent.mkdir(parents=True, exist_ok=True)
        (home.reports / name).write_text(content)
    capsys.readouterr()
    assert main(["labels", "erase", "7", "--reason", "takedown", "--json", *words]) == 0
    found = json.loads(capsys.readouterr().out)["files"]
    assert found == [str(home.reports / name) for name in sorted(contents) if "other" not in name]


def test_starter_text_that_was_erased_stays_so_and_is_no_hindrance(tmp_path, monkeypatch):
    few = list(itertools.islice(starter_rows(), 30))
    monkeypatch.setattr("labels.starter.starter_rows", lambda: iter(few))
    store = Store.open(f"sqlite:///{tmp_path / 'labels.db'}")
    gone = few[0]
    take_store(store, starter=True)
    erase(store, gone.text_id, "takedown")
    found = take_store(store, starter=True)
    assert found.rows
    assert gone.text_id not in {row.text_id for row in found.rows}


def test_partial_import_leaves_erased_texts_out_and_names_them(tmp_path, capsys):
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "a", "frames": {}, "id": "7"}\n{"text": "b", "frames": {}}\n')
    main(["labels", "import", str(file)])
    main(["labels", "erase", "7", "--reason", "takedown 12"])
    with file.open("a") as more:
        more.write('{"text": "c", "frames": {}}\n')
    capsys.readouterr()
    main(["labels", "import", str(file), "--partial"])
    said = capsys.readouterr().out
    assert "erased texts: " in said
    assert "takedown 12" in said
    assert "1 row stored, 1 already there" in said


def test_import_command_refuses_an_erased_text_unless_allowed(tmp_path, capsys):
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "a", "frames": {}, "id": "7"}\n')
    main(["labels", "import", str(file)])
    assert main(["labels", "erase", "7", "--reason", "takedown 12"]) == 0
    assert "1 answers" in capsys.readouterr().out
    assert main(["labels", "import", str(file)]) == 1
    assert "takedown 12" in capsys.readouterr().err
    assert main(["labels", "import", str(file), "--allow-erased"]) == 0
