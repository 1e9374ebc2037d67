"""The command line of `framescope names`."""

from pathlib import Path
from typing import Any

from labels.command_line import command, names_option


def add_names(commands: Any) -> None:
    """Add `framescope names …`."""
    group = commands.add_parser("names", help="which countries and names a text mentions")
    names = group.add_subparsers(metavar="COMMAND", required=True)
    new = command(
        names, "check", "labels.naming_command:check_names",
        "read a list of names, and say all that is wrong with it",
        "framescope names check names.yaml",
    )  # fmt: skip
    new.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="default: the state folder's names.yaml"
    )
    new = command(
        names, "find", "labels.naming_command:find_in_text",
        "say which countries, blocs and names of the list a text mentions, and where",
        'framescope names find "Beijing and the EU met in Geneva."',
    )  # fmt: skip
    new.add_argument("text", metavar="TEXT")
    new.add_argument("--language", metavar="CODE", help="of the text (default: as it looks)")
    names_option(new)
