"""A model in one file, for another machine or a safe place.

The file is a tar.gz that holds, in this order and nothing else:

    framescope-model.json      format, version, each file's size, and the reports kept on the model
    <version>/manifest.json    the bundle's manifest, whose hash is in the first file
    <version>/...              the bundle's files by name, whose hashes are in the manifest

Promotions stay behind: which model is champion is for each state folder to decide.
"""

import hashlib
import json
import re
import shutil
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from labels import schema
from labels.disk import written_whole
from labels.rows import utc
from training.archive import LARGEST, Archive, ArchiveError, opened, write_archive
from training.bundle import MANIFEST, BundleError, Manifest, read_manifest, sha256, verify
from training.entries import IMPORTED, Entry, Evaluation, RegistryError, make_known, note
from training.holding import Hold
from training.registry import CHAMPION, Registry

# To change what is written: raise FORMAT, keep a reader for the old one in `_about`, and add a
# file of the old format to the tests.
FORMAT = 1
ABOUT = "framescope-model.json"
ENDINGS = (".tar.gz", ".tgz")

_VERSION = re.compile(r"[a-z0-9]([-._a-z0-9]{0,61}[a-z0-9])?")  # BentoML's rule
_SHOWN = (("stance", "macro_f1"), ("joint", "micro_f1"))
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `new`: the bundle was not there before; `evaluations`: reports kept."""

    version: str
    new: bool
    evaluations: int


@dataclass(frozen=True, slots=True)
class _About:
    """The first file. `sizes` is in bytes, by name, the manifest's among them."""

    version: str
    manifest: str
    sizes: dict[str, int]
    evaluations: tuple[Evaluation, ...]


class _Bundle(NamedTuple):
    """What can be known of a bundle before it is unpacked; `content` is the manifest's file."""

    about: _About
    manifest: Manifest
    content: bytes


def export_model(registry: Registry, folder: Path, out: Path) -> Path:
    """Write the bundle in `folder`, with the reports kept on it, to one file, and return its path.

    `out` is the file, or a folder that is there. Nothing is written unless every hash is right.

    Raises:
        RegistryError: if `out` is neither.
        BundleError: if the bundle is damaged.
        WriteError: if the file cannot be written.
    """
    hold = Hold(folder)
    try:
        manifest = read_manifest(folder)
        if out.is_dir():
            out = out / f"framescope-{manifest.version}{ENDINGS[0]}"
        if not out.name.endswith(ENDINGS):
            raise RegistryError(
                f"{out}: give a file that ends in {' or '.join(ENDINGS)}, or a folder that is there"
            )
        verify(folder, manifest)
        names = [MANIFEST, *sorted(manifest.files)]
        kept = registry.evaluations(manifest.version)
        about = {
            "format": FORMAT,
            "version": manifest.version,
            "manifest": sha256(folder / MANIFEST),
            "sizes": {name: (folder / name).stat().st_size for name in names},
            "evaluations": [asdict(evaluation) for evaluation in kept],
        }
        files = [(f"{manifest.version}/{name}", folder / name) for name in names]
        first = json.dumps(about, ensure_ascii=False).encode("utf-8")
        with written_whole(out) as file:
            write_archive(file, [(ABOUT, first), *files])
    finally:
        hold.release()
    return out


def import_model(registry: Registry, file: Path, by: str) -> Imported:
    """Take in a model from a file that `export_model` wrote.

    It becomes known only when all of it is on disk and every hash is right. A model that is known
    here already is left as it is, unless its bundle is pruned or damaged: then that is restored.
    Reports come with a new model, as ones that the gate of this state folder has not decided on.

    Raises:
        ArchiveError: if the file is damaged or holds anything else.
        RegistryError: if the model is of another codebook, or this version is another model here.
    """
    with registry.changing_bundles(), opened(file) as archive:
        bundle = _head(archive, _about(archive))
        version, about = bundle.about.version, bundle.about
        registry.check_codebook(bundle.manifest)
        entry = {own.version: own for own in registry.models()}.get(version)
        folder = registry.folder(version)
        if entry and _is_here(entry, folder, bundle):
            return Imported(version, new=False, evaluations=0)
        _check_space(registry, about, file)
        if folder.exists():  # damaged, half removed, or of a run that was killed before the end
            shutil.rmtree(folder)
        registry.save(version, lambda place: _unpack(archive, bundle, place))
        evaluations = () if entry else about.evaluations
        with registry.store.writing() as connection:
            if entry is None:
                make_known(connection, bundle.manifest)
            _keep(connection, version, evaluations)
            size = sum(about.sizes.values())
            note(connection, IMPORTED, version, by, about.manifest, size)
    return Imported(version, new=True, evaluations=len(evaluations))


def _about(archive: Archive) -> _About:
    try:
        raw = json.loads(archive.read(ABOUT))
        if raw["format"] != FORMAT:
            raise ArchiveError(
                f"{archive.path}: archive format {raw['format']}; this release reads {FORMAT}. "
                "Export the model again, with this release"
            )
        found = _About(raw["version"], raw["manifest"], raw["sizes"], _evaluations(raw))
        _check_version(found.version)
        if not all(isinstance(size, int) and size >= 0 for size in found.sizes.values()):
            raise ValueError("a size that is no number of bytes")
    except _UNREADABLE as error:
        raise ArchiveError(
            f"{archive.path}: {ABOUT} is damaged: {error!r}; export the model again"
        ) from error
    return found


def _check_version(version: object) -> None:
    named = isinstance(version, str) and _VERSION.fullmatch(version)
    if not named or version in (CHAMPION, "latest"):
        raise ValueError(f"{version!r} is no version of a model")


def _evaluations(raw: dict[str, Any]) -> tuple[Evaluation, ...]:
    """Return the reports, after a look at what the service and other commands show of them."""
    found = []
    for own in raw["evaluations"]:
        report = own["report"]
        about = (report["model"], report["data"]["hash"], utc(datetime.fromisoformat(own["at"])))
        if about != (raw["version"], own["data_hash"], own["at"]) or len(own["data_hash"]) > 40:
            raise ValueError(f"a report that is not of {raw['version']}")
        shown = [report["frames"]["macro_f1"]]
        shown += [(report[part] or {}).get(name) for part, name in _SHOWN]
        for figure in shown:
            if figure is not None and not all(
                isinstance(figure[key], int | float) for key in ("value", "low", "high", "n")
            ):
                raise ValueError("a report with a figure that is no number")
        if not isinstance(report["data"]["name"], str) or not isinstance(report["data"]["n"], int):
            raise ValueError("a report that does not say on what")
        found.append(Evaluation(own["at"], own["data_hash"], 0, report))
    return tuple(found)


def _head(archive: Archive, about: _About) -> _Bundle:
    content = archive.read(f"{about.version}/{MANIFEST}")
    if hashlib.sha256(content).hexdigest() != about.manifest:
        raise ArchiveError(f"{archive.path}: {MANIFEST} is damaged; export the model again")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / MANIFEST).write_bytes(content)
        try:
            manifest = read_manifest(Path(folder))
        except BundleError as error:
            what = str(error).removeprefix(f"{folder}: ")
            raise ArchiveError(f"{archive.path}: {what}") from error
    named = {MANIFEST, *manifest.files}
    wrong = [name for name in manifest.files if not _plain(name)]
    if wrong or manifest.version != about.version or about.sizes.keys() != named:
        odd = f"the file name {wrong[0]!r} is not allowed" if wrong else "its two parts disagree"
        raise ArchiveError(f"{archive.path}: not a model that framescope exported: {odd}")
    return _Bundle(about, manifest, content)


def _plain(name: str) -> bool:
    """Whether a file of this name lies inside its folder, and is not one that others write."""
    parts = name.split("/")
    inside = not any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts)
    return inside and name not in (MANIFEST, "model.yaml")


def _is_here(entry: Entry, folder: Path, bundle: _Bundle) -> bool:
    """Whether a known model has its bundle, whole.

    Raises:
        RegistryError: if it is another model than the one in the archive.
    """
    known = entry.pruned.manifest if entry.pruned else None
    if not entry.pruned and (folder / MANIFEST).is_file():
        known = sha256(folder / MANIFEST)
    manifest = bundle.manifest
    theirs = (manifest.created, manifest.labels_hash, manifest.base_model)
    alike = (entry.at, entry.labels_hash, entry.base_model) == theirs
    if not alike or known not in (None, bundle.about.manifest):
        raise RegistryError(
            f"{entry.version} is already here and has other content than the file; the model here "
            "is left as it is"
        )
    if entry.pruned:
        return False
    try:
        verify(folder, manifest)
    except BundleError:
        return False
    return known is not None


def _check_space(registry: Registry, about: _About, file: Path) -> None:
    size, free = sum(about.sizes.values()), shutil.disk_usage(registry.home.folder).free
    if size > LARGEST:
        raise ArchiveError(f"{file}: {size:,} bytes unpacked; at most {LARGEST:,} are taken in")
    if size > free:
        raise RegistryError(
            f"{file}: {size:,} bytes unpacked, and {free:,} are free in {registry.home.folder}; "
            "free some: framescope models prune"
        )


def _unpack(archive: Archive, bundle: _Bundle, folder: Path) -> None:
    """Write the bundle's files into an empty folder and check their hashes."""
    version, manifest = bundle.about.version, bundle.manifest
    (folder / MANIFEST).write_bytes(bundle.content)
    for name in sorted(manifest.files):
        archive.unpack(f"{version}/{name}", bundle.about.sizes[name], folder, name)
    archive.end()
    try:
        verify(folder, manifest)
    except BundleError as error:
        what = str(error).removeprefix(f"{folder}: ").partition(";")[0]
        raise ArchiveError(f"{archive.path}: {what}; export the model again") from error


def _keep(connection: sa.Connection, version: str, evaluations: tuple[Evaluation, ...]) -> None:
    for own in evaluations:
        values = {**asdict(own), "version": version, "report": json.dumps(own.report)}
        connection.execute(sa.insert(schema.evaluations), [values])
