"""The history of models over HTTP."""

from types import SimpleNamespace

from pydantic import TypeAdapter

from labels.tokens import Who
from serving.model_routes import MOST, ModelsAnswer, models


def test_models_and_champions_newest_first(service, trained):
    answer = service.get("/models")
    assert answer.status_code == 200
    TypeAdapter(ModelsAnswer).validate_json(answer.text, strict=True)
    (model,) = answer.json()["models"]
    assert model["model"] == trained.version
    assert (model["champion"], model["pruned"]) == (True, False)
    assert model["report"] == f"reports/{trained.version}"
    assert service.get(f"/{model['report']}").status_code == 200
    frames = service.get("/model").json()["evaluation"]["macro_f1"]
    assert model["macro_f1"] == frames
    (promotion,) = answer.json()["promotions"]
    assert promotion["model"] == trained.version
    assert promotion["reason"].startswith("there was no champion")


def test_no_more_than_the_newest_are_told(second):
    trained, newer = second
    registry = trained.registry()
    for _ in range(MOST):
        registry.promote(trained.version, "test", "again")
    answer = models(Who("ann", "reader"), SimpleNamespace(registry=registry))
    found = TypeAdapter(ModelsAnswer).validate_json(answer.body)
    assert [one.model for one in found.models] == [newer, trained.version]
    assert [one.champion for one in found.models] == [False, True]
    assert {(one.model, one.reason) for one in found.promotions} == {(trained.version, "again")}
    assert len(found.promotions) == MOST
