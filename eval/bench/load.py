"""A load generator: one text a request over some connections that are kept open.

    python -m eval.bench.load URL TEXTS --shape score --connections 64 --seconds 5

It writes plain HTTP/1.1 to sockets, since it shares the cores with what it measures. With `--share`
instead of a URL it only takes that part of a core: what a generator takes, and nothing else.
"""

import argparse
import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SHAPES: dict[str, tuple[str, Any]] = {
    "score": ("/score", lambda text: {"texts": [text]}),
    "infinity": ("/classify", lambda text: {"model": "peer", "input": [text]}),
    "litserve": ("/predict", lambda text: {"text": text}),
}
"""What a request looks like: its path, and its body of a text."""

_SLICE = 0.002
"""Seconds in which a share is taken: about those that an answer takes a generator."""


class Load:
    """Requests over connections until a time; `latencies` in seconds, one of each answer."""

    def __init__(self, host: str, port: int, requests: Iterator[bytes]) -> None:
        self.address = host, port
        self.latencies: list[float] = []
        self.failed = 0
        self._requests = requests

    async def run(self, connections: int, seconds: float) -> float:
        """Send for so long, or all there are, and return how long it took until the last answer."""
        began = time.perf_counter()
        ends = began + seconds
        await asyncio.gather(*(self._connection(ends) for _ in range(connections)))
        return time.perf_counter() - began

    async def _connection(self, ends: float) -> None:
        reader, writer = await asyncio.open_connection(*self.address)
        try:
            for request in self._requests:
                sent = time.perf_counter()
                if sent >= ends:
                    return
                writer.write(request)
                if await _answered(reader):
                    self.latencies.append(time.perf_counter() - sent)
                else:
                    self.failed += 1
        finally:
            writer.close()


async def _answered(reader: asyncio.StreamReader) -> bool:
    """Read one answer whole; return whether its status is 200."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    size = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    if size:
        await reader.readexactly(int(size))
    else:
        while int(chunk := await reader.readline(), 16):
            await reader.readexactly(int(chunk, 16) + 2)
        await reader.readline()
    return head.split(b" ", 2)[1] == b"200"


def requests(texts: list[str], shape: str, host: str, count: int | None = None) -> Iterator[bytes]:
    """Yield `count` requests, a text each and the texts in turn; None is for ever."""
    path, body_of = SHAPES[shape]
    made = []
    for text in texts:
        body = json.dumps(body_of(text)).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        made.append(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return itertools.islice(itertools.cycle(made), count)


def take(share: float, seconds: float) -> float:
    """Compute for nothing in `share` of the time, for so long; return the share that it became."""
    began, used = time.perf_counter(), time.process_time()
    while (passed := time.perf_counter() - began) < seconds:
        if time.process_time() - used >= share * passed:
            time.sleep(_SLICE)
        else:
            sum(range(10_000))
    return (time.process_time() - used) / passed


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Return `rate`, requests answered a second; `latencies`, in seconds; `failed`; `share`.

    `share` is of one core, what this process itself took of it.
    """
    texts = json.loads(args.texts.read_text("utf-8"))
    parts = urlsplit(args.url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    load = Load(host, port, requests(texts, args.shape, f"{host}:{port}", args.requests))
    used = time.process_time()
    took = asyncio.run(load.run(args.connections, args.seconds))
    return {
        "rate": len(load.latencies) / took,
        "latencies": load.latencies,
        "failed": load.failed,
        "share": (time.process_time() - used) / took,
    }


def main() -> None:
    """Print the outcome as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url", nargs="?")
    parser.add_argument("texts", type=Path, nargs="?")
    parser.add_argument("--shape", choices=SHAPES, default="score")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--requests", type=int)
    parser.add_argument("--share", type=float)
    args = parser.parse_args()
    if args.share is not None:
        found: dict[str, Any] = {"share": take(args.share, args.seconds)}
    else:
        found = measure(args)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
