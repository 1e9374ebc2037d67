"""Removing bundles that are no longer needed, to give their disk space back."""

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from training.bundle import MANIFEST, sha256
from training.entries import PRUNED, Entry, RegistryError, note, read_models
from training.holding import Claim
from training.promotions import Promotion, line_of, read_history
from training.registry import Registry


@dataclass(frozen=True, slots=True)
class Pruning:
    """What was removed, or would be: version to bytes. `in_use` was kept because it is in use."""

    removed: dict[str, int]
    in_use: tuple[str, ...]


def prune(registry: Registry, by: str, keep: int, dry_run: bool = False) -> Pruning:
    """Remove the bundles of models that are not needed; what is known of them is kept.

    Needed are the champion, the `keep` champions before it that rollbacks can return to, and every
    model that was trained or imported after the champion was trained. Without a champion all are.
    What an earlier run that was killed has left of a bundle is removed, too.

    Raises:
        RegistryError: if `keep` is negative, or models are being imported or pruned.
    """
    if keep < 0:
        raise RegistryError(f"--keep is {keep}; give 0 or the number of champions to keep")
    with registry.changing_bundles(), ExitStack() as claims:
        removed, in_use = {}, []
        with registry.store.writing() as connection:
            entries, history = read_models(connection), read_history(connection)
            for entry in not_needed(entries, history, keep):
                folder = registry.folder(entry.version)
                if entry.pruned and not folder.exists():
                    continue
                if not claims.enter_context(Claim(folder)):
                    in_use.append(entry.version)
                    continue
                removed[entry.version] = _size(folder)
                if not dry_run and not entry.pruned:
                    manifest = folder / MANIFEST
                    known = sha256(manifest) if manifest.is_file() else None
                    size = removed[entry.version]
                    note(connection, PRUNED, entry.version, by, known, size)
        # Only now: whoever looks from here on is told that it is pruned, and a run that is killed
        # leaves no model that is known and not whole.
        for version in () if dry_run else removed:
            _remove(registry.folder(version))
    return Pruning(removed, tuple(in_use))


def not_needed(entries: list[Entry], history: list[Promotion], keep: int) -> list[Entry]:
    """Return the models whose bundle is not needed, oldest first; see `prune`."""
    if not history:
        return []
    champion = next(entry for entry in entries if entry.version == history[-1].version)
    back = line_of(history)[:-1]
    kept = {champion.version, *back[len(back) - min(keep, len(back)) :]}
    return [
        entry
        for entry in entries
        if entry.version not in kept and max(entry.at, entry.imported or "") <= champion.at
    ]


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    latest = folder.parent / "latest"
    # BentoML's own mark of the newest bundle, which must not name one that is gone.
    if latest.is_file() and latest.read_text("utf-8").strip() == folder.name:
        latest.unlink()
