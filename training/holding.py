"""Who has a bundle in use, so that none is removed under them.

A predictor holds its bundle with a shared lock on the manifest, whatever process it is in; who
removes a bundle needs the lock for itself alone. The system lets go of a killed process's locks.
"""

import fcntl
import os
import weakref
from pathlib import Path

from training.bundle import MANIFEST, BundleError


class Hold:
    """A bundle in use, for as long as this object is kept.

    Where the file system knows no locks the bundle can be read all the same; it is then not
    removed either, since nobody can tell whether it is in use.
    """

    def __init__(self, folder: Path) -> None:
        """Wait while the bundle is being removed, then hold it.

        Raises:
            BundleError: if there is no bundle.
        """
        try:
            handle = os.open(folder / MANIFEST, os.O_RDONLY)
        except OSError as error:
            raise BundleError(f"{folder}: no bundle here: {error.strerror}") from error
        self.release = weakref.finalize(self, os.close, handle)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH)
        except OSError:
            return


class Claim:
    """A bundle that nobody else may begin to use, until the `with` block ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / MANIFEST
        self._handle: int | None = None

    def __enter__(self) -> bool:
        """Return whether it could be had: False where it is in use, True where there is none."""
        try:
            # For writing, because some network file systems lock for one alone only then.
            self._handle = os.open(self._path, os.O_RDWR)
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            os.close(self._handle)
