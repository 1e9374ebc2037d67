"""Argilla's records."""

import contextlib
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from labels.codebook import Codebook
from labels.formats import jsonl
from labels.formats.carried import KEY, answer_of, is_kept, place_of, restored
from labels.formats.names import Choice, questions
from labels.formats.reading import Raw, Reading, Rows
from labels.rows import RETRACTION, LabelledRow

FRAMES = "frames"
"""The multi-label question that asks for the frames; a label question asks for each stance."""

_LAST = float("inf")
_USERS = uuid.uuid5(uuid.NAMESPACE_URL, "framescope:annotator")


def read(records: Rows, reading: Reading) -> Rows:
    """Yield a row for each user's submitted responses to a record.

    Responses are to a multi-label question on the frames ("frame" or "frame:stance"), and to one
    label question for each frame's stance, named after the frame. Discarded and draft responses are
    passed over and noted, so are suggestions. Argilla names users by a UUID; those that this
    program wrote come back as names.

    Schema: docs.argilla.io/latest/how_to_guides/import_export, and in argilla-io/argilla
    argilla/src/argilla/records/_resource.py (`Record.to_dict`), which `records.to_json` writes; of
    release 1 the list of `responses` with `values`, docs.argilla.io/en/v1.14.0.
    """
    found = [row for record in records for row in _record(*record, reading)]
    found.sort(key=lambda pair: pair[0])  # stable: what came in without an order stays in its order
    yield from (row for _, row in found)


def _record(
    place: str, record: Any, fault: str | None, reading: Reading
) -> Iterator[tuple[float, Raw]]:
    if not fault and not isinstance(record.get("fields"), dict):
        fault = "a record has 'fields' and 'responses'; write it with records.to_json"
    if fault:
        yield _LAST, (place, None, fault)
        return
    if isinstance(suggestions := record.get("suggestions"), dict | list) and suggestions:
        reading.notes["suggestions passed over"] += len(suggestions)
    metadata = dict(record["metadata"]) if isinstance(record.get("metadata"), dict) else {}
    carried: Any = None
    with contextlib.suppress(ValueError, TypeError):
        carried = json.loads(metadata.pop(KEY, "null"))
    held = carried if isinstance(carried, dict) else {}
    answers = held["answers"] if isinstance(held.get("answers"), dict) else {}
    retracted = _retracted(answers)
    users, discarded = _by_user(record.get("responses"), reading, retracted)
    if not users:
        reading.notes["records without a submitted response"] += 1
    for user, choices in users.items():
        answer = answers[user] if isinstance(answers.get(user), dict) else {}
        where = f"{place}, user {user}"
        try:
            frames = reading.names.frames(choices)
        except ValueError as error:
            yield _LAST, (where, None, str(error))
            continue
        own = {**metadata, "id": record.get("id"), "annotator": answer.get("annotator", user)}
        mine = {"place": held.get("place"), "answer": answer}
        kept = is_kept(answer, frames) and (user in retracted) == (user in discarded)
        if user in discarded and not kept:
            reading.notes[f"{discarded[user]} responses passed over"] += 1
            continue
        raw = restored(own, record["fields"].get("text"), frames, mine, kept)
        order = answer.get("order")
        yield (order if isinstance(order, int) else _LAST), (where, raw, None)


def _retracted(answers: Mapping[str, Any]) -> set[str]:
    """Return the users whose answer here takes back an earlier one; it is written as discarded."""
    return {
        user
        for user, answer in answers.items()
        if isinstance(answer, dict) and answer.get("kind") == RETRACTION
    }


def _by_user(
    responses: object, reading: Reading, retracted: set[str]
) -> tuple[dict[str, list[Choice]], dict[str, str]]:
    """Return each user's choices; and of `retracted` the status of those not submitted since.

    Responses are kept by question, of release 1 by user.
    """
    users: dict[str, list[Choice]] = {}
    discarded: dict[str, str] = {}
    passed: set[tuple[str, str]] = set()
    for question, response in _responses(responses):
        user, status = str(response.get("user_id")), response.get("status") or "submitted"
        if status != "submitted" and user not in retracted:
            passed.add((user, str(status)))
            continue
        if status != "submitted":
            discarded[user] = str(status)
        value = response.get("value")
        labels = value if isinstance(value, list) else [value]
        users.setdefault(user, []).extend((question, str(one)) for one in labels if one is not None)
    for _, status in passed:
        reading.notes[f"{status} responses passed over"] += 1
    return users, discarded


def _responses(responses: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(responses, dict):
        for question, given in responses.items():
            many = given if isinstance(given, list) else []
            yield from ((question, one) for one in many if isinstance(one, dict))
    for one in responses if isinstance(responses, list) else []:
        values = one.get("values") if isinstance(one, dict) else None
        for question, value in values.items() if isinstance(values, dict) else ():
            answer = value.get("value") if isinstance(value, dict) else value
            yield question, {**one, "value": answer}


def write(file: IO[bytes], rows: Iterable[LabelledRow], codebook: Codebook) -> None:
    """Write the records that `records.from_json` reads, gathered in memory.

    A record holds the answers given at one place of a text, one from each annotator; a second
    answer of an annotator begins another record. Argilla wants plain metadata, so that what it has
    no place for is JSON text there.
    """
    asked = dict(questions(codebook))
    records: dict[tuple[str, int], dict[str, Any]] = {}
    rounds: dict[tuple[str, str], int] = {}
    carried: dict[tuple[str, int], dict[str, Any]] = {}
    for order, row in enumerate(rows):
        place = row.occurrence_key
        turn = rounds[place, row.annotator] = rounds.get((place, row.annotator), -1) + 1
        key = place, turn
        if key not in records:
            records[key] = {
                "id": f"{place}-{turn}", "fields": {"text": row.text}, "metadata": {},
                "suggestions": {}, "responses": {}, "vectors": {},
            }  # fmt: skip
            carried[key] = {"place": place_of(row), "answers": {}}
        user = str(uuid.uuid5(_USERS, row.annotator))
        carried[key]["answers"][user] = {**answer_of(row, codebook), "order": order}
        status = "discarded" if row.kind == RETRACTION else "submitted"
        given: dict[str, Any] = {FRAMES: list(row.frames)}
        given |= {asked[name]: stance for name, stance in row.frames.items() if stance}
        for question, value in given.items():
            one = {"value": value, "user_id": user, "status": status}
            records[key]["responses"].setdefault(question, []).append(one)
    for key, record in records.items():
        record["metadata"] = {KEY: json.dumps(carried[key], ensure_ascii=False)}
    jsonl.write_array(file, records.values())
