"""Files of one folder in a tar.gz: written the same each time, and read by who trusts nothing."""

import gzip
import io
import shutil
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from training.entries import RegistryError

LARGEST = 32 * 2**30
"""Bytes of all files of an archive together. An encoder of a billion parameters fits."""

LARGEST_TEXT = 64 * 2**20
"""Bytes of a file that is read into memory."""

_AT_ONCE = 2**20
_DAMAGED = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, RecursionError)


class ArchiveError(RegistryError):
    """A file that is not a model's archive, is damaged, or holds what it should not."""


def write_archive(out: IO[bytes], members: Iterable[tuple[str, bytes | Path]]) -> None:
    """Write members, each with its name and its bytes or file, in their order.

    Times, owners and rights are left out, so that the same members give the same bytes.
    """
    # Weights hardly shrink, and level 9 would take a minute for them.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=out, compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
            else:
                member.size = content.stat().st_size
                with content.open("rb") as file:
                    tar.addfile(member, file)


@contextmanager
def opened(path: Path) -> Iterator["Archive"]:
    """Open an archive for reading.

    Raises:
        ArchiveError: if it is none.
    """
    with path.open("rb") as file, gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
        try:
            bounded = cast(IO[bytes], _Bounded(unpacked))
            tar = tarfile.open(fileobj=bounded, mode="r:")  # noqa: SIM115
        except _DAMAGED as error:
            raise _damaged(path, error) from error
        with tar:
            yield Archive(path, tar)


class Archive:
    """Reads the members one after the other; each must be the plain file that is asked for."""

    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        self.path = path
        self._tar = tar

    def read(self, name: str) -> bytes:
        """Return the next member's bytes.

        Raises:
            ArchiveError: if it is not a plain file called `name`, or too large.
        """
        member = self._next(name)
        if member.size > LARGEST_TEXT:
            raise ArchiveError(
                f"{self.path}: {name} has {member.size:,} bytes; at most {LARGEST_TEXT:,} are read"
            )
        content = io.BytesIO()
        self._copy(member, content)
        return content.getvalue()

    def unpack(self, name: str, size: int, folder: Path, to: str) -> None:
        """Write the next member, of `size` bytes, to the file `to` in a folder.

        Raises:
            ArchiveError: if it is not a plain file called `name`, has another size, or would lie
                outside of the folder.
        """
        member = self._next(name)
        if member.size != size:
            raise ArchiveError(
                f"{self.path}: {name} has {member.size:,} bytes, not the {size:,} it should have"
            )
        try:
            safe = tarfile.data_filter(member.replace(name=to), str(folder))
        except _DAMAGED as error:
            raise _damaged(self.path, error) from error
        path = folder / safe.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            self._copy(member, file)

    def end(self) -> None:
        """Check that no member is left.

        Raises:
            ArchiveError: if there is one.
        """
        if (member := self._found()) is not None:
            raise ArchiveError(
                f"{self.path}: it also holds {member.name!r}, which is no part of it"
            )

    def _next(self, name: str) -> tarfile.TarInfo:
        member = self._found()
        found = "ends" if member is None else f"has {member.name!r}"
        if member is None or member.name != name:
            raise ArchiveError(
                f"{self.path}: not a model's archive: it {found} where {name} is due"
            )
        if not member.isreg() or member.issparse():
            raise ArchiveError(f"{self.path}: {name} is not a plain file but a link or a device")
        return member

    def _found(self) -> tarfile.TarInfo | None:
        try:
            return self._tar.next()
        except _DAMAGED as error:
            raise _damaged(self.path, error) from error

    def _copy(self, member: tarfile.TarInfo, to: IO[bytes]) -> None:
        try:
            source = self._tar.extractfile(member)
            assert source is not None
            shutil.copyfileobj(source, to, _AT_ONCE)
        except _DAMAGED as error:
            raise _damaged(self.path, error) from error


class _Bounded:
    """What tarfile reads from. A header that claims to be huge is refused, not read into memory."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= 2 * _AT_ONCE:
            raise tarfile.ReadError(f"a header of {size:,} bytes")
        return self._file.read(size)


def _damaged(path: Path, error: BaseException) -> ArchiveError:
    return ArchiveError(f"{path}: not a whole archive of a model: {error}; export the model again")
