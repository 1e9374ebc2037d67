"""Whole documents over HTTP: as JSON, or as an uploaded file."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope

from labels.reading import SCORED, DocumentError
from serving.answers import errors
from serving.document_answers import DocumentAnswer
from serving.documents import document_answer, joined
from serving.errors import ApiError
from serving.found import FoundLive, FoundServing
from serving.live import Live, Serving
from serving.results import Result, TextError
from serving.schemas import (
    MAX_EXPLAINED_PARAGRAPHS,
    MAX_PARAGRAPHS,
    DocumentRequest,
    DocumentUpload,
)
from serving.scoring import about, predict

_MOST_WAITING = 16
"""Documents that wait to be read; who comes then is asked to come again."""

_AT_A_TIME = 64
"""Paragraphs scored at a time, so that other requests need not wait for the whole document."""


class _Upload(APIRoute):
    """A route for forms alone; JSON goes on to the next one."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        form = Headers(scope=scope).get("content-type", "").startswith("multipart/form-data")
        return super().matches(scope) if form else (Match.NONE, {})


router = APIRouter(tags=["scoring"])
_uploads = APIRouter(route_class=_Upload)
_ANSWERS: dict[str, Any] = {
    "response_model": DocumentAnswer,
    "responses": errors(400, 413, 422, 503),
}


@_uploads.post("/documents", **_ANSWERS)
async def upload_document(
    body: Annotated[DocumentUpload, Form()], now: FoundServing, found: FoundLive
) -> JSONResponse:
    content = await body.file.read()
    return await _answer(found, now, content, body.format, body.file.filename, body.explain)


# The routes share a path: this one stands in the OpenAPI document, with the form beside its JSON.
_FORM = {"schema": {"$ref": "#/components/schemas/DocumentUpload"}}
router.include_router(_uploads)


@router.post(
    "/documents",
    openapi_extra={"requestBody": {"content": {"multipart/form-data": _FORM}}},
    **_ANSWERS,
)
async def score_document(
    body: DocumentRequest, now: FoundServing, found: FoundLive
) -> JSONResponse:
    """Read a document, score its paragraphs, and say who speaks.

    Send JSON, or a form (`multipart/form-data`) with a file, which can be PDF and DOCX too. All
    paragraphs of the page come back in order; headings, captions and what is not of the article
    have no result. Places are code points into `text`. A paragraph that cannot be scored has its
    own error, and spoils no other.
    """
    return await _answer(found, now, body.content, body.format, body.name, body.explain)


async def _answer(
    found: Live, now: Serving, content: bytes | str, format: str, name: str | None, explain: bool
) -> JSONResponse:
    if found.reader.waiting >= _MOST_WAITING:
        raise ApiError(503, "busy", f"{_MOST_WAITING} documents wait to be read; try again later")
    most = MAX_EXPLAINED_PARAGRAPHS if explain else MAX_PARAGRAPHS
    try:
        document, quotations = await asyncio.to_thread(
            found.reader.read_spoken, content, format, name, most
        )
    except DocumentError as error:
        raise ApiError(413 if error.type == "too_large" else 422, error.type, str(error)) from error
    texts = [paragraph.text for paragraph in document.paragraphs if paragraph.kind in SCORED]
    answers: list[Result | TextError] = []
    for first in range(0, len(texts), _AT_A_TIME):
        answers += await predict(found, now, texts[first : first + _AT_A_TIME], explain)
    paragraphs = joined(document, quotations, answers)
    whole = document_answer(document, paragraphs, now.predictor.codebook)
    return JSONResponse({**about(now.predictor), **whole})
