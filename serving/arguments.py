"""The command line of this package."""

from pathlib import Path
from typing import Any

from labels.command_line import command

BOUND_TO = "FRAMESCOPE_BOUND_TO"
"""Set by `framescope serve` to the address that the service listens on."""


def add_commands(commands: Any) -> None:
    """Add `framescope score` and `serve`."""
    new = command(
        commands, "score", "serving.commands:score", "score the texts of files",
        "framescope score articles.jsonl speech.txt --out scored.parquet",
    )  # fmt: skip
    new.add_argument("files", nargs="+", type=Path, metavar="IN", help="rows, or plain text")
    new.add_argument("--out", type=Path, required=True, metavar="FILE", help="JSONL, CSV, Parquet")
    new.add_argument("--text", default="text", metavar="COLUMN", help="default: text")
    new.add_argument("--model", default="champion", metavar="MODEL", help="default: champion")
    new.add_argument("--quiet", action="store_true", help="show no progress")
    new = command(
        commands, "serve", "serving.commands:serve", "serve the page and the API",
        "framescope serve --port 3000",
    )  # fmt: skip
    new.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="default: 127.0.0.1")
    new.add_argument("--port", type=int, default=3000, metavar="N", help="default: 3000")
    new.add_argument(
        "--train", action="store_true",
        help="without a model yet, answer with the linear baseline and fine-tune meanwhile",
    )  # fmt: skip
    new.add_argument("--base-model", metavar="ID", help="what to fine-tune: an id or a folder")
