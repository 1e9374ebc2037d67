import re
from pathlib import Path

import pytest

from labels.codebook import Codebook, Frame, Stance, load_codebook
from labels.codebook_page import codebook_markdown
from labels.errors import CodebookError, FramescopeError
from tests.labels.samples import TOPICS, VIEWS

PAGE = Path(__file__).parents[2] / "docs" / "codebook.md"


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


def test_outputs_are_frames_then_stances_frame_by_frame():
    assert VIEWS.outputs == ("trade", "war", "trade:pro", "trade:con", "war:pro", "war:con")
    assert TOPICS.outputs == ("trade", "war")


def test_names_alone_are_enough(tmp_path):
    found = load(tmp_path, "{name: n, version: 2, frames: [a, b], language: null}")
    assert found == Codebook("n", 2, (Frame("a"), Frame("b")))


def test_codebook_survives_plain_values(codebook):
    assert Codebook.from_dict(codebook.to_dict()) == codebook
    assert Codebook.from_dict(codebook.to_dict()).hash == codebook.hash


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
)
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
    frame = Frame("trade", "Trade is good.", "On trade.", ("tariffs",), ("a shop",))
    stances = (Stance("pro", "Says so."), Stance("con"))
    page = codebook_markdown(Codebook("n", 3, (frame,), stances, "de", 1, "Read *all* of it."))
    for part in (
        "# Codebook: n\n", "Version 3, language of the definitions: de.\n", "at least one frame.\n",
        "### trade\n\nOn trade.\n\nClaim: *Trade is good.*\n", "Inside:\n\n- tariffs\n",
        "Outside:\n\n- a shop\n", "- **pro**: Says so.\n- **con**\n", "Read *all* of it.\n",
    ):  # fmt: skip
        assert part in page


def test_page_leaves_out_what_a_codebook_has_not():
    assert codebook_markdown(TOPICS) == (
        "# Codebook: topics\n\nVersion 1, language of the definitions: en.\n\n"
        "## Frames\n\n### trade\n\n### war\n"
    )
