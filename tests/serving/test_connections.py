"""Connections that are slow, half open, too large or too many, on a real service."""

import contextlib
import json
import shutil
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from serving.api import create_app
from serving.connections import bound
from serving.overload import LimitsError
from serving.schemas import MAX_BODY
from tests.conftest import Service, start_service, stop_service
from tests.serving.answers import error_of
from tests.serving.processes import connected

PATIENCE = 1.5
CONNECTIONS = 24
HEADERS = (
    "content-security-policy", "x-content-type-options", "referrer-policy", "cache-control",
)  # fmt: skip


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("bounded") / "log"


@pytest.fixture(scope="module")
def bounded(trained, log, tmp_path_factory) -> Iterator[Service]:
    """A service that has little patience, and takes few connections."""
    home = tmp_path_factory.mktemp("bounded") / "home"
    shutil.copytree(trained.home, home)
    few = {"FRAMESCOPE_PATIENCE": str(PATIENCE), "FRAMESCOPE_CONNECTIONS": str(CONNECTIONS)}
    running = start_service(home, log, **few)
    yield running
    stop_service(running)


def answer_to(opened: socket.socket) -> httpx.Response:
    """Read until the service closes, and return the answer; one that is none has status 0."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while part := opened.recv(65536):
            said += part
    return parsed(said)


def parsed(said: bytes) -> httpx.Response:
    head, _, body = said.partition(b"\r\n\r\n")
    if not head:
        return httpx.Response(0)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in lines]
    return httpx.Response(int(first.split()[1]), headers=headers, content=body)


def asked(service: Service, sent: bytes) -> tuple[float, httpx.Response]:
    """Send bytes as they are; return how many seconds until the service closed, and its answer."""
    began = time.monotonic()
    with connected(service, sent) as opened:
        answer = answer_to(opened)
    return time.monotonic() - began, answer


def drip(service: Service, first: bytes, drop: bytes) -> tuple[float, httpx.Response]:
    """Send `drop` again and again, long before any wait for a next byte would end."""
    began, said = time.monotonic(), b""
    with connected(service, first) as opened, contextlib.suppress(ConnectionError):
        opened.settimeout(0.2)
        while time.monotonic() - began < 20:
            opened.sendall(drop)
            with contextlib.suppress(TimeoutError):
                part = opened.recv(65536)
                if not part:
                    break
                said += part
    return time.monotonic() - began, parsed(said)


HEAD = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SLOW = {
    "nothing at all": (b"", b""),
    "headers byte by byte": (b"GET / HTTP/1.1\r\nX: ", b"a"),
    "half a request": (HEAD, b""),
    "a body that does not come": (HEAD + b"Content-Length: 100\r\n\r\n{", b""),
    "a body byte by byte": (HEAD + b"Content-Length: 100000\r\n\r\n{", b" "),
    "chunks of one byte": (CHUNKED, b"1\r\n \r\n"),
    "a next request that does not end": (
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\n", b"X: a\r\n",
    ),
}  # fmt: skip


def test_slow_clients_are_told_and_let_go_of(bounded):
    with ThreadPoolExecutor(len(SLOW)) as pool:
        found = dict(
            zip(SLOW, pool.map(lambda sent: drip(bounded, *sent), SLOW.values()), strict=True)
        )
        # Others are answered meanwhile.
        assert bounded.get("/livez").status_code == 200
    for name, (seconds, answer) in found.items():
        assert PATIENCE * 0.9 < seconds < PATIENCE + 8, name
        if name == "a next request that does not end":
            assert answer.status_code == 200
            continue
        # A client that still sends when the connection is closed may be reset before it has read.
        assert answer.status_code in (408, 0), name
        if answer.status_code:
            assert error_of(answer)["type"] == "too_slow", name
            assert all(header in answer.headers for header in HEADERS)
    assert sum(answer.status_code == 408 for _, answer in found.values()) >= 3


def test_who_does_not_read_is_let_go_of(bounded):
    place = httpx.URL(bounded.url)
    with socket.socket() as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.settimeout(30)
        opened.connect((place.host, place.port))
        ask = b"GET /page/app.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
        wanted = 600
        with contextlib.suppress(OSError):
            opened.settimeout(0.5)
            for _ in range(wanted):
                opened.sendall(ask)
        before = established(bounded, opened.getsockname()[1])
        deadline = time.monotonic() + PATIENCE + 40
        while established(bounded, opened.getsockname()[1]) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert before
        assert not established(bounded, opened.getsockname()[1])


def established(service: Service, port: int) -> bool:
    """Whether the service's side of the connection from a port is open."""
    own = f":{httpx.URL(service.url).port:04X}"
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        _, local, remote, state, *_ = line.split()
        if local.endswith(own) and remote.endswith(f":{port:04X}") and state == "01":
            return True
    return False


def test_headers_are_bounded(bounded):
    line = b"X-A: " + b"a" * 30_000 + b"\r\n"
    for sent in (HEAD + line, b"GET /" + b"a" * 30_000, HEAD + b"A: b\r\n" * 10_000):
        _, answer = asked(bounded, sent)
        # Where more was on its way than was read, the answer may be lost with the connection.
        assert answer.status_code in (431, 0)
        if answer.status_code:
            assert error_of(answer)["message"] == "the headers are larger than 16,384 bytes"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\nb: c\x00\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_in_the_usual_form(bounded, sent):
    _, answer = asked(bounded, sent)
    assert answer.status_code == 400
    assert error_of(answer)["message"] == "this is no request of HTTP/1.1"
    assert all(header in answer.headers for header in HEADERS)


def test_a_broken_chunk_ends_the_connection_alone(bounded):
    _, answer = asked(bounded, CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n")
    assert answer.status_code == 400
    body = json.dumps({"texts": ["a"]}).encode()
    whole = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    _, answer = asked(bounded, CHUNKED.replace(b"Host", b"Connection: close\r\nHost") + whole)
    assert answer.status_code == 200


def test_who_sends_too_much_sees_the_refusal_though_it_sends_on(bounded):
    """By a declared length and in chunks, four times what is allowed, before it reads a byte."""
    chunk = b" " * 65536
    parts = 4 * MAX_BODY // len(chunk)
    declared = HEAD + b"Content-Length: %d\r\n\r\n" % (parts * len(chunk))
    for first, part, last in (
        (declared, chunk, b""), (CHUNKED, b"10000\r\n" + chunk + b"\r\n", b"0\r\n\r\n"),
    ):  # fmt: skip
        with connected(bounded, first) as opened:
            for _ in range(parts):
                opened.sendall(part)
            opened.sendall(last)
            answer = answer_to(opened)
        assert answer.status_code == 413
        assert error_of(answer)["message"].startswith("the body is larger than 8,388,608 bytes")


def test_who_sends_without_end_is_let_go_of(bounded):
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    began = time.monotonic()
    with connected(bounded, CHUNKED) as opened, contextlib.suppress(ConnectionError):
        while time.monotonic() - began < 60:
            opened.sendall(chunk)
    assert time.monotonic() - began < PATIENCE + 15


def test_who_goes_in_the_middle_of_a_body_leaves_nothing_behind(bounded):
    """BentoML's own timeout, 90 s, ends once there is an answer, also one that nobody sees."""

    def being_answered() -> float:
        lines = bounded.get("/metrics").text.splitlines()
        name = "bentoml_service_request_in_progress{"
        own = [line for line in lines if line.startswith(name) and 'endpoint="/score"' in line]
        return sum(float(line.split()[-1]) for line in own)

    with contextlib.ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(connected(bounded, HEAD + b"Content-Length: 100\r\n\r\n{"))
        deadline = time.monotonic() + PATIENCE
        while not (seen := being_answered()) and time.monotonic() < deadline:
            time.sleep(0.05)
    deadline = time.monotonic() + 20
    while being_answered() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert seen
    assert not being_answered()


def test_connections_are_bounded_and_come_back(bounded):
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(connected(bounded)) for _ in range(CONNECTIONS)]
        extra = [asked(bounded, b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")]
        answer = extra[0][1]
        assert answer.status_code in (503, 0)
        if answer.status_code:
            assert error_of(answer)["type"] == "busy"
            assert answer.headers["retry-after"] == "2"
        assert all(answer_to(one).status_code == 408 for one in held)
    assert bounded.get("/livez").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/livez", 200), ("GET", "/readyz", 200), ("GET", "/metrics", 200),
        ("POST", "/livez", 404), ("GET", "/schema.json", 200), ("GET", "/nothing", 404),
        ("PUT", "/score", 405), ("GET", "/page/nothing.js", 404), ("GET", "/page/app.js", 200),
        ("OPTIONS", "/score", 405), ("HEAD", "/", 200), ("TRACE", "/score", 405),
        ("GET", "/codebook", 200), ("GET", "/docs.json", 200), ("GET", "/reports/none", 404),
    ],
)  # fmt: skip
def test_every_answer_has_the_security_headers(bounded, method, path, status):
    answer = httpx.request(method, bounded.url + path, timeout=30)
    assert answer.status_code == status
    assert all(header in answer.headers for header in HEADERS)


@pytest.mark.parametrize(
    "path",
    [
        "/reports/..%2f..%2flabels.db", "/reports/%2e%2e", "/page/..%2fapi.py",
        "/page/%2e%2e/%2e%2e/labels.db", "/page/....//labels.db", "/page//etc/passwd",
        "/reports/..\\..\\labels.db", "/page/app.js%00.png",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_its_folder(bounded, path):
    sent = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    _, answer = asked(bounded, sent.encode())
    assert answer.status_code == 404
    assert error_of(answer)["type"] == "not_found"


SECRET = "a text that nobody is to read in any log"


def test_the_log_holds_no_text_no_token_and_no_line_of_a_caller(bounded, log):
    header = {"authorization": f"Bearer {SECRET}", "x-request-id": SECRET, "user-agent": SECRET}
    odd = f"{SECRET}\r\nforged line \x1b[2J"
    bounded.post("/score", json={"texts": [odd, {"id": odd, "text": odd}]}, headers=header)
    bounded.post("/score", json={"texts": [SECRET], SECRET: 1})
    bounded.post("/", json={"inputs": odd})
    bounded.post("/documents", json={"content": odd * 3, "name": odd})
    bounded.post("/documents", files={"file": (odd, odd.encode())})
    row = {"text": odd, "frames": {}, "annotator": odd}
    assert bounded.post("/labels", json={"annotations": [row]}).status_code == 200
    assert bounded.post("/labels", json={"annotations": [row | {"frames": 3}]}).status_code == 422
    bounded.post("/queue", json={"texts": [odd], "batch": odd})
    bounded.get("/queue", params={"annotator": odd})
    for path in ("/nothing/", "/disputes/", "/reports/", "/page/"):
        bounded.get(path + "forged line %0d%0aforged line" + SECRET.replace(" ", "%20"))
    kind = b"Content-Type: \xff forged line\r\n"
    sent = b"POST /score HTTP/1.1\r\nHost: localhost\r\n" + kind + b"Content-Length: 0\r\n\r\n"
    _, answer = asked(bounded, sent)
    assert answer.status_code == 400
    written = log.read_text("utf-8")
    assert "path=/score" in written
    assert "path=/disputes/{text_id}" in written
    for unwanted in (SECRET, SECRET.replace(" ", "%20"), "forged line", "\x1b[2J", "Traceback"):
        assert unwanted not in written, unwanted


def test_answers_split_no_header(bounded):
    odd = "x\r\nSet-Cookie: a=b"
    for path in ("/nothing", "/reports/x", "/disputes/x"):
        answer = bounded.get(path + httpx.QueryParams({"": odd}).__str__())
        assert "set-cookie" not in answer.headers


def test_figures_are_kept_on_routes_and_not_on_what_is_asked_for(bounded):
    for number in range(20):
        bounded.get(f"/disputes/number{number}")
        bounded.get(f"/number{number}")
    said = bounded.get("/metrics").text
    assert 'endpoint="/disputes/{text_id}"' in said
    assert "number1" not in said


@pytest.mark.parametrize("name", ["FRAMESCOPE_PATIENCE", "FRAMESCOPE_CONNECTIONS"])
@pytest.mark.parametrize("value", ["none", "0", "-1", "1e400"])
def test_a_limit_that_cannot_be_used_is_named(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(LimitsError, match=f"{name} is '{value}'"):
        bound(create_app())
