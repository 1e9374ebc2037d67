from pathlib import Path

import pytest

from labels.home import Home
from labels.snapshot import Snapshot, take_rows
from labels.store import Store
from tests.tiny import NINE, TWO, make_encoder, rows
from training.registry import Registry


@pytest.fixture(scope="session")
def two() -> Snapshot:
    """The 48 texts of the two targets, all on the training side."""
    return take_rows(rows(TWO, 48), TWO, test_share=0.0)


@pytest.fixture(scope="session")
def encoder(tmp_path_factory) -> Path:
    """A tiny encoder that knows the words of both tiny codebooks."""
    texts = [row.text for codebook in (TWO, NINE) for row in rows(codebook)]
    return make_encoder(tmp_path_factory.mktemp("tiny") / "encoder", texts)


@pytest.fixture
def registry(tmp_path) -> Registry:
    """The registry of an empty state folder for the two targets."""
    return Registry(Home.find(tmp_path / "state"), Store.open("sqlite://", TWO))
