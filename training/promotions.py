"""The history of champions: which model, when, by whom, why, and on what comparison."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.rows import utc
from training.entries import read_models, refuse_pruned

ROLLBACK = "rollback"
"""How the reason begins that is written down when a rollback makes a model champion."""

HOW_TO_PROMOTE = "promote any other model with: framescope models promote VERSION"


@dataclass(frozen=True, slots=True)
class Promotion:
    """One row of the history of champions. `number` grows by one with each."""

    number: int
    version: str
    at: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a model was found to be beside the champion that it replaced.

    `n` counts the texts both were judged on, `macro_f1` is the difference with its 95% interval.
    """

    over: str
    verdict: str
    n: int
    macro_f1: Mapping[str, Any] | None
    data_hash: str
    at: str


def read_history(connection: sa.Connection) -> list[Promotion]:
    """All promotions, oldest first."""
    query = sa.select(schema.promotions).order_by(schema.promotions.c.number)
    return [Promotion(**row) for row in connection.execute(query).mappings()]


def read_champion(connection: sa.Connection) -> str | None:
    """Version of the champion, or None where no model was ever promoted."""
    columns = schema.promotions.c
    query = sa.select(columns.version).order_by(columns.number.desc()).limit(1)
    return connection.execute(query).scalar()


def add_promotion(connection: sa.Connection, version: str, by: str, reason: str) -> None:
    """Make a model champion.

    Raises:
        RegistryError: if it is pruned, which it may be since it was looked at.
    """
    for entry in read_models(connection):
        if entry.version == version:
            refuse_pruned(entry)
    values = {"version": version, "at": utc(datetime.now(UTC)), "by": by, "reason": reason}
    connection.execute(sa.insert(schema.promotions), [values])


def line_of(history: Sequence[Promotion]) -> list[str]:
    """Return the champions that rollbacks can return to, one after the other, the present one last.

    A rollback gives up the champion it leaves, so that the next goes one further back.
    """
    line: list[str] = []
    for promotion in history:
        back = line[-2:-1] == [promotion.version] and promotion.reason.startswith(ROLLBACK)
        if back:
            line.pop()
        elif line[-1:] != [promotion.version]:
            line.append(promotion.version)
    return line


def no_way_back(version: str, why: Exception, earlier: Sequence[str]) -> str:
    """Say that a rollback cannot return to a model, and how to pass over it to `earlier` ones."""
    said = f"cannot go back to {version}: {why}"
    if not earlier:
        return said
    return f"{said}; or go further back: framescope models promote {earlier[-1]}"


def read_grounds(
    connection: sa.Connection, history: Sequence[Promotion]
) -> dict[int, Grounds | None]:
    """Return, by its number, the comparison that led to each promotion.

    That is the newest report kept on the model until then, if it compares the model with the
    champion that it replaced. None where there is no such report: the first champion has none, nor
    has a model that was promoted by hand without being judged, nor a rollback as a rule.
    """
    columns = schema.evaluations.c
    query = sa.select(columns.at, columns.data_hash, columns.report)
    found: dict[int, Grounds | None] = {}
    before = None
    for promotion in history:
        own = query.where(columns.version == promotion.version, columns.at <= promotion.at)
        newest = connection.execute(own.order_by(columns.number.desc()).limit(1)).first()
        found[promotion.number] = _grounds(*newest, over=before) if newest else None
        before = promotion.version
    return found


def _grounds(at: str, data_hash: str, report: str, over: str | None) -> Grounds | None:
    comparison = (json.loads(report).get("comparison") or {}).get("champion")
    if comparison is None or comparison["champion"] != over:
        return None
    kept = {name: comparison[name] for name in ("verdict", "n", "macro_f1")}
    return Grounds(over=comparison["champion"], data_hash=data_hash, at=at, **kept)
