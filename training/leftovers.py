"""Gives back the disk space that killed runs hold."""

import contextlib
import shutil

from training.config import TrainingError
from training.fit import only_run
from training.registry import Registry, RegistryError


def remove_leftovers(registry: Registry, unfinished_too: bool = False) -> None:
    """Remove bundles that no model is known by; with `unfinished_too` also unfinished runs.

    A run that is killed while it puts a bundle into the model store leaves one that is not whole,
    or that nobody knows. Nothing is removed while another run, an import or a pruning is at it.
    """
    with (
        contextlib.suppress(TrainingError, RegistryError),
        only_run(registry),
        registry.changing_bundles(),
    ):
        known = {entry.version for entry in registry.models()}
        store = registry.folder("any").parent
        for folder in store.glob("*/"):
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)
        # BentoML's mark of the newest bundle: one that names none, or was cut off, stops it from
        # taking in another. Without one it looks for itself.
        latest = store / "latest"
        if latest.is_file() and latest.read_text("utf-8").strip() not in known:
            latest.unlink()
        for unfinished in registry.home.work.glob("*/") if unfinished_too else ():
            shutil.rmtree(unfinished, ignore_errors=True)
