"""Who may do what over HTTP.

Whoever sends a token has its role: `FRAMESCOPE_TOKEN` is an admin's, `framescope tokens` makes
others. Where there is no token at all, the user of this machine may do everything: the service
itself must be bound to loopback (a proxy in front would make every caller look local), and the
request must name a loopback host and come from no other site (DNS rebinding, cross-site requests).
"""

import hmac
import os
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from labels.store import Store
from labels.tokens import ENVIRONMENT, Who, any_set, role_of
from serving.arguments import BOUND_TO
from serving.errors import ApiError

LOOPBACK = ("localhost", "127.0.0.1", "::1")

TOKEN = "FRAMESCOPE_TOKEN"


def who_asks(request: Request) -> Who:
    """Return whose request it is.

    Raises:
        ApiError: 401 where a token is needed and none that is known is given, 403 where labels
            cannot be used without one.
    """
    store: Store = request.app.state.live.store
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and (found := _owner(store, given.strip(" \t"))):
        return found
    # Also one of white space alone, of a file without its secret: it opens nothing to everyone.
    if os.environ.get(TOKEN) or any_set(store):
        problem = "this token is not known, or was revoked" if given else "this needs a token"
        words = f"{problem}: send the header Authorization: Bearer TOKEN"
        raise ApiError(401, "unauthorized", words)
    _only_from_here(request)
    return Who(None, "admin")


def at_least(role: str) -> Callable[[Who], Who]:
    """Return a dependency that lets a request of this role or a higher one pass, with who asks.

    Raises:
        ApiError: 403 where the role is a lower one.
    """

    def check(who: Annotated[Who, Depends(who_asks)]) -> Who:
        if not who.may(role):
            words = f"this needs the role {role}; the token '{who.name}' has the role {who.role}"
            raise ApiError(403, "forbidden", words)
        return who

    return check


AnyRole = Annotated[Who, Depends(at_least("reader"))]
Annotator = Annotated[Who, Depends(at_least("annotator"))]
Adjudicator = Annotated[Who, Depends(at_least("adjudicator"))]
Admin = Annotated[Who, Depends(at_least("admin"))]


def _owner(store: Store, token: str) -> Who | None:
    # A file with a secret often ends in a line break. A header's bytes come as Latin-1.
    known = os.environ.get(TOKEN, "").strip()
    if known and hmac.compare_digest(known.encode(), token.encode("latin-1")):
        return Who(ENVIRONMENT, "admin")
    return role_of(store, token)


def _only_from_here(request: Request) -> None:
    if os.environ.get(BOUND_TO) not in LOOPBACK:
        raise ApiError(
            403,
            "forbidden",
            "labels over the network need a token: make one with `framescope tokens create`, or "
            "set FRAMESCOPE_TOKEN where the service runs",
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
