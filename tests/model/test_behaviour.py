"""Does the trained champion behave? Nine cases of each behaviour in ten should hold.

The cases are in `eval/behaviours.yaml`, and the report of every model tells its rates. One
behaviour does not come to nine in ten yet (outside, 0.87), and one has few cases (denial, 18 of
20). Their shares leave a little room below what was measured, for another seed or processor. Raise
the shares as models get better, never lower one to get a model through.
"""

import pytest

from eval.behaviours import RULES, judge_behaviours
from eval.cases import load_cases
from labels.codebook import load_codebook

pytestmark = pytest.mark.model

SHARE = dict.fromkeys(RULES, 0.9) | {"denial": 0.8, "outside": 0.8}


@pytest.fixture(scope="module")
def behaviours(champion):
    found = judge_behaviours(champion, load_cases(load_codebook()))
    return {behaviour["name"]: behaviour for behaviour in found}


def test_the_champion_serves_the_projects_codebook(champion):
    assert champion.codebook.same_labels(load_codebook())


@pytest.mark.parametrize("name", RULES)
def test_enough_cases_hold(behaviours, name):
    found = behaviours[name]
    failing = "\n".join(found["failures"])
    assert found["rate"] >= SHARE[name], (
        f"{name}: {found['passed']} of {found['n']} hold\n{failing}"
    )
