import re
from dataclasses import replace
from pathlib import Path

import pytest

from labels.codebook import Codebook, Example, Frame, Stance, load_codebook
from labels.codebook_page import codebook_markdown
from labels.errors import CodebookError, FramescopeError
from labels.starter import starter_rows
from tests.labels.samples import TOPICS, VIEWS

PAGE = Path(__file__).parents[2] / "docs" / "codebook.md"


BEHAVIOURS = Path(__file__).parents[2] / "eval" / "behaviours.yaml"


def runs(text: str) -> set[tuple[str, ...]]:
    """Every six words in a row."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[place : place + 6]) for place in range(len(words) - 5)}


def load(folder: Path, text: str) -> Codebook:
    (folder / "codebook.yaml").write_text(text, "utf-8")
    return load_codebook(folder / "codebook.yaml")


def test_own_codebook_has_its_frames_and_stances_in_the_fixed_order(codebook):
    assert codebook.frame_names == (
        "sovereignty", "neo-colonialism", "safety", "authoritarian control", "cooperation",
    )  # fmt: skip
    assert codebook.stance_names == ("favor", "against", "neutral")
    assert (codebook.version, codebook.min_frames) == (1, 0)


def test_own_codebook_says_all_of_every_frame(codebook):
    for frame in codebook.frames:
        assert frame.claim.endswith(".")
        assert frame.definition.endswith(".")
        assert frame.inside
        assert frame.outside


def test_own_examples_show_every_stance_on_every_frame(codebook):
    for frame in codebook.frames:
        assert [example.stance for example in frame.examples] == list(codebook.stance_names)
        assert all(example.why.endswith(".") for example in frame.examples)


def test_own_examples_are_no_text_of_the_starter_nor_of_the_behaviours(codebook):
    wanted = {run for own in codebook.examples for one in own for run in runs(one.text)}
    texts = {row.text for row in starter_rows()} | {BEHAVIOURS.read_text("utf-8")}
    assert [text for text in texts if runs(text) & wanted] == []


def test_outputs_are_frames_then_stances_frame_by_frame():
    assert VIEWS.outputs == ("trade", "war", "trade:pro", "trade:con", "war:pro", "war:con")
    assert TOPICS.outputs == ("trade", "war")


def test_names_alone_are_enough(tmp_path):
    found = load(tmp_path, "{name: n, version: 2, frames: [a, b], language: null}")
    assert found == Codebook("n", 2, (Frame("a"), Frame("b")))


def test_codebook_survives_plain_values(codebook):
    assert Codebook.from_dict(codebook.to_dict()) == codebook
    assert Codebook.from_dict(codebook.to_dict()).hash == codebook.hash


def test_examples_belong_to_no_version_and_survive_plain_values():
    shown = replace(VIEWS.frames[0], examples=(Example("Buy more.", "pro", "It urges."),))
    with_them = replace(VIEWS, frames=(shown, VIEWS.frames[1]))
    assert with_them == VIEWS
    assert with_them.hash == VIEWS.hash
    assert "examples" not in str(VIEWS.to_dict())
    again = Codebook.from_dict(with_them.to_dict())
    assert again.examples == ((Example("Buy more.", "pro", "It urges."),), ())
    assert with_them.without_examples().examples == ((), ())


def test_hash_of_the_project_s_codebook_is_the_one_that_models_were_trained_with(codebook):
    assert codebook.hash == "c1:a8e14d59e47e2fb59c937f3c"


def test_hash_covers_definitions_and_same_labels_does_not():
    edited = Codebook(
        "views", 2, (Frame("trade", "Trade is good."), *VIEWS.frames[1:]), VIEWS.stances
    )
    assert edited.hash != VIEWS.hash
    assert edited.same_labels(VIEWS)


def test_other_order_is_other_labels():
    assert not TOPICS.same_labels(Codebook("topics", 1, TOPICS.frames[::-1]))
    assert not TOPICS.same_labels(VIEWS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a codebook is a mapping"),
        ("- a", "not list"),
        ("{name: n, version: 1}", "the codebook has no 'frames'"),
        ("{name: n, version: 1, frames: [a], stance: []}", "unknown keys ['stance']; known: ["),
        ("{name: n, version: one, frames: [a]}", "'version' must be int, not str"),
        ("{name: n, version: yes, frames: [a]}", "'version' must be int, not bool"),
        ("{name: n, version: 1, frames: a}", "'frames' must be list, not str"),
        ("{name: n, version: 1, frames: [1984]}", "frames[0] must be a name or a mapping"),
        ("{name: n, version: 1, frames: [{claim: c}]}", "frames[0] has no 'name'"),
        ("{name: n, version: 1, frames: [{name: a, inn: []}]}", "unknown keys ['inn']"),
        ("{name: n, version: 1, frames: [{name: a, inside: [b: c]}]}", "a list of strings"),
        ("{name: n, version: 1, frames: [{name: a, examples: [x]}]}",
         "frames[0].examples[0] must be a mapping with the keys ['stance', 'text', 'why']"),
        ("{name: n, version: 1, frames: [{name: a, examples: [{why: x}]}]}",
         "frames[0].examples[0] has no 'text'"),
        ("{name: n, version: 1, frames: [{name: a, examples: [{text: x, stance: pro}]}]}",
         "frame 'a', example 1: the stance is 'pro'; allowed: ['']"),
        ("{name: n, version: 1, frames: [{name: a, examples: [{text: x}]}], stances: [pro, con]}",
         "frame 'a', example 1: the stance is ''; allowed: ['pro', 'con']"),
        ("{name: n, version: 1, frames: [{name: a, examples: [{text: ' '}]}]}",
         "frame 'a', example 1: its text is empty"),
        ("{name: n, version: 1, frames: []}", "no frames; name at least one"),
        ("{name: n, version: 1, frames: [a, b, a]}", "frame 'a' is named twice"),
        ("{name: n, version: 1, frames: ['a:b']}", "frame name 'a:b'"),
        ("{name: n, version: 1, frames: ['a ']}", "frame name 'a '"),
        ("{name: n, version: 1, frames: ['']}", "frame name ''"),
        ("{name: n, version: 1, frames: [a], stances: [pro]}", "one stance alone says nothing"),
        ("{name: n, version: 1, frames: [a], min_frames: 2}", "min_frames is 2; allowed: 0 or 1"),
        ("{name: n, version: 0, frames: [a]}", "version is 0; it counts from 1"),
        ("{name: [", "not valid YAML"),
    ],
)  # fmt: skip
def test_fault_is_named(tmp_path, text, words):
    with pytest.raises(CodebookError, match=re.escape(words)):
        load(tmp_path, text)


def test_all_faults_are_named_at_once(tmp_path):
    with pytest.raises(CodebookError, match=r"codebook\.yaml: .*'colour'.*no 'version'.*'tint'"):
        load(tmp_path, "{name: n, colour: red, frames: [{name: a, tint: b}]}")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FramescopeError, match=r"none\.yaml: cannot read the codebook: No such"):
        load_codebook(tmp_path / "none.yaml")


def test_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "c.yaml").write_bytes("name: é".encode("latin-1"))
    with pytest.raises(CodebookError, match=r"not valid YAML: .*can't decode byte 0xe9"):
        load_codebook(tmp_path / "c.yaml")


def test_committed_page_is_current(codebook):
    assert PAGE.read_text("utf-8") == codebook_markdown(codebook), (
        "run `python -m labels.codebook_page > docs/codebook.md`"
    )


def test_page_says_all_of_a_codebook():
    shown = (Example("Buy\nmore.", "pro", "It urges."), Example("Sell.", "con"))
    frame = Frame("trade", "Trade is good.", "On trade.", ("tariffs",), ("a shop",), shown)
    stances = (Stance("pro", "Says so."), Stance("con"))
    page = codebook_markdown(Codebook("n", 3, (frame,), stances, "de", 1, "Read *all* of it."))
    for part in (
        "# Codebook: n\n", "Version 3, language of the definitions: de.\n", "at least one frame.\n",
        "### trade\n\nOn trade.\n\nClaim: *Trade is good.*\n", "Inside:\n\n- tariffs\n",
        "Outside:\n\n- a shop\n",
        "Examples:\n\n- **pro**: Buy more. *It urges.*\n- **con**: Sell.\n",
        "- **pro**: Says so.\n- **con**\n", "Read *all* of it.\n",
    ):  # fmt: skip
        assert part in page


def test_page_leaves_out_what_a_codebook_has_not():
    assert codebook_markdown(TOPICS) == (
        "# Codebook: topics\n\nVersion 1, language of the definitions: en.\n\n"
        "## Frames\n\n### trade\n\n### war\n"
    )
