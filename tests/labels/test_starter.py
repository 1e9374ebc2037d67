import json
import re
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from labels.duplicates import SIMILAR, shingles
from labels.rows import ADJUDICATOR
from labels.split import TEST
from labels.starter import STARTER, starter_rows, suits
from labels.store import Imported
from labels.text import text_id
from tests.labels.samples import VIEWS

CARD = Path(__file__).parents[2] / "docs" / "dataset-card.md"
LANGUAGES = {"en": 9752, "zh": 473, "ru": 490, "fr": 351, "es": 345}
N = sum(LANGUAGES.values())
ANSWERS = {"writer": N, "reader": N, ADJUDICATOR: 422}
SETS = 515
KINDS = ("plain", "close", "dry", "contrast", "short")


@pytest.fixture(scope="module")
def files():
    """The two files as they lie there: paragraphs, answers."""
    names = ("paragraphs.jsonl", "annotations.jsonl")
    lines = [(STARTER / name).read_text("utf-8").strip().split("\n") for name in names]
    return [list(map(json.loads, own)) for own in lines]


@pytest.fixture(scope="module")
def answers(files):
    """id -> annotator -> frames."""
    found = defaultdict(dict)
    for answer in files[1]:
        found[answer["id"]][answer["annotator"]] = answer["frames"]
    return found


def test_every_row_is_valid_and_in_the_codebook(starter, codebook):
    assert len(starter) == sum(ANSWERS.values())
    assert {frame for row in starter for frame in row.frames} == set(codebook.frame_names)
    stances = {stance for row in starter for stance in row.frames.values()}
    assert stances == set(codebook.stance_names)


def test_rows_say_when_and_by_which_codebook(starter):
    assert {(row.at, row.codebook, row.sampled) for row in starter} == {
        ("2026-11-01T00:00:00.000000+00:00", 1, None)
    }


def test_no_text_is_empty_or_twice(files):
    texts = [paragraph["text"] for paragraph in files[0]]
    assert all(text.strip() for text in texts)
    assert len(texts) == len(set(map(text_id, texts))) == N
    assert len({paragraph["id"] for paragraph in files[0]}) == N


def test_counts_of_languages_and_annotators(files, starter_store):
    paragraphs, annotations = files
    assert Counter(paragraph["lang"] for paragraph in paragraphs) == LANGUAGES
    assert Counter(answer["annotator"] for answer in annotations) == ANSWERS
    assert starter_store.counts() == {
        "texts": N, "documents": SETS, "annotators": 3, "annotations": sum(ANSWERS.values()),
    }  # fmt: skip


def test_everybody_answered_once_and_the_adjudicator_where_they_differ(files, answers):
    assert len(files[1]) == sum(map(len, answers.values()))
    assert answers.keys() == {paragraph["id"] for paragraph in files[0]}
    for given in answers.values():
        assert {"writer", "reader"} <= given.keys()
        assert (ADJUDICATOR in given) == (given["writer"] != given["reader"])


def test_all_of_it_resolves(starter_snapshot):
    assert len(starter_snapshot.rows) == N
    assert (starter_snapshot.disputed, starter_snapshot.bridges) == ((), ())
    assert 0.18 < len(starter_snapshot.test) / N < 0.22


def test_a_set_on_one_subject_lies_on_one_side(starter_snapshot):
    sides = defaultdict(list)
    for row in starter_snapshot.rows:
        if row.document:
            sides[row.document].append(row.side)
    assert len(sides) == SETS
    assert {len(own) for own in sides.values()} == {2, 3}
    assert [own for own in sides.values() if len(set(own)) > 1] == []


def test_every_language_is_on_both_sides(starter_snapshot):
    assert {row.lang for row in starter_snapshot.train} == LANGUAGES.keys()
    assert {row.lang for row in starter_snapshot.test} == LANGUAGES.keys()


def test_no_near_duplicates_across_sides(starter_snapshot):
    """Compares every pair that shares a shingle, without the hashing that splitting goes by."""
    known = {row.text_id: shingles(row.text) for row in starter_snapshot.rows}
    test = {row.text_id for row in starter_snapshot.rows if row.side == TEST}
    holders = defaultdict(list)
    for key, own in known.items():
        for shingle in own:
            holders[shingle].append(key)
    shared = Counter(pair for keys in holders.values() for pair in combinations(keys, 2))
    across = {pair: n for pair, n in shared.items() if (pair[0] in test) != (pair[1] in test)}
    assert len(across) > 10_000
    for (one, other), count in across.items():
        assert count / (len(known[one]) + len(known[other]) - count) < SIMILAR


def test_importing_it_again_stores_nothing(starter_store):
    assert starter_store.add(starter_rows()) == Imported(sum(ANSWERS.values()), 0)


def test_it_suits_its_own_codebook_only(codebook):
    assert suits(codebook)
    assert not suits(VIEWS)


def kind_of(source):
    return next((kind for kind in KINDS if f"/{kind}-" in source), "vivid")


def test_counts_in_the_card_are_right(files, answers, starter_snapshot, codebook):
    paragraphs, annotations = files
    card = CARD.read_text("utf-8")
    agreed = sum(given["writer"] == given["reader"] for given in answers.values())
    rows = [
        ("paragraphs", len(paragraphs)),
        ("answers", len(annotations)),
        *((f"by `{who}`", count) for who, count in ANSWERS.items()),
        ("desks", len({paragraph["source"] for paragraph in paragraphs})),
        *LANGUAGES.items(),
    ]
    for frame in codebook.frame_names:
        marked = [row.frames[frame] for row in starter_snapshot.rows if frame in row.frames]
        rows.append((frame, len(marked), *map(marked.count, codebook.stance_names)))
    for kind in ("vivid", *KINDS):
        own = [row for row in starter_snapshot.rows if kind_of(row.source) == kind]
        stances = [stance for row in own for stance in row.frames.values()]
        bare = sum(not row.frames for row in own)
        rows.append((kind, len(own), bare, *map(stances.count, codebook.stance_names)))
    for name, *numbers in rows:
        assert f"| {name} | {' | '.join(f'{number:,}' for number in numbers)} |" in card
    assert f"{agreed:,} paragraphs, {agreed / len(paragraphs):.0%}" in re.sub(r"\s+", " ", card)
    assert f"other {ANSWERS[ADJUDICATOR]}:" in card
