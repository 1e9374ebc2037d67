"""Whole documents over HTTP: as JSON, or as an uploaded file."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope

from labels.reading import SCORED, Document, DocumentError
from labels.speakers import Quotation
from serving.answers import errors
from serving.document_answers import DocumentAnswer
from serving.documents import document_answer, joined
from serving.errors import ApiError
from serving.found import FoundLive, FoundServing
from serving.limits import is_form
from serving.live import Live, Serving
from serving.schemas import (
    MAX_EXPLAINED_PARAGRAPHS,
    MAX_PARAGRAPHS,
    DocumentRequest,
    DocumentUpload,
)
from serving.scoring import about, predict, too_long_to_explain

_MOST_WAITING = 16
"""Documents that wait to be read; who comes then is asked to come again."""


class _Upload(APIRoute):
    """A route for forms alone; JSON goes on to the next one."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches(scope) if is_form(Headers(scope=scope)) else (Match.NONE, {})


router = APIRouter(tags=["scoring"])
_uploads = APIRouter(route_class=_Upload)
_ANSWERS: dict[str, Any] = {
    "response_model": DocumentAnswer,
    "responses": errors(400, 413, 422, 429, 503),
}


@_uploads.post("/documents", **_ANSWERS)
async def upload_document(
    request: Request,
    body: Annotated[DocumentUpload, Form()],
    now: FoundServing,
    found: FoundLive,
) -> JSONResponse:
    sent = await request.form()
    # FastAPI takes an empty field for one that was not sent.
    if empty := [name for name in ("format", "explain") if "" in sent.getlist(name)]:
        raise ApiError(422, "invalid_request", f"{empty[0]}: is empty; leave it out")
    return await _answer(
        request, found, now, body.file, body.format, body.file.filename, body.explain
    )


# The routes share a path: this one stands in the OpenAPI document, with the form beside its JSON.
_FORM = {"schema": {"$ref": "#/components/schemas/DocumentUpload"}}
router.include_router(_uploads)


@router.post(
    "/documents",
    openapi_extra={"requestBody": {"content": {"multipart/form-data": _FORM}}},
    **_ANSWERS,
)
async def score_document(
    request: Request, body: DocumentRequest, now: FoundServing, found: FoundLive
) -> JSONResponse:
    """Read a document, score its paragraphs, and say who speaks.

    Send JSON, or a form (`multipart/form-data`) with a file, which can be PDF and DOCX too. All
    paragraphs of the page come back in order; headings, captions and what is not of the article
    have no result. Places are code points into `text`. A paragraph that cannot be scored has its
    own error, and spoils no other.
    """
    return await _answer(request, found, now, body.content, body.format, body.name, body.explain)


async def _answer(
    request: Request, found: Live, now: Serving, sent: UploadFile | str, format: str,
    name: str | None, explain: bool,
) -> JSONResponse:  # fmt: skip
    most = MAX_EXPLAINED_PARAGRAPHS if explain else MAX_PARAGRAPHS
    document, quotations = await _read(found, sent, format, name, most)
    texts = [paragraph.text for paragraph in document.paragraphs if paragraph.kind in SCORED]
    if explain and (problem := too_long_to_explain(texts)):
        raise ApiError(413, "too_large", f"the document has {problem}; ask without evidence")
    answers = await predict(request, found, now, texts, explain)
    paragraphs = joined(document, quotations, answers)
    codebook = now.predictor.codebook
    whole = await asyncio.to_thread(document_answer, document, paragraphs, codebook)
    return JSONResponse({**about(now.predictor), **whole})


async def _read(
    found: Live, sent: UploadFile | str, format: str, name: str | None, most: int
) -> tuple[Document, list[tuple[Quotation, ...]]]:
    """Read a document after those that came before it.

    Raises:
        ApiError: 503 `busy`, if too many wait; 413 or 422, if it cannot be read.
    """
    if found.unread >= _MOST_WAITING:
        raise ApiError(503, "busy", f"{_MOST_WAITING} documents wait to be read; try again later")
    found.unread += 1
    try:
        content = sent if isinstance(sent, str) else await sent.read()
        return await asyncio.get_running_loop().run_in_executor(
            found.reading, found.reader.read_spoken, content, format, name, most
        )
    except DocumentError as error:
        raise ApiError(413 if error.type == "too_large" else 422, error.type, str(error)) from error
    finally:
        found.unread -= 1
