"""Mixed load on a service of its own, for hours.

    python -m eval.soak --seconds 3600 --out reports/soak

The service serves a copy of the champion, in a folder that is thrown away: nothing is stored in the
state folder. Ctrl-C ends the run and gives the report so far. The exit code is 1 if there was any
error, or growth above the bounds of `eval.soak.growth`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from eval.bench.outcome import machine
from eval.bench.service import own_command, started
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
        command, log = own_command(work / "home"), args.out / "service.log"
        settings = dict.fromkeys(_OF_OTHERS)  # not those of whoever runs it
        # Ctrl-C ends the run and not the service under it.
        service = started(command, log, settings=settings, longest=_LONGEST_START, apart=True)
        with service as (url, process):
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
