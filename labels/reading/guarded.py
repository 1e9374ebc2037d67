"""Reading in a process of its own, which has little time and memory and is replaced when killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, cast

from labels.errors import FramescopeError
from labels.reading.document import Document, DocumentError, Paragraph
from labels.reading.formats import check_size
from labels.speakers.quotation import Quotation

SECONDS = 1.6
"""Processor time for one document: who sends a hostile one has the answer within two seconds."""

MEMORY = 2**30
"""Bytes of address space of the process that reads."""

_STOPPING = "documents are no longer read: the service is stopping"
_ROOT = Path(__file__).parents[2]


class ReaderError(FramescopeError):
    """The process that reads cannot be used."""


class Reader:
    """Reads documents as `labels.reading.read` does, whatever is in them.

    Safe to use from threads: one document is read at a time, the others wait. The process starts
    with the first document, or with `warm`, and may be let go with `rest`.
    """

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        """`seconds`: processor time for one document. `memory`: bytes of address space."""
        self._command = [sys.executable, "-m", "labels.reading.worker", str(seconds), str(memory)]
        self._seconds, self._memory = seconds, memory
        self._one = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._closed = False
        self._used = 0.0
        self.waiting = 0
        """Documents that are being read or wait for it."""

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, content: bytes | str, format: str = "auto", name: str | None = None) -> Document:
        """Read a document.

        Raises:
            DocumentError: if it cannot be read, or not within the time and memory allowed.
        """
        return _document_of(self._ask(content, format, name, 0))

    def read_spoken(
        self, content: bytes | str, format: str = "auto", name: str | None = None, most: int = 2000
    ) -> tuple[Document, list[tuple[Quotation, ...]]]:
        """Read a document with the quotations of each of its paragraphs.

        Raises:
            DocumentError: as `read`; `too_large` too, if more than `most` paragraphs are text.
        """
        answer = self._ask(content, format, name, most)
        spoken = [tuple(Quotation(*one) for one in own) for own in answer["quotations"]]
        return _document_of(answer), spoken

    def warm(self) -> None:
        """Have the process ready. Returns when it is, or when the reader is closed meanwhile."""
        with self._one:
            try:
                self._running()
            except ReaderError:
                if not self._closed:
                    raise

    @property
    def resting(self) -> bool:
        """Whether there is no process that reads, and none is being started."""
        return self._process is None and not self._one.locked()

    def rest(self, idle: float) -> None:
        """End the process if nothing was read for `idle` seconds: it holds a fifth of a GB."""
        if self._process and time.monotonic() - self._used >= idle and self._one.acquire(False):
            try:
                self._end()
            finally:
                self._one.release()

    def close(self) -> None:
        """End the process, and with it what it is reading. Reading again is an error."""
        self._closed = True
        if process := self._process:
            process.kill()
        with self._one:
            self._end()

    def _ask(
        self, content: bytes | str, format: str, name: str | None, most: int
    ) -> dict[str, Any]:
        check_size(content)
        raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        text = isinstance(content, str)
        asked = {"size": len(raw), "text": text, "format": format, "name": name, "most": most}
        self.waiting += 1
        try:
            with self._one:
                answer = self._exchange(json.dumps(asked).encode() + b"\n", raw)
                self._used = time.monotonic()
        finally:
            self.waiting -= 1
        if "error" in answer:
            raise DocumentError(*answer["error"])
        return answer

    def _exchange(self, asked: bytes, raw: bytes) -> dict[str, Any]:
        """Send a request and wait for its answer; a process that gives none is replaced."""
        process = self._running()
        try:
            cast(IO[bytes], process.stdin).write(asked + raw)
            cast(IO[bytes], process.stdin).flush()
            answer = json.loads(cast(IO[bytes], process.stdout).readline())
        except (OSError, ValueError) as error:
            status = self._end()
            if self._closed:
                raise ReaderError(_STOPPING) from error
            self._start()
            late = status in (-signal.SIGPROF, -signal.SIGALRM)
            what = (
                f"could not be read within {self._seconds:g} seconds and "
                f"{self._memory // 2**20:,} MB" if late
                else "ended the process that reads"
            )  # fmt: skip
            words = f"the document {what}; save its text alone, or a part of it"
            raise DocumentError("too_complex", words) from error
        except BaseException:
            self._replace()
            raise
        if "error" in answer and answer["error"][0] == "too_complex":
            self._replace()  # it may hold what is left of it
        return answer

    def _running(self) -> "subprocess.Popen[bytes]":
        """Return the process, once it says that it is ready."""
        for _ in range(2):  # one that died while it was idle is started once more
            if self._closed:
                raise ReaderError(_STOPPING)
            if self._process is None or self._process.poll() is not None:
                self._replace()
            process = self._process
            if process is None:  # closed meanwhile
                continue
            if self._ready or cast(IO[bytes], process.stdout).readline() == b"ready\n":
                self._ready, self._used = True, time.monotonic()
                return process
            self._end()
        raise ReaderError(
            "the process that reads documents does not start; what it wrote to the log says why"
        )

    def _replace(self) -> None:
        self._end()
        if not self._closed:
            self._start()

    def _start(self) -> None:
        path = os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, **threads, "PYTHONPATH": path},
        )  # fmt: skip

    def _end(self) -> int | None:
        """End the process and return its status: minus the signal that ended it."""
        process, self._process, self._ready = self._process, None, False
        if process is None:
            return None
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            try:
                if pipe:
                    pipe.close()
            except OSError:  # what was not sent to a process that is gone
                continue
        return process.returncode


def _document_of(answer: dict[str, Any]) -> Document:
    text = answer["text"]
    parts: Sequence[tuple[int, int, Any]] = answer["paragraphs"]
    paragraphs = tuple(Paragraph(text[start:end], start, end, kind) for start, end, kind in parts)
    names = ("title", "author", "date", "language", "format", "site")
    about = dict(zip(names, answer["about"], strict=True))
    return Document(text=text, paragraphs=paragraphs, **about)
