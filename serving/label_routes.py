"""Answers over HTTP: who asks, what was answered, and new answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from labels import queue
from labels.codebook import Codebook
from labels.insertion import ErasedError, erased, refusal
from labels.rows import ADJUDICATOR, DECISION, LabelledRow, frames_value, read_row, utc
from labels.store import Store
from labels.tokens import Who
from serving.access import Annotator, AnyRole
from serving.answers import LabelsAnswer, MeAnswer, StoredAnswer, errors
from serving.errors import ApiError
from serving.found import FoundLive
from serving.schemas import NO_NUL, LabelsRequest

_FAST_CLOCK = timedelta(minutes=5)
"""How far an annotator's clock may be ahead. A later answer would outlast all that are to come."""

_SEEN = ("suggestion", "seen")
"""What `meta` says of an answer that was given after looking at the model's reading."""

router = APIRouter(tags=["labels"])


@router.get("/me", response_model=MeAnswer, responses=errors(401, 403))
def me(who: AnyRole) -> JSONResponse:
    """Whose token it is that was sent, and its role."""
    return JSONResponse({"name": who.name, "role": who.role})


@router.get("/labels", response_model=LabelsAnswer, responses=errors(401, 403, 422))
def read_labels(
    who: Annotator,
    found: FoundLive,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    annotator: Annotated[
        str | None,
        Query(description="Only this annotator's answers.", min_length=1, pattern=NO_NUL),
    ] = None,
) -> JSONResponse:
    """The newest answers in the store, newest first. Annotators are shown their own alone."""
    name = annotator if who.may("adjudicator") else annotator_name(who, annotator)
    rows = found.store.newest(limit, name)
    return JSONResponse({"annotations": [_answer(row, found.store.codebook) for row in rows]})


@router.post("/labels", response_model=StoredAnswer, responses=errors(400, 401, 403, 413, 422))
def write_labels(body: LabelsRequest, who: Annotator, found: FoundLive) -> JSONResponse:
    """Store annotations; all, or none where one has a fault.

    An annotator's token answers under its own name, texts of the queue or of the store alone, and
    where a text is from stays what is stored. Where no `annotator` is given, everyone else's
    are decisions, as the page's corrections are. An answer that names its time (`at`) is stored
    once, however often it is sent; one without is stored each time.
    """
    rows, problems = [], []
    now = datetime.now(UTC)
    usual = ADJUDICATOR if who.may("adjudicator") else who.name
    for place, raw in enumerate(body.annotations):
        nameless = isinstance(raw, dict) and raw.get("annotator") in (None, "")
        named = {**raw, "annotator": usual} if nameless else raw
        row, faults = read_row(named, found.store.codebook)
        if row:
            _check_owner(row, who, f"annotations[{place}]")
            faults = _time_faults(row, who, now)
        problems += [f"annotations[{place}]: {fault}" for fault in faults]
        if row:
            rows.append(row)
    if problems:
        message = f"{len(problems)} problem(s), nothing was stored: {problems[0]}"
        raise ApiError(422, "invalid_labels", message, problems=problems)
    try:
        if not who.may("adjudicator"):
            rows = _at_stored_places(rows, who, found.store)
        # Without a time of its own an answer counts after all earlier ones, also one like it.
        found.store.add(rows, by=who.name, anew=True)
    except ErasedError as error:
        raise ApiError(
            422, "erased", error.summary, problems=error.problems, text_ids=error.text_ids
        ) from error
    return JSONResponse({"stored": [row.text_id for row in rows]})


def annotator_name(who: Who, wanted: str | None) -> str:
    """Return under which name someone answers: the token's, or any name for an admin.

    Raises:
        ApiError: 403 for the name of another; 422 where none is given and there is no token.
    """
    name = wanted or who.name
    if name is None:
        raise ApiError(422, "invalid_request", "annotator: say under which name; there is no token")
    if wanted not in (None, who.name) and not who.may("admin"):
        words = f"the token '{who.name}' is not '{wanted}': leave the annotator out"
        raise ApiError(403, "forbidden", words)
    return name


def _check_owner(row: LabelledRow, who: Who, place: str) -> None:
    if who.may("admin"):
        return
    own = (who.name, ADJUDICATOR) if who.may("adjudicator") else (who.name,)
    if row.annotator not in own:
        words = f"{place}: the token '{who.name}' cannot answer in the name of '{row.annotator}'"
        raise ApiError(403, "forbidden", words)
    if row.kind == DECISION and not who.may("adjudicator"):
        words = f"{place}: a decision needs the role adjudicator; '{who.name}' is an {who.role}"
        raise ApiError(403, "forbidden", words)


def _at_stored_places(rows: Sequence[LabelledRow], who: Who, store: Store) -> list[LabelledRow]:
    """Return an annotator's answers with their texts' stored places.

    Raises:
        ErasedError: for texts that were erased.
        ApiError: 403 for a text that nobody has put in.
    """
    ids = [row.text_id for row in rows]
    known = queue.places(store, ids)
    with store.reading() as connection:
        if marks := erased(connection, ids):
            raise refusal(marks)
    for number, row in enumerate(rows):
        if row.text_id not in known:
            words = (
                f"annotations[{number}]: the token '{who.name}' may answer texts of the queue, and "
                "this is none; ask an adjudicator to put it there"
            )
            raise ApiError(403, "forbidden", words)
    return [_placed(row, known[row.text_id]) for row in rows]


def _placed(row: LabelledRow, place: queue.Unlabelled) -> LabelledRow:
    # A place may be that of a colleague's answer, and then says what the colleague had seen.
    meta = {name: value for name, value in place.meta.items() if (name, value) != _SEEN}
    if row.meta.get(_SEEN[0]) == _SEEN[1]:
        meta |= [_SEEN]
    return replace(
        row, id=place.id, lang=place.lang, source=place.source, document=place.document,
        date=place.date, sampled=place.sampled, meta=meta,
    )  # fmt: skip


def _time_faults(row: LabelledRow, who: Who, now: datetime) -> list[str]:
    if who.may("admin") or not row.at or row.at <= utc(now + _FAST_CLOCK):
        return []
    return [f"at: {row.at} is in the future; by the service's clock it is {utc(now)}"]


def _answer(row: LabelledRow, codebook: Codebook) -> dict[str, Any]:
    names = ("text_id", "text", "annotator", "at", "codebook", "kind")
    kept = {name: getattr(row, name) for name in names}
    return {**kept, "frames": frames_value(row.frames, codebook)}
