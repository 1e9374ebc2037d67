"""The queue of texts to label, and the texts in dispute, over HTTP."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from labels import queue
from labels.codebook import Codebook
from labels.insertion import ErasedError
from labels.rows import PLACE, frames_value, utc
from labels.tokens import Who
from serving.access import Adjudicator, Annotator
from serving.answers import QueueAnswer, QueuedAnswer, errors
from serving.errors import ApiError
from serving.found import FoundLive
from serving.label_routes import annotator_name
from serving.schemas import MAX_NUMBER, NO_NUL, QueueRequest

Limit = Annotated[int, Query(ge=1, le=200)]
Name = Annotated[
    str | None,
    Query(
        description="In whose name to label: the token's, or for an admin any.",
        min_length=1,
        pattern=NO_NUL,
    ),
]

_WHY = ("why", "suggestion", "model")
"""What `framescope labels suggest` adds to a text. Annotators are not to know what a model reads
in it, nor whether it was drawn at random."""

router = APIRouter(tags=["labels"])


@router.get("/queue", response_model=QueueAnswer, responses=errors(401, 403, 422))
def next_texts(
    who: Annotator,
    found: FoundLive,
    limit: Limit = 20,
    after: Annotated[
        int, Query(ge=0, le=MAX_NUMBER, description="Only texts with a higher `number`.")
    ] = 0,
    annotator: Name = None,
) -> JSONResponse:
    """The next texts that wait for my answer, in the queue's order, and how far I am.

    Everyone is asked for every text. `POST /labels` takes the answers; a text with one is no
    longer among these.
    """
    name = annotator_name(who, annotator)
    texts = queue.waiting(found.store, name, limit, after)
    return _answer(found, who, name, texts)


@router.get("/queue/answered", response_model=QueueAnswer, responses=errors(401, 403, 422))
def answered_texts(
    who: Annotator, found: FoundLive, limit: Limit = 20, annotator: Name = None
) -> JSONResponse:
    """The texts of the queue that I answered last, newest first, with my answers as `frames`."""
    name = annotator_name(who, annotator)
    return _answer(found, who, name, queue.answered(found.store, name, limit))


@router.post("/queue", response_model=QueuedAnswer, responses=errors(400, 401, 403, 413, 422))
def add_texts(body: QueueRequest, who: Adjudicator, found: FoundLive) -> JSONResponse:
    """Put texts at the end of the queue; all, or none where one has a fault.

    A text that is in the queue already keeps its place.
    """
    rows, problems = [], []
    for place, raw in enumerate(body.texts):
        row, faults = queue.read_unlabelled(raw, found.store.codebook)
        problems += [f"texts[{place}]: {fault}" for fault in faults]
        if row:
            rows.append(row)
    if problems:
        message = f"{len(problems)} problem(s), nothing was queued: {problems[0]}"
        raise ApiError(422, "invalid_texts", message, problems=problems)
    try:
        stored = queue.add(found.store, rows, body.batch, who.name)
    except ErasedError as error:
        raise ApiError(
            422, "erased", error.summary, problems=error.problems, text_ids=error.text_ids
        ) from error
    return JSONResponse({"queued": stored, "already": len(rows) - stored})


def _answer(found: FoundLive, who: Who, name: str, texts: list[queue.Queued]) -> JSONResponse:
    far = queue.progress(found.store, name)
    codebook = found.store.codebook
    return JSONResponse(
        {
            "annotator": name,
            "answered": far.answered,
            "total": far.total,
            "now": utc(datetime.now(UTC)),
            "texts": [_text(text, codebook, who.may("adjudicator")) for text in texts],
        }
    )


def _text(queued: queue.Queued, codebook: Codebook, with_why: bool) -> dict[str, Any]:
    """Return a text as plain values; without `with_why`, nothing of why it was chosen."""
    meta = {k: v for k, v in queued.row.meta.items() if with_why or k not in _WHY}
    frames = None if queued.frames is None else frames_value(queued.frames, codebook)
    return {
        "number": queued.number,
        "text_id": queued.text_id,
        "batch": queued.batch,
        **{name: getattr(queued.row, name) for name in ("text", *PLACE)},
        "sampled": queued.row.sampled if with_why else None,
        "meta": meta,
        "frames": frames,
    }
