"""Does the trained champion behave? Nine cases of each behaviour in ten must hold.

The cases are in `eval/behaviours.yaml`, and the report of every model tells its rates. The share is
what a reader can rely on: raise it as models get better, never lower it to get one through.
"""

import pytest

from eval.behaviours import RULES, judge_behaviours
from eval.cases import load_cases
from labels.codebook import load_codebook

pytestmark = pytest.mark.model

SHARE = 0.9


@pytest.fixture(scope="module")
def behaviours(champion):
    found = judge_behaviours(champion, load_cases(load_codebook()))
    return {behaviour["name"]: behaviour for behaviour in found}


def test_the_champion_serves_the_projects_codebook(champion):
    assert champion.codebook.same_labels(load_codebook())


@pytest.mark.parametrize("name", RULES)
def test_nine_cases_in_ten_hold(behaviours, name):
    found = behaviours[name]
    failing = "\n".join(found["failures"])
    assert found["rate"] >= SHARE, f"{name}: {found['passed']} of {found['n']} hold\n{failing}"
