"""The process that reads for others: `python -m labels.reading.worker SECONDS MEMORY`.

It says `ready`, and then answers one request at a time. A request is a line of JSON and so many
bytes as it says; an answer is a line of JSON. A request that takes too long ends the process,
whatever it is doing.
"""

import gc
import json
import logging
import os
import resource
import signal
import sys
import traceback
import warnings
from contextlib import suppress
from importlib import import_module
from typing import IO, Any

from labels.reading.any_format import read
from labels.reading.document import SCORED, Document, DocumentError

_WARM_UP = "<html><body><article><p>One sentence.</p></article></body></html>"
_STARTING = 30.0
"""Seconds of processor time to load what reading needs."""

_PATIENCE = 10
"""Wall time for a request, as a multiple of its processor time: where others hold the processor, a
document that is no fault of anyone's is still read."""
_FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn")


def main(seconds: float, memory: int) -> None:
    """Answer on what was the standard output until the standard input ends.

    `seconds`: processor time for one request. `memory`: bytes of address space.
    """
    _allow(_STARTING)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    # What a library prints must not stand among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    # What it says of a document may quote it, and would stand in the log of the service.
    logging.disable()
    warnings.simplefilter("ignore")
    _warm_up()
    gc.freeze()  # what is there stays, so that each look below takes a moment
    _confine(memory)
    answers.write(b"ready\n")
    answers.flush()
    _allow(0)
    requests = sys.stdin.buffer
    while line := requests.readline():
        _allow(seconds)
        found = json.dumps(_answer(json.loads(line), requests), ensure_ascii=False)
        answer = found.encode("utf-8", "surrogatepass") + b"\n"
        _allow(0)  # before the answer is seen: the time of the next request is its own
        answers.write(answer)
        answers.flush()
        # Trees of XML point to themselves: a few objects with much memory, which the collector
        # would not hurry for (a DOCX of a page left 70 KB).
        gc.collect()


def _allow(seconds: float) -> None:
    """Let the system end this process after so much time, or, with 0, never."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE * seconds)


def _answer(asked: dict[str, Any], requests: IO[bytes]) -> dict[str, Any]:
    raw = requests.read(asked["size"])
    content = raw.decode("utf-8", "surrogatepass") if asked["text"] else raw
    try:
        document = read(content, asked["format"], asked["name"])
        spoken = _spoken(document, asked["most"]) if asked["most"] else None
    except DocumentError as error:
        return {"error": [error.type, str(error)]}
    except (MemoryError, RecursionError):
        return {"error": ["too_complex", "the document is too complex to be read"]}
    # Without an answer the fault of a rule would pass for the document's.
    except Exception as error:
        # Not its message, which may quote the document.
        print(type(error).__name__, *traceback.format_tb(error.__traceback__), file=sys.stderr)
        what = f"the document cannot be read ({type(error).__name__}); save its text alone"
        return {"error": ["unreadable", what]}
    names = ("title", "author", "date", "language", "format", "site")
    about = [getattr(document, name) for name in names]
    places = [(part.start, part.end, part.kind) for part in document.paragraphs]
    return {"text": document.text, "about": about, "paragraphs": places, "quotations": spoken}


def _spoken(document: Document, most: int) -> list[list[tuple[int, int, str | None]]]:
    scored = sum(paragraph.kind in SCORED for paragraph in document.paragraphs)
    if scored > most:
        raise DocumentError(
            "too_large",
            f"the document has {scored:,} paragraphs to score; at most {most:,} are allowed: "
            "split it",
        )
    from labels.speakers import quotations

    found = quotations(document.paragraphs, document.language)
    return [[(one.start, one.end, one.speaker) for one in own] for own in found]


def _warm_up() -> None:
    """Load what reading needs before there is a limit on memory, and before anyone waits."""
    from labels.language import language_of

    for name in ("docx", "pypdfium2", "charset_normalizer", "labels.speakers"):
        import_module(name)
    language_of(read(_WARM_UP).text)


def _confine(memory: int) -> None:
    """Allow no more memory than that, no file to be written, and no connection or program."""
    limits = {"RLIMIT_AS": memory, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    for name, most in limits.items():
        with suppress(ValueError, OSError, AttributeError):  # not every system has each of them
            resource.setrlimit(getattr(resource, name), (most, most))

    def forbid(event: str, _: Any) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(f"reading a document asks for nothing outside: {event}")

    sys.addaudithook(forbid)


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
