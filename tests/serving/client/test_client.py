"""What a client needs, sends and returns."""

import asyncio
import json
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


@pytest.mark.parametrize("url", ["localhost:3000", "127.0.0.1", "", "ftp://example.org"])
@pytest.mark.parametrize("kind", [Framescope, AsyncFramescope])
def test_an_address_without_a_scheme_is_told(kind, url):
    with pytest.raises(FramescopeError, match="is no address of a service"):
        kind(url)


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


@pytest.mark.parametrize("name", ["Codebook", "Frame", "Stance"])
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
