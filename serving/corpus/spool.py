"""All rows of a corpus, read once and laid down in windows that are scored one by one."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labels.text import text_id
from serving.corpus.columns import Kinds
from serving.corpus.rows import TextRow
from serving.corpus.texts import Texts

_KINDS: dict[str, type] = {kind.__name__: kind for kind in (str, int, float, bool)}


@dataclass(frozen=True, slots=True)
class Limits:
    """A window ends with so many rows, or with so many bytes of them as JSON.

    What a run says does not depend on them but for the last place of a score; what memory it takes
    does.
    """

    rows: int = 16_384
    size: int = 32 * 2**20


@dataclass(frozen=True, slots=True)
class SpooledRow:
    """A row. `text_id`: None where there is no text to score, and `fault` says why."""

    file: str
    place: str
    cells: dict[str, Any]
    fault: str | None
    text_id: str | None


@dataclass(frozen=True, slots=True)
class Window:
    """Rows that are scored together. `new`: the texts to score, by id; other windows have the rest.

    A text belongs to the window that has it first, so that it does not matter which is scored when.
    """

    number: int
    rows: list[SpooledRow]
    new: dict[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What was read. `rows`, `texts`: of each window, all rows, and texts that it has first."""

    column: str
    columns: dict[str, type]
    rows: list[int]
    texts: list[int]

    def to_json(self) -> dict[str, Any]:
        columns = {name: kind.__name__ for name, kind in self.columns.items()}
        return {
            "column": self.column, "columns": columns, "rows": self.rows, "texts": self.texts
        }  # fmt: skip

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "Plan":
        columns = {name: _KINDS[kind] for name, kind in raw["columns"].items()}
        return cls(raw["column"], columns, raw["rows"], raw["texts"])


def lay_down(
    rows: Iterator[TextRow], column: str, folder: Path, texts: Texts, limits: Limits
) -> Plan:
    """Read all rows into windows in a folder."""
    plan, kinds = Plan(column, {}, [], []), Kinds()
    texts.begin()
    lines: list[str] = []
    ids: list[str | None] = []
    size = 0
    encode = json.JSONEncoder(ensure_ascii=False).encode

    def end_window() -> None:
        number = len(plan.rows)
        new = texts.add(number, list(dict.fromkeys(key for key in ids if key)))
        plan.rows.append(len(lines))
        plan.texts.append(len(new))
        _write(_path(folder, number), lines, ids, new)

    for row in rows:
        kinds.add(row.cells)
        ids.append(None if row.fault else text_id(row.cells[column]))
        lines.append(encode([row.file, row.place, row.cells, row.fault]))
        size += len(lines[-1])
        if len(lines) >= limits.rows or size >= limits.size:
            end_window()
            lines, ids, size = [], [], 0
    if lines:
        end_window()
    texts.seal()
    return Plan(column, kinds.columns(), plan.rows, plan.texts)


def _write(path: Path, lines: list[str], ids: list[str | None], new: set[str]) -> None:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as raw, pa.CompressedOutputStream(raw, "zstd") as out:
        for line, key in zip(lines, ids, strict=True):
            first = key in new
            new.discard(key or "")
            out.write(f'["{key or ""}", {int(first)}, {line}]\n'.encode())


def read_window(folder: Path, number: int, column: str) -> Window:
    """Read a window back."""
    import pyarrow as pa

    window = Window(number, [], {})
    path = _path(folder, number)
    with pa.OSFile(str(path)) as raw, pa.CompressedInputStream(raw, "zstd") as content:
        data = io.BytesIO(content.read())
    for line in data:
        key, first, (file, place, cells, fault) = json.loads(line)
        window.rows.append(SpooledRow(file, place, cells, fault, key or None))
        if first:
            window.new[key] = cells[column]
    return window


def _path(folder: Path, number: int) -> Path:
    return folder / f"rows-{number:05}.jsonl.zst"
