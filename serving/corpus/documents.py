"""Documents as rows: one for each paragraph that says something, with who says it."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue

from labels.language import language_of
from labels.reading import MAX_BYTES, SCORED, Document, DocumentError
from labels.reading.guarded import Reader
from labels.speakers import Quotation
from labels.text import normalise
from serving.corpus.columns import TEXT
from serving.corpus.inputs import Input
from serving.corpus.rows import TextRow
from serving.documents import who_says
from serving.schemas import MAX_PARAGRAPHS

_MOST_READERS = 4
"""Processes that read, each of 200 MB and more."""

_AHEAD = 2
"""Documents begun for each of them before their turn comes."""


def document_rows(documents: Iterable[Input]) -> Iterator[list[TextRow]]:
    """Yield the rows of each document in turn. They are read in processes with limits.

    A document that cannot be read gives one row, with the reason, and so does one without any text
    to score.

    Raises:
        ReaderError: if the processes cannot be started.
    """
    count = min(_MOST_READERS, len(os.sched_getaffinity(0)))
    with ExitStack() as held:
        free: SimpleQueue[Reader] = SimpleQueue()
        for _ in range(count):
            free.put(held.enter_context(Reader()))
        threads = held.enter_context(ThreadPoolExecutor(count, thread_name_prefix="reading"))
        begun: deque[Future[list[TextRow]]] = deque()
        try:
            for one in documents:
                begun.append(threads.submit(_read, one, free))
                if len(begun) > _AHEAD * count:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for waiting in begun:
                waiting.cancel()


def _read(one: Input, free: "SimpleQueue[Reader]") -> list[TextRow]:
    reader = free.get()
    try:
        size = one.path.stat().st_size
        if size > MAX_BYTES:
            words = f"{size:,} bytes; at most {MAX_BYTES:,} are read: split it"
            raise DocumentError("too_large", f"the document has {words}")
        content = one.path.read_bytes()
        rows = _rows(one, *reader.read_spoken(content, "auto", one.path.name, MAX_PARAGRAPHS))
        fault = None if rows else "the document has no paragraph to score"
    except DocumentError as error:
        rows, fault = [], str(error)
    except OSError as error:
        rows, fault = [], f"cannot read the file: {error.strerror or error}"
    finally:
        free.put(reader)
    if fault is None:
        return rows
    cells = {"document": one.document, "source": one.folder}
    return [TextRow(one.name, "whole document", cells, fault, is_document=True)]


def _rows(one: Input, document: Document, quotations: list[tuple[Quotation, ...]]) -> list[TextRow]:
    about = {
        "document": one.document, "title": document.title, "author": document.author,
        "date": document.date, "source": document.site or one.folder,
    }  # fmt: skip
    found: list[TextRow] = []
    for paragraph, spoken in zip(document.paragraphs, quotations, strict=True):
        if paragraph.kind not in SCORED:
            continue
        text, number = paragraph.text, len(found) + 1
        language = language_of(normalise(text)) if spoken else "en"
        cells = {
            **about, "paragraph": number, "kind": paragraph.kind, "start": paragraph.start,
            "end": paragraph.end, "speaker": who_says(text, spoken, language, 0, len(text)).name,
            TEXT: text,
        }  # fmt: skip
        found.append(TextRow(one.name, f"paragraph {number}", cells, is_document=True))
    return found
