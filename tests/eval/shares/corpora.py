"""Scored corpora for the tests, made by hand."""

import pyarrow as pa


def scored(rows, frames=("safety",), stances=True):
    """A table as `framescope score` writes it. `rows`: dicts; `safety` holds a stance or None."""
    cells = []
    for number, row in enumerate(rows):
        row = dict(row)
        found = {"text": f"text {number}", "text_id": f"t{number}", "error": None, **row}
        found.setdefault("model", "m1")
        found.setdefault("codebook", "small/1")
        for frame in frames:
            stance = row.pop(frame, None)
            found[frame] = 0.9 if stance else 0.1
            found[f"{frame}:present"] = bool(stance)
            found.setdefault(f"{frame}:uncertain", False)
            if stances:
                found[f"{frame}:stance"] = stance
        cells.append(found)
    return pa.Table.from_pylist(cells)
