"""A service from below: its processes, and connections to it without a client's help."""

import socket
from pathlib import Path

import httpx

from tests.conftest import Service


def connected(service: Service, first: bytes = b"") -> socket.socket:
    place = httpx.URL(service.url)
    opened = socket.create_connection((place.host, place.port or 80), timeout=30)
    opened.sendall(first)
    return opened


def children(process: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text("ascii").split()]
    return found
