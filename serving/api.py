"""The routes. `docs/http.md` is made from them."""

import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse
from fastapi.routing import iter_route_contexts
from fastapi.staticfiles import StaticFiles
from starlette.routing import compile_path

from labels.codebook import Codebook
from serving.answers import LabelScore, ModelAnswer, ScoreAnswer, errors
from serving.counters import TEXTS
from serving.dispute_routes import router as disputes
from serving.document_routes import router as documents
from serving.errors import ApiError, install
from serving.faults import Faults
from serving.found import FoundLive, FoundServing
from serving.label_routes import router as labels
from serving.limits import HeadAsGet, SecurityHeaders, SmallBodies, TakingTurns
from serving.model_routes import router as models
from serving.openapi import describe, operation
from serving.query import check_query
from serving.queue_routes import router as queue
from serving.results import TextError
from serving.retraining import router as retraining
from serving.schemas import MAX_EXPLAINED, InferenceRequest, ScoreRequest
from serving.scoring import about, predict, too_long_to_explain

PAGE = Path(__file__).parent / "page"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
router = APIRouter()


def create_app() -> FastAPI:
    """Return the app. `app.state.live` must be set before it is asked anything."""
    app = FastAPI(
        title="Framescope", docs_url=None, redoc_url=None, openapi_url="/docs.json",
        generate_unique_id_function=operation, dependencies=[Depends(check_query)],
    )  # fmt: skip
    app.add_middleware(TakingTurns)
    app.add_middleware(SmallBodies)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Faults)
    app.add_middleware(SecurityHeaders)
    app.include_router(router)
    app.mount("/page", StaticFiles(directory=PAGE))
    app.add_route("/{path:path}", elsewhere, METHODS)
    install(app)
    describe(app)
    return app


@router.post(
    "/score",
    tags=["scoring"],
    response_model=ScoreAnswer,
    responses=errors(400, 413, 422, 429, 503),
)
async def score(
    request: Request, body: ScoreRequest, now: FoundServing, found: FoundLive
) -> JSONResponse:
    """Score texts: one result per text, in order. A bad text gets its own error.

    With `explain`, each frame that is present has `evidence`. What a sentence contributes is the
    frame's score less its score without that sentence; neighbours are put together where there are
    more than seven, and sentences past the tokens that were read are left out. The words are those
    that add most to the linear model's log-odds of the frame: its view, not the encoder's.
    """
    if body.explain and len(body.texts) > MAX_EXPLAINED:
        words = f"{len(body.texts)} texts to explain; at most {MAX_EXPLAINED} in one request"
        raise ApiError(422, "invalid_request", f"texts: {words}; send them in parts")
    entries = [_entry(entry) for entry in body.texts]
    readable = [entry.text for entry in entries if entry.refused is None]
    if body.explain and (problem := too_long_to_explain(readable)):
        raise ApiError(422, "invalid_request", f"texts: {problem}; send them in parts")
    TEXTS.labels(outcome="refused").inc(len(entries) - len(readable))
    answers = iter(await predict(request, found, now, readable, body.explain))
    results = [{**e.echo, **(e.refused or next(answers)).to_dict()} for e in entries]
    return JSONResponse({**about(now.predictor), "results": results})


@router.post(
    "/",
    tags=["scoring"],
    response_model=list[list[LabelScore]],
    responses=errors(400, 413, 422, 429, 503),
)
async def infer(
    request: Request, body: InferenceRequest, now: FoundServing, found: FoundLive
) -> JSONResponse:
    """Score texts for Hugging Face clients: per text, the frames with their scores.

    Scores are each frame's own probability and do not sum to 1, so that no `softmax` is applied.
    The header `Framescope-Model` names the model and its member.
    """
    texts = [body.inputs] if isinstance(body.inputs, str) else body.inputs
    top_k = body.parameters.top_k if body.parameters else None
    answers = await predict(request, found, now, texts)
    rows = []
    for place, answer in enumerate(answers):
        if isinstance(answer, TextError):
            which = "inputs" if isinstance(body.inputs, str) else f"inputs[{place}]"
            status = 500 if answer.type == "internal" else 422
            raise ApiError(status, answer.type, f"{which}: {answer.message}")
        frames = answer.frames[:top_k]
        rows.append([{"label": frame.label, "score": frame.score} for frame in frames])
    answered_by = f"{now.predictor.model}, {now.predictor.member}"
    return JSONResponse(rows, headers={"Framescope-Model": answered_by})


@router.get("/model", tags=["model"], response_model=ModelAnswer, responses=errors(503))
def model(now: FoundServing) -> JSONResponse:
    """The champion: version, thresholds, bands, languages, and how it was judged."""
    predictor, manifest = now.predictor, now.predictor.manifest
    member = manifest.members[predictor.member]
    pairs = zip(manifest.codebook.frame_names, member.decisions, strict=True)
    return JSONResponse(
        {
            "model": manifest.version,
            "member": predictor.member,
            "created": manifest.created,
            "base_model": manifest.base_model,
            "codebook": {"name": manifest.codebook.name, "version": manifest.codebook.version},
            "max_tokens": manifest.max_tokens,
            "frames": [{"label": name, **asdict(decision)} for name, decision in pairs],
            "languages": {name: asdict(found) for name, found in member.languages.items()},
            "labels_hash": manifest.labels_hash,
            "evaluation": _headline(now.evaluation),
        }
    )


@router.get("/codebook", tags=["model"], response_model=Codebook)
def codebook(found: FoundLive) -> JSONResponse:
    """The codebook: frames with their claims and edges, stances, guidelines."""
    return JSONResponse(found.store.codebook.to_dict())


router.include_router(documents)
router.include_router(models)
router.include_router(labels)
router.include_router(queue)
router.include_router(disputes)
router.include_router(retraining)


@router.get("/", include_in_schema=False)
def page(found: FoundLive) -> FileResponse:
    found.expect_documents()
    return FileResponse(PAGE / "index.html")


async def elsewhere(request: Request) -> JSONResponse:
    """Answer what no route does. BentoML would answer it as plain text."""
    path = request.url.path
    routes = [one for one in iter_route_contexts(router.routes) if one.path]
    here = [one for one in routes if compile_path(one.path or "")[0].match(path)]
    allowed = sorted({method for one in here for method in one.methods or ()})
    status, type = (405, "method_not_allowed") if allowed else (404, "not_found")
    words = "is not a method of" if allowed else "is nothing at"
    error = ApiError(status, type, f"{request.method} {words} {path}; see /docs.json")
    if allowed:
        allowed += ["HEAD"] * ("GET" in allowed)
        error.headers["Allow"] = ", ".join(sorted(allowed))
    raise error


@dataclass(frozen=True, slots=True)
class _Entry:
    """One text to score. `echo` begins its result; `refused` says why it is not scored."""

    text: Any
    echo: dict[str, Any] = field(default_factory=dict)
    refused: TextError | None = None


def _entry(entry: Any) -> _Entry:
    """Read one of the texts of a request; a malformed one stands for itself."""
    if not isinstance(entry, dict):
        return _Entry(entry)
    if "id" not in entry:
        return _Entry(entry.get("text"))
    if problem := _id_problem(entry["id"]):
        return _Entry(None, refused=TextError("invalid_id", problem))
    return _Entry(entry.get("text"), {"id": entry["id"]})


def _id_problem(value: Any) -> str | None:
    """Return why an id cannot be sent back as it came, or None where it can."""
    if isinstance(value, str) and any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        return "the id holds half of a UTF-16 pair, which is no character"
    if isinstance(value, float) and not math.isfinite(value):
        return f"the id is {value}, which JSON cannot hold; send a string or a finite number"
    if value is not None and not isinstance(value, str | int | float):
        return f"an id must be a string, a number, a boolean or null, not {type(value).__name__}"
    return None


def _headline(report: dict[str, Any] | None) -> dict[str, Any] | None:
    if report is None:
        return None
    return {
        "data": report["data"]["name"],
        "n": report["data"]["n"],
        "macro_f1": report["frames"]["macro_f1"],
        "stance_macro_f1": (report["stance"] or {}).get("macro_f1"),
        "joint_micro_f1": (report["joint"] or {}).get("micro_f1"),
    }
