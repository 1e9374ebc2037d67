"""Mixed load on a service of its own, for hours.

    python -m eval.soak --seconds 3600 --out reports/soak

The service serves a copy of the champion, in a folder that is thrown away: nothing is stored in the
state folder. Ctrl-C ends the run and gives the report so far. The exit code is 1 if there was any
error, or growth above the bounds of `eval.soak.growth`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil

from eval.bench.outcome import machine
from eval.soak.expected import Expected, two_models
from eval.soak.outcome import figures, lines, plot
from eval.soak.run import Soak
from labels.disk import written_whole
from labels.errors import FramescopeError
from labels.home import DATABASE, Home
from labels.store import Store
from serving.predictor import Predictor
from training.registry import Registry

_LONGEST_START = 300.0
_OF_OTHERS = (DATABASE, "FRAMESCOPE_TOKEN")


class SoakError(FramescopeError):
    """A service that does not start."""


def main(argv: list[str] | None = None) -> int:
    """Run, write `soak.json` and `soak.svg`, and return the exit code."""
    args = _parser().parse_args(argv)
    try:
        return _soak(args)
    except FramescopeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _soak(args: argparse.Namespace) -> int:
    home = Home.find(args.home)
    source = Registry(home, Store.open(home.database))
    with tempfile.TemporaryDirectory(prefix="framescope-soak-") as made:
        work = Path(made)
        _tell("copying the champion, and working out what must be answered")
        registry, versions = two_models(source, work / "home")
        predictors = [Predictor.open(registry.folder(version)) for version in versions]
        expected, about = Expected(predictors), machine(predictors[0])
        args.out.mkdir(parents=True, exist_ok=True)
        with _service(work / "home", args.out / "service.log") as (url, process):
            every = args.swap or min(180.0, args.seconds / 6)
            soak = Soak(url, process, registry, versions, expected, args.seconds, every, _tell)
            _tell(f"asking {url} for {args.seconds:,.0f} s; Ctrl-C ends it with a report")
            asyncio.run(soak.run())
        found = {"machine": about, **figures(soak)}
    for name, text in (("soak.json", json.dumps(found) + "\n"), ("soak.svg", plot(soak, found))):
        with written_whole(args.out / name) as file:
            file.write(text.encode("utf-8"))
    print("\n".join([*lines(found), f"written: {args.out / 'soak.json'}"]))
    return 0 if found["passed"] else 1


@contextlib.contextmanager
def _service(home: Path, log: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Start a service, and yield its address once it is ready.

    It is in a session of its own, so that Ctrl-C ends the run and not the service under it.

    Raises:
        SoakError: if it ends, or is not ready within 300 s.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "cli", "serve", "--home", str(home), "--port", str(port)]
    url, began = f"http://127.0.0.1:{port}", time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name not in _OF_OTHERS}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env=environment, start_new_session=True
        )
    try:
        while not _ready(url):
            if process.poll() is not None or time.monotonic() - began > _LONGEST_START:
                said = log.read_text("utf-8", "replace")[-2000:]
                raise SoakError(f"the service does not start:\n{said}")
            time.sleep(0.2)
        yield url, psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def _tell(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval.soak", description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=3600.0, help="default: 3600")
    parser.add_argument(
        "--swap", type=float, metavar="SECONDS",
        help="between changes of the champion (default: 180, or a sixth of a short run)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, default=Path("reports/soak"), metavar="DIR",
        help="folder for soak.json, soak.svg and the service's log (default: reports/soak)",
    )  # fmt: skip
    parser.add_argument("--home", type=Path, metavar="DIR", help="state folder with a champion")
    return parser


if __name__ == "__main__":
    sys.exit(main())
