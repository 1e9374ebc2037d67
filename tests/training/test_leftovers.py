"""What killed runs leave is removed, and nothing else is."""

from types import SimpleNamespace

import pytest
from filelock import FileLock

from labels.home import Home
from labels.store import Store
from tests.tiny import TWO
from training.leftovers import remove_leftovers
from training.registry import Registry


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A registry that knows of one model, in a state folder that killed runs have left."""
    registry = Registry(Home.find(tmp_path / "home"), Store.open("sqlite://", TWO))
    monkeypatch.setattr(registry, "models", lambda: [SimpleNamespace(version="known")])
    for version in ("known", "half"):
        registry.folder(version).mkdir(parents=True)
        (registry.folder(version) / "model.onnx").write_bytes(b"x")
    (registry.home.work / "run").mkdir(parents=True)
    (registry.home.work / "run" / "checkpoint").write_bytes(b"x")
    return registry


def left(registry) -> set[str]:
    store = registry.folder("known").parent
    kept = {path.name for path in store.iterdir()}
    return kept | {path.name for path in registry.home.work.iterdir() if path.is_dir()}


def test_a_bundle_that_nobody_knows_goes_and_work_stays(registry):
    remove_leftovers(registry)
    assert left(registry) == {"known", "run"}


def test_with_the_unfinished_work_goes_too(registry):
    remove_leftovers(registry, unfinished_too=True)
    assert left(registry) == {"known"}


@pytest.mark.parametrize(("mark", "stays"), [("known", True), ("half", False), ("", False)])
def test_a_mark_of_the_newest_bundle_that_names_none_goes(registry, mark, stays):
    latest = registry.folder("known").parent / "latest"
    latest.write_text(mark)
    remove_leftovers(registry)
    assert latest.exists() is stays


@pytest.mark.parametrize("lock", ["work/training.lock", "bentoml/bundles.lock"])
def test_nothing_goes_while_another_is_at_it(registry, lock):
    with FileLock(registry.home.folder / lock):
        remove_leftovers(registry, unfinished_too=True)
    assert left(registry) == {"known", "half", "run"}
