"""Attacks on the service that are not on its connections: tokens, names, headers, logs."""

import asyncio
import hmac
import logging
import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from labels import tokens
from labels.home import Home
from labels.store import Store
from serving.access import BOUND_TO
from serving.api import PAGE, create_app
from serving.faults import BrokenOffError, Faults
from serving.live import Live
from serving.openapi import EXAMPLES
from tests.conftest import ROOT, Trained
from tests.serving.answers import error_of
from training.entries import RegistryError
from training.registry import find_bundle

SECRET = "a sentence that is for nobody's log"


@pytest.fixture
def app(tmp_path, monkeypatch) -> Iterator[FastAPI]:
    monkeypatch.setenv(BOUND_TO, "127.0.0.1")
    app = create_app()
    app.state.live = Live(Home.find(tmp_path), Store.open(f"sqlite:///{tmp_path / 'labels.db'}"))
    live = app.state.live
    yield app
    live.stop()


def ask(app: FastAPI, method: str, path: str, **options) -> httpx.Response:
    """Ask the app itself; what it would hand on to the server is raised here."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_tokens_are_compared_by_nothing_but_compare_digest(app, monkeypatch):
    store, real, compared = app.state.live.store, hmac.compare_digest, []
    known = [tokens.create(store, f"one {number}", "admin") for number in range(3)]
    monkeypatch.setenv("FRAMESCOPE_TOKEN", "the operator's")

    def noted(one, other):
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", noted)
    for given in (*known, "fs_" + "A" * 43):
        compared.clear()
        answer = ask(app, "GET", "/me", headers=bearer(given))
        assert answer.status_code == (200 if given in known else 401)
        # The environment's, and every stored hash, whichever of them fits.
        assert len(compared) == 1 + len(known)
        assert len({len(hash) for pair in compared[1:] for hash in pair}) == 1
        assert not any(given in pair for pair in compared[1:])
    # Where it finds nothing equal, nobody is let in: there is no other comparison.
    monkeypatch.setattr(hmac, "compare_digest", lambda *_: False)
    for given in (*known, "the operator's"):
        assert ask(app, "GET", "/me", headers=bearer(given)).status_code == 401


class Broken:
    """A state of the service of which every part fails, with a message that quotes a text."""

    def __getattr__(self, name):
        raise ValueError(f"{name}: {SECRET}") from KeyError(SECRET)


def bodies(app: FastAPI) -> Iterator[tuple[str, str, object]]:
    """Yield each route of the document, with a body that fits it."""
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            shown = EXAMPLES.get(f"{method.upper()} {path}")
            sent = next(iter(shown.requests.values()), None) if shown and shown.requests else None
            yield method.upper(), path.replace("{text_id}", "p1:0").replace("{version}", "1"), sent


def test_a_fault_in_any_route_is_told_with_headers_and_logged_without_a_text(app, caplog, capfd):
    app.state.live = Broken()
    asked = list(bodies(app))
    assert len(asked) >= 17
    with caplog.at_level(logging.DEBUG):
        for method, path, sent in asked:
            answer = ask(app, method, path, json=sent)
            assert answer.status_code == 500, (method, path, answer.text)
            assert error_of(answer)["type"] == "internal"
            assert SECRET not in answer.text
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
    assert caplog.text.count("a request failed: ValueError") == len(asked)
    assert "in __getattr__" in caplog.text  # where it was
    assert SECRET not in caplog.text + "".join(capfd.readouterr())


def test_an_answer_that_breaks_off_is_not_ended_and_not_quoted(caplog):
    sent = []

    async def broken(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError(SECRET)

    async def send(message):
        sent.append(message["type"])

    with pytest.raises(BrokenOffError, match="an answer broke off") as error:
        asyncio.run(Faults(broken)({"type": "http"}, None, send))
    assert sent == ["http.response.start"]
    assert error.value.__suppress_context__  # the server logs what it is given
    assert "ValueError" in caplog.text
    assert SECRET not in caplog.text


NAMES = (
    "../../secret.txt", "..\\..\\secret.txt", "/etc/passwd", "a\x00.pdf", "x" * 5000, ".", "..",
    "<img src=x onerror=1>.html", "=1+1.txt", "a/../../b.docx", "\u202etxt.exe", "%2e%2e%2fb.txt",
    "a%0D%0ASet-Cookie: a=b.txt", "a\r\nSet-Cookie: a=b.txt",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:30])
def test_a_files_name_is_no_path_and_no_header(service, name):
    def files() -> set[str]:
        return {path.name for path in service.home.rglob("*") if path.suffix != ".db"}

    before = files()
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n'
    body = head % name.encode() + b"Both states agreed.\r\n--edge--\r\n"
    kind = {"content-type": "multipart/form-data; boundary=edge"}
    answer = service.post("/documents", content=body, headers=kind)
    assert answer.status_code in (200, 400, 422)
    assert answer.headers["content-type"] == "application/json"
    assert "set-cookie" not in answer.headers
    assert files() - before <= {"labels.db-wal", "labels.db-shm"}


@pytest.mark.parametrize(
    "name",
    [
        "../../labels.db", "..", ".", "", "/etc", "champion/../..", "latest\n", "a\x00b",
        "framescope:latest", "%2e%2e", "'; DROP TABLE models; --",
    ],
)  # fmt: skip
def test_the_name_of_a_model_is_looked_up_and_never_joined(trained: Trained, name):
    with pytest.raises(RegistryError, match="no model"):
        find_bundle(name, trained.registry())


MAKES_MARKUP = re.compile(
    r"\.(?:innerHTML|outerHTML)\s*\+?=[^=]|insertAdjacentHTML|document\.write|\beval\s*\("
    r"|new Function|createContextualFragment|setHTMLUnsafe|\bon\w+\s*=\s*[\"']|javascript:"
)


def test_the_page_makes_no_markup_of_texts_and_has_no_script_in_its_markup():
    scripts = sorted(PAGE.glob("*.js"))
    assert len(scripts) > 5
    for path in scripts:
        assert not MAKES_MARKUP.findall(path.read_text("utf-8")), path.name
    markup = (PAGE / "index.html").read_text("utf-8")
    assert not MAKES_MARKUP.findall(markup)
    assert all("src=" in one for one in re.findall(r"<script[^>]*>", markup))
    for bad in ("one.innerHTML = text", "<p onclick='x()'>", "a.href = 'javascript:x'"):
        assert MAKES_MARKUP.search(bad)


def test_each_defence_of_the_threat_model_names_a_test_that_is_there():
    page = (ROOT / "docs" / "threat-model.md").read_text("utf-8").split("## What holds")[1]
    rows = [line for line in page.split("## ")[0].splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 12
    named = ""
    for row in rows:
        named = row if "test_" in row else named
        tests = re.findall(r"`([\w/]*test_\w+\.py)`", named.split(" | ")[-1])
        assert tests, row
        assert row == named or "the same" in row
        assert all((ROOT / "tests" / one).is_file() for one in tests), row
