"""Texts in dispute over HTTP, and the decisions that settle them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse

from labels.adjudication import SettledError, decide, described, disputes
from labels.errors import LabelError
from labels.rows import frames_value, read_frames
from labels.store import Store
from serving.access import Adjudicator
from serving.answers import DecidedAnswer, DisputesAnswer, errors
from serving.errors import ApiError
from serving.found import FoundLive
from serving.schemas import NO_NUL, DecisionRequest

router = APIRouter(tags=["labels"])


@router.get("/disputes", response_model=DisputesAnswer, responses=errors(401, 403, 422))
def read_disputes(
    _: Adjudicator,
    found: FoundLive,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    names: Annotated[bool, Query(description="Also say whose each answer is.")] = False,
) -> JSONResponse:
    """Texts on which the answers tie, each with all answers, without names unless asked for."""
    all_found = disputes(found.store)
    shown = [described(one, found.store, names) for one in all_found[:limit]]
    return JSONResponse({"total": len(all_found), "disputes": shown})


@router.post(
    "/disputes/{text_id}",
    response_model=DecidedAnswer,
    responses=errors(400, 401, 403, 404, 409, 413, 422),
)
def settle(
    text_id: Annotated[str, Path(pattern=NO_NUL)],
    body: DecisionRequest,
    who: Adjudicator,
    found: FoundLive,
) -> JSONResponse:
    """Settle a text: the decision is its label from now on, whatever the answers were.

    Where another decision stands, it is refused with that `decision`; who then sends its number as
    `seen` overrules it.
    """
    try:
        read_frames(body.frames, found.store.codebook)
    except ValueError as error:
        raise ApiError(422, "invalid_labels", f"frames: {error}") from error
    try:
        decide(found.store, text_id, body.frames, who.name, seen=body.seen)
    except SettledError as error:
        words = f"{error}; to decide all the same, send seen: {error.decision}"
        raise ApiError(409, "settled", words, decision=_standing(error, found.store)) from error
    except LabelError as error:
        raise ApiError(404, "not_found", str(error)) from error
    return JSONResponse({"decided": text_id})


def _standing(error: SettledError, store: Store) -> dict[str, Any] | None:
    if error.settled is None:
        return None
    number, at, by = error.settled.number, error.settled.at, error.settled.by
    frames = frames_value(error.settled.frames, store.codebook)
    return {"number": number, "by": by or error.settled.annotator, "at": at, "frames": frames}
