import datetime
import decimal
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.corpus.cells import as_json, kind_of, plain

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.binary(), st.dates(), st.datetimes(),
    st.decimals(), st.text(st.characters()), st.text(st.sampled_from("a\ud83d\udc00")),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.dates(), inner)
)


@given(VALUES)
def test_every_value_can_stand_in_json_and_stays_there(value):
    found = plain(value)
    text = json.dumps(found, ensure_ascii=False, allow_nan=False)
    assert json.loads(text.encode("utf-8")) == found == plain(found)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a\ud83d🙂", "a\ufffd🙂"),
        (b"caf\xc3\xa9 \xff", "café \ufffd"),
        (float("nan"), None),
        (float("-inf"), None),
        (0.1, 0.1),
        (True, True),
        (2**64, 2**64),
        (datetime.date(2026, 3, 31), "2026-03-31"),
        (datetime.datetime(2026, 3, 31, 14, 5, tzinfo=datetime.UTC), "2026-03-31 14:05:00+00:00"),
        (decimal.Decimal("1.10"), "1.10"),
        ({"a\udc00": [b"x", {1: float("inf")}]}, {"a\ufffd": ["x", {"1": None}]}),
    ],
)
def test_plain_by_hand(value, found):
    assert plain(value) == found
    assert type(plain(value)) is type(found)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, bool), (2**63 - 1, int), (-(2**63), int), (2**63, str), (-(2**63) - 1, str),
        (1.5, float), ("a", str), ([1], str), ({}, str),
    ],
)  # fmt: skip
def test_kind_of_column(value, kind):
    assert kind_of(value) is kind


def test_a_string_is_not_put_in_quotes():
    assert (as_json("a"), as_json(["ä"]), as_json(2**64)) == ("a", '["ä"]', "18446744073709551616")
