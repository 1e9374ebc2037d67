"""The command line of this package."""

from pathlib import Path
from typing import Any

from labels.command_line import command, names_option, whole_number

BOUND_TO = "FRAMESCOPE_BOUND_TO"
"""Set by `framescope serve` to the address that the service listens on."""


def add_commands(commands: Any) -> None:
    """Add `framescope score` and `serve`."""
    _score(commands)
    _serve(commands)


def _serve(commands: Any) -> None:
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


def _score(commands: Any) -> None:
    new = command(
        commands, "score", "serving.corpus.command:score",
        "score a corpus, or go on with what was begun",
        "framescope score articles/ wire.jsonl.gz --out scored.parquet --named",
    )  # fmt: skip
    new.add_argument(
        "files", nargs="+", metavar="IN",
        help="rows (JSONL, CSV, Parquet, XLSX; .gz, .zst), documents (HTML, Markdown, text, PDF, "
        "DOCX), folders of them, or - for JSONL on standard input",
    )  # fmt: skip
    new.add_argument(
        "--out", required=True, metavar="FILE|DIR",
        help="JSONL or CSV (.gz, .zst), Parquet, or a folder of Parquet files",
    )  # fmt: skip
    new.add_argument(
        "--text", metavar="COLUMN", help="that holds the texts (default: text, or one like it)"
    )
    new.add_argument(
        "--errors", type=Path, metavar="FILE",
        help="rows that could not be scored, with the reason (default: OUT.errors.jsonl)",
    )  # fmt: skip
    new.add_argument(
        "--named", action="store_true", help="add the countries, blocs and names in each text"
    )
    names_option(new)
    new.add_argument("--model", default="champion", metavar="MODEL", help="default: champion")
    new.add_argument(
        "--engine", choices=("local", "ray"), default="local",
        help="in this process, or on a Ray cluster (needs the extra cluster; default: local)",
    )  # fmt: skip
    new.add_argument(
        "--address", metavar="A", help="of the Ray cluster (default: one on this machine)"
    )
    new.add_argument(
        "--workers", type=whole_number, metavar="N",
        help="processes on the Ray cluster (default: one for four CPUs)",
    )  # fmt: skip
    new.add_argument("--quiet", action="store_true", help="show no progress")
