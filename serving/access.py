"""Who may write labels over HTTP.

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


def may_write(request: Request) -> None:
    """Let a request that may write pass.

    Raises:
        ApiError: 401 where a token is needed and not given, 403 where writing is not possible.
    """
    token = os.environ.get("FRAMESCOPE_TOKEN")
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise ApiError(
                401, "unauthorized", "writing needs the header Authorization: Bearer TOKEN"
            )
        return
    if os.environ.get(BOUND_TO) not in LOOPBACK:
        raise ApiError(
            403,
            "forbidden",
            "writing over the network needs a token: set FRAMESCOPE_TOKEN where the service runs",
        )
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    if _name(f"//{host}") not in LOOPBACK or (origin and urlsplit(origin).netloc != host):
        raise ApiError(403, "forbidden", f"writing from another site is refused (host {host!r})")


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
