import json

from cli import main
from labels.home import Home
from labels.store import Store


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


def test_import_command_refuses_an_erased_text_unless_allowed(tmp_path, capsys):
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "a", "frames": {}, "id": "7"}\n')
    main(["labels", "import", str(file)])
    assert main(["labels", "erase", "7", "--reason", "takedown 12"]) == 0
    assert "1 answers" in capsys.readouterr().out
    assert main(["labels", "import", str(file)]) == 1
    assert "takedown 12" in capsys.readouterr().err
    assert main(["labels", "import", str(file), "--allow-erased"]) == 0
