from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.rows import (
    DEFAULT_ANNOTATOR,
    LabelledRow,
    canonical,
    frames_value,
    read_row,
    usual_kind,
)
from labels.text import digest, text_id
from tests.labels.samples import TOPICS, VIEWS, made, raw_rows


def test_row_is_read_whole():
    row = made(
        " Two  ports ", {"war": "con", "trade": "pro"}, id=7, lang="pt-BR", source="desk",
        document="d1", date="2026-03-31T10:00", annotator="ann", at="2026-03-31T14:05:00+02:00",
        codebook="2", sampled="random", meta={"a": 1}, page=3,
    )  # fmt: skip
    assert row == LabelledRow(
        "Two ports", {"trade": "pro", "war": "con"}, "ann", "7", "pt-BR", "desk", "d1",
        "2026-03-31", "2026-03-31T12:05:00.000000+00:00", 2, "random", {"page": 3, "a": 1},
    )  # fmt: skip
    assert list(row.frames) == ["trade", "war"]


def test_missing_null_and_empty_are_the_same():
    bare = made("Two ports", {})
    assert bare == made("Two ports", {}, id="", lang=None, annotator="", at=None, extra="")
    assert (bare.annotator, bare.at, bare.meta) == (DEFAULT_ANNOTATOR, None, {})


def test_time_without_zone_is_utc():
    assert made("a", {}, at="2026-03-31 14:05").at == "2026-03-31T14:05:00.000000+00:00"
    assert made("a", {}, at=datetime(2026, 3, 31)).at == "2026-03-31T00:00:00.000000+00:00"


def test_codebook_version_is_the_stores_own_where_none_is_given():
    assert made("a", {}).codebook == VIEWS.version


def test_frames_are_a_list_where_there_are_no_stances():
    assert made("a", ["war", "trade"], TOPICS).frames == {"trade": None, "war": None}
    assert made("a", {"war": None}, TOPICS).frames == {"war": None}
    assert frames_value({"war": None}, TOPICS) == ["war"]
    assert frames_value({"war": "pro"}, VIEWS) == {"war": "pro"}


def test_columns_a_database_knows_become_plain_json():
    row = made("a", {}, day=date(2026, 3, 31), when=datetime(2026, 3, 31, 9), cost=Decimal("1.50"))
    assert row.meta == {"day": "2026-03-31", "when": "2026-03-31T09:00:00", "cost": "1.50"}


GOOD = {"text": "a", "frames": {}}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (["a"], "a row is an object with at least text and frames, not a list"),
        ({"frames": {}}, "the text is empty"),
        ({**GOOD, "text": 3}, "a text must be a string, not int"),
        ({"text": "a"}, "frames is missing; {} means read and found to carry none"),
        ({**GOOD, "frames": ["war"]}, "frames: must map each frame to its stance, not be a list"),
        ({**GOOD, "frames": {"wra": "pro"}}, "unknown frames ['wra']; known: ['trade', 'war']"),
        ({**GOOD, "frames": {"war": "po"}}, "unknown stance 'po' on 'war'; known: ['pro', 'con']"),
        ({**GOOD, "frames": {"war": None}}, "unknown stance None on 'war'"),
        ({**GOOD, "frames": {"war": ["pro"]}}, "unknown stance ['pro'] on 'war'"),
        ({**GOOD, "id": 1.5}, "id: must be a string or a whole number, not 1.5"),
        ({**GOOD, "id": True}, "id: must be a string or a whole number, not True"),
        ({**GOOD, "lang": "English"}, "lang: 'English' is no language tag"),
        ({**GOOD, "lang": "en" + "-abcdefgh" * 4}, "is no language tag"),
        ({**GOOD, "source": 5}, "source: must be a string, not 5"),
        ({**GOOD, "source": "a\0"}, "source: 'a\\x00' holds a NUL"),
        ({**GOOD, "annotator": "\ud800"}, "annotator: '\\ud800' holds a NUL or half"),
        ({**GOOD, "date": "31.3.2026"}, "date: '31.3.2026' is no date; write it as in 2026-03-31"),
        ({**GOOD, "date": "2026-03-311"}, "date: '2026-03-311' is no date"),
        ({**GOOD, "date": "2026-02-30"}, "date: '2026-02-30' is no date"),
        ({**GOOD, "at": "noon"}, "at: 'noon' is no time; write it as in 2026-03-31T14:05:00Z"),
        ({**GOOD, "at": "0001-01-01T00:00:00+10:00"}, "is no time"),
        ({**GOOD, "at": "9999-12-31T23:59:59.999999"}, "23:59:59.999999' is the end of all"),
        ({**GOOD, "at": "9999-12-31"}, "is the end of all time; leave it out"),
        ({**GOOD, "codebook": 0}, "codebook: 0 is no codebook version"),
        ({**GOOD, "codebook": 2**31}, "is no codebook version"),
        ({**GOOD, "codebook": True}, "codebook: True is no codebook version"),
        ({**GOOD, "sampled": "chosen"}, "sampled: 'chosen'; allowed: ['random', 'suggested']"),
        ({**GOOD, "meta": [1]}, "meta: must be an object, not a list"),
        ({**GOOD, "meta": {"a": "\ud800"}}, "meta: cannot be kept as JSON"),
        ({**GOOD, "score": float("nan")}, "'score': cannot be kept as JSON: Out of range float"),
        ({**GOOD, "\ud800": 1}, "'\\ud800': cannot be kept as JSON"),
        ({**GOOD, "image": b"png"}, "'image': cannot be kept as JSON: a bytes has no form in JSON"),
    ],
)
def test_problem_is_named(raw, words):
    row, problems = read_row(raw, VIEWS)
    assert row is None
    assert len(problems) == 1
    assert words in problems[0]


@pytest.mark.parametrize("frames", [{"war": "pro"}, "war", 3])
def test_frames_that_are_no_list_are_refused_without_stances(frames):
    _, problems = read_row({"text": "a", "frames": frames}, TOPICS)
    assert "frames: must be a list: the codebook has no stances" in problems[0]


def test_missing_frames_without_stances_are_an_empty_list():
    assert "[] means read" in read_row({"text": "a"}, TOPICS)[1][0]


def test_every_problem_of_a_row_is_named():
    raw = {"text": "", "frames": {"wra": "po"}, "lang": "?", "at": "noon", "x": b""}
    _, problems = read_row(raw, VIEWS)
    assert [problem.split(":")[0] for problem in problems] == [
        "the text is empty", "frames", "lang", "at", "'x'",
    ]  # fmt: skip
    assert "unknown frames ['wra']" in problems[1]
    assert "unknown stance 'po'" in problems[1]


@given(raw_rows(VIEWS))
def test_order_of_frames_and_spacing_of_text_do_not_make_another_answer(raw):
    turned = {**raw, "frames": dict(reversed(raw["frames"].items())), "text": f" {raw['text']}\n"}
    assert made(**turned).answer_key == made(**raw).answer_key
    assert made(**turned).occurrence_key == made(**raw).occurrence_key


def test_answer_is_who_said_what_of_which_text():
    row = made("a", {"war": "pro"})
    assert made("a", {"war": "pro"}, document="d", at="2026-01-01").answer_key == row.answer_key
    for other in (
        made("b", {"war": "pro"}), made("a", {"war": "con"}), made("a", {"war": "pro"}, codebook=2),
        made("a", {"war": "pro"}, annotator="ann"), made("a", {"war": "pro"}, sampled="random"),
    ):  # fmt: skip
        assert other.answer_key != row.answer_key


def test_occurrence_is_where_a_text_was_found():
    row = made("a", {"war": "pro"})
    assert made("a", {}, annotator="ann", at="2026-01-01").occurrence_key == row.occurrence_key
    for column in ({"id": 1}, {"lang": "en"}, {"source": "s"}, {"document": "d"}, {"x": 1}):
        assert made("a", {"war": "pro"}, **column).occurrence_key != row.occurrence_key


@pytest.mark.parametrize("codebook", [VIEWS, TOPICS], ids=["stances", "no stances"])
@given(data=st.data())
def test_keys_are_hashes_of_the_values_as_canonical_json(codebook, data):
    """Stores hold them, so that the shorter way to write them must come to the same."""
    row = made(of=codebook, **data.draw(raw_rows(codebook)))
    place = [row.text_id, row.id, row.lang, row.source, row.document, row.date, dict(row.meta)]
    assert row.occurrence_key == digest(canonical(place))
    answer = [row.text_id, row.annotator, dict(row.frames), row.codebook, row.sampled]
    kind = [row.kind] * (row.kind != usual_kind(row.annotator))
    assert row.answer_key == digest(canonical([*answer, *kind]))
    assert row.text_id == text_id(row.text)
