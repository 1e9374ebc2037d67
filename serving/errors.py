"""Errors over HTTP: always `{"error": {"type", "message"}}`, never a traceback."""

import errno
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException

from labels.errors import FramescopeError

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_TYPES = {400: "invalid_json", 404: "not_found", 405: "method_not_allowed"}


class ApiError(Exception):
    """An error to answer with, as it is."""

    def __init__(
        self, status: int, type: str, message: str, retry_after: int = 2, **extra: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": type, "message": message, **extra}}
        self.headers: dict[str, str] = {}
        if status in (429, 503):
            self.headers["Retry-After"] = str(retry_after)
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"


def response(error: ApiError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the answer that an error is, with its headers and those given."""
    return JSONResponse(_encodable(error.body), error.status, {**error.headers, **(headers or {})})


def secure(headers: MutableHeaders) -> None:
    """Add the headers that let a page load nothing from elsewhere, and no other site frame it."""
    headers.setdefault("Content-Security-Policy", _POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Cache-Control"] = "no-cache"  # after an upgrade, no old script is used


def install(app: FastAPI) -> None:
    """Answer every error of an app in the one form."""

    @app.exception_handler(ApiError)
    async def api_error(_: Request, error: ApiError) -> JSONResponse:
        return response(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return response(_invalid(request, error.errors()))

    @app.exception_handler(FramescopeError)
    async def user_error(_: Request, error: FramescopeError) -> JSONResponse:
        return response(ApiError(503, "unavailable", str(error)))

    @app.exception_handler(OSError)
    async def system_error(_: Request, error: OSError) -> JSONResponse:
        if error.errno not in _NO_ROOM:
            raise error
        return response(_no_room(error))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        # FastAPI says of anything that goes wrong in a form that the form is wrong.
        if isinstance(cause := error.__cause__, OSError) and cause.errno in _NO_ROOM:
            return response(_no_room(cause))
        type = _TYPES.get(error.status_code, "error")
        message = f"{error.detail}: {request.method} {request.url.path}; see /docs.json"
        return response(ApiError(error.status_code, type, message), error.headers)


def _no_room(error: OSError) -> ApiError:
    words = f"the service has no room on its disk ({error.strerror}); nothing was stored"
    return ApiError(503, "unavailable", words)


def _invalid(request: Request, faults: Sequence[Any]) -> ApiError:
    kind = request.headers.get("content-type", "")
    if request.method == "POST" and not any(known in kind for known in ("json", "multipart/")):
        message = "send the body as JSON, with the header Content-Type: application/json"
        return ApiError(400, "invalid_json", message)
    if any(fault["type"] == "json_invalid" for fault in faults):
        reason = str(faults[0].get("ctx", {}).get("error", "not JSON"))
        return ApiError(400, "invalid_json", f"the body is not valid JSON: {reason}")
    message = "; ".join(f"{_place(fault['loc'])}: {fault['msg']}" for fault in faults[:5])
    return ApiError(422, "invalid_request", message)


def _place(location: Any) -> str:
    return ".".join(str(part) for part in location if part != "body") or "body"


def _encodable(value: Any) -> Any:
    """Return `value` with halves of UTF-16 pairs, which a message may quote, written as escapes."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {name: _encodable(part) for name, part in value.items()}
    return [_encodable(part) for part in value] if isinstance(value, list) else value
