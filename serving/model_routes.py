"""The models there have been, and the champions, over HTTP."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from serving.access import AnyRole
from serving.answers import Figure, errors
from serving.found import FoundLive
from training.entries import Entry
from training.registry import Registry

MOST = 20
"""Models, and champions, in an answer: the newest. `framescope models list` shows all."""

router = APIRouter(tags=["model"])


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class KnownModel(_Answer):
    """A model. `macro_f1` is of its newest report, null without one; `report` is where that is."""

    model: str
    created: str
    base_model: str
    champion: bool
    pruned: bool = Field(description="Whether its bundle was removed; what is known of it stays.")
    macro_f1: Figure | None
    report: str | None


class PromotedModel(_Answer):
    """A model that became champion: when, by whom, why."""

    model: str
    at: str
    by: str
    reason: str


class ModelsAnswer(_Answer):
    """Models and champions, newest first."""

    models: list[KnownModel]
    promotions: list[PromotedModel]


@router.get("/models", response_model=ModelsAnswer, responses=errors(401, 403))
def models(_: AnyRole, found: FoundLive) -> JSONResponse:
    """The newest models with how good they were found to be, and which was champion when."""
    registry = found.registry
    champion = registry.champion()
    entries = registry.models()[-MOST:][::-1]
    promotions = [
        {"model": one.version, "at": one.at, "by": one.by, "reason": one.reason}
        for one in registry.history()[-MOST:][::-1]
    ]
    known = [_known(registry, entry, champion) for entry in entries]
    return JSONResponse({"models": known, "promotions": promotions})


def _known(registry: Registry, entry: Entry, champion: str | None) -> dict[str, Any]:
    report = registry.evaluation(entry.version)
    page = registry.home.reports / entry.version / "report.html"
    return {
        "model": entry.version,
        "created": entry.at,
        "base_model": entry.base_model,
        "champion": entry.version == champion,
        "pruned": entry.pruned is not None,
        "macro_f1": report["frames"]["macro_f1"] if report else None,
        "report": f"reports/{entry.version}" if page.is_file() else None,
    }
