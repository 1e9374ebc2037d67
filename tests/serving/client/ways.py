"""Asks the blocking client and the asynchronous one alike."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx

from serving.client import AsyncFramescope, Framescope

Handler = Callable[[httpx.Request], httpx.Response]


def blocking(handler: Handler, method: str, *arguments: Any, **named: Any) -> Any:
    with Framescope(transport=httpx.MockTransport(handler), token="secret") as client:
        found = getattr(client, method)(*arguments, **named)
        return list(found) if isinstance(found, Iterator) else found


def asynchronous(handler: Handler, method: str, *arguments: Any, **named: Any) -> Any:
    async def ask() -> Any:
        transport = httpx.MockTransport(handler)
        async with AsyncFramescope(transport=transport, token="secret") as client:
            found = getattr(client, method)(*arguments, **named)
            if isinstance(found, AsyncIterator):
                return [one async for one in found]
            return await found

    return asyncio.run(ask())


WAYS = [blocking, asynchronous]
