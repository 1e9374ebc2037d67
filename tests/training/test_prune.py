"""What prune removes, what it keeps, and what is known of a model whose bundle is gone."""

import shutil
import subprocess
import sys

import pytest

from labels import schema
from labels.home import Home
from labels.store import Store
from serving.predictor import Predictor
from tests.tiny import TWO
from tests.training.small import add, made, promote, writer
from training import prune as pruning
from training.bundle import BundleError, read_manifest
from training.holding import Claim, Hold
from training.prune import prune
from training.registry import Registry, RegistryError, find_bundle


@pytest.fixture
def six(registry) -> Registry:
    """v1 to v6; v2, v3, v4 and v5 were champion in turn, v1 was refused, v6 is not judged yet."""
    for number in range(1, 7):
        add(registry, f"v{number}")
    promote(registry, "v2", "v3", "v4", "v5")
    return registry


def there(registry: Registry) -> set[str]:
    return {entry.version for entry in registry.models() if registry.folder(entry.version).exists()}


@pytest.mark.parametrize(
    ("keep", "removed"),
    [(0, "v1 v2 v3 v4"), (1, "v1 v2 v3"), (2, "v1 v2"), (3, "v1"), (9, "v1")],
)
def test_champion_newer_models_and_rollbacks_are_kept(six, keep, removed):
    sizes = {
        v: sum(file.stat().st_size for file in six.folder(v).iterdir()) for v in removed.split()
    }
    before = there(six)
    planned = prune(six, "ann", keep, dry_run=True)
    assert planned.removed == sizes
    assert there(six) == before
    assert not any(entry.pruned for entry in six.models())
    assert prune(six, "ann", keep) == planned
    assert there(six) == before - {*removed.split()}
    assert prune(six, "ann", keep).removed == {}
    for version in there(six):
        assert read_manifest(six.folder(version)).version == version


def test_as_many_rollbacks_are_possible_as_were_asked_for(six):
    prune(six, "ann", keep=2)
    assert [six.rollback("ann"), six.rollback("ann")] == ["v4", "v3"]
    with pytest.raises(
        RegistryError, match=r"^cannot go back to v2: v2 was pruned on \d{4}-\d\d-\d\d by ann: its "
    ):
        six.rollback("ann")
    assert six.champion() == "v3"


def test_champions_that_rollbacks_gave_up_are_newer_and_stay(six):
    six.rollback("ann")
    six.rollback("ann")
    assert prune(six, "ann", keep=0).removed.keys() == {"v1", "v2"}


def test_without_a_champion_nothing_is_removed(registry):
    add(registry, "v1")
    add(registry, "v2")
    assert prune(registry, "ann", 0).removed == {}


def test_a_pruned_model_stays_in_the_registry(six):
    size = prune(six, "ann", keep=3).removed["v1"]
    assert [entry.version for entry in six.models()] == [f"v{n}" for n in range(1, 7)]
    entry = six.entry("v1")
    assert (entry.pruned.by, entry.pruned.bytes, entry.labels_hash) == ("ann", size, "l1:v1")
    assert six.resolve("v1") == "v1"
    assert len(six.history()) == 4
    words = "v1 was pruned on .* bring it back from a copy with: framescope models import FILE"
    for use in (six.bundle, lambda v: find_bundle(v, six), lambda v: six.promote(v, "ann", "why")):
        with pytest.raises(RegistryError, match=words):
            use("v1")
    assert six.trained_with("l1:v1", {}) == []
    assert six.trained_with("l1:v6", {}) == ["v6"]


def test_a_challenger_pruned_meanwhile_is_not_promoted(six):
    prune(six, "ann", keep=3)
    with pytest.raises(RegistryError, match="v1 was pruned"):
        six.conclude("v1", "t1:0", {}, "v5", ("the gate", "proven"))
    assert (six.champion(), six.evaluation("v1")) == ("v5", None)


def test_a_bundle_in_use_is_kept_until_it_is_let_go(six):
    hold = Hold(six.folder("v1"))
    done = prune(six, "ann", keep=2)
    assert (set(done.removed), done.in_use) == ({"v2"}, ("v1",))
    assert six.entry("v1").pruned is None
    hold.release()
    assert set(prune(six, "ann", keep=2).removed) == {"v1"}


def test_a_hold_ends_with_its_process(six):
    folder = six.folder("v1")
    code = (
        "import sys, time; from pathlib import Path; from training.holding import Hold\n"
        "hold = Hold(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE) as one:
        assert one.stdout
        assert one.stdout.readline() == b"held\n"
        assert prune(six, "ann", 3).in_use == ("v1",)
        one.kill()
        one.wait()
    assert set(prune(six, "ann", 3).removed) == {"v1"}


def test_a_predictor_holds_its_bundle(trained):
    predictor = Predictor.open(trained.bundle)
    with Claim(trained.bundle) as free:
        assert not free
    del predictor
    with Claim(trained.bundle) as free:
        assert free


def test_a_bundle_that_is_not_there_cannot_be_held(tmp_path):
    with pytest.raises(BundleError, match="no bundle here: No such file"):
        Hold(tmp_path)
    with Claim(tmp_path) as free:
        assert free


def test_a_killed_prune_leaves_nothing_half_known(six, monkeypatch):
    def killed(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pruning, "_remove", killed)
        with pytest.raises(KeyboardInterrupt):
            prune(six, "ann", keep=2)
    assert six.entry("v1").pruned
    assert six.folder("v1").exists()
    (six.folder("v1") / "manifest.json").unlink()
    assert set(prune(six, "ann", keep=2).removed) == {"v1", "v2"}
    assert there(six) == {"v3", "v4", "v5", "v6"}


def test_a_bundle_that_somebody_deleted_is_marked(six):
    shutil.rmtree(six.folder("v1"))
    assert prune(six, "ann", keep=3).removed == {"v1": 0}
    assert six.entry("v1").pruned.manifest is None


def test_a_model_can_be_added_after_the_newest_was_removed(six):
    # BentoML remembers which bundle is newest and, where that is gone, looks for another one in
    # all folders. It stumbles over what a killed run has left half.
    store = six.folder("v1").parent
    (store / "latest").write_text("v1")
    (store / "v0").mkdir()
    prune(six, "ann", keep=3)
    manifest = made("v7")
    six.add(manifest, writer(manifest))
    assert six.resolve("latest") == "v7"


def test_a_database_of_an_earlier_release_can_be_pruned(tmp_path):
    home = Home.find(tmp_path / "old")
    store = Store.open(home.database, TWO)
    registry = Registry(home, store)
    add(registry, "v1")
    add(registry, "v2")
    registry.promote("v2", "maria", "a reason")
    schema.bundle_events.drop(store.engine)
    store.engine.dispose()
    again = Registry(home, Store.open(home.database))
    assert not again.entry("v1").pruned
    assert set(prune(again, "ann", 0).removed) == {"v1"}
    assert again.entry("v1").pruned


def test_what_cannot_be_pruned_is_said(six):
    with pytest.raises(RegistryError, match="--keep is -1; give 0 or the number of champions"):
        prune(six, "ann", -1)
    with (
        six.changing_bundles(),
        pytest.raises(RegistryError, match=r"models are being imported or pruned in .*; wait"),
    ):
        prune(six, "ann", 0)
