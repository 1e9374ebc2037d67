"""Potato's annotations."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from labels.codebook import Codebook
from labels.formats import jsonl
from labels.formats.carried import KEY, answer_of, is_kept, place_of, restored
from labels.formats.names import Choice, questions
from labels.formats.reading import Raw, Reading, Rows
from labels.rows import LabelledRow

FRAMES = "frames"
_OFF = (None, False, "", "false", "False")
_COLUMNS = ("id", "instance_id", "user", "user_id", "displayed_text", "text", "annotator_origin")


def read(path: Path, records: Rows, reading: Reading) -> Rows:
    """Yield a row for each item that somebody has annotated.

    Read are `annotated_instances.jsonl` and `.csv` of release 1 (in a folder named after the
    annotator), and of release 2 `user_state.json` and what its export writes as JSONL, CSV and TSV.
    Schemes are one multiselect on the frames ("frame" or "frame:stance"), and one single choice for
    each frame's stance, named after the frame. Release 2 writes no texts: `reading.texts` has them.

    Schema: in davidjurgens/potato docs/data-export/export_formats.md,
    potato/export/tabular_exporter.py, and of release 1 potato/flask_server.py
    (`save_all_annotations`).
    """
    for place, record, fault in records:
        if fault:
            yield place, None, fault
        elif "instance_id_to_label_to_value" in record:
            yield from _state(place, record, reading)
        else:
            yield _item(path, place, record, reading)


def _state(place: str, state: Mapping[str, Any], reading: Reading) -> Rows:
    items = state["instance_id_to_label_to_value"]
    if not isinstance(items, dict):
        yield place, None, "instance_id_to_label_to_value must be an object"
        return
    for key, chosen in items.items():
        record = {"instance_id": key, "user_id": state.get("user_id"), "labels": chosen}
        yield _item(Path(), f"{place}, item {key}", record, reading)


def _item(path: Path, place: str, record: Mapping[str, Any], reading: Reading) -> Raw:
    key = str(record.get("instance_id", record.get("id", "")))
    chosen = record.get("label_annotations", record.get("labels"))
    if chosen is None:
        chosen = _columns(record)
    elif not isinstance(chosen, dict):
        return place, None, "the labels of an item must be an object: scheme, label, value"
    text = record.get("displayed_text") or record.get("text") or reading.texts.get(key)
    if text is None:
        fault = f"item {key} has no text here; give the task's data file with --texts"
        return place, None, fault
    if record.get("span_annotations") or record.get("spans"):
        reading.notes["items whose spans are passed over"] += 1
    try:
        frames = reading.names.frames(_choices(chosen))
    except ValueError as error:
        return place, None, str(error)
    carried = record.get(KEY)
    answer = carried.get("answer") if isinstance(carried, dict) else None
    own = {"id": key or None, "annotator": record.get("user_id") or record.get("user")}
    if not own["annotator"] and path.stem == "annotated_instances" and _is_user(path.parent.name):
        own["annotator"] = path.parent.name
    kept = is_kept(answer, frames, own["annotator"])
    return place, restored(own, text, frames, carried, kept), None


def _is_user(folder: str) -> bool:
    return bool(folder) and folder != "annotation_output"


def _columns(record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the schemes of a table's row; a column is `scheme:::label` or `scheme.label`."""
    schemes: dict[str, dict[str, Any]] = {}
    for name, value in record.items():
        scheme, found, label = name.partition(":::") if ":::" in name else name.partition(".")
        if found and name not in _COLUMNS and not label.startswith("_"):
            schemes.setdefault(scheme, {})[label] = value
    return schemes


def _choices(schemes: Mapping[str, Any]) -> Iterator[Choice]:
    for scheme, chosen in schemes.items():
        if isinstance(chosen, dict) and isinstance(chosen.get("labels"), dict):
            chosen = chosen["labels"]
        if isinstance(chosen, dict):
            yield from ((scheme, label) for label, value in chosen.items() if value not in _OFF)
        else:
            labels = chosen if isinstance(chosen, list) else [chosen]
            yield from ((scheme, str(label)) for label in labels if label not in _OFF)


def write(file: IO[bytes], rows: Iterable[LabelledRow], codebook: Codebook) -> None:
    """Write `annotated_instances.jsonl` with one line for each answer, and its `user_id`."""
    jsonl.write(file, _items(rows, codebook))


def _items(rows: Iterable[LabelledRow], codebook: Codebook) -> Iterator[dict[str, Any]]:
    asked = dict(questions(codebook))
    for row in rows:
        chosen: dict[str, dict[str, bool]] = {FRAMES: dict.fromkeys(row.frames, True)}
        chosen |= {asked[name]: {stance: True} for name, stance in row.frames.items() if stance}
        yield {
            "id": row.id or row.text_id, "user_id": row.annotator, "displayed_text": row.text,
            "label_annotations": chosen, "span_annotations": [], "behavioral_data": {},
            KEY: {"place": place_of(row), "answer": answer_of(row, codebook)},
        }  # fmt: skip
