"""The command line of this package."""

from pathlib import Path
from typing import Any

from eval.drift.arguments import add_drift
from labels.command_line import codebook_option, command, format_option, whole_number
from training.arguments import recipe_options


def add_commands(commands: Any) -> None:
    """Add `framescope evaluate`, `retrain`, `crossvalidate`, `bench`, `aggregate` and `drift`."""
    _evaluate(commands)
    _retrain(commands)
    _crossvalidate(commands)
    _bench(commands)
    _aggregate(commands)
    add_drift(commands)


def _evaluate(commands: Any) -> None:
    new = command(
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
    format_option(new)


def _retrain(commands: Any) -> None:
    new = command(
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
    codebook_option(new)
    recipe_options(new)


def _crossvalidate(commands: Any) -> None:
    new = command(
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
    format_option(new)
    codebook_option(new)
    recipe_options(new)


def _bench(commands: Any) -> None:
    new = command(
        commands, "bench", "eval.bench.commands:bench",
        "measure how fast the champion is scored and served, beside other tools",
        "framescope bench --out reports/bench",
    )  # fmt: skip
    new.add_argument(
        "--out", type=Path, default=Path("reports/bench"), metavar="DIR",
        help="folder for bench.json and bench.svg (default: reports/bench)",
    )  # fmt: skip
    new.add_argument(
        "--peers", type=Path, default=Path(".venv-bench"), metavar="DIR",
        help="environment with infinity-emb and litserve (default: .venv-bench)",
    )  # fmt: skip
    new.add_argument(
        "--overload", action="store_true",
        help="instead, offer 3 and 10 times what can be scored; writes overload.json",
    )  # fmt: skip
    new.add_argument(
        "--corpus", action="store_true",
        help="instead, score a corpus, and one with an engine that only counts; writes corpus.json",
    )  # fmt: skip
    new.add_argument(
        "--rows", type=whole_number, default=100_000, metavar="N",
        help="rows of the corpus (default: 100000)",
    )  # fmt: skip
    new.add_argument(
        "--counted", type=whole_number, default=1_000_000, metavar="N",
        help="rows that are only counted (default: 1000000)",
    )  # fmt: skip
    new.add_argument("--quick", action="store_true", help="only whether it works, in seconds")
    new.add_argument("--quiet", action="store_true", help="show no progress")


def _aggregate(commands: Any) -> None:
    new = command(
        commands, "aggregate", "eval.shares.command:aggregate",
        "shares of frames and stances in scored files, with intervals that hold the model's errors",
        "framescope aggregate scored.parquet --by month,source --labels sample.jsonl --html s.html",
    )  # fmt: skip
    new.add_argument(
        "scored", nargs="+", type=Path, metavar="SCORED",
        help="what framescope score wrote; a folder's files are its parts",
    )  # fmt: skip
    new.add_argument(
        "--by", action="append", metavar="COLUMN[,COLUMN]",
        help="month, quarter, year, source, speaker, country, name, language or any column; "
        "source+month crosses two",
    )  # fmt: skip
    new.add_argument(
        "--labels", nargs="+", type=Path, metavar="FILE",
        help="labelled rows drawn at random (default: those of the store)",
    )  # fmt: skip
    new.add_argument(
        "--all-random", action="store_true",
        help="rows of --labels that do not say how they were chosen were drawn at random",
    )  # fmt: skip
    new.add_argument(
        "--compare", action="append", metavar="SIDES",
        help="as in 'source=A: date<2024-03 vs date>=2024-03'; may be given again",
    )  # fmt: skip
    new.add_argument("--out", type=Path, metavar="FILE", help="write the table as .csv or .parquet")
    new.add_argument("--html", type=Path, metavar="FILE", help="write a page with charts")
    new.add_argument("--svg", type=Path, metavar="DIR", help="write the charts for a paper")
    codebook_option(new)
