"""Runs the study: every command of docs/study/README.md, in order, as a reader would.

    python -m docs.study

Works in a folder of its own (`--work`, default var/study), and puts what the commands say, the
charts and the table into docs/study/. With `--check` nothing is put there; with `--small` the
archive is small and the model learns from few labels, so that it takes seconds.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
README = HERE / "README.md"
CHARTS = ("month-sovereignty.svg", "frames-by-source.svg", "overall.svg")
TABLE = "shares.csv"
MAKES_ARCHIVE = "python -m docs.study.archive ."
SMALL = " --documents 96 --labels 700"

_BLOCK = re.compile(r"```sh\n(.*?)```\n(?:\n(```text\n.*?```\n))?", re.DOTALL)
_MODEL = re.compile(r"\b\d{8}-\d{6}-[0-9a-f]{8}\b")
_WIDEST = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("var/study"), metavar="DIR")
    parser.add_argument("--small", action="store_true", help="a small archive, in seconds")
    parser.add_argument("--check", action="store_true", help="write nothing into docs/study/")
    given = parser.parse_args()
    text = study(given.work, given.small)
    if not (given.small or given.check):
        README.write_text(text, "utf-8")
        for name in CHARTS:
            shutil.copy(given.work / "figures" / name, HERE / name)
        shutil.copy(given.work / TABLE, HERE / TABLE)


def commands() -> Iterator[str]:
    """Yield the blocks of commands of the README."""
    for block, _ in _BLOCK.findall(README.read_text("utf-8")):
        yield block


def study(work: Path, small: bool) -> str:
    """Run every command of the README, and return it with what they said now.

    Raises:
        SystemExit: naming the command that failed, and what it said.
    """
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)

    def renewed(match: re.Match[str]) -> str:
        said = run(match[1], work, small)
        shown = "\n".join(map(_shown, _MODEL.sub("MODEL", said).splitlines()))
        return f"```sh\n{match[1]}```\n" + (f"\n```text\n{shown}\n```\n" if match[2] else "")

    return _BLOCK.sub(renewed, README.read_text("utf-8"))


def run(block: str, work: Path, small: bool) -> str:
    """Run one block in the shell, and return what it said."""
    if small:
        block = block.replace(MAKES_ARCHIVE, MAKES_ARCHIVE + SMALL)
    paths = os.pathsep.join(filter(None, [str(HERE.parent.parent), os.environ.get("PYTHONPATH")]))
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": paths,
        "FRAMESCOPE_HOME": str(work.absolute() / "home"),
    }
    environment.pop("FRAMESCOPE_DATABASE", None)
    print(block, end="", flush=True)
    done = subprocess.run(
        ["bash", "-euc", block], cwd=work, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{block}{done.stdout}{done.stderr}")
    print(done.stdout, flush=True)
    return done.stdout.rstrip()


def _shown(line: str) -> str:
    """A sentence is wrapped; a line of a table stays one."""
    return line if "  " in line else textwrap.fill(line, _WIDEST, subsequent_indent="  ")


if __name__ == "__main__":
    main()
