"""The command `framescope labels erase`: it knows what else may hold a text, as labels cannot."""

import html
import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from markupsafe import escape

from labels.erasure import erase
from labels.home import Home
from labels.outcome import Outcome
from labels.store import Store
from training.bundle import SNAPSHOT
from training.registry import Registry

_SHOWN = 300
"""Characters to look for: reports cut long texts, at no fewer than these."""


def erase_text(args: Namespace) -> Outcome:
    """Erase a text for good, and list the models and reports that still hold it.

    Raises:
        LabelError: if there is no such text, or no reason.
    """
    home = Home.find(args.home)
    store = Store.open(home.database)
    done = erase(store, args.id, args.reason, args.by)
    registry = Registry(home, store)
    models = [
        model.version
        for model in registry.models()
        if _in_snapshot(registry.folder(model.version) / SNAPSHOT, done.text_id)
    ]
    holding = _files_with(done.text_id, done.text, [home.reports, home.work])
    files = sorted(map(str, holding))
    lines = [f"{done.text_id} is gone, with {done.answers:,} answers"]
    if not done.scrubbed:
        lines.append(
            "the database was in use, and its files may still hold the words: stop the service "
            "and run framescope labels scrub"
        )
    if models:
        lines.append(
            f"models whose snapshot of labels holds it: {', '.join(models)}; retrain, and remove "
            "them with framescope models prune"
        )
    lines += [f"still in {path}" for path in files]
    lines.append("copies that were exported or backed up are not looked at")
    data = {
        "text_id": done.text_id, "answers": done.answers, "scrubbed": done.scrubbed,
        "models": models, "files": files,
    }  # fmt: skip
    return Outcome(data, "\n".join(lines))


def _in_snapshot(path: Path, text_id: str) -> bool:
    try:
        column = pq.read_table(path, columns=["text_id"])["text_id"]
    except (OSError, pa.ArrowInvalid):
        return False
    return text_id in column.to_pylist()


def _files_with(text_id: str, text: str, folders: list[Path]) -> Iterator[Path]:
    """Yield the files that hold a text, by its id or its beginning as text, JSON or HTML has it.

    A page stands beside the report it was made of, and is named with it.
    """
    start = text[:_SHOWN]
    forms = {
        text_id, start, html.escape(start), str(escape(start)), json.dumps(start)[1:-1],
        json.dumps(start, ensure_ascii=False)[1:-1],
    }  # fmt: skip
    needles = [form.encode("utf-8") for form in forms]
    for folder in folders:
        for path in folder.rglob("*"):
            if not path.is_file():
                continue
            page = path.with_name("report.json") if path.suffix == ".html" else path
            known = [one.read_bytes() for one in {path, page} if one.is_file()]
            if any(needle in content for content in known for needle in needles):
                yield path
