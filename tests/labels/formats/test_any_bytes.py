"""Whatever a file holds, reading it gives rows and problems, or a `LabelError`.

`FRAMESCOPE_TEST_CASES` sets how many files each test makes, others each time (`make test-fuzz`).
"""

import contextlib
import io
import json
import os
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labels.errors import FramescopeError, LabelError
from labels.formats import FORMATS
from labels.formats.files import checked, read_raw, read_texts, write_labels
from labels.formats.names import Names, load_map
from labels.formats.reading import Reading
from labels.formats.sniff import SUFFIXES
from labels.rows import LabelledRow
from tests.labels.samples import VIEWS

KEYS = st.sampled_from((
    "text", "frames", "id", "lang", "annotator", "at", "kind", "meta", "sampled", "codebook",
    "data", "annotations", "completions", "result", "value", "choices", "from_name", "type",
    "labels",
    "label", "answer", "accept", "options", "_task_hash", "_view_id", "fields", "responses",
    "user_id", "status", "values", "instance_id", "label_annotations", "user", "was_cancelled",
    "instance_id_to_label_to_value", "cats", "spans", "completed_by", "created_at", "suggestions",
))  # fmt: skip
ODD = st.sampled_from(["", " ", "a text", "trade", "trade:pro", "pro", "=1+1", "\x00", "\ud83d",
                       "2026-01-01", "9" * 5000, "NaN", "accept", "submitted", "🙂"])  # fmt: skip
PLAIN = ODD | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=10,
)
ROWS = st.sampled_from((
    {"text": "a", "frames": {}}, {"data": {"text": "a"}, "annotations": []},
    {"text": "a", "label": []}, {"text": "a", "answer": "accept", "_task_hash": 1},
    {"fields": {"text": "a"}, "responses": {}}, {"instance_id": "1", "user_id": "u"},
    {"id": "1", "label_annotations": {}}, {},
))  # fmt: skip
OBJECTS = st.builds(lambda row, more: row | more, ROWS, st.dictionaries(KEYS, VALUES, max_size=4))
WHOLE = (st.lists(OBJECTS | VALUES, max_size=4) | OBJECTS | VALUES).map(json.dumps)
LINES = st.lists(OBJECTS | VALUES, max_size=4).map(
    lambda rows: "".join(json.dumps(row) + "\n" for row in rows)
)
TABLE = st.lists(
    st.lists(KEYS | ODD | st.text(max_size=4), max_size=5).map(",".join), max_size=5
).map("\n".join)
HEADS = st.sampled_from(
    [
        b"",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"PAR1",
        b"PK\x03\x04",
        b"{",
        b"[",
        b'"',
        b"text,frames\n",
        b"\x1f\x8b",
        b"\xd0\xcf\x11\xe0",
    ]
)
CONTENT = st.one_of(
    (WHOLE | LINES | TABLE).map(lambda text: text.encode("utf-8", "replace")),
    (LINES | TABLE).map(lambda text: text.encode("utf-16", "replace")),
    st.builds(lambda head, tail: head + tail, HEADS, st.binary(max_size=200)),
)  # fmt: skip
NAMES = st.sampled_from([*SUFFIXES, ".json", ".txt", "", ".JSON"])
CASES = int(os.environ.get("FRAMESCOPE_TEST_CASES", "0"))
patient = settings(
    max_examples=CASES or 100, deadline=None, derandomize=not CASES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def check(path: Path, format: str | None) -> None:
    reading = Reading(VIEWS, Names(VIEWS), texts={"1": "a"})
    with contextlib.suppress(FramescopeError):
        for row, problems in checked(path, reading, format):
            assert row is None or row.text
            assert row is not None or problems


@patient
@given(CONTENT, NAMES, st.none() | st.sampled_from(FORMATS))
def test_any_file_of_labels(tmp_path, content, name, format):
    path = tmp_path / f"file{name}"
    path.write_bytes(content)
    check(path, format)


@patient
@given(CONTENT, NAMES)
def test_any_file_beside(tmp_path, content, name):
    """The texts of a task, its rows before they are checked, and a map of names."""
    path = tmp_path / f"beside{name}"
    path.write_bytes(content)
    for read in (read_texts, lambda path: list(read_raw(path)), load_map):
        with contextlib.suppress(FramescopeError):
            read(path)


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> dict[str, bytes]:
    """A sound file of each kind of table that is no text."""
    folder = tmp_path_factory.mktemp("tables")
    rows = [LabelledRow("A text.", {"trade": "pro"}, id=str(number)) for number in range(20)]
    for name in ("xlsx", "parquet"):
        write_labels(folder / f"a.{name}", rows, VIEWS)
    return {name: (folder / f"a.{name}").read_bytes() for name in ("xlsx", "parquet")}


@patient
@given(
    st.sampled_from(["xlsx", "parquet"]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    st.floats(0.5, 1),
)
def test_a_damaged_table(tables, tmp_path, name, changes, kept):
    data = bytearray(tables[name])
    for place, value in changes:
        data[int(place * len(data))] = value
    path = tmp_path / f"damaged.{name}"
    path.write_bytes(data[: int(kept * len(data))] if kept < 0.9 else data)
    check(path, None)


@patient
@given(st.binary(max_size=80) | VALUES.map(lambda value: json.dumps(value).encode()), st.data())
def test_a_workbook_with_other_parts(tables, tmp_path, content, data):
    with zipfile.ZipFile(io.BytesIO(tables["xlsx"])) as sound:
        parts = {name: sound.read(name) for name in sound.namelist()}
    parts[data.draw(st.sampled_from(sorted(parts)))] = content
    path = tmp_path / "other.xlsx"
    with zipfile.ZipFile(path, "w") as made:
        for name, part in parts.items():
            made.writestr(name, part)
    check(path, None)


COLUMNS = {
    "numbers": pa.array([1, None]), "nested": pa.array([[{"a": 1}], None]),
    "binary": pa.array([b"\xff", None]), "times": pa.array([0, None], pa.timestamp("ns")),
    "map": pa.array([[("trade", "pro")], None], pa.map_(pa.string(), pa.string())),
    "struct": pa.array([{"trade": "pro", "war": None}, None]), "text": pa.array(["a", None]),
}  # fmt: skip


@pytest.mark.parametrize("frames", COLUMNS)
@pytest.mark.parametrize("text", COLUMNS)
def test_any_kind_of_column(tmp_path, text, frames):
    path = tmp_path / "odd.parquet"
    table = pa.table({"text": COLUMNS[text], "frames": COLUMNS[frames], "at": COLUMNS[text]})
    pq.write_table(table, path)
    check(path, None)


def test_an_entity_in_a_workbook_reads_no_file(tables, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("a secret", "utf-8")
    with zipfile.ZipFile(io.BytesIO(tables["xlsx"])) as sound:
        parts = {name: sound.read(name) for name in sound.namelist()}
    name = next(name for name in parts if name.endswith("sheet1.xml"))
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'.encode()
    parts[name] = entity + parts[name].replace(b"A text.", b"&e;")
    path = tmp_path / "entity.xlsx"
    with zipfile.ZipFile(path, "w") as made:
        for part, content in parts.items():
            made.writestr(part, content)
    try:
        found = list(checked(path, Reading(VIEWS, Names(VIEWS))))
    except FramescopeError as error:
        found = [(None, [str(error)])]
    assert "a secret" not in str(found)


@pytest.mark.parametrize("changes", [{6: 64}, {9: 8, 46: 255}], ids=["version", "name"])
def test_a_directory_that_python_cannot_read_is_no_workbook(tables, tmp_path, changes):
    """A version of ZIP that is to come; a name that says it is UTF-8, and is not."""
    data = bytearray(tables["xlsx"])
    entry = data.index(b"PK\x01\x02")  # the first of the directory
    for place, value in changes.items():
        data[entry + place] = value
    path = tmp_path / "odd.xlsx"
    path.write_bytes(data)
    with pytest.raises(LabelError, match="not an Excel workbook"):
        list(checked(path, Reading(VIEWS, Names(VIEWS))))
