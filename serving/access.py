"""Who may read and write labels over HTTP.

With `FRAMESCOPE_TOKEN` set, whoever sends it. Without, only the user of this machine: the service
itself must be bound to loopback (a proxy in front would make every caller look local), and the
request must name a loopback host and come from no other site (DNS rebinding, cross-site requests).
"""

import hmac
import os
from urllib.parse import urlsplit

from fastapi import Request

from serving.errors import ApiError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
BOUND_TO = "FRAMESCOPE_BOUND_TO"
"""Set by `framescope serve` to the address that the service listens on."""


def may_use_labels(request: Request) -> None:
    """Let a request that may read and write labels pass.

    Raises:
        ApiError: 401 where a token is needed and not given, 403 where labels cannot be used.
    """
    token = os.environ.get("FRAMESCOPE_TOKEN")
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise ApiError(
                401, "unauthorized", "labels need the header Authorization: Bearer TOKEN"
            )
        return
    if os.environ.get(BOUND_TO) not in LOOPBACK:
        raise ApiError(
            403,
            "forbidden",
            "labels over the network need a token: set FRAMESCOPE_TOKEN where the service runs",
        )
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    if _name(f"//{host}") not in LOOPBACK or (origin and _place(origin) != host):
        words = f"labels are not for another site (host {host!r}, origin {origin!r})"
        raise ApiError(403, "forbidden", words)


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _place(address: str) -> str | None:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return None
