"""What a client needs, sends and returns."""

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import httpx
import pytest

from labels import codebook
from labels.errors import FramescopeError
from serving import answers as declared
from serving import client, document_answers
from serving.client import AsyncFramescope, Framescope, InvalidRequestError, ServiceError
from serving.client import answers as read
from serving.client import documents as read_documents
from tests.serving.client.ways import WAYS

ROOT = Path(__file__).parents[3]
NO_DOCUMENT = {"error": {"type": "empty", "message": "nothing to read"}}


def test_it_needs_nothing_heavy():
    code = """
import sys, serving.client
known = {name.split(".")[0] for name in sys.modules}
heavy = {"torch", "sklearn", "bentoml", "fastapi", "starlette", "pydantic", "numpy", "scipy"}
heavy |= {"transformers", "sqlalchemy", "yaml", "tqdm", "trafilatura", "lxml", "training", "eval"}
own = {name for name in sys.modules if name.split(".")[0] in ("labels", "serving")}
own -= {name for name in own if name.startswith("serving.client")}
print(sorted(known & heavy), sorted(own))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    own = ["labels", "labels.errors", "serving", "serving.results"]
    assert done.stdout.strip() == f"[] {own}", done.stderr


def test_everything_it_raises_is_a_framescope_error():
    kinds = [value for name, value in vars(client).items() if name.endswith("Error")]
    assert len(kinds) == 6
    assert all(issubclass(kind, ServiceError) for kind in kinds)
    assert issubclass(ServiceError, FramescopeError)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:3000", "127.0.0.1", "", "ftp://example.org", "http://localhost:abc",
        "http://[::1", "http://", "https://ex ample",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [Framescope, AsyncFramescope])
def test_an_address_without_a_scheme_is_told(kind, url):
    with pytest.raises(FramescopeError, match="is no address of a service"):
        kind(url)


@pytest.mark.parametrize("kind", [Framescope, AsyncFramescope])
@pytest.mark.parametrize("token", ["\u00e9", "se\ncret"])
def test_a_token_that_no_header_can_hold_is_told(kind, token):
    with pytest.raises(FramescopeError, match="the token holds what no header can") as caught:
        kind(token=token)
    assert token not in str(caught.value)


def test_a_token_out_of_a_file_is_sent_without_its_line_break():
    def told(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer secret"
        return httpx.Response(200, json={"annotations": []})

    with Framescope(token="secret\n", transport=httpx.MockTransport(told)) as found:
        assert found.labels() == []


@pytest.mark.parametrize("way", WAYS)
def test_what_cannot_be_sent_or_read_is_told(way, tmp_path):
    def broken(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-encoding": "gzip"}, content=b"not so")

    def undecoded(request: httpx.Request) -> httpx.Response:
        raise httpx.DecodingError("not so", request=request)

    for player in (broken, undecoded):
        with pytest.raises(ServiceError, match="answered what cannot be read") as caught:
            way(player, "model")
        assert caught.value.type == "not_understood"
    with pytest.raises(InvalidRequestError, match="this cannot be sent"):
        way(broken, "labels", annotator="\ud800")
    with pytest.raises(InvalidRequestError, match="cannot read the file"):
        way(broken, "document", Path("a\0b"))


@pytest.mark.parametrize("way", WAYS)
def test_labels_of_any_script_take_no_more_than_their_bytes(way):
    sizes = []

    def count(request: httpx.Request) -> httpx.Response:
        sizes.append(len(request.content))
        return httpx.Response(200, json={"stored": []})

    way(count, "add_labels", [{"text": "\u044f" * 1000, "frames": {}}])
    assert sizes[0] < 2100


@pytest.mark.parametrize("way", WAYS)
def test_a_string_too_long_for_json_goes_as_a_file(way):
    sent = []

    def keep(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(422, json=NO_DOCUMENT)

    for content in ("\u044f" * 2_000_000, "\u044f" * 5_000_000 + "\ud800"):
        with pytest.raises(InvalidRequestError, match="nothing to read"):
            way(keep, "document", content, "text")
    plain, upload = sent
    assert plain.headers["content-type"] == "application/json"
    assert len(plain.content) < 4_001_000
    assert upload.headers["content-type"].startswith("multipart/form-data")
    assert "\ufeff\u044f\u044f".encode() in upload.content


def test_a_file_whose_name_is_not_utf8_is_sent(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    path.write_text("Both sides agreed.", "utf-8")

    def keep(request: httpx.Request) -> httpx.Response:
        assert b'filename="caf?.txt"' in request.content
        return httpx.Response(422, json=NO_DOCUMENT)

    with (
        Framescope(transport=httpx.MockTransport(keep)) as found,
        pytest.raises(InvalidRequestError, match="nothing to read"),
    ):
        found.document(path)


def test_both_clients_have_the_same_methods():
    def public(kind: type) -> set[str]:
        return {name for name in vars(kind) if not name.startswith("_")}

    assert public(AsyncFramescope) - {"aclose"} == public(Framescope) - {"close"}


DECLARED = [
    *((getattr(read, name), getattr(declared, name)) for name in (
        "CodebookName", "Figure", "Evaluation", "FrameDecision", "ModelAnswer", "Annotation",
        "RetrainAnswer", "ScoredText", "RefusedText",
    )),
    *((getattr(read_documents, name), getattr(document_answers, name)) for name in (
        "AboutDocument", "QuotedWords", "StanceHolder", "HeldFrame", "DocumentParagraph",
        "FrameCount", "FrameShare", "SpeakerTotal", "DocumentTotals", "DocumentAnswer",
    )),
]  # fmt: skip
OWN = {"ScoredText": {"model", "member"}, "DocumentParagraph": {"text"}}


@pytest.mark.parametrize(("ours", "theirs"), DECLARED, ids=lambda kind: kind.__name__)
def test_answers_have_the_names_and_fields_of_the_service(ours, theirs):
    names = {field.name for field in fields(ours)}
    assert names - OWN.get(ours.__name__, set()) == set(theirs.model_fields)


@pytest.mark.parametrize("name", ["Codebook", "Frame", "Example", "Stance"])
def test_the_codebook_has_the_fields_of_the_service(name):
    ours, theirs = getattr(read, name), getattr(codebook, name)
    assert [field.name for field in fields(ours)] == [field.name for field in fields(theirs)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [str, bytes, Path])
def test_a_document_goes_as_json_or_as_a_file(way, kind, tmp_path):
    sent = []

    def keep(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(422, json=NO_DOCUMENT)

    (tmp_path / "чипы.html").write_bytes(b"<p>Chips.</p>")
    content = {str: "<p>Chips.</p>", bytes: b"<p>Chips.</p>", Path: tmp_path / "чипы.html"}[kind]
    with pytest.raises(InvalidRequestError, match="nothing to read") as caught:
        way(keep, "document", content, "html", explain=True)
    assert caught.value.type == "empty"
    (request,) = sent
    if kind is str:
        wanted = {"content": "<p>Chips.</p>", "format": "html", "explain": True}
        assert json.loads(request.content) == wanted
        return
    assert request.headers["content-type"].startswith("multipart/form-data")
    form = request.content.decode()
    name = "чипы.html" if kind is Path else "document"
    for part in (f'name="file"; filename="{name}"', "<p>Chips.</p>", "html", "true"):
        assert part in form


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("content", "words"),
    [("article.pdf", "looks like a file's name"), (Path("nowhere.html"), "cannot read the file")],
)
def test_a_file_that_is_not_there_is_told(way, content, words):
    with pytest.raises(InvalidRequestError, match=words):
        way(lambda request: httpx.Response(500), "document", content)


def test_the_asynchronous_client_keeps_its_bound():
    at_once, most = 0, 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        return httpx.Response(422, json=NO_DOCUMENT)

    async def ask() -> list:
        transport = httpx.MockTransport(slow)
        async with AsyncFramescope(transport=transport, concurrency=3) as found:
            waiting = [found.document(f"text {number}") for number in range(12)]
            return await asyncio.gather(*waiting, return_exceptions=True)

    assert len(asyncio.run(ask())) == 12
    assert most == 3


def test_a_fault_in_one_batch_ends_the_others():
    async def answer(request: httpx.Request) -> httpx.Response:
        if b"first" not in request.content:
            await asyncio.sleep(60)
        return httpx.Response(422, json=NO_DOCUMENT)

    async def ask() -> None:
        async with AsyncFramescope(transport=httpx.MockTransport(answer)) as found:
            async for _ in found.score(["first"] * 256 + ["later"] * 1000):
                pass

    with pytest.raises(InvalidRequestError, match="nothing to read"):
        asyncio.run(asyncio.wait_for(ask(), 10))
