"""Each test that docs/faults.md names is there, and is marked as the page says."""

import ast
import re

import pytest

from tests.test_structure import ROOT

PAGE = (ROOT / "docs" / "faults.md").read_text("utf-8")
NAMED = re.findall(r"`(\S+\.py)::(\w+)`( \*)?", PAGE)


def test_every_row_names_a_test():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]
    assert len(rows) >= 20
    for row in rows:
        assert row.count(" | ") == 4, row
        assert "::test_" in row or row.endswith("| the same |"), row


@pytest.mark.parametrize(("file", "name", "long"), NAMED, ids=[name for _, name, _ in NAMED])
def test_what_the_page_names_is_there(file, name, long):
    tree = ast.parse((ROOT / "tests" / file).read_text("utf-8"))
    (found,) = [one for one in tree.body if getattr(one, "name", None) == name]
    marks = [ast.unparse(mark) for mark in found.decorator_list]
    assert ("pytest.mark.faults" in marks) == bool(long)
