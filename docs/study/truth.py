"""What the study found beside what is true, which only a made archive can tell.

python -m docs.study.truth truth.jsonl scored.parquet sample.jsonl
"""

import argparse
import json
from itertools import product
from pathlib import Path

from eval.shares import shares

ASKED = {
    "meridian-post": "sovereignty",
    "civic-review": "neo-colonialism",
    "harbour-wire": "cooperation",
}
"""Outlets and the frame that is looked at in each, by year."""


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
    for (outlet, frame), year in product(ASKED.items(), ("2024", "2025")):
        own = [row for row in rows if row["source"] == outlet and row["date"][:4] == year]
        true = sum(frame in row["frames"] for row in own) / len(own)
        one = by_group[f"{outlet} / {year}", frame]
        value, low, high = (f"{100 * one[key]:.1f}" for key in ("share", "low", "high"))
        held = "" if one["low"] <= true <= one["high"] else "  (missed)"
        counted = f"{one['counted']:.1%}"
        corrected = f"{value}% ({low} to {high}){held}"
        lines.append(f"{f'{outlet}, {year}':22}{frame:18}{true:8.1%}{counted:>9}  {corrected}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
