"""From a folder of articles to a chart: which frames they carry, and with which stances.

    python docs/examples/folder_to_chart.py docs/examples/articles

`frames.png` has a row for each article and a column for each frame; a bar is the share of the
article's paragraphs in which the frame is present, by stance. `frames.csv` has a row for each
scored paragraph.
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.font_manager import get_font_names
from matplotlib.ticker import PercentFormatter

from labels.errors import FramescopeError
from labels.formats.cells import defused
from serving.client import (
    DocumentAnswer,
    Framescope,
    InvalidRequestError,
    ServiceError,
    StanceHolder,
    UnreachableError,
)

CHARTS = (".png", ".svg", ".pdf")
KINDS = {".html", ".htm", ".md", ".txt", ".pdf", ".docx"}

# Told apart by colour-blind readers (Okabe and Ito), and by their hatching in black and white.
COLOURS = ("#0072B2", "#D55E00", "#BBBBBB", "#009E73", "#CC79A7")
HATCHES = ("", "////", "....", "xxxx", "----")

# For titles in Chinese, Japanese, Korean and Arabic; those that are installed are taken.
FALLBACKS = (
    "Noto Sans CJK SC", "Noto Serif CJK SC", "Noto Sans Arabic", "Microsoft YaHei", "PingFang SC",
    "Arial Unicode MS",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        print(_make(given.folder, given.url, given.csv, given.chart))
    except (FramescopeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _make(folder: Path, url: str, table: Path, picture: Path) -> str:
    """Write the table and the picture, and return what is to be said of them."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in KINDS)
    _check(table, picture)
    with Framescope(url) as client:
        frames = [frame.name for frame in client.codebook().frames]
        stances = [stance.name for stance in client.codebook().stances]
        articles = dict(_read(client, paths))
    if not articles:
        raise FramescopeError(f"{folder}: no article could be read")
    with table.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["file", "title", "date", "kind", "speaker", *_columns(frames), "text"])
        for path, article in articles.items():
            rows.writerows(_rows(path, article, frames))
    chart(list(articles.values()), frames, stances).savefig(picture, dpi=150)
    return f"{len(articles)} of {len(paths)} articles: {table}, {picture}"


def _check(table: Path, picture: Path) -> None:
    """Say what could not be written before anything is scored for it."""
    for path in (table, picture):
        if not path.parent.is_dir() or path.is_dir():
            raise FramescopeError(f"{path}: no file can be written there")
    if picture.suffix.lower() not in CHARTS:
        raise FramescopeError(f"{picture}: no kind of chart; one of {', '.join(CHARTS)}")


def _read(client: Framescope, paths: Sequence[Path]) -> Iterator[tuple[Path, DocumentAnswer]]:
    """Yield what the service reads in each file; one that cannot be read is told."""
    for path in paths:
        try:
            yield path, _document(client, path)
        except ServiceError as error:
            late = isinstance(error, UnreachableError) and error.timed_out
            if error.type in ("no_model", "unreachable") and not late:
                raise
            print(f"{path.name}: {error}", file=sys.stderr)


def _document(client: Framescope, path: Path) -> DocumentAnswer:
    """Ask for evidence, which tells whose stance it is; a long article is read without it."""
    try:
        return client.document(path, explain=True)
    except InvalidRequestError as error:
        if error.type != "too_large":
            raise
        return client.document(path)


def _columns(frames: Sequence[str]) -> list[str]:
    return [f"{frame}{what}" for frame in frames for what in ("", " stance", " holder")]


def _rows(path: Path, article: DocumentAnswer, frames: Sequence[str]) -> Iterator[list[Any]]:
    for paragraph in article.paragraphs:
        if paragraph.result is None:
            continue
        present = {frame.label: frame for frame in paragraph.present}
        cells: list[Any] = []
        for name in frames:
            found = present.get(name)
            stance = found.stance.label if found and found.stance else ""
            holder = _name(found.holder) if found and found.holder else ""
            cells += [found.score if found else "", stance, holder]
        about = [path.name, article.document.title, article.document.date]
        row = [*about, paragraph.kind, _name(paragraph.holder), *cells, paragraph.text]
        yield [defused(cell) for cell in row]  # spreadsheets run what begins with "="


def _name(holder: StanceHolder) -> str:
    return holder.name or holder.kind


def chart(
    articles: Sequence[DocumentAnswer], frames: Sequence[str], stances: Sequence[str]
) -> Figure:
    """Draw articles by frames. Without stances in the codebook, bars have one colour."""
    figure = Figure(
        figsize=(2.1 * len(frames) + 3.6, 0.5 * len(articles) + 1.7), layout="constrained"
    )
    panels = figure.subplots(1, len(frames), sharex=True, sharey=True, squeeze=False)[0]
    names = [_short(article.document.title or "untitled") for article in articles]
    for panel, frame in zip(panels, frames, strict=True):
        left = [0.0] * len(articles)
        for place, stance in enumerate(stances or ["present"]):
            widths = [_share(article, frame, stance) for article in articles]
            panel.barh(
                range(len(articles)), widths, left=left, label=stance, height=0.62,
                color=COLOURS[place % len(COLOURS)], hatch=HATCHES[place % len(HATCHES)],
                edgecolor="white", linewidth=0.5,
            )  # fmt: skip
            left = [before + width for before, width in zip(left, widths, strict=True)]
        panel.set_title(frame, fontsize=10, parse_math=False)  # a "$" is one of money
        panel.set_yticks(
            range(len(articles)), names, fontsize=9, parse_math=False, family=_families()
        )
        panel.set_xlim(0, 1)
        panel.set_xticks([0, 0.5, 1])
        panel.xaxis.set_major_formatter(PercentFormatter(1.0))
        panel.tick_params(axis="x", labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(axis="x", alpha=0.3)
        panel.set_axisbelow(True)
    panels[0].invert_yaxis()
    figure.supxlabel("share of the article's paragraphs", fontsize=9)
    handles, labels = panels[0].get_legend_handles_labels()
    legend = figure.legend(
        handles, labels, loc="outside upper right", ncols=len(labels), frameon=False
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    return figure


def _families() -> list[str]:
    return ["DejaVu Sans", *(name for name in FALLBACKS if name in get_font_names())]


def _share(article: DocumentAnswer, frame: str, stance: str) -> float:
    found = next(one for one in article.totals.frames if one.label == frame)
    counted = found.present if found.stances is None else found.stances[stance]
    return counted / article.totals.paragraphs if article.totals.paragraphs else 0.0


def _short(title: str) -> str:
    return title if len(title) <= 42 else f"{title[:41].rstrip()}…"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="HTML, Markdown, text, PDF and DOCX files")
    parser.add_argument("--url", default="http://127.0.0.1:3000", help="where the service is")
    parser.add_argument("--chart", type=Path, default=Path("frames.png"), help="PNG, SVG or PDF")
    parser.add_argument("--csv", type=Path, default=Path("frames.csv"), help="the paragraphs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
