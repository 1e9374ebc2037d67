import argparse

import pytest

from labels.codebook import load_codebook
from labels.snapshot import take
from labels.starter import starter_rows
from labels.store import Store
from tests.labels.samples import VIEWS


@pytest.fixture(autouse=True)
def own_home(monkeypatch, tmp_path):
    """No test reads or writes the labels of whoever runs it."""
    monkeypatch.setenv("FRAMESCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FRAMESCOPE_DATABASE", raising=False)
    return tmp_path / "home"


@pytest.fixture(scope="session")
def codebook():
    return load_codebook()


@pytest.fixture
def store():
    return Store.open("sqlite://", VIEWS)


@pytest.fixture(scope="session")
def starter():
    return list(starter_rows())


@pytest.fixture(scope="session")
def starter_store(starter):
    store = Store.open("sqlite://")
    store.add(starter)
    return store


@pytest.fixture(scope="session")
def starter_snapshot(starter_store):
    return take(starter_store)


@pytest.fixture
def arguments():
    """The arguments of a command, as the parser would give them."""
    defaults = {
        "home": None, "codebook": None, "files": [], "format": None, "annotator": None,
        "starter": False, "out": None, "resolved": False,
    }  # fmt: skip
    return lambda **given: argparse.Namespace(**{**defaults, **given})
