"""Files as labelling tools write them. The samples follow what each reader's docstring names."""

import copy
import json
import xml.etree.ElementTree as ET

import pytest

from labels.codebook import Codebook, Frame, Stance, load_codebook
from labels.errors import LabelError
from labels.formats.files import checked, read_texts
from labels.formats.label_studio import configuration
from labels.formats.names import Names, load_map, questions
from labels.formats.reading import Reading
from tests.labels.samples import TOPICS, VIEWS

TEXT = "Two ports were closed."


@pytest.fixture
def read(tmp_path):
    """Read values as a file: the rows, every problem, and what is said beside."""

    def read(content, name="export.json", codebook=VIEWS, **given):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_text(content, "utf-8")
        elif path.suffix == ".jsonl":
            path.write_text("".join(json.dumps(one) + "\n" for one in content), "utf-8")
        else:
            path.write_text(json.dumps(content, indent=1), "utf-8")
        names = Names(codebook, given.pop("mapping", None))
        reading = Reading(codebook, names, **given)
        rows, problems = [], []
        for row, faults in checked(path, reading):
            rows += [row] if row else []
            problems += faults
        return rows, problems, reading.said()

    return read


def chosen(control, *choices, kind="choices"):
    """One result of a Label Studio annotation."""
    return {
        "value": {kind: list(choices)}, "id": "Dx_aB91ISN", "from_name": control,
        "to_name": "text", "type": kind, "origin": "manual",
    }  # fmt: skip


def annotated(*result, **given):
    """One Label Studio annotation."""
    return {
        "id": 1001, "completed_by": 10, "result": list(result), "was_cancelled": False,
        "ground_truth": False, "created_at": "2026-03-09T22:16:08.728353Z",
        "updated_at": "2026-03-09T22:17:08.728378Z", "lead_time": 4.288, "task": 1, **given,
    }  # fmt: skip


def task(*annotations, **given):
    """One Label Studio task, as in an export of the kind JSON."""
    return {
        "id": 7, "annotations": list(annotations), "drafts": [], "predictions": [],
        "data": {"text": TEXT, "lang": "en", "page": 3}, "meta": {}, "project": 83,
        "created_at": "2026-03-09T21:52:49.513742Z", "updated_at": "2026-03-09T22:16:08.746926Z",
        "inner_id": 1, "total_annotations": len(annotations), "cancelled_annotations": 0, **given,
    }  # fmt: skip


def test_label_studio_with_several_annotators(read):
    mail = {"id": 11, "email": "bo@example.org", "first_name": "Bo", "last_name": ""}
    rows, problems, _ = read(
        [
            task(
                annotated(chosen("frames", "war", "trade"), chosen("stance_war", "con"),
                          chosen("stance_trade", "pro")),
                annotated(completed_by=mail),
            )
        ]
    )  # fmt: skip
    assert problems == []
    first, second = rows
    assert (first.text, first.frames) == (TEXT, {"trade": "pro", "war": "con"})
    assert (first.annotator, first.at) == ("10", "2026-03-09T22:17:08.728378+00:00")
    assert (first.id, first.lang, first.meta) == ("7", "en", {"page": 3})
    assert (second.annotator, second.frames) == ("bo@example.org", {})


def test_label_studio_in_other_designs_of_the_project(read):
    rows, problems, _ = read(
        [
            task(annotated(chosen("what", "War / con", "Trade/Pro"))),
            task(annotated(chosen("what", ["war", "con"], kind="taxonomy"))),
            task(annotated(chosen("War", "Con"))),
            task(annotated(chosen("Stance of war", "con"), chosen("x", "war"))),
        ]
    )
    assert problems == []
    assert [row.frames for row in rows] == [
        {"trade": "pro", "war": "con"}, {"war": "con"}, {"war": "con"}, {"war": "con"},
    ]  # fmt: skip


def test_label_studio_says_what_it_passes_over(read):
    region = chosen("ner", "PER", kind="labels")
    rows, _, notes = read(
        [
            task(annotated(was_cancelled=True), annotated(region), annotated(was_cancelled=True)),
            task(predictions=[{"model_version": "m", "result": [], "score": 0.9}]),
        ]
    )
    assert [row.frames for row in rows] == [{}]
    assert notes == [
        "cancelled (skipped) annotations passed over: 2",
        "results of the kind labels passed over",
        "predictions passed over",
        "tasks without an annotation",
    ]


def test_label_studio_problems_are_named(read):
    rows, problems, _ = read(
        [
            task(annotated(chosen("frames", "war", "peace"))),
            task(annotated(chosen("frames", "war"))),
            task(annotated(chosen("stance_war", "con", "pro"))),
            task(annotated(), data={"image": "a.jpg"}),
            {"id": 1, "text": TEXT, "frames": "war", "lead_time": 3.1},
        ]
    )
    assert rows == []
    known = (
        "known: the frames ['trade', 'war'] with the stances ['pro', 'con'], as in 'war:con'; "
        "--map says what others are"
    )
    no_stance = "no stance on ['war']; --map says which labels stand for stances"
    assert problems == [
        f"record 1, annotation 1: unknown labels ['frames: peace']; {known}; {no_stance}",
        f"record 2, annotation 1: {no_stance}",
        "record 3, annotation 1: two stances on ['war']",
        "record 4, annotation 1: a text must be a string, not NoneType",
        "record 5: a task has 'data' and a list 'annotations'; export the project as JSON "
        "(this is JSON-MIN)",
    ]


def test_label_studio_configuration_asks_for_every_frame_and_stance():
    codebook = load_codebook()
    view = ET.fromstring(configuration(codebook))  # our own text
    controls = {one.get("name"): one for one in view.iter("Choices")}
    assert [one.get("value") for one in controls["frames"]] == list(codebook.frame_names)
    assert controls["frames"].get("choice") == "multiple"
    asked = controls["stance_neo-colonialism"]
    assert [one.get("value") for one in asked] == list(codebook.stance_names)
    assert asked.get("whenChoiceValue") == "neo-colonialism"
    assert len(controls) == 1 + len(codebook.frames)


def test_doccano_of_one_member(read):
    rows, problems, notes = read(
        [
            {"id": 11, "text": TEXT, "page": 3, "label": ["trade:pro", "war:con"], "Comments": []},
            {"id": 12, "text": "More.", "label": [], "Comments": ["why?"]},
        ],
        "maria.jsonl",
    )
    assert problems == []
    assert [(row.annotator, row.id, row.frames) for row in rows] == [
        ("maria", "11", {"trade": "pro", "war": "con"}), ("maria", "12", {}),
    ]  # fmt: skip
    assert [row.meta for row in rows] == [{"page": 3}, {"Comments": ["why?"]}]
    assert notes == ["rows by 'maria', after the file's name: 2"]


def test_doccano_in_json_and_csv_and_of_a_shared_project(read):
    example = {"id": 11, "text": TEXT, "label": ["war"]}
    (row,), _, notes = read([example], "all.json", TOPICS)
    assert (row.annotator, row.frames, notes) == ("annotator", {"war": None}, [])
    (row,), _, _ = read('id,text,label\n11,"a, b",trade:pro#war:con\n', "all.csv", annotator="bo")
    assert (row.text, row.annotator, row.frames) == ("a, b", "bo", {"trade": "pro", "war": "con"})
    _, problems, _ = read([{"id": 1, "text": "a", "label": [[0, 1, "war"]]}], "all.jsonl")
    assert problems == ["line 1: an example has a list 'label' of names; this is another task"]


def prodigy(**given):
    """One Prodigy task of the interface `choice`, as `prodigy db-out` writes it."""
    return {
        "text": TEXT, "meta": {"source": "gazette"},
        "options": [{"id": "war:con", "text": "war: con"}], "_input_hash": -1573712143,
        "_task_hash": 1120110201, "_view_id": "choice", "accept": ["war:con"], "config": {},
        "answer": "accept", "_timestamp": 1773090968, "_annotator_id": "frames-maria",
        "_session_id": "frames-maria", **given,
    }  # fmt: skip


def test_prodigy(read):
    rows, problems, notes = read(
        [
            prodigy(), prodigy(accept=[], _annotator_id=None),
            prodigy(answer="ignore"), prodigy(answer="reject"), prodigy(answer="ignore"),
        ],
        "frames.jsonl",
    )  # fmt: skip
    assert problems == []
    first, second = rows
    assert (first.frames, first.annotator, first.source) == (
        {"war": "con"}, "frames-maria", "gazette",
    )  # fmt: skip
    assert first.at == "2026-03-09T21:16:08.000000+00:00"
    assert (second.frames, second.annotator, second.meta) == ({}, "frames-maria", {})
    assert notes == [
        "tasks answered 'ignore' passed over: 2", "tasks answered 'reject' passed over",
    ]  # fmt: skip


def test_prodigy_binary_tasks_are_refused(read):
    binary = {"text": TEXT, "label": "war", "answer": "accept", "_task_hash": 3}
    _, problems, _ = read([binary], "b.jsonl", mapping={"war": "war:pro"})
    assert problems == [
        "line 1: a task has a list 'accept' (interface choice); a binary task says nothing of the "
        "other frames"
    ]


ANN, BO = "5d6f0c7e-8f0e-4f1b-9d62-0e5c0c3d1a11", "0f2bb9b6-51a1-4f3c-a2a9-5f4f2b8d7c22"


def argilla(**given):
    """One Argilla record, as `Record.to_dict` gives it."""
    return {
        "id": "r1", "fields": {"text": TEXT}, "metadata": {"page": 3}, "vectors": {},
        "suggestions": {"frames": {"value": ["trade"], "score": None, "agent": "model"}},
        "responses": {}, "_server_id": None, **given,
    }  # fmt: skip


def test_argilla(read):
    by_question = {
        "frames": [
            {"value": ["war"], "user_id": ANN}, {"value": [], "user_id": BO},
            {"value": ["war"], "user_id": "c", "status": "discarded"},
        ],
        "stance_war": [{"value": "con", "user_id": ANN}],
    }  # fmt: skip
    rows, problems, notes = read([argilla(responses=by_question), argilla()])
    assert problems == []
    assert [(row.annotator, row.id, row.frames, row.meta) for row in rows] == [
        (ANN, "r1", {"war": "con"}, {"page": 3}), (BO, "r1", {}, {"page": 3}),
    ]  # fmt: skip
    assert notes == [
        "suggestions passed over: 2", "discarded responses passed over",
        "records without a submitted response",
    ]  # fmt: skip


@pytest.mark.parametrize("status", ["discarded", "submitted"])
def test_an_answer_given_after_a_retraction_is_no_retraction(read, status):
    """Argilla's user says "no frame" where an exported retraction stood, which has none either."""
    answer = {"annotator": "ann", "at": "2026-03-31", "kind": "retraction", "frames": {}}
    carried = json.dumps({"answers": {ANN: answer}})
    responses = {"frames": [{"value": [], "user_id": ANN, "status": status}]}
    record = {**argilla(responses=responses), "metadata": {"framescope": carried}}
    (row,), problems, _ = read([record])
    assert (row.annotator, row.frames, problems) == ("ann", {}, [])
    assert row.kind == ("retraction" if status == "discarded" else "answer")


RETRACTED = {"annotator": "ann", "at": "2026-03-31", "kind": "retraction", "frames": {}}


def test_a_retraction_that_was_marked_and_put_away_again_is_no_answer(read):
    """Opened in the tool, given a label, and then cancelled, ignored, discarded or left a draft."""
    marked = {"framescope": {"answer": RETRACTED}}
    tasks = [task(annotated(chosen("frames", "war:con"), was_cancelled=True, **marked))]
    assert read(tasks) == ([], [], ["cancelled (skipped) annotations passed over"])
    ignored = {"text": TEXT, "answer": "ignore", "accept": ["war:con"], "_view_id": "choice"}
    ignored |= marked
    assert read([ignored], "export.jsonl") == ([], [], ["tasks answered 'ignore' passed over"])
    metadata = {"framescope": json.dumps({"answers": {ANN: RETRACTED}})}
    for status in ("discarded", "draft"):
        responses = {"frames": [{"value": ["war:con"], "user_id": ANN, "status": status}]}
        record = {**argilla(responses=responses, suggestions=[]), "metadata": metadata}
        assert read([record]) == ([], [], [f"{status} responses passed over"])


def test_what_was_suggested_is_known_again(read):
    """`labels suggest --out` writes these columns, and tools take them as a text's own data."""
    added = {"sampled": "random", "why": "war 0.5", "suggestion": {}, "model": "v1"}
    data = {"text": TEXT, **added}
    choice = {"answer": "accept", "accept": [], "_view_id": "choice"}
    files = [
        ([task(annotated(), data=data)], "export.json"), ([{**data, **choice}], "a.jsonl"),
        ([{**data, "label": []}], "b.jsonl"), ([{**argilla(
            responses={"frames": [{"value": [], "user_id": ANN}]}), "metadata": added}], "c.json"),
    ]  # fmt: skip
    for content, name in files:
        (row,), problems, _ = read(content, name)
        assert (row.sampled, problems) == ("random", [])
        assert row.meta == {"why": "war 0.5", "suggestion": {}, "model": "v1"}


def test_empty_columns_say_nothing_and_a_meta_that_is_none_is_a_fault(read):
    empty = {"text": TEXT, "label": [], "kind": "", "sampled": ""}
    (row,), problems, _ = read([empty], "a.jsonl")
    assert (row.meta, problems) == ({}, [])
    rows, (problem,), _ = read([{**empty, "kind": "speech", "meta": "page 3"}], "b.jsonl")
    assert rows == []
    assert "meta: must be an object, not a string" in str(problem)


def test_a_teams_own_columns_do_not_settle_texts(read):
    """What is called as in a labelled row may mean anything in another tool's data."""
    own = {"kind": "decision", "codebook": 9, "sampled": "random", "page": 3}
    task = {"text": TEXT, "answer": "accept", "accept": [], "_view_id": "choice", "meta": own}
    (row,), problems, _ = read([task], "export.jsonl")
    assert (row.kind, row.codebook, row.sampled, problems) == ("answer", 1, None, [])
    assert row.meta == own


def test_argilla_of_release_1(read):
    values = {"frames": {"value": ["war:con"]}}
    by_user = [{"user_id": ANN, "status": "submitted", "values": values}]
    rows, problems, _ = read([argilla(responses=by_user, suggestions=[])])
    assert (rows[0].frames, rows[0].annotator, problems) == ({"war": "con"}, ANN, [])


def test_potato_of_release_1(read):
    item = {
        "id": "item_1", "displayed_text": TEXT, "span_annotations": [], "behavioral_data": {},
        "label_annotations": {"frames": {"war": "true"}, "stance_war": {"con": "2"}},
    }  # fmt: skip
    (row,), problems, _ = read([item], "annotation_output/maria/annotated_instances.jsonl")
    assert (row.frames, row.annotator, row.id, problems) == ({"war": "con"}, "maria", "item_1", [])
    table = (
        "user,instance_id,displayed_text,frames:::war,frames:::trade,stance_war:::con\n"
        "bo,item_1,Two ports.,true,,2\n"
    )
    (row,), problems, _ = read(table, "annotated_instances.csv")
    assert (row.frames, row.annotator, problems) == ({"war": "con"}, "bo", [])


def test_potato_of_release_2_with_the_texts_of_its_data_file(read, tmp_path):
    state = {
        "user_id": "annotator_1",
        "instance_id_to_label_to_value": {
            "item_001": {"frames": {"labels": {"war": True, "trade": False}}, "war": {"con": True}},
            "item_002": {"frames": {"war:pro": True}},
        },
        "instance_id_to_span_to_value": {},
    }
    (tmp_path / "data.jsonl").write_text(json.dumps({"id": "item_001", "text": TEXT}))
    texts = read_texts(tmp_path / "data.jsonl")
    rows, problems, _ = read(state, "user_state.json", texts=texts)
    assert [(row.text, row.annotator, row.frames) for row in rows] == [
        (TEXT, "annotator_1", {"war": "con"})
    ]
    assert problems == [
        "record 1, item item_002: item item_002 has no text here; "
        "give the task's data file with --texts"
    ]
    line = {"instance_id": "item_001", "user_id": "bo", "labels": {"frames": {"war:pro": True}}}
    (row,), _, _ = read([line | {"spans": {}, "links": {}}], "annotations.jsonl", texts=texts)
    assert (row.text, row.annotator, row.frames) == (TEXT, "bo", {"war": "pro"})
    table = "instance_id\tuser_id\tframes.war:pro\titem.note\nitem_001\tbo\tTrue\t\n"
    (row,), problems, _ = read(table, "annotations.tsv", texts=texts)
    assert (row.text, row.frames, problems) == (TEXT, {"war": "pro"}, [])


def test_relabelled_text_is_not_the_answer_that_was_exported(read):
    place = {"id": "7", "source": "gazette"}
    answer = {"annotator": "ann", "at": "2026-01-01", "sampled": "random", "frames": {"war": "con"}}
    line = {"text": TEXT, "framescope": {"place": place, "answer": answer}}
    rows, _, _ = read([line | {"label": ["war:con"]}, line | {"label": ["war:pro"]}], "bo.jsonl")
    assert [(row.annotator, row.sampled, row.id, row.source) for row in rows] == [
        ("ann", "random", "7", "gazette"), ("bo", None, "7", "gazette"),
    ]  # fmt: skip


def test_file_that_may_be_in_several_formats_is_not_guessed(read):
    with pytest.raises(
        LabelError, match=r"may be any of \['jsonl', 'potato'\]; say which with --f"
    ):
        read([{"text": TEXT, "frames": {}, "label_annotations": {}}], "a.jsonl")


def test_map_drops_labels_and_questions_and_renames(read, tmp_path):
    (tmp_path / "map.yaml").write_text(
        "Krieg: war\ndagegen: con\nsure: null\nH+: trade:pro\n", "utf-8"
    )
    mapping = load_map(tmp_path / "map.yaml")
    chosen_here = [
        chosen("frames", "Krieg", "H+"), chosen("stance_war", "dagegen"), chosen("sure", "very"),
    ]  # fmt: skip
    (row,), problems, _ = read([task(annotated(*chosen_here))], mapping=mapping)
    assert (row.frames, problems) == ({"trade": "pro", "war": "con"}, [])


def test_map_that_names_no_label_is_refused(tmp_path):
    with pytest.raises(LabelError, match=r"the map names what is no label: \[\"'a': 'peace'\"\]"):
        Names(VIEWS, {"a": "peace"})
    (tmp_path / "map.yaml").write_text("yes: war\n")
    with pytest.raises(LabelError, match="quote labels such as yes, no and numbers"):
        load_map(tmp_path / "map.yaml")


def test_names_that_fold_alike_must_be_written_exactly():
    alike = Codebook("alike", 1, (Frame("a-b"), Frame("A b")), (Stance("x"), Stance("y")))
    names = Names(alike)
    assert names.frames([(None, "A b:x")]) == {"A b": "x"}
    with pytest.raises(ValueError, match=r"unknown labels \['a b:x'\]"):
        names.frames([(None, "a b:x")])
    assert dict(questions(alike)) == {"a-b": "stance_a-b", "A b": "stance_a_b"}


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", "[]"), ("a.json", "[1, 2"), ("b.json", '{"a": 1}'), ("c.json", "\0")],
)
def test_json_of_no_known_tool_is_not_guessed(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(LabelError, match=r"in none of the formats \['label-studio', 'doccano'"):
        list(checked(tmp_path / name, Reading(VIEWS, Names(VIEWS))))


POTATO = {
    "id": "i", "displayed_text": TEXT, "label_annotations": {"frames": {"war:con": True}},
}  # fmt: skip
RESPONSES = {"frames": [{"value": ["war:con"], "user_id": ANN, "status": "submitted"}]}
SAMPLES = {
    "label-studio": task(annotated(chosen("frames", "war:con"), framescope={"frames": {}})),
    "doccano": {"id": 1, "text": TEXT, "label": ["war:con"], "framescope": {"answer": {}}},
    "prodigy": prodigy(framescope={"place": {}, "answer": {}}),
    "argilla": argilla(responses=RESPONSES),
    "potato": {**POTATO, "instance_id": "i"},
}


def spots(value, path=()):
    """Every path into a JSON value."""
    yield path
    inside = dict(enumerate(value)) if isinstance(value, list) else value
    for key, inner in inside.items() if isinstance(inside, dict) else ():
        yield from spots(inner, (*path, key))


@pytest.mark.parametrize("format", SAMPLES)
def test_whatever_stands_in_a_field_gives_a_row_or_a_problem(tmp_path, format):
    path = tmp_path / "a.json"
    for spot in list(spots(SAMPLES[format]))[1:]:
        for junk in (None, 7, "x", [1, None], {"a": [2]}, True):
            broken = copy.deepcopy(SAMPLES[format])
            inside = broken
            for key in spot[:-1]:
                inside = inside[key]
            inside[spot[-1]] = junk
            path.write_text(json.dumps([broken]))
            for row, problems in checked(path, Reading(VIEWS, Names(VIEWS)), format):
                assert (row is None) == bool(problems), (spot, junk)


def test_broken_json_is_named_with_its_line(tmp_path):
    (tmp_path / "a.json").write_text('[{"data": {"text": "a"}, "annotations": []},\n{"data"\n')
    reading = Reading(VIEWS, Names(VIEWS))
    assert list(checked(tmp_path / "a.json", reading)) == [
        (None, ["line 3: not JSON: Expecting ':' delimiter"])
    ]


def test_json_too_large_to_read_at_once_says_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("labels.formats.jsonl.MAX_JSON", 2**20)
    path = tmp_path / "a.json"
    path.write_text('[{"data": {}, "annotations": []}' + " " * 3 * 2**20 + "]")
    with pytest.raises(LabelError, match="3 MB of JSON; at most 1 MB can be read at once"):
        list(checked(path, Reading(VIEWS, Names(VIEWS))))
