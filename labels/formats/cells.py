"""Cells of spreadsheets: formulas defused on the way out, packed values unpacked on the way in."""

import contextlib
import json
import re
from collections.abc import Mapping
from typing import Any

_RISKY = re.compile(r"'*[=+\-@\t\r]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")


def defused(value: Any) -> Any:
    """Return a cell that is no formula to a spreadsheet: "'" goes before =, +, -, @, tab and CR.

    A cell that begins with "'" and one of these gets one more, so that `restored` is exact.
    Source: OWASP, CSV Injection (owasp.org/www-community/attacks/CSV_Injection).
    """
    return f"'{value}" if isinstance(value, str) and _RISKY.match(value) else value


def restored(cell: Any) -> Any:
    """Return what `defused` was given."""
    return cell[1:] if isinstance(cell, str) and _DEFUSED.match(cell) else cell


def packed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its frames and meta as JSON and nothing that could be a formula."""
    texts = {"frames": json.dumps(row["frames"], ensure_ascii=False)}
    texts["meta"] = json.dumps(row["meta"], ensure_ascii=False) if row["meta"] else ""
    return {name: defused(texts.get(name, value)) for name, value in row.items()}


def unpacked(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with `frames` and `meta` decoded, where they are JSON text."""
    decoded = dict(raw)
    for name in ("frames", "meta"):
        if isinstance(decoded.get(name), str) and decoded[name]:
            # Where it is not JSON, `read_row` says what the column must hold, and shows what it is.
            with contextlib.suppress(ValueError, RecursionError):
                decoded[name] = json.loads(decoded[name])
    return decoded
