"""What the packages' command lines share."""

import argparse
from pathlib import Path
from typing import Any

from labels.formats import FORMATS


def command(commands: Any, name: str, run: str, help: str, example: str) -> Any:
    """Add a command that calls `run`, as in `package.module:function`, and return its parser."""
    new = commands.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    new.set_defaults(run=run)
    new.add_argument("--json", action="store_true", help="print the outcome as JSON")
    new.add_argument(
        "--home", type=Path, metavar="DIR", help="state folder (default: $FRAMESCOPE_HOME or ./var)"
    )
    return new


def whole_number(given: str) -> int:
    """Read a whole number from 1."""
    if not given.isdecimal() or int(given) < 1:
        raise argparse.ArgumentTypeError(f"{given} is no whole number from 1")
    return int(given)


def codebook_option(command: Any) -> None:
    """Add `--codebook`."""
    command.add_argument(
        "--codebook", type=Path, metavar="FILE", help="codebook (default: the state folder's)"
    )


def names_option(command: Any) -> None:
    """Add `--names`."""
    command.add_argument(
        "--names", type=Path, metavar="FILE",
        help="list of names to look for (default: names.yaml in the state folder)",
    )  # fmt: skip


def format_option(command: Any) -> None:
    """Add `--format`."""
    command.add_argument("--format", choices=FORMATS, help="default: by the file's name and begin")
