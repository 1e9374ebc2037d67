"""Clients of every kind. Each request is one call; what comes back wrong raises."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from eval.soak.expected import Expected, WrongError

_ALL_MOVED = 10.0
"""Seconds after a new champion was first seen, after which none answers by the old one."""

_FEW = 1200
"""Characters of a text that is sent to be explained, which reads it up to eight times."""


class RefusedError(Exception):
    """429: too much waits. `again`: in how many seconds to ask again."""

    def __init__(self, again: int) -> None:
        super().__init__(f"asked to come again in {again} s")
        self.again = again


class Served:
    """Which models may answer. `now`: the champion that was seen; `coming`: one promoted since."""

    def __init__(self, first: str) -> None:
        self.now, self.coming, self._old, self._since = first, first, first, 0.0

    def promoted(self, version: str) -> None:
        """Take in that another champion may answer from now on."""
        self.coming = version

    def seen(self) -> None:
        """Take in that it does."""
        self._old, self.now, self._since = self.now, self.coming, time.monotonic()

    def check(self, model: str, began: float) -> None:
        """Refuse the answer of a model that should not have been asked.

        Raises:
            WrongError: naming it.
        """
        late = model == self._old and began < self._since + _ALL_MOVED
        if model not in (self.now, self.coming) and not late:
            raise WrongError(f"answered by {model}, which is no longer champion")


class Asker:
    """One client: its connection, its own course of chance, and what it must be answered."""

    def __init__(self, url: str, expected: Expected, served: Served, name: str) -> None:
        self.client = httpx.AsyncClient(base_url=url, timeout=120)
        self.expected = expected
        self.served = served
        self.chance = random.Random(name)
        self.count = 0
        self.name = name

    async def single(self) -> None:
        """One text."""
        await self._score(self.chance.sample(self.expected.texts, 1))

    async def batch(self) -> None:
        """Eight to 32 texts, with ids."""
        await self._score(self.chance.sample(self.expected.texts, self.chance.randint(8, 32)))

    async def explain(self) -> None:
        """One or two texts, with evidence, whose places must lie in the text."""
        short = [text for text in self.expected.texts if len(text) <= _FEW]
        texts = self.chance.sample(short, self.chance.randint(1, 2))
        for text, result in zip(texts, await self._score(texts, explain=True), strict=True):
            for frame in result["frames"]:
                if frame["present"] and not frame["evidence"]["sentences"]:
                    raise WrongError(f"no evidence for {frame['label']}, which is present")
                for part in (*frame.get("evidence", {}).values(),):
                    if any(not 0 <= one["start"] < one["end"] <= len(text) for one in part):
                        raise WrongError(f"evidence for {frame['label']} outside of the text")

    async def document(self) -> None:
        """A document: HTML, Markdown and text as JSON; PDF and DOCX as a file."""
        page = self.chance.choice(self.expected.pages)
        began = time.monotonic()
        if isinstance(page.content, str):
            body = {"content": page.content, "name": page.name}
            answer = await self.client.post("/documents", json=body)
        else:
            files = {"file": (page.name, page.content)}
            answer = await self.client.post("/documents", files=files)
        found = self._good(answer)
        self.served.check(found["model"], began)
        self.expected.check_page(found["model"], page, found)

    async def hugging_face(self) -> None:
        """One to four texts in Hugging Face's shape."""
        texts = self.chance.sample(self.expected.texts, self.chance.randint(1, 4))
        body = {"inputs": texts, "parameters": {"top_k": self.chance.randint(1, 5)}}
        began = time.monotonic()
        answer = await self.client.post("/", json=body)
        rows = self._good(answer)
        model = answer.headers["framescope-model"].partition(",")[0]
        self.served.check(model, began)
        if len(rows) != len(texts):
            raise WrongError(f"{len(rows)} rows for {len(texts)} texts")
        for text, row in zip(texts, rows, strict=True):
            self.expected.check_scores(model, text, row)

    async def label(self) -> None:
        """An answer to a text, stored and read back; every third has been stored before."""
        self.count += 1
        at = "2026-01-01T00:00:00Z" if self.count % 3 == 0 else None
        row = {"text": self.expected.texts[self.count % 50], "frames": {}, "annotator": self.name}
        answer = await self.client.post("/labels", json={"annotations": [{**row, "at": at}]})
        (stored,) = self._good(answer)["stored"]
        answer = await self.client.get("/labels", params={"limit": 20, "annotator": self.name})
        newest = self._good(answer)["annotations"]
        if at is None and newest[0]["text_id"] != stored:
            raise WrongError(f"the newest answer is on {newest[0]['text_id']}, not {stored}")

    async def invalid(self) -> None:
        """What must be refused, with its own status and an error in the one form."""
        method, path, status, options = _INVALID[self.count % len(_INVALID)]
        self.count += 1
        answer = await self.client.request(method, path, **options)
        if answer.status_code != status:
            raise WrongError(f"{method} {path}: {answer.status_code}, not {status}")
        if "type" not in answer.json()["error"]:
            raise WrongError(f"{method} {path}: no error in the one form")

    async def hang_up(self) -> None:
        """Ask, and go: in the headers, in the body, before the answer, or in it."""
        self.count += 1
        where = self.client.base_url
        body = json.dumps({"texts": self.chance.sample(self.expected.texts, 30)}).encode()
        head = f"POST /score HTTP/1.1\r\nHost: {where.host}\r\nContent-Type: application/json\r\n"
        whole = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        sent = [whole[:60], whole[: len(whole) // 2], whole, whole][self.count % 4]
        reader, writer = await asyncio.open_connection(where.host, where.port)
        try:
            writer.write(sent)
            await writer.drain()
            with contextlib.suppress(TimeoutError):
                # The last kind reads the beginning of its answer.
                wait = 60 if self.count % 4 == 3 else self.chance.uniform(0, 0.3)
                await asyncio.wait_for(reader.read(20), wait)
        finally:
            writer.transport.abort()

    async def look(self) -> None:
        """The page, the model, the codebook, the figures."""
        self.count += 1
        path = _LOOKS[self.count % len(_LOOKS)]
        answer = await self.client.get(path)
        if answer.status_code != 200:
            raise WrongError(f"GET {path}: {answer.status_code}")

    async def _score(self, texts: list[str], explain: bool = False) -> list[dict[str, Any]]:
        self.count += 1
        sent = [{"id": f"{self.count}-{k}", "text": text} for k, text in enumerate(texts)]
        began = time.monotonic()
        answer = await self.client.post("/score", json={"texts": sent, "explain": explain})
        found = self._good(answer)
        self.served.check(found["model"], began)
        self.expected.check(found["model"], texts, found["results"])
        if [one["id"] for one in found["results"]] != [one["id"] for one in sent]:
            raise WrongError("the ids are not those that were sent")
        return found["results"]

    def _good(self, answer: httpx.Response) -> Any:
        if answer.status_code == 429:
            raise RefusedError(int(answer.headers["retry-after"]))
        if answer.status_code != 200:
            raise WrongError(f"{answer.status_code}: {answer.text[:200]}")
        return answer.json()


_JSON = {"content-type": "application/json"}
_INVALID: list[tuple[str, str, int, dict[str, Any]]] = [
    ("POST", "/score", 422, {"json": {"texts": []}}),
    ("POST", "/score", 400, {"content": b'{"texts": [', "headers": _JSON}),
    ("POST", "/score", 422, {"json": {"texts": ["a"] * 257}}),
    ("POST", "/score", 413, {"content": b" " * (8 * 2**20 + 1), "headers": _JSON}),
    ("POST", "/", 422, {"json": {"inputs": ""}}),
    ("POST", "/documents", 422, {"files": {"file": ("a.pdf", b"%PDF-1.4 broken")}}),
    ("POST", "/documents", 422, {"json": {"content": "a", "format": "word"}}),
    ("POST", "/labels", 422, {"json": {"annotations": [{"text": "a", "frames": 3}]}}),
    ("GET", "/nothing", 404, {}),
    ("PUT", "/score", 405, {}),
]  # fmt: skip

_LOOKS = ("/", "/model", "/codebook", "/metrics", "/page/app.js", "/models", "/livez", "/docs.json")

Ask = Callable[[Asker], Awaitable[None]]

KINDS: dict[str, tuple[Ask, int, float]] = {
    "single": (Asker.single, 6, 0.0),
    "batch": (Asker.batch, 2, 0.2),
    "explain": (Asker.explain, 1, 0.3),
    "document": (Asker.document, 2, 0.3),
    "hugging_face": (Asker.hugging_face, 2, 0.1),
    "label": (Asker.label, 1, 0.5),
    "invalid": (Asker.invalid, 1, 0.3),
    "hang_up": (Asker.hang_up, 2, 0.2),
    "look": (Asker.look, 1, 0.5),
}
"""What is asked, by how many clients at once, with how many seconds of rest after each answer."""
