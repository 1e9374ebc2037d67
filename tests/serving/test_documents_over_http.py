"""`POST /documents`, by a real service on loopback."""

import asyncio
import io
import json
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import docx
import pytest
from fpdf import FPDF
from pydantic import TypeAdapter

from labels.codebook import load_codebook
from labels.reading import MAX_BYTES, SCORED, DocumentError
from serving import document_routes
from serving.document_answers import DocumentAnswer
from serving.errors import ApiError
from serving.predictor import Predictor
from serving.schemas import MAX_EXPLAINED_CHARACTERS, MAX_EXPLAINED_PARAGRAPHS, MAX_PARAGRAPHS
from tests.serving.answers import JSON, error_of

ACCORD = "Both states signed the accord on shared testing of artificial intelligence."
CHIPS = "A nation that buys every chip abroad has no say over its own data."
SPOKEN = f"“{CHIPS}” said Ana Torres, the minister."
PAGE = f"# Who owns the chips\n\nBy Li Na\n\n{ACCORD}\n\n> {CHIPS}\n\n{SPOKEN}\n\nRead more: Laws"


def ask(service, content=PAGE, **more) -> dict:
    answer = service.post("/documents", json={"content": content, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def send(service, content: bytes, name: str, **fields):
    return service.post("/documents", files={"file": (name, content)}, data=fields)


def sliced(answer: dict) -> list[tuple[str, str]]:
    return [(p["kind"], answer["text"][p["start"] : p["end"]]) for p in answer["paragraphs"]]


def test_paragraphs_come_in_order_with_their_kinds(service, trained):
    answer = ask(service)
    assert answer["model"] == trained.version
    assert answer["document"] == {
        "title": "Who owns the chips", "author": "Li Na", "date": None, "language": None,
        "format": "markdown",
    }  # fmt: skip
    assert sliced(answer) == [
        ("title", "Who owns the chips"),
        ("boilerplate", "By Li Na"),
        ("body", ACCORD),
        ("quotation", CHIPS),
        ("body", SPOKEN),
        ("boilerplate", "Read more: Laws"),
    ]
    for part in answer["paragraphs"]:
        assert (part["result"] is not None) == (part["kind"] in SCORED)


def test_results_are_those_of_score(service):
    answer = ask(service)
    texts = [text for kind, text in sliced(answer) if kind in SCORED]
    alone = service.post("/score", json={"texts": texts}).json()["results"]
    found = [part["result"] for part in answer["paragraphs"] if part["result"]]
    for ours, theirs in zip(found, alone, strict=True):
        for frame in ours["frames"]:
            frame.pop("holder", None)
        by_label = {frame["label"]: frame for frame in theirs["frames"]}
        for frame in ours["frames"]:
            # A score depends on its batch, beyond a few places.
            assert frame["score"] == pytest.approx(by_label[frame["label"]]["score"], abs=1e-5)
        assert (ours["tokens"], ours["language"]) == (theirs["tokens"], theirs["language"])


def test_who_speaks_is_said_of_paragraphs_frames_and_totals(service):
    answer = ask(service)
    spoken = answer["paragraphs"][4]
    assert spoken["speaker"] == "Ana Torres"
    (quotation,) = spoken["quotations"]
    assert answer["text"][quotation["start"] : quotation["end"]] == CHIPS
    assert quotation["speaker"] == "Ana Torres"
    for frame in spoken["result"]["frames"]:
        assert ("holder" in frame) == frame["present"]
        if frame["present"]:
            assert frame["holder"] == {"kind": "speaker", "name": "Ana Torres"}
    totals = answer["totals"]
    assert totals["paragraphs"] == 3
    assert [f["label"] for f in totals["frames"]] == list(load_codebook().frame_names)
    assert sum(speaker["paragraphs"] for speaker in totals["speakers"]) == 3
    for place, frame in enumerate(totals["frames"]):
        own = [speaker["frames"][place] for speaker in totals["speakers"]]
        assert frame["present"] == sum(one["present"] for one in own)
        assert frame["present"] == sum(frame["stances"].values())
        assert frame["share"] == pytest.approx(frame["present"] / 3, abs=1e-6)


def test_evidence_has_places_in_the_document(service):
    long = f"{ACCORD} {CHIPS} Nothing else was said that day."
    answer = ask(service, f"Two sentences\n\n{long}\n\n{long}", explain=True)
    parts = [part for part in answer["paragraphs"] if part["result"]]
    assert len(parts) == 2
    seen = 0
    for part in parts:
        for frame in part["result"]["frames"]:
            assert ("evidence" in frame) == frame["present"]
            for sentence in frame.get("evidence", {"sentences": ()})["sentences"]:
                seen += 1
                assert part["start"] <= sentence["start"] < sentence["end"] <= part["end"]
                assert answer["text"][sentence["start"] : sentence["end"]] in long
    assert seen


def test_the_answer_is_the_one_that_the_api_documents(service):
    for explain in (False, True):
        TypeAdapter(DocumentAnswer).validate_python(ask(service, explain=explain))


def test_a_bad_paragraph_spoils_no_other(service):
    answer = ask(service, f"{ACCORD}\n\n{'word ' * 30_000}\n\n{CHIPS}", format="text")
    before, bad, after = (part["result"] for part in answer["paragraphs"])
    assert bad["error"]["type"] == "invalid_text"
    assert "frames" in before
    assert "frames" in after
    assert answer["totals"]["paragraphs"] == 2


def word_file() -> bytes:
    document = docx.Document()
    document.add_heading("Who owns the chips", 0)
    document.add_paragraph(ACCORD)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def pdf_file() -> bytes:
    document = FPDF()
    document.add_page()
    document.set_font("Helvetica", size=20)
    document.multi_cell(0, 10, "Who owns the chips", new_x="LMARGIN", new_y="NEXT")
    document.set_font("Helvetica", size=11)
    document.multi_cell(0, 6, ACCORD)
    return bytes(document.output())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.docx", word_file()),
        ("page.pdf", pdf_file()),
        ("page.md", f"# Who owns the chips\n\n{ACCORD}".encode()),
        ("page.html", f"<h1>Who owns the chips</h1><p>{ACCORD}</p>".encode()),
        ("page.txt", f"Who owns the chips\n\n{ACCORD}".encode("utf-16")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_of_each_format_is_read(service, name, content):
    answer = send(service, content, name)
    assert answer.status_code == 200, answer.text
    assert sliced(answer.json()) == [("title", "Who owns the chips"), ("body", ACCORD)]
    assert send(service, content, name, explain="true").status_code == 200


def bomb() -> bytes:
    file = io.BytesIO(word_file())
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/image1.bin", bytes(200 * 2**20))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "code", "type", "words"),
    [
        (b"<div>" * 100_000, 422, "too_complex", "nests more than 250 tags"),
        (bomb(), 413, "too_large", "unpacks to"),
        (b"%PDF-1.7\n" + b"\0" * 1000, 422, "unreadable", "damaged"),
        (b"PK\x03\x04" + b"\0" * 1000, 422, "unsupported_format", "ZIP archive"),
        (b"\x89PNG\r\n\x1a\n", 422, "unsupported_format", "a picture"),
        (b" \n", 422, "empty", "the document is empty"),
        (b"x" * (MAX_BYTES + 1), 413, "too_large", f"at most {MAX_BYTES:,}"),
        (b"x" * (MAX_BYTES + 2**20), 413, "too_large", "the body is larger"),
        (b"A line of text here.\n\n" * (MAX_PARAGRAPHS + 1), 413, "too_large", "at most 2,000"),
    ],
    ids=["nested", "zip bomb", "bad pdf", "bad zip", "png", "empty", "20 MB", "body", "many"],
)
def test_hostile_files_are_refused_by_name(service, content, code, type, words):
    began = time.monotonic()
    answer = send(service, content, "file")
    took = time.monotonic() - began
    assert (answer.status_code, error_of(answer)["type"]) == (code, type), answer.text
    assert words in error_of(answer)["message"]
    assert took < 10  # seconds, on a busy machine; the limit itself is tested with the reader


def test_too_many_paragraphs_to_explain_are_refused(service):
    content = "A line of text here.\n\n" * (MAX_EXPLAINED_PARAGRAPHS + 1)
    answer = service.post("/documents", json={"content": content, "explain": True})
    assert answer.status_code == 413
    assert f"at most {MAX_EXPLAINED_PARAGRAPHS} are allowed" in error_of(answer)["message"]


def test_too_many_characters_to_explain_are_refused(service):
    content = "\n\n".join(["A line of text here. " * 3333] * 3)
    assert ask(service, content)["totals"]["paragraphs"] == 3
    answer = service.post("/documents", json={"content": content, "explain": True})
    assert (answer.status_code, error_of(answer)["type"]) == (413, "too_large")
    assert f"at most {MAX_EXPLAINED_CHARACTERS:,} in one" in error_of(answer)["message"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "content: Field required"),
        ({"content": 3}, "content: Input should be a valid string"),
        ({"content": "x", "format": "pdf"}, "format: Input should be 'auto', 'html'"),
        ({"content": "x", "explian": True}, "explian: Extra inputs are not permitted"),
    ],
)
def test_a_body_of_the_wrong_shape_is_named(service, body, words):
    answer = service.post("/documents", json=body)
    assert answer.status_code == 422
    assert words in error_of(answer)["message"]


def test_a_form_of_the_wrong_shape_is_named(service):
    answer = service.post("/documents", files={"other": ("a.txt", b"x")})
    assert answer.status_code == 422
    assert "file: Field required" in error_of(answer)["message"]
    answer = service.post("/documents", files={"file": ("a.txt", b"x")}, data={"format": "odt"})
    assert answer.status_code == 422
    assert "format: Input should be 'auto', 'html'" in error_of(answer)["message"]
    cut = {"content-type": "multipart/form-data; boundary=b"}
    answer = service.post("/documents", content=b"--b\r\nnonsense", headers=cut)
    assert answer.status_code in (400, 422)
    assert error_of(answer)["type"] == "invalid_request"
    neither = service.post("/documents", content=b"x", headers={"content-type": "text/plain"})
    assert neither.status_code == 400


def test_an_empty_field_of_a_form_is_refused(service):
    for name in ("format", "explain"):
        answer = service.post("/documents", files={"file": ("a.txt", b"x")}, data={name: ""})
        assert answer.status_code == 422
        assert error_of(answer)["message"] == f"{name}: is empty; leave it out"


def test_half_a_character_and_control_signs_do_no_harm(service):
    body = json.dumps({"content": "\ud83d A line.\x00\x1e\n\n\x85Another line."})
    answer = service.post("/documents", content=body, headers=JSON)
    assert answer.status_code == 200
    assert [text for _, text in sliced(answer.json())] == ["\ufffd A line.", "Another line."]


def test_a_hostile_document_does_not_hold_up_other_requests(service):
    slow = {"content": "*a_ " * 400_000, "format": "markdown"}
    with ThreadPoolExecutor(1) as pool:
        hostile = pool.submit(service.post, "/documents", json=slow)
        while not hostile.done():
            assert service.post("/score", json={"texts": [CHIPS]}).status_code == 200
    assert hostile.result().status_code == 422
    assert error_of(hostile.result())["type"] == "too_complex"
    assert ask(service)["totals"]["paragraphs"] == 3


def test_what_is_served_is_what_the_predictor_says(service, trained):
    predictor = Predictor.open(trained.bundle)
    (own,) = predictor.predict([CHIPS])
    (part,) = [p for p in ask(service)["paragraphs"] if p["kind"] == "quotation"]
    for ours, theirs in zip(own.frames, part["result"]["frames"], strict=True):
        assert theirs["label"] == ours.label
        assert theirs["score"] == pytest.approx(ours.score, abs=1e-5)


def test_who_comes_when_sixteen_wait_is_asked_to_come_again():
    """On the routes alone, with a reader that waits until it is told."""
    told, live = threading.Event(), SimpleNamespace(unread=0)

    def read_spoken(*_: object) -> None:
        told.wait(20)
        raise DocumentError("empty", "told")

    async def post_all() -> list[str]:
        async def post() -> str:
            with pytest.raises(ApiError) as refused:
                await document_routes._read(live, "x", "auto", None, 1)
            told.set()  # the one that is refused
            return refused.value.body["error"]["type"]

        return await asyncio.gather(*(post() for _ in range(17)))

    with ThreadPoolExecutor(1) as pool:
        live.reading, live.reader = pool, SimpleNamespace(read_spoken=read_spoken)
        assert sorted(asyncio.run(post_all())) == ["busy", *["empty"] * 16]
    assert live.unread == 0


def test_the_media_type_of_a_form_has_no_case(service):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        + ACCORD.encode() + b"\r\n--b--\r\n"
    )  # fmt: skip
    kind = {"content-type": "Multipart/Form-Data; boundary=b"}
    answer = service.post("/documents", content=body, headers=kind)
    assert answer.status_code == 200, answer.text
    assert answer.json()["text"] == ACCORD
