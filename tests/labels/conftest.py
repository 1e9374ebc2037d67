import argparse

import pytest

from labels.codebook import load_codebook
from labels.snapshot import take
from labels.starter import starter_rows
from labels.store import Store
from tests.labels import postgres as postgres_server
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
def store(url):
    return Store.open(url, VIEWS)


@pytest.fixture(scope="session")
def postgres():
    """What makes a new database on a real PostgreSQL server and returns its URL."""
    if (programs := postgres_server.programs()) is None:
        pytest.skip("PostgreSQL's server programs are not installed (Debian: postgresql)")
    with postgres_server.server(programs) as new_database:
        yield new_database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """A database of each kind, one after the other."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'labels.db'}"
        return
    new_database = request.getfixturevalue("postgres")
    with postgres_server.closing():
        yield new_database()


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
        "starter": False, "out": None, "resolved": False, "partial": False, "map": None,
        "texts": None, "allow_erased": False,
    }  # fmt: skip
    return lambda **given: argparse.Namespace(**{**defaults, **given})
