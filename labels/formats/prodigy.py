"""Prodigy's annotations of the interface `choice`."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO, Any

from labels.codebook import Codebook
from labels.formats import jsonl
from labels.formats.carried import KEY, answer_of, is_kept, place_of, restored
from labels.formats.doccano import written
from labels.formats.reading import Raw, Reading, Rows
from labels.rows import RETRACTION, LabelledRow

_TASK = (
    "text", "html", "tokens", "spans", "options", "config", "accept", "answer", "label", "meta",
    "priority", "score", KEY,
)  # fmt: skip


def read(records: Rows, reading: Reading) -> Rows:
    """Yield a row for each task answered "accept": `accept` lists the options chosen.

    Options are frames with their stance ("frame:stance", "frame/stance"). Tasks answered "ignore"
    or "reject" are passed over and noted; a binary task (`textcat.teach`: one `label`, accepted or
    not) says nothing of the other frames and is a fault. `_annotator_id`, else `_session_id`, names
    the annotator, `_timestamp` the time (seconds since 1970).

    Schema: prodi.gy/docs/api-interfaces (choice), and in explosion/prodigy-recipes
    textcat/textcat_manual.py and other/choice.py; `prodigy db-out` writes it as JSONL.
    """
    for place, record, fault in records:
        raw = (place, None, fault) if fault else _task(place, record, reading)
        if raw:
            yield raw


def _task(place: str, task: dict[str, Any], reading: Reading) -> Raw | None:
    carried = task.get(KEY)
    answer = carried.get("answer") if isinstance(carried, dict) else None
    said = task.get("answer", "accept")
    taken_back = isinstance(answer, dict) and answer.get("kind") == RETRACTION
    if said != "accept" and not (said == "ignore" and taken_back):
        reading.notes[f"tasks answered '{said}' passed over"] += 1
        return None
    accepted = task.get("accept", [] if "options" in task else None)
    if not isinstance(accepted, list):
        fault = "a task has a list 'accept' (interface choice); a binary task says nothing of the "
        return place, None, fault + "other frames"
    try:
        frames = reading.names.frames((None, str(option)) for option in accepted)
    except ValueError as error:
        return place, None, str(error)
    own = {k: v for k, v in task.items() if k not in _TASK and not k.startswith("_")}
    if isinstance(task.get("meta"), dict):
        own = {**task["meta"], **own}
    own |= {"annotator": task.get("_annotator_id") or task.get("_session_id")}
    own |= {"at": _time(task.get("_timestamp"))}
    kept = is_kept(answer, frames, own["annotator"]) and taken_back == (said == "ignore")
    if said == "ignore" and not kept:
        reading.notes["tasks answered 'ignore' passed over"] += 1
        return None
    return place, restored(own, task.get("text"), frames, carried, kept), None


def _time(seconds: object) -> object:
    if isinstance(seconds, int | float) and 0 <= seconds < 2**33:
        return datetime.fromtimestamp(seconds, UTC)
    return seconds


def write(file: IO[bytes], rows: Iterable[LabelledRow], codebook: Codebook) -> None:
    """Write JSONL with one line for each answer, which `prodigy db-in` takes."""
    jsonl.write(file, _tasks(rows, codebook))


def _tasks(rows: Iterable[LabelledRow], codebook: Codebook) -> Iterator[dict[str, Any]]:
    names = [name for name in codebook.outputs if (":" in name) == bool(codebook.stances)]
    options = [{"id": name, "text": name.replace(":", ": ")} for name in names]
    for row in rows:
        yield {
            "text": row.text, "meta": {"source": row.source} if row.source else {},
            "options": options, "accept": written(row),
            "answer": "ignore" if row.kind == RETRACTION else "accept",
            "_view_id": "choice", "_annotator_id": row.annotator, "_session_id": row.annotator,
            "_timestamp": int(datetime.fromisoformat(row.at).timestamp()) if row.at else None,
            KEY: {"place": place_of(row), "answer": answer_of(row, codebook)},
        }  # fmt: skip
