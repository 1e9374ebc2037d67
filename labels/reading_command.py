"""The command `framescope read`."""

from argparse import Namespace

from labels.outcome import Outcome, counted
from labels.reading import Document, DocumentError
from labels.reading.guarded import Reader
from labels.text import shortened

_WIDTH = 72


def read_file(args: Namespace) -> Outcome:
    """Read a document and show its paragraphs.

    Raises:
        DocumentError: if it cannot be read.
        OSError: if there is no such file.
    """
    content = args.file.read_bytes()
    try:
        with Reader() as reader:
            document = reader.read(content, args.format, args.file.name)
    except DocumentError as error:
        raise DocumentError(error.type, f"{args.file}: {error}") from error
    names = ("title", "author", "date", "language", "format")
    about = {name: getattr(document, name) for name in names}
    parts = [
        {"kind": one.kind, "start": one.start, "end": one.end, "text": one.text}
        for one in document.paragraphs
    ]
    return Outcome(
        {"document": about, "text": document.text, "paragraphs": parts}, _shown(document)
    )


def _shown(document: Document) -> str:
    names = ("title", "author", "date", "language", "format")
    lines = [f"{name:9} {getattr(document, name) or 'not stated'}" for name in names]
    lines += ["", f"{'kind':11}  {'start':>7}  {'end':>7}  text"]
    for one in document.paragraphs:
        text = shortened(one.text, _WIDTH)
        lines.append(f"{one.kind:11}  {one.start:7}  {one.end:7}  {text}")
    return "\n".join([*lines, "", counted(len(document.paragraphs), "paragraph")])
