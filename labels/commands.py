"""The command `framescope labels status`, and the opening of the store that commands work on."""

from argparse import Namespace
from collections import Counter
from typing import Any

from labels.codebook import Codebook, load_codebook
from labels.home import Home
from labels.outcome import Outcome, table
from labels.snapshot import Snapshot, take
from labels.store import Store


def open_store(args: Namespace) -> Store:
    """Open the store of `args.home`, for the codebook in the file `args.codebook` if one is given.

    Raises:
        CodebookError: if the codebook cannot be used.
        StoreError: if the store cannot be opened, or serves another codebook.
    """
    codebook = load_codebook(args.codebook) if args.codebook else None
    return Store.open(Home.find(args.home).database, codebook)


def status(args: Namespace) -> Outcome:
    """Count what the store holds. Texts that have no side yet are given one."""
    store = open_store(args)
    snapshot = take(store)
    data = {
        "home": str(Home.find(args.home).folder),
        "codebook": {"name": store.codebook.name, "version": store.codebook.version},
        **store.counts(),
        "resolved": len(snapshot.rows),
        "disputed": len(snapshot.disputed),
        "bridges": len(snapshot.bridges),
        "train": len(snapshot.train),
        "test": len(snapshot.test),
        "frames": _frame_counts(snapshot),
        "languages": dict(Counter(row.lang or "unknown" for row in snapshot.rows).most_common()),
        "labels_hash": snapshot.labels_hash,
    }
    return Outcome(data, _status_text(data, snapshot.codebook))


def _frame_counts(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    counts = {}
    for frame in snapshot.codebook.frame_names:
        marked = [row.frames[frame] for row in snapshot.rows if frame in row.frames]
        stances = {name: marked.count(name) for name in snapshot.codebook.stance_names}
        counts[frame] = {"texts": len(marked), "stances": stances}
    return counts


def _status_text(data: dict[str, Any], codebook: Codebook) -> str:
    names = ("texts", "documents", "annotators", "annotations")
    uses = ("resolved", "train", "test", "disputed", "bridges")
    frames = [("frame", "texts", *codebook.stance_names)]
    for name, counts in data["frames"].items():
        numbers = (counts["texts"], *counts["stances"].values())
        frames.append((name, *(f"{number:,}" for number in numbers)))
    languages = [("language", "texts")]
    languages += [(name, f"{number:,}") for name, number in data["languages"].items()]
    blocks = [
        [f"{data['home']}: codebook {codebook.name}, version {codebook.version}"],
        table([(name, f"{data[name]:,}") for name in names]),
        table([(name, f"{data[name]:,}") for name in uses]),
        table(frames),
        table(languages),
        [f"labels hash {data['labels_hash']}"],
    ]
    return "\n\n".join("\n".join(block) for block in blocks)
