"""The user's own list of names."""

import json
import re

import pytest

import cli
from labels.home import Home
from labels.naming import NamesError, find_names, load_names, named

LIST = """\
# what we follow
Huawei: [Huawei, 华为, Хуаве*]
the West:
  - the West
  - запад*
DeepSeek: DeepSeek
Bank of China: [Bank of China]
5G: [5G]
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "names.yaml"
    path.write_text(LIST, "utf-8")
    return load_names(path)


def test_names_are_found_beside_countries(own):
    text = "Huawei and the Bank of China left the West; westward, Huaweis."
    found = named(text, "en", own)
    assert found.names == ["Huawei", "Bank of China", "the West"]
    assert found.countries == ["CHN"]
    spans = [(m.kind, text[m.start : m.end]) for m in found.mentions]
    assert spans == [
        ("name", "Huawei"),
        ("name", "Bank of China"),
        ("country", "China"),
        ("name", "the West"),
    ]


def test_a_star_stands_for_any_ending(own):
    assert named("С Хуавеем и с Западом", "ru", own).names == ["Huawei", "the West"]
    assert named("华为公司的5G", "zh", own).names == ["Huawei", "5G"]


def test_a_capital_asks_for_a_capital(own):
    assert named("huawei, HUAWEI", "en", own).names == ["Huawei"]
    assert len(named("huawei, HUAWEI", "en", own).mentions) == 1
    assert named("deepseek", "en", own).names == []


def test_no_names_without_a_list(tmp_path):
    assert named("Huawei", "en").names == []
    assert find_names(Home(tmp_path)).spellings == {}


def test_the_state_folder_has_a_list_and_a_file_goes_before_it(tmp_path):
    (tmp_path / "names.yaml").write_text("A: [Alpha]", "utf-8")
    (tmp_path / "other.yaml").write_text("B: [Beta]", "utf-8")
    assert list(find_names(Home(tmp_path)).spellings) == ["A"]
    assert list(find_names(Home(tmp_path), tmp_path / "other.yaml").spellings) == ["B"]
    with pytest.raises(
        NamesError, match=r"none\.yaml: cannot read the list of names: No such file"
    ):
        find_names(Home(tmp_path), tmp_path / "none.yaml")


def test_every_problem_is_told_with_its_line(tmp_path):
    path = tmp_path / "names.yaml"
    path.write_text('A: [x*y, "", "--"]\nA: b\nB: [b, {c: d}]\nC: []\n"": q\n', "utf-8")
    with pytest.raises(NamesError) as caught:
        load_names(path)
    assert str(caught.value).splitlines() == [
        f"{path}: 8 problems; nothing was read",
        "line 1: 'x*y': a * may stand at the end alone",
        "line 1: '' of 'A' has no letter or digit in it",
        "line 1: '--' of 'A' has no letter or digit in it",
        "line 2: the label 'A' is on line 1 already",
        "line 3: 'b' of 'B' is 'A' on line 2 too",
        "line 3: a spelling of 'B' must be a word or words, not a list",
        "line 4: 'C' has no spelling; give one",
        "line 5: a label is empty, or not a word",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty; a list of names has a line such as"),
        (b"- a", "it holds something else; a list of names has a line such as"),
        (b"a: [", "the list of names is not valid YAML: while parsing"),
        (b"\xff\xfe\x00", "the list of names is not valid YAML:"),
        (b"a: &x [*x]", "line 1: a spelling of 'a' must be a word or words, not a list"),
    ],
)
def test_what_is_no_list(tmp_path, content, said):
    path = tmp_path / "names.yaml"
    path.write_bytes(content)
    with pytest.raises(NamesError, match=re.escape(said)):
        load_names(path)


def test_check_says_what_is_wrong_and_what_is_there(tmp_path, capsys):
    path = tmp_path / "names.yaml"
    path.write_text(LIST, "utf-8")
    assert cli.main(["names", "check", str(path)]) == 0
    assert capsys.readouterr().out == "5 names, 8 spellings; no problem found\n"
    path.write_text("A: [x*y]", "utf-8")
    assert cli.main(["names", "check", str(path)]) == 1
    assert "line 1: 'x*y'" in capsys.readouterr().err


def test_find_shows_places(tmp_path, capsys):
    path = tmp_path / "own.yaml"
    path.write_text(LIST, "utf-8")
    text = "Beijing said Huawei won."
    assert cli.main(["names", "find", text, "--language", "en", "--names", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "CHN         capital        0       7  Beijing",
        "Huawei      name          13      19  Huawei",
    ]
    assert cli.main(["names", "find", text, "--language", "en", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["countries"], said["names"]) == (["CHN"], [])
    assert cli.main(["names", "find", "Nobody came to the party.", "--language", "en"]) == 0
    assert capsys.readouterr().out == "nothing was found\n"
