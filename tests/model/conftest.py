import os
from pathlib import Path

import pytest

from serving.predictor import Predictor

# The champion of whoever runs the tests; other tests are sealed off from it.
HOME = os.environ.get("FRAMESCOPE_HOME") or Path(__file__).parent.parent.parent / "var"


@pytest.fixture(scope="session")
def champion() -> Predictor:
    return Predictor.load("champion", HOME)
