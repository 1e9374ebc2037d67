"""doccano's files of a text classification project."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from labels.codebook import Codebook
from labels.formats import jsonl
from labels.formats.carried import KEY, answer_of, is_kept, place_of, restored
from labels.formats.reading import Raw, Reading, Rows
from labels.rows import LabelledRow

_SHARED = ("all", "dataset")
_OWN = ("text", "data", "label", "labels", KEY)


def read(path: Path, records: Rows, reading: Reading) -> Rows:
    """Yield a row for each example: `label` lists what was chosen, "frame:stance" or alike.

    Read are JSONL, JSON and CSV (labels joined by "#"), of release 1.5 on, and the older JSONL with
    `labels`. doccano writes a file for each member, named after him, where a project is not
    collaborative; so without another word the file's name is the annotator, but for "all". An
    example without a label is one read and found to carry none: export approved examples only.

    Schema: doccano.github.io/doccano (tutorial, "Export"), and in doccano/doccano
    backend/data_export/pipeline (factories.py, formatters.py) and backend/data_export/models.py.
    """
    annotator = reading.annotator
    if not annotator and path.stem not in _SHARED:
        annotator = path.stem
    for place, record, fault in records:
        raw = (place, None, fault) if fault else _example(place, record, reading)
        if raw[1] is not None and not raw[1].get("annotator") and annotator:
            raw[1]["annotator"] = annotator
            if not reading.annotator:
                reading.notes[f"rows by '{annotator}', after the file's name"] += 1
        yield raw


def _example(place: str, record: dict[str, Any], reading: Reading) -> Raw:
    labels = record.get("label", record.get("labels"))
    if isinstance(labels, str):
        labels = [label for label in labels.split("#") if label]
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        return place, None, "an example has a list 'label' of names; this is another task"
    try:
        frames = reading.names.frames((None, label) for label in labels)
    except ValueError as error:
        return place, None, str(error)
    own = {name: value for name, value in record.items() if name not in _OWN}
    if not own.get("Comments"):
        own.pop("Comments", None)
    carried = record.get(KEY)
    answer = carried.get("answer") if isinstance(carried, dict) else None
    text = record.get("text", record.get("data"))
    return place, restored(own, text, frames, carried, is_kept(answer, frames)), None


def write(file: IO[bytes], rows: Iterable[LabelledRow], codebook: Codebook) -> None:
    """Write JSONL with one line for each answer, which doccano imports as its format "JSONL"."""
    jsonl.write(file, _examples(rows, codebook))


def _examples(rows: Iterable[LabelledRow], codebook: Codebook) -> Iterator[dict[str, Any]]:
    for row in rows:
        carried = {"place": place_of(row), "answer": answer_of(row, codebook)}
        yield {"text": row.text, "label": written(row), KEY: carried}


def written(row: LabelledRow) -> list[str]:
    """Return a row's frames as labels: "frame:stance", or "frame" where there are no stances."""
    return [f"{name}:{stance}" if stance else name for name, stance in row.frames.items()]
