"""The command line of this package, and what the other packages' command lines share."""

import argparse
from pathlib import Path
from typing import Any

FORMATS = ("jsonl", "csv", "parquet")


def add_commands(commands: Any) -> None:
    """Add `framescope labels …`."""
    group = commands.add_parser("labels", help="labels in, out and looked at")
    labels = group.add_subparsers(metavar="COMMAND", required=True)
    run = "labels.commands"
    new = command(
        labels, "import", f"{run}:import_labels", "store labelled rows, all or nothing",
        "framescope labels import monday.csv tuesday.jsonl --annotator maria",
    )  # fmt: skip
    new.add_argument("files", nargs="*", type=Path, metavar="FILE", help="JSONL, CSV or Parquet")
    new.add_argument("--annotator", metavar="NAME", help="who answered, where a row does not say")
    new.add_argument("--starter", action="store_true", help="also the project's starter corpus")
    format_option(new)
    codebook_option(new)
    new = command(
        labels, "export", f"{run}:export_labels", "write labelled rows to a file",
        "framescope labels export labels.parquet --resolved",
    )  # fmt: skip
    new.add_argument("out", type=Path, metavar="FILE", help="JSONL, CSV or Parquet")
    new.add_argument(
        "--resolved", action="store_true", help="one label per text, not every annotator's answer"
    )
    format_option(new)
    codebook_option(new)
    new = command(
        labels, "status", f"{run}:status", "count texts, annotators, frames and sides",
        "framescope labels status --json",
    )  # fmt: skip
    codebook_option(new)
    new = command(
        labels, "check", f"{run}:check", "check files, or list what is disputed in the store",
        "framescope labels check monday.csv",
    )  # fmt: skip
    new.add_argument("files", nargs="*", type=Path, metavar="FILE", help="files to check")
    format_option(new)
    codebook_option(new)
    new = command(
        labels, "agreement", f"{run}:agreement", "Krippendorff's alpha per frame and for stance",
        "framescope labels agreement",
    )  # fmt: skip
    codebook_option(new)


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


def codebook_option(command: Any) -> None:
    """Add `--codebook`."""
    command.add_argument(
        "--codebook", type=Path, metavar="FILE", help="codebook (default: the state folder's)"
    )


def format_option(command: Any) -> None:
    """Add `--format`."""
    command.add_argument("--format", choices=FORMATS, help="default: by the file's name")
