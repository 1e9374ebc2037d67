"""What is refused before it is read: plain requests to score, and nothing else."""

import asyncio
import json
import socket

import h11
import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.connections import Bounded
from serving.overload import Limits, Room
from serving.shedding import refusal

BODY = b'{"texts": ["One."]}'
HEAD = b"POST /score HTTP/1.1\r\nHost: localhost\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
PLAIN = HEAD + LENGTH + b"\r\n" + BODY


def refused(data):
    return refusal(Room(Limits(), most=1, limit=100), data)


def events(data, role):
    """What h11 reads of some bytes."""
    connection = h11.Connection(role)
    if role is h11.CLIENT:
        connection.send(h11.Request(method="POST", target="/", headers=[("Host", "localhost")]))
        connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    found = []
    while not found or type(found[-1]) not in (h11.EndOfMessage, type):
        found.append(connection.next_event())
    return found, connection.trailing_data[0]


def test_the_answer_is_whole_and_says_when_to_come_again():
    (head, *parts, end), left = events(refused(PLAIN), h11.CLIENT)
    assert (head.status_code, type(end), left) == (429, h11.EndOfMessage, b"")
    headers = dict(head.headers)
    assert headers[b"retry-after"] == b"1"
    assert headers[b"x-content-type-options"] == b"nosniff"
    error = json.loads(b"".join(bytes(part.data) for part in parts))["error"]
    words = "as many texts wait to be scored as may; ask again in 1 s"
    assert error == {"type": "overloaded", "message": words}


@pytest.mark.parametrize(
    "data",
    [
        HEAD + LENGTH + b"User-Agent: a (b/1.0; c)\r\nX-1: \r\n\r\n" + BODY,
        PLAIN.replace(b"/score", b"/"),
        PLAIN.replace(b"/score", b"/documents"),
        PLAIN.replace(b"Content-Length", b"content-length"),
        HEAD + b"Content-Length: 0\r\n\r\n",
    ],
)
def test_plain_requests_to_score_are_refused(data):
    assert refused(data).startswith(b"HTTP/1.1 429 ")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PLAIN[:-1],
        PLAIN + b"G",
        PLAIN + PLAIN,
        PLAIN.replace(b"POST", b"GET"),
        PLAIN.replace(b"/score", b"/labels"),
        PLAIN.replace(b"/score", b"/score?x=1"),
        PLAIN.replace(b"1.1", b"1.0"),
        PLAIN.replace(b"\r\n", b"\n"),
        HEAD + b"\r\n" + BODY,
        HEAD + LENGTH + LENGTH + b"\r\n" + BODY,
        HEAD + b"Host: other\r\n" + LENGTH + b"\r\n" + BODY,
        HEAD.replace(b"Host", b"Hast") + LENGTH + b"\r\n" + BODY,
        HEAD + LENGTH + b"X: a\r\n Content-Length: 3\r\n\r\n" + BODY,
        HEAD + LENGTH + b"Content-Length : 3\r\n\r\n" + BODY,
        HEAD + LENGTH + b"content-length: 3, 3\r\n\r\n" + BODY,
        HEAD + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n" + BODY,
        HEAD + LENGTH + b"transfer-encoding: chunked\r\n\r\n" + BODY,
        HEAD + LENGTH + b"Connection: close\r\n\r\n" + BODY,
        HEAD + LENGTH + b"Expect: 100-continue\r\n\r\n" + BODY,
        HEAD + LENGTH + b"Upgrade: websocket\r\n\r\n" + BODY,
        HEAD + LENGTH + b"X: \x00\r\n\r\n" + BODY,
        HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n" + BODY,
    ],
)
def test_anything_else_is_left_to_the_parser(data):
    assert refused(data) is None


NAMES = st.sampled_from(["Content-Length", "content-length ", "Transfer-Encoding", "X", "Host"])
VALUES = st.sampled_from(["19", "0", "chunked", "19, 19", "+19", "", "a\t b", "\r", "é"])
ENDS = st.sampled_from(["\r\n", "\n", "\r\n "])


@settings(max_examples=500)
@given(st.lists(st.tuples(NAMES, VALUES, ENDS), max_size=4), st.booleans())
def test_what_is_refused_is_one_request_to_the_parser_too(lines, whole):
    made = "".join(f"{name}: {value}{end}" for name, value, end in lines).encode("latin-1")
    data = HEAD + made + (LENGTH if whole else b"") + b"\r\n" + BODY
    if refused(data):
        (first, *_, last), left = events(data, h11.SERVER)
        assert (type(first), type(last), left) == (h11.Request, h11.EndOfMessage, b"")


class Switch:
    """A room that is full when told so, of which `refusal` asks two figures."""

    limit = 100

    def __init__(self):
        self.on = False

    def full(self, requests, others):
        self.asked = requests, others
        return self.on

    def seconds(self, tokens):
        return 7


async def hello(scope, receive, send):
    """An app that answers with how many bytes it was sent."""
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message["body"]), message["more_body"]
    body = b"%d" % size
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def talk(monkeypatch, talking):
    """Run `talking(room, reader, writer)` on a connection to a server of `hello`."""
    room = Switch()
    monkeypatch.setattr(Bounded, "room", room)

    async def run():
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(hello, http=Bounded, log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        try:
            await talking(room, reader, writer)
        finally:
            writer.close()
            server.should_exit = True
            await serving

    asyncio.run(asyncio.wait_for(run(), 60))


async def answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
    return int(head.split()[1]), await reader.readexactly(size)


def test_a_connection_is_kept_from_a_refusal_to_the_next_request(monkeypatch):
    async def talking(room, reader, writer):
        for full in (False, True, True, False, True, False):
            room.on = full
            writer.write(PLAIN)
            status, body = await answer(reader)
            assert (status == 429) if full else (status, body) == (200, b"19")

    talk(monkeypatch, talking)


def test_requests_that_ask_for_no_scores_are_told_apart(monkeypatch):
    async def talking(room, reader, writer):
        place = writer.get_extra_info("peername")
        for line, others in ((b"POST /score", 0), (b"POST /labels", 1), (b"GET /score", 1)):
            other_reader, other = await asyncio.open_connection(*place)
            other.write(PLAIN.replace(b"POST /score", line)[:-5])
            await asyncio.sleep(0.05)
            writer.write(PLAIN)
            await answer(reader)
            assert room.asked == (1, others)
            other.write(PLAIN[-5:])
            await answer(other_reader)
            writer.write(PLAIN)
            await answer(reader)
            assert room.asked == (0, 0)
            other.close()

    talk(monkeypatch, talking)


def test_a_request_in_two_parts_is_left_to_the_parser(monkeypatch):
    async def talking(room, reader, writer):
        room.on = True
        writer.write(PLAIN[:-5])
        await asyncio.sleep(0.05)
        writer.write(PLAIN[-5:])
        assert await answer(reader) == (200, b"19")
        writer.write(HEAD)
        await asyncio.sleep(0.05)
        writer.write(b"X: " + PLAIN.replace(b"\r\n", b"  ") + b"\r\n" + LENGTH + b"\r\n" + BODY)
        assert await answer(reader) == (200, b"19")

    talk(monkeypatch, talking)
