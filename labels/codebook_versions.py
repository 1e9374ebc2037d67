"""Every version of the codebook that a store has served: its words, since when, by whom and why.

Examples belong to no version. Those kept with a version are the ones that were set last.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from labels import schema
from labels.codebook import Codebook, load_codebook
from labels.errors import CodebookError, StoreError
from labels.rows import canonical, utc

if TYPE_CHECKING:
    from labels.store import Store

RELEASE = "framescope"
"""Who brought a version that came with the project. A newer release puts its own in its place, but
not in the place of a version that somebody has set."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version. `by` is who set it: `RELEASE`, a name, or None for the local user."""

    codebook: Codebook
    at: str
    by: str | None
    note: str | None


def versions(connection: sa.Connection) -> list[Version]:
    """Return every version that was served, oldest first."""
    own = schema.codebooks
    found = connection.execute(sa.select(own).order_by(own.c.version)).mappings()
    return [
        Version(Codebook.from_dict(json.loads(row["text"])), row["at"], row["by"], row["note"])
        for row in found
    ]


def settle(connection: sa.Connection, wanted: Codebook | None, place: str) -> Codebook:
    """Return the codebook that a store opened for `wanted` serves, and keep a new one.

    Without `wanted` it is the store's own, or the project's where there is none, or where the
    project's is a later version of one that nobody has edited, or that one with its examples.

    Raises:
        StoreError: if the store serves other frames or stances.
        CodebookError: if the words are not those the store keeps under this version.
    """
    kept = _current(connection)
    chosen = _chosen(connection, kept, wanted, place)
    if kept is None or _succeeds(chosen, kept):
        released = load_codebook()
        own = chosen == released and chosen.examples == released.examples
        keep(connection, chosen, RELEASE if own else None, None)
    elif _shows_others(chosen, kept):
        _keep_examples(connection, chosen)
    return chosen


def settled(connection: sa.Connection, wanted: Codebook | None, place: str) -> Codebook | None:
    """Return what `settle` would, where it would write nothing; else None.

    Raises:
        StoreError, CodebookError: as `settle`.
    """
    kept = served(connection)
    if kept is None or not _is_kept(connection, kept):
        return None
    chosen = _chosen(connection, kept, wanted, place)
    return None if _succeeds(chosen, kept) or _shows_others(chosen, kept) else chosen


def _chosen(
    connection: sa.Connection, kept: Codebook | None, wanted: Codebook | None, place: str
) -> Codebook:
    if wanted is None:
        return _own(connection, kept)
    if kept and not kept.same_labels(wanted):
        raise StoreError(
            f"{place}: this state folder serves the codebook '{kept.name}' with the frames "
            f"{list(kept.frame_names)} and stances {list(kept.stance_names)}; '{wanted.name}' has "
            f"{list(wanted.frame_names)} and {list(wanted.stance_names)}. "
            "Set FRAMESCOPE_HOME to another folder for it, or carry the labels over: "
            "framescope codebook migrate"
        )
    known = [version.codebook for version in versions(connection)]
    _refuse_other_words(known, kept, wanted)
    # With the examples that are kept: a file that is merely used does not change them.
    return next((one for one in (kept, *known) if one == wanted), wanted)


def set_codebook(
    store: "Store", codebook: Codebook, by: str | None = None, note: str | None = None
) -> bool:
    """Serve an edited codebook from now on; return whether it is another than before.

    Where its examples alone are others, they take the place of those kept under its version.

    Raises:
        CodebookError: if it is not a later version of the one that is served.
        StoreError: if it has other frames or stances.
    """
    with store.writing() as connection:
        kept = _current(connection) or store.codebook
        if codebook == kept:
            if not _shows_others(codebook, kept):
                return False
            _keep_examples(connection, codebook, by=by, note=note)
            store.codebook = codebook
            return True
        if codebook.name != kept.name:
            raise CodebookError(
                f"the codebook is called '{codebook.name}', and this state folder serves "
                f"'{kept.name}'; keep the name, or give the new one a state folder of its own"
            )
        if not codebook.same_labels(kept):
            raise CodebookError(
                f"the frames {list(codebook.frame_names)} and stances "
                f"{list(codebook.stance_names)} are not those of '{kept.name}': "
                f"{list(kept.frame_names)} and {list(kept.stance_names)}. Carry the labels over "
                "into a state folder of their own: framescope codebook migrate"
            )
        if codebook.version <= kept.version:
            raise CodebookError(
                f"the words have changed but the version is {codebook.version}, and the one "
                f"served is {kept.version}; write 'version: {kept.version + 1}' in the file"
            )
        keep(connection, codebook, by, note)
    store.codebook = codebook
    return True


def keep(connection: sa.Connection, codebook: Codebook, by: str | None, note: str | None) -> None:
    """Write down a version, and that it is the one served."""
    _serve(connection, codebook)
    write_down(connection, codebook, by, note)


def _serve(connection: sa.Connection, codebook: Codebook) -> None:
    own = schema.settings
    connection.execute(sa.delete(own).where(own.c.name == "codebook"))
    value = canonical(codebook.to_dict())
    connection.execute(sa.insert(own), [{"name": "codebook", "value": value}])


def _keep_examples(connection: sa.Connection, codebook: Codebook, **about: str | None) -> None:
    """Keep the codebook served with other examples; `about`: who set them and why."""
    _serve(connection, codebook)
    own = schema.codebooks
    query = sa.update(own).where(own.c.version == codebook.version)
    connection.execute(query.values(text=canonical(codebook.to_dict()), **about))


def write_down(
    connection: sa.Connection, codebook: Codebook, by: str | None, note: str | None
) -> None:
    """Write down a version, without serving it."""
    row = {
        "version": codebook.version, "at": utc(datetime.now(UTC)), "by": by, "note": note,
        "text": canonical(codebook.to_dict()),
    }  # fmt: skip
    connection.execute(sa.insert(schema.codebooks), [row])


def _current(connection: sa.Connection) -> Codebook | None:
    """The codebook served, after writing it down where an older release has not."""
    found = served(connection)
    if found and not _is_kept(connection, found):
        by = RELEASE if found.name == load_codebook().name else None
        write_down(connection, found, by, "served before versions were kept")
    return found


def served(connection: sa.Connection) -> Codebook | None:
    """Return the codebook that the store serves, as it was set last; None in a new one."""
    query = sa.select(schema.settings.c.value).where(schema.settings.c.name == "codebook")
    text = connection.execute(query).scalar()
    return None if text is None else Codebook.from_dict(json.loads(text))


def _is_kept(connection: sa.Connection, codebook: Codebook) -> bool:
    own = schema.codebooks.c
    query = sa.select(own.version).where(own.version == codebook.version)
    return connection.execute(query).first() is not None


def _own(connection: sa.Connection, kept: Codebook | None) -> Codebook:
    released = load_codebook()
    if kept is None:
        return released
    by = {version.codebook.version: version.by for version in versions(connection)}
    untouched = by.get(kept.version) == RELEASE
    return released if untouched and (released == kept or _succeeds(released, kept)) else kept


def _refuse_other_words(known: list[Codebook], kept: Codebook | None, wanted: Codebook) -> None:
    """Refuse a codebook under whose version nobody would find its words again."""
    if kept is None or wanted in (kept, *known) or _succeeds(wanted, kept):
        return
    if wanted.name != kept.name:
        raise CodebookError(
            f"the codebook is called '{wanted.name}', and this state folder serves '{kept.name}'; "
            "keep the name, or give the new one a state folder of its own"
        )
    there = sorted({own.version for own in (kept, *known)})
    problem = (
        "its words are not those that this state folder keeps under that version"
        if wanted.version in there
        else f"this state folder has never kept it, only {there}"
    )
    raise CodebookError(
        f"codebook '{wanted.name}', version {wanted.version}: {problem}; "
        f"write 'version: {there[-1] + 1}' in the file, and see framescope codebook diff"
    )


def _succeeds(codebook: Codebook, kept: Codebook) -> bool:
    """Whether a codebook is an edited form of the one that is kept."""
    edited = codebook.name == kept.name and codebook.version > kept.version
    return edited and codebook.same_labels(kept)


def _shows_others(codebook: Codebook, kept: Codebook) -> bool:
    """Whether it is the codebook that is kept, with other examples."""
    return codebook == kept and codebook.examples != kept.examples
