"""Servers as processes of their own: started, asked, measured, stopped."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import psutil

from labels.errors import FramescopeError


class BenchError(FramescopeError):
    """A server that does not start, or does not answer."""


@dataclass(frozen=True, slots=True)
class Server:
    """How a server is started and asked.

    command: without its port. shape: of `eval.bench.load`. ready: the path that answers 200 once it
    serves. folder: where it is started; None is here. settings: environment variables. texts: a
    file of what it is asked about, as JSON.
    """

    command: Sequence[str]
    texts: Path
    shape: str = "score"
    ready: str = "/readyz"
    folder: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    @contextlib.contextmanager
    def running(self, log: Path) -> Iterator[Running]:
        """Start it on a free port, and stop it in the end.

        Raises:
            BenchError: if it ends, or is not ready within 120 s.
        """
        began = time.perf_counter()
        with started(self.command, log, self.ready, self.folder, self.settings) as (url, process):
            yield Running(self, url, process, time.perf_counter() - began)


@contextlib.contextmanager
def started(
    command: Sequence[str],
    log: Path,
    ready: str = "/readyz",
    folder: Path | None = None,
    settings: Mapping[str, str | None] = MappingProxyType({}),
    longest: float = 120.0,
    apart: bool = False,
) -> Iterator[tuple[str, psutil.Process]]:
    """Start a server on a free port, yield its address once it is ready, and stop it in the end.

    command: without its port. settings: environment variables; None takes one away. longest:
    seconds that it may take. apart: in a session of its own, which Ctrl-C does not end.

    Raises:
        BenchError: if it ends, or is not ready in time.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    given = {**os.environ, **settings}
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port)], stdout=out, stderr=out, cwd=folder,
            env={name: value for name, value in given.items() if value is not None},
            start_new_session=apart,
        )  # fmt: skip
    try:
        while not _answers(url + ready):
            if process.poll() is not None or time.perf_counter() - began > longest:
                said = log.read_text("utf-8", "replace")[-2000:]
                raise BenchError(f"{' '.join(command)}: does not answer at {url}:\n{said}")
            time.sleep(0.02)
        yield url, psutil.Process(process.pid)
    finally:
        _end(process)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is ready, `seconds` after it was started."""

    server: Server
    url: str
    process: psutil.Process
    seconds: float

    def load(self, **options: float) -> dict[str, Any]:
        """Run the generator in a process of its own, and return what it measured.

        Raises:
            BenchError: if no request was answered with 200.
        """
        generator = start_generator(
            self.url, str(self.server.texts), "--shape", self.server.shape, **options
        )
        out, said = generator.communicate()
        if generator.returncode:
            words = said.decode(errors="replace")[-1000:]
            raise BenchError(f"the load generator failed: {words}")
        found = json.loads(out)
        if not found["latencies"]:
            raise BenchError(
                f"{self.url}: no request was answered with 200; {found['failed']} failed"
            )
        return found

    @property
    def resident(self) -> float:
        """The memory of it and its children in MB; what they share counts each time."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(own.memory_info().rss for own in family) / 1e6


def start_generator(*arguments: str, **options: float) -> subprocess.Popen:
    """Start `eval.bench.load`."""
    command = [sys.executable, "-m", "eval.bench.load", *arguments]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def own_server(home: Path, texts: Path) -> Server:
    """The service with the champion of a state folder."""
    return Server(own_command(home), texts)


def own_command(home: Path) -> list[str]:
    """The command that serves the champion of a state folder."""
    return [sys.executable, "-m", "cli", "serve", "--home", str(home)]


def _end(process: subprocess.Popen) -> None:
    """Stop a process and those it started, which not every server ends itself."""
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in psutil.wait_procs(family, timeout=2)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, timeout=5).status_code == 200
    return False
