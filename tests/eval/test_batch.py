import re

import pytest

from eval.batch import Batch, DataSpec, read_batch
from eval.judge import JudgeError
from labels.formats import FORMATS


def written(folder, text):
    path = folder / "runs.toml"
    path.write_text(text, "utf-8")
    return path


def test_files_are_named_from_where_the_batch_lies(tmp_path):
    (tmp_path / "pilot.jsonl").write_text("", "utf-8")
    text = """
        models = ["latest", "champion"]
        [[data]]
        [[data]]
        name = "pilot"
        files = ["pilot.jsonl"]
        lang = "en"
    """
    pilot = DataSpec((tmp_path / "pilot.jsonl",), "pilot", "en")
    assert read_batch(written(tmp_path, text)) == Batch(("latest", "champion"), (DataSpec(), pilot))


def test_an_empty_batch_is_the_champion_on_the_frozen_test_part(tmp_path):
    assert read_batch(written(tmp_path, "")) == Batch(("champion",), (DataSpec(),))


def test_every_problem_is_told_at_once(tmp_path):
    text = """
        modles = ["champion"]
        models = "champion"
        [[data]]
        files = ["nope.jsonl"]
        format = "xml"
        lnag = "en"
        [[data]]
        files = [3]
        [[data]]
        files = []
        lang = 3
    """
    with pytest.raises(JudgeError) as caught:
        read_batch(written(tmp_path, text))
    first, *problems = str(caught.value).splitlines()
    assert first.endswith("runs.toml: 8 problem(s), none judged")
    assert problems == [
        "unknown keys ['modles']; known: ['data', 'models']",
        "models is 'champion'; it must be a list of one name or more",
        "data 1: unknown keys ['lnag']; known: ['files', 'format', 'lang', 'name']",
        f"data 1: format is 'xml'; known: {list(FORMATS)}",
        f"data 1: {tmp_path / 'nope.jsonl'}: there is no such file",
        "data 2: files is [3]; it must be a list of names",
        "data 3: files is []; it must be a list, and not empty",
        "data 3: lang is 3; it must be text, and not empty",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [("models = [", "not TOML"), ("data = 3", "data must be tables; begin each with [[data]]")],
)
def test_a_file_that_is_no_batch(tmp_path, text, words):
    with pytest.raises(JudgeError, match=re.escape(words)):
        read_batch(written(tmp_path, text))


def test_a_batch_that_is_not_there(tmp_path):
    with pytest.raises(JudgeError, match="cannot read the batch: No such file"):
        read_batch(tmp_path / "nope.toml")
