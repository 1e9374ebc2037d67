"""Label Studio's JSON, and the labeling configuration that goes with it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any
from xml.sax.saxutils import quoteattr

from labels.codebook import Codebook
from labels.formats import jsonl
from labels.formats.carried import KEY, answer_of, is_kept, place_of, restored
from labels.formats.names import Choice, questions
from labels.formats.reading import Raw, Reading, Rows
from labels.rows import RETRACTION, LabelledRow

FRAMES = "frames"
"""The control in which the frames are chosen. A frame's stance has a control of its own."""

_CANCELLED = "cancelled (skipped) annotations passed over"
_LAST = float("inf")


def read(records: Rows, reading: Reading) -> Rows:
    """Yield a row for each annotation of each task.

    Read is the format "JSON" of a project that asks for frames in controls of the kind Choices or
    Taxonomy: a frame and its stance in one choice, or frames in one control and the stance in one
    named after the frame. Cancelled (skipped) annotations, drafts and predictions are passed over
    and noted. `completed_by` names the annotator: the e-mail address, else the number.

    Schema: labelstud.io/guide/task_format ("Label Studio JSON format of annotated tasks"),
    labelstud.io/tags/choices and labelstud.io/tags/taxonomy.
    """
    found = [row for record in records for row in _task(*record, reading)]
    found.sort(key=lambda pair: pair[0])  # stable: what came in without an order stays in its order
    yield from (row for _, row in found)


def _task(
    place: str, task: Any, fault: str | None, reading: Reading
) -> Iterator[tuple[float, Raw]]:
    if fault:
        yield _LAST, (place, None, fault)
        return
    data, annotations = task.get("data"), task.get("annotations", task.get("completions"))
    if not isinstance(data, dict) or not isinstance(annotations, list):
        fault = "a task has 'data' and a list 'annotations'; export the project as JSON"
        yield _LAST, (place, None, fault + (" (this is JSON-MIN)" if "lead_time" in task else ""))
        return
    for name in ("predictions", "drafts"):
        if isinstance(task.get(name), list) and task[name]:
            reading.notes[f"{name} passed over"] += len(task[name])
    if not annotations:
        reading.notes["tasks without an annotation"] += 1
    for number, annotation in enumerate(annotations, start=1):
        where = f"{place}, annotation {number}"
        if not isinstance(annotation, dict):
            yield _LAST, (where, None, "an annotation must be a JSON object")
            continue
        answer = annotation.get(KEY)
        order = answer.get("order") if isinstance(answer, dict) else None
        if raw := _annotation(where, task, annotation, reading):
            yield (order if isinstance(order, int) else _LAST), raw


def _annotation(where: str, task: Any, annotation: Any, reading: Reading) -> Raw | None:
    """Return the row of an annotation, or None where it says nothing."""
    answer, data = annotation.get(KEY), task["data"]
    skipped = bool(annotation.get("was_cancelled"))
    taken_back = isinstance(answer, dict) and answer.get("kind") == RETRACTION
    if skipped and not taken_back:
        reading.notes[_CANCELLED] += 1
        return None
    try:
        frames = reading.names.frames(_choices(annotation.get("result"), reading))
    except ValueError as error:
        return where, None, str(error)
    who = _annotator(annotation)
    kept = is_kept(answer, frames, who) and skipped == taken_back
    if skipped and not kept:
        reading.notes[_CANCELLED] += 1
        return None
    own = {name: value for name, value in data.items() if name not in ("text", KEY)}
    own.setdefault("id", task.get("id"))
    own |= {"annotator": who, "at": _time(annotation)}
    carried = {"place": data.get(KEY), "answer": answer}
    return where, restored(own, data.get("text"), frames, carried, kept), None


def _choices(result: object, reading: Reading) -> Iterator[Choice]:
    for item in result if isinstance(result, list) else []:
        value = item.get("value") if isinstance(item, dict) else None
        if not isinstance(value, dict):
            continue
        control = str(item.get("from_name"))
        given = value.get("choices", value.get("taxonomy"))
        if isinstance(given, list):
            yield from ((control, _label(choice)) for choice in given)
        else:
            reading.notes[f"results of the kind {item.get('type')} passed over"] += 1


def _label(choice: object) -> str:
    """A nested choice is a path: frame, then stance."""
    return ":".join(map(str, choice)) if isinstance(choice, list) else str(choice)


def _annotator(annotation: Mapping[str, Any]) -> str | None:
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email") or who.get("username") or who.get("id")
    return None if who is None else str(who)


def _time(annotation: Mapping[str, Any]) -> Any:
    return annotation.get("updated_at") or annotation.get("created_at")


def write(file: IO[bytes], rows: Iterable[LabelledRow], codebook: Codebook) -> None:
    """Write one task for each place of a text, with all answers given there.

    The tasks are gathered in memory. `order` is what brings the answers back in the order in which
    they were given.
    """
    tasks: dict[str, dict[str, Any]] = {}
    asked = dict(questions(codebook))
    for order, row in enumerate(rows):
        task = tasks.get(row.occurrence_key)
        if task is None:
            data = {"text": row.text, KEY: place_of(row)}
            task = {"id": len(tasks) + 1, "data": data, "annotations": []}
            tasks[row.occurrence_key] = task
        task["annotations"].append(_written(row, order, codebook, asked))
    jsonl.write_array(file, tasks.values())


def _written(
    row: LabelledRow, order: int, codebook: Codebook, asked: Mapping[str, str]
) -> dict[str, Any]:
    chosen = {FRAMES: list(row.frames)} if row.frames else {}
    chosen |= {asked[frame]: [stance] for frame, stance in row.frames.items() if stance}
    result = [
        {
            "id": f"a{order}r{number}", "from_name": control, "to_name": "text", "type": "choices",
            "value": {"choices": choices},
        }
        for number, (control, choices) in enumerate(chosen.items())
    ]  # fmt: skip
    return {
        "completed_by": {"email": row.annotator}, "created_at": row.at, "updated_at": row.at,
        "was_cancelled": row.kind == RETRACTION, "result": result,
        KEY: {**answer_of(row, codebook), "order": order},
    }  # fmt: skip


def configuration(codebook: Codebook) -> str:
    """Return the labeling configuration (XML) of a project that takes the tasks `write` writes.

    Source: labelstud.io/tags/choices, labelstud.io/guide/setup.
    """
    lines = ["<View>", '  <Text name="text" value="$text"/>']
    lines.append(f'  <Choices name="{FRAMES}" toName="text" choice="multiple">')
    for frame in codebook.frames:
        hint = f" hint={quoteattr(frame.definition)}" if frame.definition else ""
        lines.append(f"    <Choice value={quoteattr(frame.name)}{hint}/>")
    lines.append("  </Choices>")
    for frame_name, name in questions(codebook) if codebook.stances else ():
        lines.append(f"  <Header value={quoteattr(f'Stance: {frame_name}')}/>")
        lines.append(
            f'  <Choices name={quoteattr(name)} toName="text" choice="single" required="true" '
            f'visibleWhen="choice-selected" whenTagName="{FRAMES}" '
            f"whenChoiceValue={quoteattr(frame_name)}>"
        )
        lines += [f"    <Choice value={quoteattr(stance)}/>" for stance in codebook.stance_names]
        lines.append("  </Choices>")
    return "\n".join([*lines, "</View>", ""])
