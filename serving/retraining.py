"""Retraining over HTTP: start it, see how far it is, cancel it, read the report it made."""

import os
import shlex
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse

from labels.home import Home
from serving.access import Admin, AnyRole
from serving.answers import RetrainAnswer, errors
from serving.errors import ApiError
from serving.live import Live
from serving.schemas import RetrainRequest
from training.background import NotInstalledError, start
from training.registry import Registry
from training.retraining import RUNNING, RetrainingError, cancel, look

OPTIONS = "FRAMESCOPE_RETRAIN"
"""Options of `framescope retrain` for what is started over HTTP, as on a command line."""

_REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"

router = APIRouter()


@router.post(
    "/retrain",
    tags=["retraining"],
    status_code=202,
    response_model=RetrainAnswer,
    responses=errors(400, 401, 403, 409, 422, 501),
)
def retrain(who: Admin, request: Request, body: RetrainRequest | None = None) -> JSONResponse:
    """Train a challenger and promote it if it is proven; does nothing where no label has changed.

    The run goes on in a process of its own, at low priority: `GET /retrain` says how far it is.
    There is one at a time. What was left of a run that was cancelled or died is gone on from. A
    promotion is written down as being by the token's user.
    Options of `framescope retrain` that each run is to have, such as `--base-model`, are set as
    `FRAMESCOPE_RETRAIN` where the service runs.
    """
    chosen = body or RetrainRequest(force=False, warm_start=False)
    options = shlex.split(os.environ.get(OPTIONS, ""))
    options += ["--force"] * chosen.force + ["--warm-start"] * chosen.warm_start
    home = _home(request)
    try:
        start(home, options, by=who.name)
    except NotInstalledError as error:
        raise ApiError(501, "not_installed", str(error)) from error
    except RetrainingError as error:
        raise ApiError(409, "under_way", str(error)) from error
    return JSONResponse(_standing(request), 202)


@router.get(
    "/retrain",
    tags=["retraining"],
    response_model=RetrainAnswer,
    responses=errors(401, 403),
)
def how_far(_: AnyRole, request: Request) -> JSONResponse:
    """How far the run under way is, or what the last one came to, whoever started it."""
    return JSONResponse(_standing(request))


@router.delete(
    "/retrain",
    tags=["retraining"],
    status_code=202,
    response_model=RetrainAnswer,
    responses=errors(401, 403, 409),
)
def cancel_retraining(_: Admin, request: Request) -> JSONResponse:
    """Ask the run under way to end. It does so within moments, and keeps its work for the next."""
    home = _home(request)
    if look(home).state != RUNNING:
        raise ApiError(409, "not_under_way", "no retraining is under way; start one with POST")
    try:
        cancel(home)
    except RetrainingError as error:
        raise ApiError(409, "not_cancelled", str(error)) from error
    return JSONResponse(_standing(request), 202)


@router.get("/reports/{version}", include_in_schema=False)
def report(version: str, _: AnyRole, request: Request) -> FileResponse:
    """The report that a retraining wrote on a model, as a page."""
    registry = _registry(request)
    path = registry.home.reports / version / "report.html"
    if version not in {entry.version for entry in registry.models()} or not path.is_file():
        raise ApiError(404, "not_found", f"there is no report on a model '{version}'")
    return FileResponse(path, headers={"Content-Security-Policy": _REPORT_POLICY})


def _registry(request: Request) -> Registry:
    live: Live = request.app.state.live
    return live.registry


def _home(request: Request) -> Home:
    return _registry(request).home


def _standing(request: Request) -> dict[str, Any]:
    registry = _registry(request)
    state = look(registry.home)
    names = (
        "state", "stage", "percent", "eta_seconds", "started", "ended", "challenger", "champion",
        "promoted", "reasons",
    )  # fmt: skip
    made = state.challenger and (registry.home.reports / state.challenger).is_dir()
    known = state.answers
    return {
        **{name: getattr(state, name) for name in names},
        "report": f"reports/{state.challenger}" if made else None,
        "new_answers": None if known is None else registry.store.counts()["annotations"] - known,
    }
