"""Behaviours on a fake predictor: rates worked out by hand, and what a broken file says."""

import re
from copy import deepcopy
from types import SimpleNamespace

import pytest
import yaml

from eval.behaviours import RULES, Alike, Carries, Turns, cases_hash, judge_behaviours
from eval.bundles import Bundles, judge_bundle
from eval.cases import DEFAULT_BEHAVIOURS, BehaviourError, load_cases
from eval.lineage import Seen
from labels.codebook import load_codebook
from labels.starter import starter_rows
from labels.text import text_id
from tests.eval.fakes import FakePredictor, codebook, labelled
from training.bundle import BASELINE

BOOK = codebook()

# Two frames, a and b; favor and against.
SMALL = {
    "clear": [
        {"frame": "a", "item": "what is in", "texts": ["The first - it's a union", "A second"]}
    ],
    "outside": [
        {"frame": "a", "item": "what is out", "instead": "b", "texts": ["Out, but b"]},
        {"frame": "b", "item": "what is out", "texts": ["Out"]},
    ],
    "nothing": ["Home | News", "Rain today"],
    "denial": {
        "stances": ["favor", "against"],
        "pairs": {"a": [{"claim": "It is so", "denial": "It is not so"}]},
    },
    "country": {"names": ["Peru", "Mali", "Oman"], "texts": {"a": ["{country} must"]}},
    "furniture": {"before": ["By Ann"], "after": ["Cookies", "Menu"]},
    "typography": {"broken": ["un-ion"]},
}

A, B, BOTH, NONE = ({"a"}, {"b"}, {"a", "b"}, set())
READ = {
    "The first - it's a union": A, "A second": B, "Out, but b": B, "Out": B,
    "Home | News": NONE, "Rain today": A,
    "Peru must": A, "Mali must": A, "Oman must": BOTH,
    "By Ann The first - it's a union": A, "The first - it's a union Cookies": NONE,
    "By Ann A second": B, "A second Menu": B,
    "THE FIRST - IT'S A UNION": A, "A SECOND": A,
    "\u201cThe first - it's a union\u201d": A, "\u201cA second\u201d": B,
    "The first \u2014 it\u2019s a union": A,
    "The  first  -  it's  a  union": A, "A  second": B,
    "The first - it's a un- ion": B,
}  # fmt: skip


def answers(read=READ, **stances):
    found = {
        text: {frame: (0.9 if frame in frames else 0.1, "favor") for frame in ("a", "b")}
        for text, frames in read.items()
    }
    claim = {"It is so": "favor", "It is not so": "against", **stances}
    for text, stance in claim.items():
        found[text] = {"a": (0.9, stance), "b": (0.1, "favor")}
    return found


def written(tmp_path, content) -> str:
    path = tmp_path / "behaviours.yaml"
    path.write_text(yaml.safe_dump(content), "utf-8")
    return str(path)


@pytest.fixture
def cases(tmp_path):
    return load_cases(BOOK, written(tmp_path, SMALL))


def judged(cases, given=None):
    found = judge_behaviours(FakePredictor(answers() if given is None else given), cases)
    return {behaviour["name"]: behaviour for behaviour in found}


def test_rates_are_those_worked_by_hand(cases):
    found = judged(cases)
    assert list(found) == list(RULES)
    assert {name: (own["passed"], own["n"]) for name, own in found.items()} == {
        "clear": (1, 2),  # "A second" is read as b
        "outside": (1, 2),  # "Out" carries b
        "nothing": (1, 2),  # rain carries a
        "denial": (1, 1),
        "country": (1, 2),  # Oman adds b
        "furniture": (3, 4),  # cookies take a away
        "typography": (6, 8),  # capitals and the broken word change the frames
    }
    assert found["furniture"]["rate"] == 0.75
    for own in found.values():
        assert len(own["failures"]) == own["n"] - own["passed"]


def test_the_hash_of_the_cases_is_theirs_alone(cases, tmp_path):
    given = {name: own["cases"] for name, own in judged(cases).items()}
    assert len(set(given.values())) == len(RULES)
    other = judged(cases, answers(dict.fromkeys(READ, NONE)))
    assert {name: own["cases"] for name, own in other.items()} == given
    # As many cases as before, but one of them asks for something else.
    content = deepcopy(SMALL)
    content["nothing"][1] = "Sun today"
    changed = judge_behaviours(
        FakePredictor(answers()), load_cases(BOOK, written(tmp_path, content))
    )
    found = {own["name"]: own["cases"] for own in changed}
    assert {name for name in RULES if found[name] != given[name]} == {"nothing"}
    assert cases_hash(cases["clear"][::-1]) == given["clear"]
    assert given["clear"].startswith("b1:")


def test_a_failure_says_what_was_expected_and_what_was_found(cases):
    found = judged(cases)
    assert found["clear"]["failures"] == ["expected 'a', found 'b': A second"]
    assert found["outside"]["failures"] == ["expected no 'b', found 'b': Out"]
    assert found["nothing"]["failures"] == ["expected no frame, found 'a': Rain today"]
    assert found["country"]["failures"] == [
        "'Oman' for 'Peru': expected 'a' as before, found 'a', 'b': Peru must"
    ]
    assert found["furniture"]["failures"] == [
        "'Cookies' after it: expected 'a' as before, found no frame: The first - it's a union"
    ]


def test_where_another_frame_is_named_it_must_be_there(cases):
    read = {**READ, "Out, but b": NONE}
    assert judged(cases, answers(read))["outside"]["failures"][0] == (
        "expected 'b' and no 'a', found no frame: Out, but b"
    )


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"It is so": "against"}, "against and then against"),
        ({"It is not so": "favor"}, "favor and then favor"),
    ],
)
def test_a_denial_must_turn_the_stance(cases, given, found):
    (failure,) = judged(cases, answers(**given))["denial"]["failures"]
    assert failure == (
        f"expected 'a' favor and then against, found {found}: It is so / It is not so"
    )


def test_a_denial_without_the_frame_fails(cases):
    given = answers()
    given["It is not so"] = {"a": (0.3, "against"), "b": (0.1, "favor")}
    (failure,) = judged(cases, given)["denial"]["failures"]
    assert "found favor and then absent" in failure


def test_a_text_that_cannot_be_scored_fails_its_cases(cases):
    given = answers()
    del given["Home | News"], given["Peru must"]
    found = judged(cases, given)
    assert found["nothing"]["passed"] == 0
    assert found["country"]["passed"] == 0
    assert found["nothing"]["failures"][0] == (
        "could not be scored, the text cannot be read: Home | News"
    )


def test_long_texts_are_cut(cases):
    text = "word " * 100
    failure = Carries(text, ("a",), ()).fault({})
    assert failure.endswith("…")
    assert len(failure) < 250


def test_every_text_is_asked_once_and_all_at_once(cases):
    asked = []

    class Counting(FakePredictor):
        def predict(self, texts):
            asked.append(list(texts))
            return super().predict(texts)

    judge_behaviours(Counting(answers()), cases)
    assert len(asked) == 1
    assert len(asked[0]) == len(set(asked[0]))
    assert set(asked[0]) == set(answers())


def test_each_paragraph_takes_the_furniture_in_turn(cases):
    assert [case.changed for case in cases["furniture"]] == [
        "By Ann The first - it's a union", "The first - it's a union Cookies",
        "By Ann A second", "A second Menu",
    ]  # fmt: skip


def test_at_most_two_words_of_a_paragraph_are_broken(tmp_path):
    content = deepcopy(SMALL)
    content["clear"][0]["texts"] = ["Union of unions, a Union, but a reunion is none"]
    (broken,) = [
        case.changed
        for case in load_cases(BOOK, written(tmp_path, content))["typography"]
        if case.change == "broken words"
    ]
    assert broken == "Un- ion of un- ions, a Union, but a reunion is none"


def set_at(content, keys, value):
    *path, last = keys
    for key in path:
        content = content[key]
    content[last] = value


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (["clear", 0, "frame"], "c", "clear[0].frame: unknown frame 'c'; known: ['a', 'b']"),
        (["outside", 0, "instead"], "c", "outside[0].instead: unknown frame 'c'"),
        (["country", "texts"], {"c": ["{country}"]}, "country.texts: unknown frame 'c'"),
        (["denial", "pairs"], {"c": [{"claim": "x", "denial": "y"}]}, "denial.pairs: unknown"),
        (["denial", "stances", 1], "contra", "denial.stances[1]: unknown stance 'contra'"),
        (["denial", "stances"], ["favor"], "denial.stances must be two"),
        (["denial", "stances"], None, "denial has no 'stances'"),
        (["denial", "pairs", "a", 0], {"claim": "x"}, "denial.pairs.a[0] has no 'denial'"),
        (["clear", 0, "texts", 1], 7, "clear[0].texts[1]: a text must be a string, not int"),
        (["clear", 0, "texts"], [], "clear[0].texts must be a list of at least one entry"),
        (["clear", 0], "a text", "clear[0] must be a mapping with the keys"),
        (["clear", 0, "tags"], [], "clear[0] has unknown keys ['tags']; known:"),
        (["nothing", 0], None, "nothing[0] is empty"),
        (["nothing"], None, "the file has no 'nothing'"),
        (["country", "texts", "a", 0], "It must", "no {country} in 'It must'"),
        (["country", "names"], ["Peru"], "country.names must hold two names or more"),
        (["country", "texts"], ["x"], "country.texts must be a mapping from frames to lists"),
        (["typography", "broken", 0], "union", "typography.broken[0]: 'union' must be a word"),
        (["other"], [], "the file has unknown keys ['other']"),
    ],
)
def test_a_broken_file_names_the_place(tmp_path, keys, value, message):
    content = deepcopy(SMALL)
    set_at(content, keys, value)
    with pytest.raises(BehaviourError, match=re.escape(message)):
        load_cases(BOOK, written(tmp_path, content))


def test_every_fault_is_told_at_once(tmp_path):
    content = deepcopy(SMALL)
    content["clear"][0]["frame"] = content["outside"][1]["frame"] = "c"
    with pytest.raises(BehaviourError) as caught:
        load_cases(BOOK, written(tmp_path, content))
    assert str(caught.value).count("unknown frame 'c'") == 2


def test_a_file_that_is_no_yaml_or_not_there(tmp_path):
    path = tmp_path / "broken.yaml"
    with pytest.raises(BehaviourError, match="cannot read the behaviours: No such file"):
        load_cases(BOOK, path)
    path.write_text("clear: [", "utf-8")
    with pytest.raises(BehaviourError, match="are not valid YAML"):
        load_cases(BOOK, path)
    path.write_text("", "utf-8")
    with pytest.raises(BehaviourError, match="the file must be a mapping"):
        load_cases(BOOK, path)


@pytest.mark.parametrize(("book", "held"), [(load_codebook(), True), (BOOK, False)])
def test_only_a_model_of_the_projects_codebook_is_held_to_them(monkeypatch, tmp_path, book, held):
    rows = [labelled("one", {book.frame_names[0]: "favor"})]
    predictor = FakePredictor({"one": dict.fromkeys(book.frame_names, (0.9, "favor"))}, book)
    predictor.manifest, predictor.scorers = SimpleNamespace(main=BASELINE), {}
    monkeypatch.setattr(Bundles, "open", lambda *_: predictor)
    monkeypatch.setattr("eval.bundles.lineage", lambda *_: {})
    monkeypatch.setattr("eval.bundles.seen_in_training", lambda *_: Seen([], []))
    found = judge_bundle(tmp_path, None, rows, "one text", "framescope evaluate").report
    if held:
        # The fake reads no text but "one".
        assert [(own["name"], own["passed"]) for own in found["behaviours"]] == [
            (name, 0) for name in RULES
        ]
    else:
        assert found["behaviours"] is None


# The file that is shipped.


@pytest.fixture(scope="module")
def shipped():
    return load_cases(load_codebook())


def test_every_line_of_the_codebook_has_two_paragraphs_or_more():
    raw = yaml.safe_load(DEFAULT_BEHAVIOURS.read_text("utf-8"))
    frames = load_codebook().frames
    for part, side in (("clear", "inside"), ("outside", "outside")):
        lines = [(frame.name, line) for frame in frames for line in getattr(frame, side)]
        assert [(entry["frame"], entry["item"]) for entry in raw[part]] == lines
        assert min(len(entry["texts"]) for entry in raw[part]) >= 2
        sizes = [len(text.split()) for entry in raw[part] for text in entry["texts"]]
        assert 30 <= min(sizes) <= max(sizes) <= 70


def test_an_arrow_of_the_codebook_names_the_frame_that_is_there():
    raw = yaml.safe_load(DEFAULT_BEHAVIOURS.read_text("utf-8"))
    for entry in raw["outside"]:
        named = re.search(r" is (neo-colonialism|authoritarian control)\b", entry["item"])
        assert entry.get("instead") == (named and named[1])


def test_the_shipped_cases_are_many_and_spread_over_the_frames(shipped):
    assert {name: len(cases) for name, cases in shipped.items() if name != "typography"} == {
        "clear": 90, "outside": 30, "nothing": 30, "denial": 20, "country": 24 * 7,
        "furniture": 180,
    }  # fmt: skip
    frames = [case.frame for case in shipped["denial"]]
    assert {frame: frames.count(frame) for frame in frames} == dict.fromkeys(
        load_codebook().frame_names, 4
    )
    changes = [case.change for case in shipped["typography"]]
    assert len(set(changes)) == 5
    assert min(changes.count(change) for change in changes) >= 40


def test_no_case_is_there_twice_or_changes_nothing(shipped):
    every = [case for cases in shipped.values() for case in cases]
    assert len(set(every)) == len(every)
    assert not [case for case in every if isinstance(case, Alike) and case.plain == case.changed]
    assert not [case for case in every if isinstance(case, Turns) and case.claim == case.denial]


def test_no_text_is_in_the_starter_corpus(shipped):
    known = {row.text_id for row in starter_rows()}
    asked = {text_id(text) for cases in shipped.values() for c in cases for text in c.texts}
    assert not known & asked
