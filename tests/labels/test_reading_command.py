import json

import cli

TEXT = "An accord on chips\n\nBy Li Na\n\nBoth states signed the accord on Tuesday morning.\n"


def test_a_document_is_shown_as_a_table(tmp_path, capsys):
    file = tmp_path / "a.txt"
    file.write_text(TEXT, "utf-8")
    assert cli.main(["read", str(file)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[:2] == ["title     An accord on chips", "author    Li Na"]
    assert "title              0       18  An accord on chips" in shown
    assert "boilerplate       20       28  By Li Na" in shown
    assert shown[-1] == "3 paragraphs"


def test_as_json_it_has_the_whole_text(tmp_path, capsys):
    file = tmp_path / "a.txt"
    file.write_text(TEXT, "utf-8")
    assert cli.main(["read", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["document"]["author"] == "Li Na"
    last = found["paragraphs"][-1]
    assert last["kind"] == "body"
    assert found["text"][last["start"] : last["end"]] == last["text"]


def test_what_cannot_be_read_is_named(tmp_path, capsys):
    file = tmp_path / "a.png"
    file.write_bytes(b"\x89PNG\r\n")
    assert cli.main(["read", str(file)]) == 1
    said = capsys.readouterr().err
    assert said == f"framescope: {file}: this is a picture; its text cannot be read\n"
    assert cli.main(["read", str(tmp_path / "none")]) == 1
    assert "No such file" in capsys.readouterr().err
