"""Makes the archive of the study: two years of four outlets, of paragraphs that no model has seen.

    python -m docs.study.archive FOLDER

The paragraphs are those of the starter corpus's test side; outlets, dates and titles are invented,
and three shifts are planted (`PLANTED`). Beside the archive it writes the labels of the training
side, which the study's model learns from, a random sample of labelled paragraphs of the archive,
and what is true of all of them, which only the last step of the study looks at.
"""

import argparse
import html
import json
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from labels.codebook import load_codebook
from labels.snapshot import Labelled, take_rows
from labels.split import TEST_SHARE
from labels.starter import starter_rows

OUTLETS = ("civic-review", "harbour-wire", "meridian-post", "northern-ledger")
FIRST, LAST, TURN = date(2024, 1, 1), date(2025, 12, 31), date(2025, 1, 1)
PARAGRAPHS = 6
SAMPLE = 500
SEED = 8

PLANTED = """\
meridian-post: `sovereignty` in about 10% of the paragraphs of 2024, and in 36% of those of 2025
civic-review: `neo-colonialism` in about 28%, in both years alike, and less elsewhere
northern-ledger: seven in ten documents of 2025 are not in English
harbour-wire: nothing that changes"""


@dataclass(frozen=True, slots=True)
class Piece:
    """A document to be: where and when it appears, and its paragraphs."""

    outlet: str
    day: date
    number: int
    rows: tuple[Labelled, ...]

    @property
    def title(self) -> str:
        return f"Letter no. {self.number}, {self.day:%B %Y}"

    @property
    def name(self) -> str:
        return f"{self.day:%Y}/{self.day}-{self.number:04}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, metavar="N", help="default: as many as there are")
    parser.add_argument("--labels", type=int, metavar="N", help="training labels (default: all)")
    given = parser.parse_args()
    print(make(given.folder, given.documents, given.labels))


def make(folder: Path, documents: int | None = None, labels: int | None = None) -> str:
    """Write everything into a folder, and return what is to be said of it."""
    rows = take_rows(starter_rows(), load_codebook(), TEST_SHARE).rows
    chance = random.Random(SEED)
    test = [row for row in rows if row.side == "test"]
    found = pieces(test, documents or len(test), chance)
    archive = folder / "archive"
    shutil.rmtree(archive, ignore_errors=True)
    for outlet in OUTLETS:
        WRITERS[outlet](archive, [piece for piece in found if piece.outlet == outlet])
    printed = [row for piece in found for row in piece.rows]
    trained = [row for row in rows if row.side == "train"]
    chance.shuffle(trained)
    sampled = chance.sample(printed, min(SAMPLE, len(printed) // 4))
    _lines(folder / "training.jsonl", (_labelled(row) for row in trained[:labels]))
    _lines(
        folder / "sample.jsonl",
        ({**_labelled(row), "annotator": "reader", "sampled": "random"} for row in sampled),
    )
    truth = (
        {
            "text_id": row.text_id, "source": piece.outlet, "date": str(piece.day),
            "frames": dict(row.frames), "lang": row.lang,
        }
        for piece in found for row in piece.rows
    )  # fmt: skip
    _lines(folder / "truth.jsonl", truth)
    return (
        f"{len(found):,} documents, {len(printed):,} paragraphs, {FIRST} to {LAST}\n"
        f"{len(sampled):,} of them, drawn at random, are labelled in sample.jsonl\n"
        f"{len(trained[:labels]):,} other paragraphs to train on in training.jsonl"
    )


def pieces(rows: Sequence[Labelled], most: int, chance: random.Random) -> list[Piece]:
    """Deal paragraphs to documents by outlet and day, with what is planted."""
    english = [row for row in rows if row.lang == "en"]
    foreign = [row for row in rows if row.lang != "en"]
    chance.shuffle(english)
    chance.shuffle(foreign)
    n = min(most, len(english) // PARAGRAPHS)
    days = (LAST - FIRST).days + 1
    places = [(OUTLETS[k % 4], FIRST + timedelta(k * days // n)) for k in range(n)]
    chance.shuffle(places)  # so that no month gets what is left over
    drawn: dict[tuple[str, date], list[Labelled]] = {}
    for place in places:
        later = place[1] >= TURN
        if place[0] == "northern-ledger" and later and chance.random() < 0.7 and foreign:
            drawn[place] = [foreign.pop() for _ in range(min(PARAGRAPHS, len(foreign)))]
            continue
        drawn[place] = [_next(english, place[0], later, chance) for _ in range(PARAGRAPHS)]
    ordered = sorted(drawn.items(), key=lambda one: (one[0][1], one[0][0]))
    return [Piece(*place, k + 1, tuple(own)) for k, (place, own) in enumerate(ordered)]


def _next(left: list[Labelled], outlet: str, later: bool, chance: random.Random) -> Labelled:
    """Take a paragraph: at random, or with a planted chance of one that has a frame."""
    planted = {"meridian-post": ("sovereignty", 0.36 if later else 0.10),
               "civic-review": ("neo-colonialism", 0.28)}.get(outlet)  # fmt: skip
    if planted:
        frame, share = planted
        wanted = chance.random() < share
        for place, row in enumerate(left):
            if (frame in row.frames) == wanted:
                return left.pop(place)
    return left.pop(0)


def _write_pages(archive: Path, found: Sequence[Piece]) -> None:
    """Web pages with the furniture of a news site."""
    for piece in found:
        paragraphs = "\n".join(f"<p>{html.escape(row.text)}</p>" for row in piece.rows)
        _write(
            archive / piece.outlet / f"{piece.name}.html",
            f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{piece.title}</title>
<meta property="article:published_time" content="{piece.day}T06:00:00Z">
</head>
<body>
<nav><a href="/">Home</a> <a href="/world">World</a> <a href="/subscribe">Subscribe</a></nav>
<article>
<h1>{piece.title}</h1>
{paragraphs}
</article>
<aside><h2>You may also like</h2><p><a href="/ferries">Ferries to run all winter</a></p></aside>
<footer><p>All rights reserved. <a href="/cookies">Cookie settings</a></p></footer>
</body>
</html>
""",
        )


def _write_markdown(archive: Path, found: Sequence[Piece]) -> None:
    for piece in found:
        head = f"---\ntitle: {piece.title}\ndate: {piece.day}\n---\n\n# {piece.title}\n\n"
        body = "\n\n".join(_escaped(row.text) for row in piece.rows)
        _write(archive / piece.outlet / f"{piece.name}.md", f"{head}{body}\n")


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#+-!|~&" else sign for sign in text)


def _write_office(archive: Path, found: Sequence[Piece]) -> None:
    """Every third a DOCX file, the others plain text."""
    from docx import Document

    for piece in found:
        path = archive / piece.outlet / piece.name
        if piece.number % 3:
            body = "\n\n".join(row.text for row in piece.rows)
            _write(path.with_suffix(".txt"), f"{piece.title}\n\n{piece.day:%d %B %Y}\n\n{body}\n")
            continue
        document = Document()
        document.add_heading(piece.title, 0)
        document.add_paragraph(f"{piece.day:%d %B %Y}")
        for row in piece.rows:
            document.add_paragraph(row.text)
        path.parent.mkdir(parents=True, exist_ok=True)
        document.save(str(path.with_suffix(".docx")))


def _write_rows(archive: Path, found: Sequence[Piece]) -> None:
    """A table, as an archive's export comes: a line for each paragraph."""
    rows = (
        {
            "text": row.text, "source": piece.outlet, "date": str(piece.day),
            "document": f"{piece.outlet}/{piece.name}", "title": piece.title,
        }
        for piece in found for row in piece.rows
    )  # fmt: skip
    if found:
        _lines(archive / f"{found[0].outlet}.jsonl", rows)


WRITERS = {
    "civic-review": _write_markdown,
    "harbour-wire": _write_rows,
    "meridian-post": _write_pages,
    "northern-ledger": _write_office,
}


def _labelled(row: Labelled) -> dict[str, object]:
    return {"text": row.text, "lang": row.lang, "frames": dict(row.frames)}


def _lines(path: Path, rows: Iterator[dict[str, object]]) -> None:
    _write(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
