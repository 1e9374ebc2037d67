"""The whole state folder in one file, taken while the service runs.

The file is a tar.gz that holds, in this order and nothing else:

    framescope-backup.json     format, time, kind of database, each file's size and SHA-256
    labels.db                  a consistent copy of the database, where it is SQLite
    bentoml/models/...         the bundles of the models that are known
    reports/...                the reports of retraining

Left out is what a running command owns: unfinished training, locks, logs.
"""

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import sqlalchemy as sa

from labels.database import connect
from labels.disk import sync_folder, written_whole
from labels.errors import FramescopeError
from labels.home import DATABASE as VARIABLE
from labels.home import Home
from labels.rows import utc
from labels.store import Store
from training.archive import Archive, ArchiveError, opened, write_archive
from training.bundle import sha256
from training.registry import NAME, Registry

FORMAT = 1
ABOUT = "framescope-backup.json"
DATABASE = "labels.db"
ENDINGS = (".tar.gz", ".tgz")

_FOLDERS = ("bentoml/models/", "reports/")
_DUMP = "labels.dump"
_ANY_DATABASE = "postgresql://user@host/new-database"


class BackupError(FramescopeError):
    """A backup that cannot be made or used."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a file holds. `database` is the kind; labels are in the file only where it is sqlite."""

    at: str
    database: str
    files: dict[str, tuple[int, str]]


def back_up(home: Home, store: Store, out: Path) -> Backup:
    """Write the state folder to a file; models are not imported or pruned meanwhile.

    Raises:
        BackupError: if the file's name does not say what it is.
        RegistryError: if models are being imported or pruned.
        WriteError: if the file cannot be written.
    """
    if not out.name.endswith(ENDINGS):
        raise BackupError(f"{out}: give a file that ends in {' or '.join(ENDINGS)}")
    registry = Registry(home, store)
    with registry.changing_bundles(), tempfile.TemporaryDirectory() as scratch:
        files = dict(_members(home, registry, Path(scratch)))
        known = {name: (path.stat().st_size, sha256(path)) for name, path in files.items()}
        made = Backup(utc(datetime.now(UTC)), store.engine.dialect.name, known)
        about = {"format": FORMAT, "at": made.at, "database": made.database, "files": known}
        first = json.dumps(about, ensure_ascii=False).encode("utf-8")
        with written_whole(out) as file:
            write_archive(file, [(ABOUT, first), *files.items()])
    return made


def restore_backup(file: Path, home: Home) -> Backup:
    """Make a state folder from a file that `back_up` wrote. It is there whole, or not at all.

    Raises:
        BackupError: if the folder holds anything, or the file is damaged or no backup.
    """
    if any(home.folder.iterdir()):
        raise BackupError(
            f"{home.folder}: holds something; give --home a folder that is new or empty"
        )
    beside = Path(tempfile.mkdtemp(dir=home.folder.parent, prefix=f".{home.folder.name}."))
    try:
        with _read_as_backup(file), opened(file) as archive:
            made = _read_about(archive)
            if made.database == "sqlite" and os.environ.get(VARIABLE):
                raise BackupError(
                    f"{VARIABLE} is set, so the labels of this backup would never be looked at: "
                    "unset it, here and for every command on the new folder"
                )
            for name, (size, hashed) in made.files.items():
                archive.unpack(name, size, beside, name)
                if sha256(beside / name) != hashed:
                    raise BackupError(f"{file}: {name} is damaged; use another backup")
            archive.end()
        beside.chmod(0o755)
        sync_folder(beside)
        os.replace(beside, home.folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return made


def dump_command(store: Store) -> str:
    """Return how to back up the database itself, where it is PostgreSQL."""
    return f"pg_dump --format=custom --file={_DUMP} '{_named(store.engine.url)}'"


def restore_command(home: Home) -> str:
    """Return how to fill the database of `home` with such a dump; it must be there, and empty.

    Raises:
        StoreError: if the database that `FRAMESCOPE_DATABASE` names can be none.
    """
    url = connect(home.database).url
    named = _named(url) if url.get_backend_name() == "postgresql" else _ANY_DATABASE
    return f"pg_restore --no-owner --single-transaction --dbname='{named}' {_DUMP}"


def _named(url: sa.URL) -> str:
    """Return a URL without its password, which is asked for or taken from ~/.pgpass."""
    return sa.URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string()


def _members(home: Home, registry: Registry, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and file of all that is packed. What may change meanwhile is copied first."""
    if registry.store.engine.dialect.name == "sqlite":
        copy = scratch / DATABASE
        with (
            closing(registry.store.engine.raw_connection()) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.driver_connection.backup(target)  # type: ignore[union-attr]
        yield DATABASE, copy
    # After the database: a model that it knows was on disk before it was known.
    models = registry.models()
    for folder in (registry.folder(model.version) for model in models):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path.relative_to(home.folder).as_posix(), path
    latest = home.bentoml / "models" / NAME / "latest"
    if models and latest.is_file():
        # A retraining that ends meanwhile names a model in it that is not packed.
        named, known = latest.read_text("utf-8"), [model.version for model in models]
        copy = scratch / "latest"
        copy.write_text(named if named.strip() in known else known[-1], "utf-8")
        yield latest.relative_to(home.folder).as_posix(), copy
    if home.reports.is_dir():
        # A retraining that writes there has temporary files, which vanish.
        hidden = shutil.ignore_patterns(".*")
        shutil.copytree(home.reports, scratch / "reports", ignore=hidden)
        for path in sorted((scratch / "reports").rglob("*")):
            if path.is_file():
                yield path.relative_to(scratch).as_posix(), path


def _read_about(archive: Archive) -> Backup:
    about = json.loads(archive.read(ABOUT))
    if about["format"] > FORMAT:
        raise BackupError(
            f"{archive.path}: backup format {about['format']} is newer than this release reads "
            f"({FORMAT}); update framescope"
        )
    files = {str(name): (int(size), str(hashed)) for name, (size, hashed) in about["files"].items()}
    for name in files:
        is_part = name == DATABASE or name.startswith(_FOLDERS)
        if ".." in PurePosixPath(name).parts or not is_part:
            raise BackupError(f"{archive.path}: {name!r} is no part of a state folder")
    return Backup(str(about["at"]), str(about["database"]), files)


@contextmanager
def _read_as_backup(file: Path) -> Iterator[None]:
    try:
        yield
    except (ArchiveError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BackupError(
            f"{file}: not a whole backup of a state folder ({error}); use another one"
        ) from error
