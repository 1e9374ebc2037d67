"""The command `framescope`: parsing only; a subcommand imports its package when it is called."""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FORMATS = ("jsonl", "csv", "parquet")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return 0, 1 (an error), 2 (usage) or 3 (`retrain`: gate not passed)."""
    _offline()
    args = parser().parse_args(argv)
    from labels.errors import FramescopeError

    try:
        module, function = args.run.split(":")
        outcome = getattr(importlib.import_module(module), function)(args)
        said = json.dumps(outcome.data, ensure_ascii=False) if args.json else outcome.text
        print(said, file=sys.stderr if outcome.code == 1 and not args.json else sys.stdout)
        return outcome.code
    except FramescopeError as error:
        print(f"framescope: {error}", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"framescope: {place}{error.strerror or error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("framescope: interrupted; nothing was left half-written", file=sys.stderr)
    return 1


def _offline() -> None:
    """No library may ask a model hub, or tell anyone what is done here."""
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_EVALUATE_OFFLINE"):
        os.environ.setdefault(name, "1")
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"


def parser() -> argparse.ArgumentParser:
    """The whole command line; `docs/cli.md` is made from it."""
    top = argparse.ArgumentParser(
        prog="framescope", description="Reads how texts frame technology in world politics."
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    _labels(commands)
    _training(commands)
    _retraining(commands)
    _crossvalidation(commands)
    _models(commands)
    _serving(commands)
    return top


def _command(commands: Any, name: str, run: str, help: str, example: str) -> Any:
    command = commands.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    command.add_argument("--json", action="store_true", help="print the outcome as JSON")
    command.add_argument(
        "--home", type=Path, metavar="DIR", help="state folder (default: $FRAMESCOPE_HOME or ./var)"
    )
    return command


def _codebook(command: Any) -> None:
    command.add_argument(
        "--codebook", type=Path, metavar="FILE", help="codebook (default: the state folder's)"
    )


def _format(command: Any) -> None:
    command.add_argument("--format", choices=FORMATS, help="default: by the file's name")


def _labels(commands: Any) -> None:
    group = commands.add_parser("labels", help="labels in, out and looked at")
    labels = group.add_subparsers(metavar="COMMAND", required=True)
    run = "labels.commands"
    new = _command(
        labels, "import", f"{run}:import_labels", "store labelled rows, all or nothing",
        "framescope labels import monday.csv tuesday.jsonl --annotator maria",
    )  # fmt: skip
    new.add_argument("files", nargs="*", type=Path, metavar="FILE", help="JSONL, CSV or Parquet")
    new.add_argument("--annotator", metavar="NAME", help="who answered, where a row does not say")
    new.add_argument("--starter", action="store_true", help="also the project's starter corpus")
    _format(new)
    _codebook(new)
    new = _command(
        labels, "export", f"{run}:export_labels", "write labelled rows to a file",
        "framescope labels export labels.parquet --resolved",
    )  # fmt: skip
    new.add_argument("out", type=Path, metavar="FILE", help="JSONL, CSV or Parquet")
    new.add_argument(
        "--resolved", action="store_true", help="one label per text, not every annotator's answer"
    )
    _format(new)
    _codebook(new)
    new = _command(
        labels, "status", f"{run}:status", "count texts, annotators, frames and sides",
        "framescope labels status --json",
    )  # fmt: skip
    _codebook(new)
    new = _command(
        labels, "check", f"{run}:check", "check files, or list what is disputed in the store",
        "framescope labels check monday.csv",
    )  # fmt: skip
    new.add_argument("files", nargs="*", type=Path, metavar="FILE", help="files to check")
    _format(new)
    _codebook(new)
    new = _command(
        labels, "agreement", f"{run}:agreement", "Krippendorff's alpha per frame and for stance",
        "framescope labels agreement",
    )  # fmt: skip
    _codebook(new)


def _recipe(command: Any) -> None:
    command.add_argument("--base-model", metavar="ID", help="a Hugging Face id or folder")
    command.add_argument("--seed", type=int, metavar="N", help="default: 13")
    command.add_argument("--epochs", type=float, metavar="N", help="times to go over the labels")
    command.add_argument("--quiet", action="store_true", help="show no progress")


def _training(commands: Any) -> None:
    new = _command(
        commands, "train", "training.commands:train", "train a model on the store or on files",
        "framescope train --data news.jsonl --codebook news.yaml --no-starter",
    )  # fmt: skip
    new.add_argument(
        "--data", nargs="+", type=Path, metavar="FILE", help="labelled rows (default: the store)"
    )
    new.add_argument("--linear", action="store_true", help="the linear baseline alone, in seconds")
    new.add_argument("--no-starter", action="store_true", help="without the starter corpus")
    new.add_argument("--test-share", type=float, metavar="X", help="kept from training (0.2)")
    _format(new)
    _codebook(new)
    _recipe(new)
    new = _command(
        commands, "evaluate", "eval.commands:evaluate", "judge models on labelled rows",
        "framescope evaluate champion --data test.jsonl --out reports/test",
    )  # fmt: skip
    new.add_argument("models", nargs="*", metavar="MODEL", help="or an alias (default: champion)")
    new.add_argument(
        "--data", nargs="+", type=Path, metavar="FILE",
        help="each a data set of its own (default: the frozen test part)",
    )  # fmt: skip
    new.add_argument("--batch", type=Path, metavar="FILE.toml", help="models and data sets")
    new.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the report")
    new.add_argument("--lang", metavar="LANG", help="only the rows in this language")
    new.add_argument("--quiet", action="store_true", help="show no progress")
    _format(new)


def _retraining(commands: Any) -> None:
    new = _command(
        commands, "retrain", "eval.commands:retrain",
        "train a challenger if labels have changed, and promote it if it is proven",
        "framescope retrain",
    )  # fmt: skip
    new.add_argument("--force", action="store_true", help="also when no label has changed")
    new.add_argument(
        "--warm-start", action="store_true", help="go on from the champion's encoder and heads"
    )
    new.add_argument("--no-starter", action="store_true", help="without the starter corpus")
    new.add_argument("--cancel", action="store_true", help="end the retraining under way")
    new.add_argument(
        "--watch", action="store_true", help="retrain whenever enough answers have changed"
    )
    new.add_argument(
        "--after", type=int, default=20, metavar="N", help="answers that are enough (default: 20)"
    )
    _codebook(new)
    _recipe(new)


def _crossvalidation(commands: Any) -> None:
    new = _command(
        commands, "crossvalidate", "eval.commands:crossvalidate",
        "judge the recipe on all labels, each by a model that has not seen it",
        "framescope crossvalidate --folds 5 --by source --lang en --out reports/by-source",
    )  # fmt: skip
    new.add_argument(
        "--data", nargs="+", type=Path, metavar="FILE", help="labelled rows (default: the store)"
    )
    new.add_argument("--no-starter", action="store_true", help="without the starter corpus")
    new.add_argument("--folds", type=int, default=5, metavar="N", help="default: 5")
    new.add_argument(
        "--by", choices=("group", "source"), default="group",
        help="what stays together in a fold: documents (default), or all of a source",
    )  # fmt: skip
    new.add_argument("--lang", metavar="LANG", help="judge on this language only")
    new.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the report")
    _format(new)
    _codebook(new)
    _recipe(new)


def _models(commands: Any) -> None:
    group = commands.add_parser("models", help="the registry of models")
    models = group.add_subparsers(metavar="COMMAND", required=True)
    run = "training.model_commands"
    _command(models, "list", f"{run}:list_models", "list the models", "framescope models list")
    new = _command(
        models, "show", f"{run}:show_model", "show a model", "framescope models show champion"
    )
    new.add_argument("model", nargs="?", default="champion", metavar="MODEL", help="or an alias")
    _command(
        models, "history", f"{run}:model_history",
        "list the promotions: which, when, by whom, why, and on what comparison",
        "framescope models history",
    )  # fmt: skip
    new = _command(
        models, "diff", f"{run}:diff_models", "say what differs between two models",
        "framescope models diff champion latest",
    )  # fmt: skip
    for name in ("a", "b"):
        new.add_argument(name, metavar=name.upper(), help="a version, champion or latest")
    new = _command(
        models, "promote", f"{run}:promote_model", "make a model champion",
        'framescope models promote 20261122-101500-ab12cd34 --reason "passed the pilot"',
    )  # fmt: skip
    new.add_argument("model", metavar="MODEL", help="a version, or latest")
    new.add_argument("--reason", default="promoted by hand", metavar="TEXT", help="for the history")
    _command(
        models, "rollback", f"{run}:rollback_model", "go back to the champion before",
        "framescope models rollback",
    )  # fmt: skip
    _model_files(models, run)


def _model_files(models: Any, run: str) -> None:
    new = _command(
        models, "export", f"{run}:export_model", "write a model, and how it was judged, to a file",
        "framescope models export champion champion.tar.gz",
    )  # fmt: skip
    new.add_argument("model", metavar="MODEL", help="a version, champion or latest")
    new.add_argument("out", type=Path, metavar="FILE.tar.gz|FOLDER", help="a folder that is there")
    new = _command(
        models, "import", f"{run}:import_model", "take in a model from a file, not as champion",
        "framescope models import champion.tar.gz",
    )  # fmt: skip
    new.add_argument("file", type=Path, metavar="FILE", help="what models export wrote")
    _codebook(new)
    new = _command(
        models, "prune", f"{run}:prune_models",
        "remove old bundles; champion, newer models and rollbacks are kept",
        "framescope models prune --keep 3 --dry-run",
    )  # fmt: skip
    new.add_argument("--keep", type=int, default=5, metavar="N", help="earlier champions (5)")
    new.add_argument("--dry-run", action="store_true", help="only say what would be removed")


def _serving(commands: Any) -> None:
    new = _command(
        commands, "score", "serving.commands:score", "score the texts of files",
        "framescope score articles.jsonl speech.txt --out scored.parquet",
    )  # fmt: skip
    new.add_argument("files", nargs="+", type=Path, metavar="IN", help="rows, or plain text")
    new.add_argument("--out", type=Path, required=True, metavar="FILE", help="JSONL, CSV, Parquet")
    new.add_argument("--text", default="text", metavar="COLUMN", help="default: text")
    new.add_argument("--model", default="champion", metavar="MODEL", help="default: champion")
    new.add_argument("--quiet", action="store_true", help="show no progress")
    new = _command(
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


if __name__ == "__main__":
    sys.exit(main())
