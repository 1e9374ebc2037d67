"""What `framescope labels check` does: files, or what in the store needs a look."""

import argparse
from collections import Counter
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.adjudication import disputes, read_texts
from labels.codebook import Codebook
from labels.codebook_diff import doubts
from labels.commands import open_store
from labels.file_commands import check_files
from labels.home import Home
from labels.insertion import chunks
from labels.outcome import Outcome, counted
from labels.resolve import latest
from labels.snapshot import take
from labels.stale import MARKED, UNMARKED, find_stale, write_stale
from labels.store import Store
from training.bundle import BundleError, read_manifest
from training.registry import Registry

_SHOWN_CHARACTERS = 80


def check(args: argparse.Namespace) -> Outcome:
    """Check `args.files` without storing them; without files, list what in the store needs a look.

    That is the disputed texts, the bridges, who last answered under an older codebook, which
    labels its changes have made stale, and which models were trained on which version. The texts
    to label again are written to `args.out`, where one is given.

    Raises:
        WriteError: if `args.out` cannot be written.
    """
    if args.files:
        return check_files(args)
    store = open_store(args)
    data = {**_in_question(store), **_outdated(store), **_stale(store, args)}
    data["models"] = _models(Registry(Home.find(args.home), store))
    return Outcome(data, "\n".join(_lines(data, store.codebook)))


def _in_question(store: Store) -> dict[str, Any]:
    snapshot, found = take(store), disputes(store)
    with store.reading() as connection:
        texts = read_texts(connection, snapshot.bridges)
        rows = _rows(connection, [*texts, *(one.text_id for one in found)])
    return {
        "disputed": [
            {
                "id": one.text_id, "frames": list(one.frames), "row": rows.get(one.text_id),
                "text": one.text[:_SHOWN_CHARACTERS],
            }
            for one in found
        ],
        "bridges": [
            {"id": key, "row": rows.get(key), "text": texts[key][:_SHOWN_CHARACTERS]}
            for key in snapshot.bridges
        ],
    }  # fmt: skip


def _rows(connection: sa.Connection, text_ids: list[str]) -> dict[str, str]:
    """The caller's own ids of those texts that have one."""
    own = schema.occurrences.c
    found: dict[str, str] = {}
    for part in chunks(text_ids, 500):
        query = sa.select(own.text_id, own.id).where(own.text_id.in_(part), own.id.is_not(None))
        found.update(connection.execute(query).all())
    return found


def _outdated(store: Store) -> dict[str, Any]:
    with store.reading() as connection:
        standing = latest(store.answers(connection))
    older = Counter(
        (answer.annotator, answer.codebook)
        for own in standing.values()
        for answer in own.values()
        if answer.codebook < store.codebook.version
    )
    return {
        "outdated": [
            {"annotator": annotator, "codebook": version, "answers": count}
            for (annotator, version), count in sorted(older.items())
        ]
    }


def _stale(store: Store, args: argparse.Namespace) -> dict[str, Any]:
    found = find_stale(store)
    data: dict[str, Any] = {
        "stale": found.counts(),
        "stale_answers": [
            {
                "id": one.answer.text_id, "annotator": one.answer.annotator,
                "codebook": one.answer.codebook, "frames": dict(one.frames),
            }
            for one in found.answers
        ],
        "unknown_versions": {str(version): n for version, n in found.unknown.items()},
        "other_guidelines": list(found.guidelines),
    }  # fmt: skip
    if args.out:
        data["written"] = write_stale(store, found, args.out)
        data["out"] = str(args.out)
    return data


def _models(registry: Registry) -> list[dict[str, Any]]:
    """Each model, the version of the codebook it was trained on, and the frames changed since."""
    champion, found = registry.champion(), []
    for entry in registry.models():
        about = {"version": entry.version, "champion": entry.version == champion}
        try:
            codebook = read_manifest(registry.folder(entry.version)).codebook
        except BundleError:
            continue  # pruned or damaged: `framescope models list` says so
        changed = list(doubts(codebook, registry.store.codebook))
        named = {"name": codebook.name, "version": codebook.version}
        found.append({**about, "codebook": named, "changed_since": changed})
    return found


def _lines(data: dict[str, Any], codebook: Codebook) -> Iterator[str]:
    yield f"{counted(len(data['disputed']), 'text')} disputed"
    for one in data["disputed"]:
        yield f"  {one['id']}  {', '.join(one['frames'])}: {one['text']}"
    yield f"{counted(len(data['bridges']), 'text')} between train and test, used on neither"
    for one in data["bridges"]:
        yield f"  {one['id']}  {one['text']}"
    total = sum(one["answers"] for one in data["outdated"])
    yield f"{counted(total, 'answer')} given under a codebook before version {codebook.version}"
    for one in data["outdated"]:
        yield f"  {one['annotator']}, version {one['codebook']}: {one['answers']:,}"
    yield from _stale_lines(data)
    if data["models"]:
        yield f"{counted(len(data['models']), 'model')}, by the codebook they were trained on"
    for one in data["models"]:
        champion = ", champion" if one["champion"] else ""
        since = (
            f"; changed since: {', '.join(one['changed_since'])}" if one["changed_since"] else ""
        )
        version = f"{one['codebook']['name']}, version {one['codebook']['version']}"
        yield f"  {one['version']}{champion}: {version}{since}"


def _stale_lines(data: dict[str, Any]) -> Iterator[str]:
    yield f"{counted(len(data['stale_answers']), 'answer')} stale since a frame's words changed"
    for frame, own in data["stale"].items():
        yield f"  {frame}: {own[MARKED]:,} that mark it, {own[UNMARKED]:,} that do not"
    for version, n in data["unknown_versions"].items():
        yield f"  {counted(n, 'answer')} under version {version}, which this store never served"
    if data["other_guidelines"]:
        versions = ", ".join(map(str, data["other_guidelines"]))
        yield f"  the guidelines were other ones in version {versions}"
    if "out" in data:
        yield f"  {counted(data['written'], 'text')} to label again written to {data['out']}"
    elif data["stale_answers"]:
        yield "  write the texts to label again: framescope labels check --out stale.jsonl"
