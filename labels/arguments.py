"""The command line of this package."""

from pathlib import Path
from typing import Any

from labels.command_line import codebook_option, command, format_option, whole_number
from labels.formats import TABLES
from labels.naming_arguments import add_names

DOCUMENTS = ("auto", "html", "markdown", "text", "pdf", "docx")
ROLES = ("reader", "annotator", "adjudicator", "admin")


def add_commands(commands: Any) -> None:
    """Add `framescope labels …`."""
    group = commands.add_parser("labels", help="labels in, out and looked at")
    labels = group.add_subparsers(metavar="COMMAND", required=True)
    _import(labels)
    _export(labels)
    _status(labels)
    _check(labels)
    _agreement(labels)
    _adjudicate(labels)
    _suspects(labels)
    _suggest(labels)
    _queue(labels)
    _history(labels)
    _tokens(commands)
    _codebook(commands)
    _read(commands)
    add_names(commands)


def _status(labels: Any) -> None:
    new = command(
        labels, "status", "labels.commands:status", "count texts, annotators, frames and sides",
        "framescope labels status --json",
    )  # fmt: skip
    codebook_option(new)


def _check(labels: Any) -> None:
    new = command(
        labels, "check", "training.check_command:check",
        "check files, or list what in the store needs a look: disputes, stale labels, models",
        "framescope labels check --out stale.jsonl",
    )  # fmt: skip
    new.add_argument("files", nargs="*", type=Path, metavar="FILE", help="files to check")
    new.add_argument(
        "--out", type=Path, metavar="FILE", help="write the texts with stale labels here, as JSONL"
    )
    format_option(new)
    codebook_option(new)


def _agreement(labels: Any) -> None:
    new = command(
        labels, "agreement", "eval.agreement_commands:agreement",
        "Krippendorff's alpha, by frame, pair and month, and what annotators disagree on",
        "framescope labels agreement --html agreement.html",
    )  # fmt: skip
    new.add_argument("--html", type=Path, metavar="FILE", help="write a page with plots")
    new.add_argument(
        "--batches",
        type=whole_number,
        metavar="N",
        help="over time in N equal batches, not by month",
    )
    codebook_option(new)


def _suspects(labels: Any) -> None:
    new = command(
        labels, "suspects", "training.suspect_commands:suspects",
        "list the labels that models which have not seen them contradict most",
        "framescope labels suspects -n 50 --out look-again.csv",
    )  # fmt: skip
    new.add_argument(
        "-n", type=whole_number, default=50, metavar="N", help="how many (default: 50)"
    )
    new.add_argument("--by-frame", action="store_true", help="so many of each frame")
    new.add_argument(
        "--out", type=Path, metavar="FILE", help="also write the rows to look at again"
    )
    new.add_argument("--quiet", action="store_true", help="show no progress")
    format_option(new)
    codebook_option(new)


def _import(labels: Any) -> None:
    new = command(
        labels, "import", "labels.file_commands:import_labels",
        "store labelled rows, all or nothing",
        "framescope labels import monday.csv export.json --annotator maria",
    )  # fmt: skip
    new.add_argument("files", nargs="*", type=Path, metavar="FILE", help="in any of the formats")
    new.add_argument("--annotator", metavar="NAME", help="who answered, where a row does not say")
    new.add_argument("--starter", action="store_true", help="also the project's starter corpus")
    new.add_argument("--partial", action="store_true", help="store the rows without a problem")
    new.add_argument(
        "--map", type=Path, metavar="FILE", help="what a tool's labels stand for, YAML"
    )
    new.add_argument("--texts", type=Path, metavar="FILE", help="texts by id, where FILE has none")
    new.add_argument(
        "--allow-erased", action="store_true", help="also texts that were erased for good"
    )
    format_option(new)
    codebook_option(new)


def _export(labels: Any) -> None:
    new = command(
        labels, "export", "labels.file_commands:export_labels", "write labelled rows to a file",
        "framescope labels export labels.parquet --resolved",
    )  # fmt: skip
    new.add_argument("out", type=Path, metavar="FILE", help="in any of the formats")
    new.add_argument(
        "--resolved", action="store_true", help="one label per text, not every annotator's answer"
    )
    format_option(new)
    codebook_option(new)


def _adjudicate(labels: Any) -> None:
    new = command(
        labels, "adjudicate", "labels.adjudication_commands:adjudicate",
        "settle the texts in dispute, one by one; go on where it was left",
        "framescope labels adjudicate --by maria",
    )  # fmt: skip
    new.add_argument("--by", metavar="NAME", help="who decides")
    new.add_argument("--names", action="store_true", help="say from the start who answered what")
    new.add_argument("--list", action="store_true", help="only list the texts in dispute")
    new.add_argument("--decide", metavar="ID", help="settle the text of this id, without asking")
    new.add_argument("--frames", metavar="JSON", help="the decision, as in a labelled row")
    new.add_argument(
        "--overrule", action="store_true", help="with --decide: also where a decision stands"
    )
    codebook_option(new)


def _codebook(commands: Any) -> None:
    group = commands.add_parser("codebook", help="the codebook, its versions and what they change")
    codebook = group.add_subparsers(metavar="COMMAND", required=True)
    run = "labels.codebook_commands"
    new = command(
        codebook, "show", f"{run}:show", "show the codebook", "framescope codebook show 1"
    )
    new.add_argument("version", nargs="?", metavar="VERSION", help="default: the one served")
    command(
        codebook, "history", f"{run}:history", "list the versions, with who set them and why",
        "framescope codebook history",
    )  # fmt: skip
    new = command(
        codebook, "diff", f"{run}:diff", "say what changed between two versions",
        "framescope codebook diff 1 edited.yaml",
    )  # fmt: skip
    new.add_argument(
        "a", nargs="?", metavar="A", help="version or file (default: the last but one)"
    )
    new.add_argument("b", nargs="?", metavar="B", help="version or file (default: the one served)")
    new = command(
        codebook, "set", f"{run}:set_version", "serve an edited codebook, under a higher version",
        'framescope codebook set edited.yaml --note "drones are safety"',
    )  # fmt: skip
    new.add_argument("file", type=Path, metavar="FILE", help="the whole codebook, YAML")
    new.add_argument("--by", metavar="NAME", help="who sets it")
    new.add_argument("--note", metavar="TEXT", help="why, for the history")
    new = command(
        codebook, "migrate", f"{run}:migrate_labels",
        "carry the labels over to a codebook with other frames, into a state folder of its own",
        "framescope codebook migrate --to new.yaml --map map.yaml --into new-state",
    )  # fmt: skip
    new.add_argument("--to", type=Path, required=True, metavar="FILE", help="the new codebook")
    new.add_argument(
        "--map", type=Path, required=True, metavar="FILE",
        help="which frames were renamed, merged, split or dropped, YAML",
    )  # fmt: skip
    new.add_argument(
        "--into", required=True, metavar="DIR|URL", help="a new state folder, or an empty database"
    )


def _suggest(labels: Any) -> None:
    new = command(
        labels, "suggest", "eval.suggest_commands:suggest_labels", "say what to label next",
        "framescope labels suggest articles.jsonl -n 50 --queue",
    )  # fmt: skip
    new.add_argument(
        "files", nargs="+", type=Path, metavar="POOL",
        help="rows, plain text, or documents and folders of them",
    )  # fmt: skip
    new.add_argument(
        "-n", type=whole_number, default=50, dest="number", metavar="N", help="default: 50"
    )
    new.add_argument(
        "--random-share", type=float, default=0.2, metavar="SHARE",
        help="part that is drawn at random, for evaluation (default: 0.2)",
    )  # fmt: skip
    new.add_argument(
        "--strategy", metavar="NAME",
        help="how the others are chosen: random, least-margin, mean-margin, entropy, k-means, "
        "k-centre, weighted-k-means (default) or badge",
    )  # fmt: skip
    new.add_argument("--out", type=Path, metavar="FILE", help="JSONL, CSV, Parquet")
    new.add_argument("--queue", action="store_true", help="put them into the labelling queue")
    new.add_argument("--text", default="text", metavar="COLUMN", help="default: text")
    new.add_argument("--seed", type=int, default=13, metavar="N", help="default: 13")
    new.add_argument("--quiet", action="store_true", help="show no progress")


def _queue(labels: Any) -> None:
    new = command(
        labels, "queue", "labels.queue_commands:change_queue", "put texts into the labelling queue",
        "framescope labels queue monday.jsonl --batch monday",
    )  # fmt: skip
    new.add_argument("file", nargs="?", type=Path, metavar="FILE", help="rows, or plain text")
    new.add_argument("--batch", metavar="NAME", help="default: the file's name")
    new.add_argument("--list", action="store_true", help="say how far each annotator is")
    new.add_argument("--format", choices=TABLES, help="default: by the file's name")


def _history(labels: Any) -> None:
    run = "labels.history_commands"
    new = command(
        labels, "history", f"{run}:history", "all that was ever answered on one text",
        "framescope labels history p1:3f0c6d1e5b7a9c2d4e6f8a0b",
    )  # fmt: skip
    new.add_argument("id", metavar="ID", help="of the text, or the caller's own of its row")
    new = command(
        labels, "log", f"{run}:log", "what was written last", "framescope labels log -n 50"
    )
    new.add_argument("--since", metavar="TIME", help="only what was stored from then on")
    new.add_argument(
        "-n", type=whole_number, default=20, dest="number", metavar="N", help="default: 20"
    )
    new = command(
        labels, "restore", f"{run}:restore_labels", "bring back the labels of another day",
        "framescope labels restore --at 2026-03-31T18:00:00Z",
    )  # fmt: skip
    new.add_argument("--at", required=True, metavar="TIME", help="in UTC, if no zone is given")
    new.add_argument("--out", type=Path, metavar="FILE", help="change nothing, write them here")
    new.add_argument(
        "--into", metavar="DIR|URL", help="copy them to a new state folder, or an empty database"
    )
    new.add_argument("--by", metavar="NAME", help="who restores")
    new = command(
        labels, "retract", f"{run}:retract_answer", "take an annotator's answer on a text back",
        "framescope labels retract p1:3f0c6d1e5b7a9c2d4e6f8a0b --annotator maria",
    )  # fmt: skip
    new.add_argument("id", metavar="ID", help="of the text, or the caller's own of its row")
    new.add_argument("--annotator", required=True, metavar="NAME", help="whose answer")
    new.add_argument("--by", metavar="NAME", help="who takes it back")
    new = command(
        labels, "erase", "training.erase_command:erase_text",
        "erase a text and its answers for good",
        'framescope labels erase p1:3f0c6d1e5b7a9c2d4e6f8a0b --reason "takedown 12"',
    )  # fmt: skip
    new.add_argument("id", metavar="ID", help="of the text, or the caller's own of its row")
    new.add_argument("--reason", required=True, metavar="TEXT", help="kept with the mark")
    new.add_argument("--by", metavar="NAME", help="who erases")
    command(
        labels, "scrub", f"{run}:scrub_store", "remove what was erased from the database's files",
        "framescope labels scrub",
    )  # fmt: skip


def _tokens(commands: Any) -> None:
    group = commands.add_parser("tokens", help="who may read and write labels over HTTP")
    tokens = group.add_subparsers(metavar="COMMAND", required=True)
    run = "labels.token_commands"
    new = command(
        tokens, "create", f"{run}:create", "make a token and show it, once",
        "framescope tokens create maria --role annotator",
    )  # fmt: skip
    new.add_argument("name", metavar="NAME", help="under which its answers are kept")
    new.add_argument("--role", required=True, choices=ROLES, help="what it may do")
    command(
        tokens, "list", f"{run}:listed", "list the tokens' names and roles",
        "framescope tokens list",
    )  # fmt: skip
    new = command(
        tokens, "revoke", f"{run}:revoke", "end a token's rights",
        "framescope tokens revoke maria",
    )  # fmt: skip
    new.add_argument("name", metavar="NAME")


def _read(commands: Any) -> None:
    new = command(
        commands, "read", "labels.reading_command:read_file",
        "show the paragraphs of a document, each with its kind and place",
        "framescope read article.html --json",
    )  # fmt: skip
    new.add_argument("file", type=Path, metavar="FILE", help="HTML, Markdown, text, PDF or DOCX")
    new.add_argument("--format", choices=DOCUMENTS, default="auto", help="default: as it looks")
