"""The command line of this package."""

from pathlib import Path
from typing import Any

from labels.command_line import codebook_option, command, format_option


def add_commands(commands: Any) -> None:
    """Add `framescope train`, `framescope models …` and `framescope backup`."""
    _train(commands)
    _models(commands)
    _backup(commands)


def _train(commands: Any) -> None:
    new = command(
        commands, "train", "training.commands:train", "train a model on the store or on files",
        "framescope train --data news.jsonl --codebook news.yaml --no-starter",
    )  # fmt: skip
    new.add_argument(
        "--data", nargs="+", type=Path, metavar="FILE", help="labelled rows (default: the store)"
    )
    new.add_argument("--linear", action="store_true", help="the linear baseline alone, in seconds")
    new.add_argument("--no-starter", action="store_true", help="without the starter corpus")
    new.add_argument("--test-share", type=float, metavar="X", help="kept from training (0.2)")
    format_option(new)
    codebook_option(new)
    recipe_options(new)


def recipe_options(command: Any) -> None:
    """Add what a command that trains may be told of the recipe."""
    command.add_argument("--base-model", metavar="ID", help="a Hugging Face id or folder")
    command.add_argument("--seed", type=int, metavar="N", help="default: 13")
    command.add_argument("--epochs", type=float, metavar="N", help="times to go over the labels")
    command.add_argument(
        "--soft-labels", action="store_true",
        help="fit on the share of annotators who marked a frame, and on disputed texts",
    )  # fmt: skip
    command.add_argument("--quiet", action="store_true", help="show no progress")


def _backup(commands: Any) -> None:
    run = "training.backup_commands"
    new = command(
        commands, "backup", f"{run}:make_backup", "write labels, models and reports to one file",
        "framescope backup monday.tar.gz",
    )  # fmt: skip
    new.add_argument("out", type=Path, metavar="FILE", help="ends in .tar.gz")
    new = command(
        commands, "restore-backup", f"{run}:restore", "make a state folder from such a file",
        "framescope restore-backup monday.tar.gz --home new-state",
    )  # fmt: skip
    new.add_argument("file", type=Path, metavar="FILE", help="from framescope backup")


def _models(commands: Any) -> None:
    group = commands.add_parser("models", help="the registry of models")
    models = group.add_subparsers(metavar="COMMAND", required=True)
    run = "training.model_commands"
    command(models, "list", f"{run}:list_models", "list the models", "framescope models list")
    new = command(
        models, "show", f"{run}:show_model", "show a model", "framescope models show champion"
    )
    new.add_argument("model", nargs="?", default="champion", metavar="MODEL", help="or an alias")
    command(
        models, "history", f"{run}:model_history",
        "list the promotions: which, when, by whom, why, and on what comparison",
        "framescope models history",
    )  # fmt: skip
    new = command(
        models, "diff", f"{run}:diff_models", "say what differs between two models",
        "framescope models diff champion latest",
    )  # fmt: skip
    for name in ("a", "b"):
        new.add_argument(name, metavar=name.upper(), help="a version, champion or latest")
    new = command(
        models, "promote", f"{run}:promote_model", "make a model champion",
        'framescope models promote 20261122-101500-ab12cd34 --reason "passed the pilot"',
    )  # fmt: skip
    new.add_argument("model", metavar="MODEL", help="a version, or latest")
    new.add_argument("--reason", default="promoted by hand", metavar="TEXT", help="for the history")
    new = command(
        models, "rollback", f"{run}:rollback_model", "go back to the champion before",
        "framescope models rollback",
    )  # fmt: skip
    new.add_argument("--reason", default="", metavar="TEXT", help="for the history")
    _model_files(models, run)


def _model_files(models: Any, run: str) -> None:
    new = command(
        models, "export", f"{run}:export_model", "write a model, and how it was judged, to a file",
        "framescope models export champion champion.tar.gz",
    )  # fmt: skip
    new.add_argument("model", metavar="MODEL", help="a version, champion or latest")
    new.add_argument("out", type=Path, metavar="FILE.tar.gz|FOLDER", help="a folder that is there")
    new = command(
        models, "import", f"{run}:import_model", "take in a model from a file, not as champion",
        "framescope models import champion.tar.gz",
    )  # fmt: skip
    new.add_argument("file", type=Path, metavar="FILE", help="what models export wrote")
    codebook_option(new)
    new = command(
        models, "prune", f"{run}:prune_models",
        "remove old bundles; champion, newer models and rollbacks are kept",
        "framescope models prune --keep 3 --dry-run",
    )  # fmt: skip
    new.add_argument("--keep", type=int, default=5, metavar="N", help="earlier champions (5)")
    new.add_argument("--dry-run", action="store_true", help="only say what would be removed")
