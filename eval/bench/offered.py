"""A load generator that does not wait for answers: what comes is offered, whatever is answered.

    python -m eval.bench.offered URL TEXTS --rate 500 --seconds 10 --settle 3

Requests are due at random times (a Poisson process), each with one text that no other has, and go
over connections that are free, else over new ones. Without `--rate` each connection sends as soon
as it is answered. It takes no part of asyncio, since it shares the cores with what it measures.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.I)
_SEED = 7


class Offered:
    """Requests to one address. `statuses` counts answers; `good` has (when, seconds) of each 200.

    `refused`: the seconds until each other answer; `closed`: connections lost without any;
    `unsent`: requests that were due while every connection was taken.
    """

    def __init__(self, address: tuple[str, int], texts: list[str], connections: int) -> None:
        self.statuses: Counter[int] = Counter()
        self.good: list[tuple[float, float]] = []
        self.refused: list[float] = []
        self.closed = 0
        self.unsent = 0
        self._address = address
        self._requests = _requests(texts, f"{address[0]}:{address[1]}")
        self._most = connections
        self._idle: list[socket.socket] = []
        self._sent: dict[socket.socket, float] = {}
        self._parts: dict[socket.socket, bytes] = {}
        self._ready = selectors.DefaultSelector()

    def run(self, rate: float | None, seconds: float) -> None:
        """Offer `rate` requests a second for so long; None is as many as are answered."""
        gaps = random.Random(_SEED)
        now = began = time.perf_counter()
        due = began
        while now < began + seconds:
            if rate is None:
                while len(self._sent) < self._most:
                    self._send(now)
                wait = 0.1
            else:
                while due <= now:
                    self._send(now)
                    due += gaps.expovariate(rate)
                wait = due - now
            for key, _ in self._ready.select(max(0.0, min(wait, began + seconds - now))):
                self._receive(key.fileobj)  # type: ignore[arg-type]
            now = time.perf_counter()

    def close(self) -> None:
        """Hang up, also on what is not answered yet."""
        for connection in [*self._idle, *self._sent]:
            connection.close()
        self._ready.close()

    def _send(self, now: float) -> None:
        if self._idle:
            connection = self._idle.pop()
        elif len(self._sent) < self._most:
            connection = socket.create_connection(self._address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ready.register(connection, selectors.EVENT_READ)
        else:
            self.unsent += 1
            return
        self._sent[connection] = now
        self._parts[connection] = b""
        try:
            connection.sendall(next(self._requests))
        except OSError:
            self._drop(connection)

    def _receive(self, connection: socket.socket) -> None:
        try:
            part = connection.recv(65536)
        except OSError:
            part = b""
        if not part or connection not in self._sent:
            self._drop(connection)
            return
        said = self._parts[connection] = self._parts[connection] + part
        head, found, body = said.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n") if found else None
        if length is None or len(body) < int(length[1]):
            return
        now, sent = time.perf_counter(), self._sent.pop(connection)
        status = int(head.split(b" ", 2)[1])
        self.statuses[status] += 1
        if status == 200:
            self.good.append((now, now - sent))
        else:
            self.refused.append(now - sent)
        self._idle.append(connection)

    def _drop(self, connection: socket.socket) -> None:
        """Let go of a connection that the other side has closed, maybe before it answered."""
        if self._sent.pop(connection, None) is None:
            self._idle.remove(connection)
        else:
            self.closed += 1
        self._ready.unregister(connection)
        connection.close()


def _requests(texts: list[str], host: str) -> Iterator[bytes]:
    """Yield requests for ever, each with a text of its own: equal ones would be scored once."""
    head = f"POST /score HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    bodies = [json.dumps({"texts": ["%s" + text.replace("%", "%%")]}) for text in texts]
    number = time.time_ns() // 1000 % 10**8  # another run has other numbers
    while True:
        for body in bodies:
            number += 1
            whole = (body % f"{number}. ").encode()
            yield f"{head}Content-Length: {len(whole)}\r\n\r\n".encode() + whole


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Return `goodput`, answers of 200 a second once settled, and what it took to see them.

    `latencies` of those answers and `refused`, those of all others, in seconds; `cpu`, the part of
    one core that this process took.
    """
    parts = urlsplit(args.url)
    address = parts.hostname or "127.0.0.1", parts.port or 80
    offered = Offered(address, json.loads(args.texts.read_text("utf-8")), args.connections)
    began, cpu = time.perf_counter(), time.process_time()
    offered.run(args.rate, args.seconds)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    offered.close()
    good = [seconds for when, seconds in offered.good if when >= began + args.settle]
    return {
        "goodput": len(good) / (took - args.settle),
        "latencies": good,
        "refused": offered.refused,
        "statuses": dict(offered.statuses),
        "closed": offered.closed,
        "unsent": offered.unsent,
        "cpu": cpu / took,
    }


def main() -> None:
    """Print the outcome as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("texts", type=Path)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--settle", type=float, default=2.0)
    json.dump(measure(parser.parse_args()), sys.stdout)


if __name__ == "__main__":
    main()
