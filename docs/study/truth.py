"""What the study found beside what is true, which only a made archive can tell.

python -m docs.study.truth truth.jsonl scored.parquet sample.jsonl
"""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from eval.shares import shares

Row = Mapping[str, Any]

QUESTIONS: dict[str, tuple[str, str, Callable[[Row], bool]]] = {
    "meridian-post, 2024": (
        "sovereignty", "meridian-post / 2024",
        lambda row: row["source"] == "meridian-post" and row["date"] < "2025",
    ),
    "meridian-post, 2025": (
        "sovereignty", "meridian-post / 2025",
        lambda row: row["source"] == "meridian-post" and row["date"] >= "2025",
    ),
    "civic-review, 2024": (
        "neo-colonialism", "civic-review / 2024",
        lambda row: row["source"] == "civic-review" and row["date"] < "2025",
    ),
    "civic-review, 2025": (
        "neo-colonialism", "civic-review / 2025",
        lambda row: row["source"] == "civic-review" and row["date"] >= "2025",
    ),
    "harbour-wire, 2024": (
        "cooperation", "harbour-wire / 2024",
        lambda row: row["source"] == "harbour-wire" and row["date"] < "2025",
    ),
    "harbour-wire, 2025": (
        "cooperation", "harbour-wire / 2025",
        lambda row: row["source"] == "harbour-wire" and row["date"] >= "2025",
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("truth", type=Path)
    parser.add_argument("scored", type=Path)
    parser.add_argument("labels", type=Path)
    given = parser.parse_args()
    print(table(given.truth, given.scored, given.labels))


def table(truth: Path, scored: Path, labels: Path) -> str:
    """Return a table: the true share, the model's own count, and the corrected share."""
    rows = [json.loads(line) for line in truth.read_text("utf-8").splitlines()]
    found = shares(scored, by=["source+year"], labels=labels).table.to_pylist()
    by_group = {(r["group"], r["frame"]): r for r in found if r["of"] == "paragraphs"
                and r["stance"] is None}  # fmt: skip
    lines = [f"{'':22}{'frame':18}{'true':>8}{'counted':>9}  corrected"]
    for name, (frame, group, belongs) in QUESTIONS.items():
        own = [row for row in rows if belongs(row)]
        true = sum(frame in row["frames"] for row in own) / len(own)
        one = by_group[group, frame]
        value, low, high = (f"{100 * one[key]:.1f}" for key in ("share", "low", "high"))
        held = "" if one["low"] <= true <= one["high"] else "  (missed)"
        counted = f"{one['counted']:.1%}"
        corrected = f"{value}% ({low} to {high}){held}"
        lines.append(f"{name:22}{frame:18}{true:8.1%}{counted:>9}  {corrected}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
