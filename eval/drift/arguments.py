"""The command line of drift."""

from pathlib import Path
from typing import Any

from labels.command_line import command, whole_number


def add_drift(commands: Any) -> None:
    """Add `framescope drift`."""
    new = command(
        commands, "drift", "eval.drift.command:drift",
        "say whether scored texts are unlike what the model was trained on",
        "framescope drift scored.parquet --against champion --html drift.html",
    )  # fmt: skip
    new.add_argument(
        "files", nargs="+", type=Path, metavar="SCORED", help="what framescope score wrote"
    )
    new.add_argument("--against", default="champion", metavar="MODEL", help="default: champion")
    new.add_argument("--out", type=Path, metavar="FILE.json", help="write all figures")
    new.add_argument("--html", type=Path, metavar="FILE", help="write a page with pictures")
    new.add_argument(
        "--suggest", type=whole_number, metavar="N", help="choose N texts to label first"
    )
    new.add_argument("--to", type=Path, metavar="FILE", help="where to: JSONL, CSV, Parquet")
    new.add_argument(
        "--text", metavar="COLUMN", help="that holds the texts (default: text, or one like it)"
    )
    new.add_argument("--seed", type=int, default=13, metavar="N", help="default: 13")
    new.add_argument("--quiet", action="store_true", help="show no progress")
