"""Named tokens with roles: who may do what over HTTP.

A token is 256 random bits. Its SHA-256 alone is stored: nobody can guess so many bits from a hash,
however fast the hash is, so a slow one, as passwords need, would only slow every request down. A
token is shown once, when it is made.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from labels import schema
from labels.errors import FramescopeError
from labels.rows import ADJUDICATOR, DEFAULT_ANNOTATOR, RESOLVED, utc
from labels.starter import STARTER_ANNOTATORS
from labels.store import Store

ROLES = ("reader", "annotator", "adjudicator", "admin")
"""From the fewest rights to the most; each may do what those before it may."""

ENVIRONMENT = "environment"
"""The name of the token that is given as `FRAMESCOPE_TOKEN` where the service runs."""

_TAKEN = (ADJUDICATOR, ENVIRONMENT, DEFAULT_ANNOTATOR, RESOLVED, *STARTER_ANNOTATORS)
"""Names that answers have which are nobody's own: a token of that name would own them."""

LONGEST_NAME = 64
_TAG = "fs_"
_BYTES = 32


class TokenError(FramescopeError):
    """A token that cannot be made or revoked as asked."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks. `name` is None for the user of this machine, who needs no token."""

    name: str | None
    role: str

    def may(self, role: str) -> bool:
        """Whether this role has the rights of `role`."""
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed. `revoked` is when it was revoked, or None. Times are UTC."""

    name: str
    role: str
    at: str
    revoked: str | None


def create(store: Store, name: str, role: str, now: datetime | None = None) -> str:
    """Make a token and return it; only its hash is kept. A revoked name may be given again.

    Raises:
        TokenError: if the name or the role cannot be used, or the name has a token.
    """
    if role not in ROLES:
        raise TokenError(f"no role {role!r}; known: {list(ROLES)}")
    if problem := _name_problem(name):
        raise TokenError(f"{name!r} cannot name a token: {problem}")
    token = _TAG + secrets.token_urlsafe(_BYTES)
    values = {"role": role, "hash": _hash(token), "at": utc(now or datetime.now(UTC))}
    t = schema.tokens
    with store.writing() as connection:
        found = connection.execute(sa.select(t.c.revoked).where(t.c.name == name)).one_or_none()
        if found is None:
            connection.execute(sa.insert(t).values(name=name, **values))
        elif found.revoked is None:
            raise TokenError(
                f"'{name}' has a token already; revoke it first, or choose another name"
            )
        else:
            renewed = {**values, "revoked": None}
            connection.execute(sa.update(t).where(t.c.name == name).values(renewed))
    return token


def revoke(store: Store, name: str, now: datetime | None = None) -> None:
    """End a token's rights from now on. What was written with it stays.

    Raises:
        TokenError: if there is no such token, or it is revoked already.
    """
    t = schema.tokens
    with store.writing() as connection:
        found = connection.execute(sa.select(t.c.revoked).where(t.c.name == name)).one_or_none()
        if found is None:
            known = sorted(connection.execute(sa.select(t.c.name)).scalars())
            raise TokenError(f"there is no token '{name}'; known: {known}")
        if found.revoked is not None:
            raise TokenError(f"the token '{name}' was revoked already, at {found.revoked}")
        ended = utc(now or datetime.now(UTC))
        connection.execute(sa.update(t).where(t.c.name == name).values(revoked=ended))


def listed(store: Store) -> list[Token]:
    """Every token ever made, by name; none of them can be read back."""
    t = schema.tokens.c
    query = sa.select(t.name, t.role, t.at, t.revoked).order_by(t.name)
    with store.reading() as connection:
        return [Token(**found) for found in connection.execute(query).mappings()]


def any_set(store: Store) -> bool:
    """Whether a token was ever made; then one is needed, also where all have been revoked."""
    with store.reading() as connection:
        return connection.execute(sa.select(schema.tokens.c.name).limit(1)).first() is not None


def role_of(store: Store, token: str) -> Who | None:
    """Return whose token it is, or None where it is unknown or revoked.

    Every hash is compared, each in constant time, so that the time taken says nothing of them.
    """
    given = _hash(token)
    t = schema.tokens.c
    query = sa.select(t.name, t.role, t.hash).where(t.revoked.is_(None)).order_by(t.name)
    with store.reading() as connection:
        known = connection.execute(query).all()
    found = [Who(name, role) for name, role, kept in known if hmac.compare_digest(kept, given)]
    return found[0] if found else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _name_problem(name: str) -> str | None:
    if name in _TAKEN:
        return f"{list(_TAKEN)} have a meaning of their own; choose another"
    if not name or name != name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        return f"use 1 to {LONGEST_NAME} printable characters, without white space at either end"
    return None
