import json
import re
from pathlib import Path

import pytest

from labels.home import Home
from tests.tiny import NINE
from tests.training.small import add, filled, made, writer
from training.bundle import BundleError
from training.registry import RegistryError, find_bundle


def test_added_model_is_known_whole_and_not_yet_champion(registry):
    manifest = add(registry, "v1")
    (entry,) = registry.models()
    assert (entry.version, entry.labels_hash, entry.base_model) == ("v1", "l1:v1", "tiny")
    assert entry.at == manifest.created
    assert (registry.folder("v1") / "model.onnx").read_text() == "v1"
    assert registry.champion() is None
    assert registry.history() == []


def test_models_come_oldest_first(registry):
    for version in ("v2", "v3", "v1"):
        add(registry, version)
    assert [entry.version for entry in registry.models()] == ["v1", "v2", "v3"]


def test_write_that_fails_leaves_nothing_behind(registry):
    add(registry, "v1")

    def write(folder):
        writer(made("v2"))(folder)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        registry.add(made("v2"), write)
    assert [entry.version for entry in registry.models()] == ["v1"]
    store = registry.home.bentoml / "models" / "framescope"
    assert {path.name for path in store.iterdir()} == {"v1", "latest"}
    with pytest.raises(RegistryError, match="no model 'v2'"):
        registry.promote("v2", "maria", "a reason")
    add(registry, "v2")
    assert registry.resolve("latest") == "v2"


def test_version_is_never_written_over(registry):
    add(registry, "v1")
    with pytest.raises(Exception, match="already exists"):
        add(registry, "v1")
    assert [entry.version for entry in registry.models()] == ["v1"]


def test_newest_promotion_is_the_champion(registry):
    filled(registry, "v2", "v1")
    assert registry.champion() == "v1"
    history = registry.history()
    assert [(one.number, one.version, one.by, one.reason) for one in history] == [
        (1, "v2", "maria", "a reason"), (2, "v1", "maria", "a reason"),
    ]  # fmt: skip
    assert history[0].at <= history[1].at


def test_rollback_goes_further_back_each_time(registry):
    filled(registry, "v1", "v2", "v3")
    assert registry.rollback("ann") == "v2"
    assert registry.rollback("ann") == "v1"
    assert registry.champion() == "v1"
    with pytest.raises(RegistryError, match="there is no earlier champion to go back to"):
        registry.rollback("ann")
    assert [one.version for one in registry.history()] == ["v1", "v2", "v3", "v2", "v1"]
    assert registry.history()[-1].by == "ann"


def test_a_rollback_with_a_reason_of_its_own_goes_back_like_any_other(registry):
    filled(registry, "v1", "v2", "v3")
    assert registry.rollback("ann", "too many false alarms") == "v2"
    assert registry.history()[-1].reason == "rollback: too many false alarms"
    assert registry.rollback("ann") == "v1"


def test_rollback_after_a_rollback_and_a_promotion(registry):
    filled(registry, "v1", "v2")
    assert registry.rollback("ann") == "v1"
    registry.promote("v3", "ann", "better")
    # v2 was given up, so v3 came after v1.
    assert registry.rollback("ann") == "v1"
    with pytest.raises(RegistryError, match="no earlier champion"):
        registry.rollback("ann")


def test_champion_promoted_again_is_not_its_own_forerunner(registry):
    filled(registry, "v1", "v2", "v2")
    assert registry.rollback("ann") == "v1"


def test_promotion_by_hand_may_give_rollback_as_its_reason(registry):
    filled(registry, "v1", "v2")
    registry.promote("v3", "ann", "rollback")
    assert registry.rollback("ann") == "v2"


@pytest.mark.parametrize("promoted", [(), ("v1",), ("v1", "v1")])
def test_rollback_needs_an_earlier_champion(registry, promoted):
    filled(registry, *promoted)
    with pytest.raises(RegistryError, match="no earlier champion"):
        registry.rollback("ann")
    assert len(registry.history()) == len(promoted)


def test_names_that_stand_for_a_version(registry):
    filled(registry, "v1", "v2")
    assert registry.resolve("champion") == "v2"
    assert registry.resolve("latest") == "v3"
    assert registry.resolve("v1") == "v1"


@pytest.mark.parametrize("name", ["champion", "latest", "v9"])
def test_empty_registry_says_how_to_train(registry, name):
    with pytest.raises(RegistryError) as caught:
        registry.resolve(name)
    what = "no model 'v9'" if name == "v9" else f"there is no {name}"
    assert str(caught.value) == (
        f"{what} in {registry.home.folder}; train one with: framescope retrain"
    )


def test_unknown_version_says_which_there_are(registry):
    filled(registry)
    expected = re.escape(f"no model 'v9' in {registry.home.folder}; there are: v1, v2, v3")
    for call in (registry.resolve, lambda name: registry.promote(name, "ann", "why")):
        with pytest.raises(RegistryError, match=f"^{expected}$"):
            call("v9")
    assert registry.champion() is None


def test_model_whose_bundle_is_gone_is_not_promoted(registry):
    filled(registry, "v1")
    (registry.folder("v2") / "manifest.json").unlink()
    with pytest.raises(BundleError, match="no bundle here"):
        registry.promote("v2", "ann", "why")
    assert registry.champion() == "v1"


def test_model_that_the_service_would_refuse_is_not_promoted(registry):
    filled(registry, "v1")
    (registry.folder("v2") / "model.onnx").write_text("spoiled")
    with pytest.raises(BundleError, match=r"model\.onnx; train again, or restore .* import FILE$"):
        registry.promote("v2", "ann", "why")
    assert registry.champion() == "v1"


def test_rollback_to_a_damaged_model_says_how_to_go_on(registry):
    filled(registry, "v1", "v2", "v3")
    (registry.folder("v2") / "model.onnx").write_text("spoiled")
    with pytest.raises(RegistryError) as caught:
        registry.rollback("ann")
    said = str(caught.value)
    assert said.startswith("cannot go back to v2: ")
    assert "damaged or missing files: model.onnx" in said
    assert said.endswith("or go further back: framescope models promote v1")
    assert registry.champion() == "v3"
    registry.promote("v1", "ann", "the last known good")
    assert registry.champion() == "v1"


def test_bundle_of_another_codebook_is_not_promoted(registry):
    filled(registry, "v1")
    add(registry, "v4", NINE)
    with pytest.raises(RegistryError) as caught:
        registry.promote("v4", "ann", "why")
    assert "v4 reads the codebook 'nine-topics'" in str(caught.value)
    assert "this state folder serves 'two-targets'" in str(caught.value)
    assert registry.champion() == "v1"


def test_newest_report_on_a_model_is_kept(registry):
    filled(registry)
    assert registry.evaluation("v1") is None
    for macro_f1 in (0.5, 0.75):
        registry.record("v1", "t1:0", {"frames": {"macro_f1": macro_f1}})
    registry.record("v2", "t1:0", {"frames": {"macro_f1": 0.1}})
    assert registry.evaluation("v1") == {"frames": {"macro_f1": 0.75}}


def test_bundle_is_found_by_name_or_by_its_folder(registry, tmp_path):
    filled(registry, "v2")
    assert find_bundle("champion", registry) == registry.folder("v2")
    assert find_bundle("v1", registry) == registry.folder("v1")
    assert find_bundle(str(registry.folder("v3")), registry) == registry.folder("v3")
    with pytest.raises(RegistryError, match="no model"):
        find_bundle(str(tmp_path), registry)


def test_trained_models_are_those_of_bentoml(trained):
    import bentoml
    from bentoml._internal.models.model import ModelStore

    store = ModelStore(str(Home(trained.home).bentoml / "models"))
    model = bentoml.models.get(f"framescope:{trained.version}", _model_store=store)
    assert Path(model.path) == trained.bundle
    assert json.loads(Path(model.path_of("manifest.json")).read_text())["version"] == (
        trained.version
    )
    assert trained.registry().champion() == trained.version
