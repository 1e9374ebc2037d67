"""The champions before the present one, and what has changed since each."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, pairwise
from typing import Any

from eval.gate import ROUNDS, Earlier
from training.promotions import line_of
from training.registry import Registry


def earlier_champions(registry: Registry) -> list[Earlier]:
    """Return the last champions before the present one, the latest first, at most `ROUNDS`.

    Those that a rollback has left do not count. What has changed since each is added up from the
    reports that are kept, so the line ends before a champion that was never judged beside the one
    it replaced on these frames: one promoted by hand unjudged, or imported.
    """
    names = registry.store.codebook.frame_names
    macro_f1, per_frame = 0.0, dict.fromkeys(names, 0.0)
    found: list[Earlier] = []
    steps = reversed(list(pairwise(line_of(registry.history()))))
    for before, version in islice(steps, ROUNDS):
        step = _comparison(registry, version, before)
        if step is None or step["macro_f1"] is None or set(step["per_frame"]) != set(names):
            break
        macro_f1 += step["macro_f1"]["value"]
        for name, figure in step["per_frame"].items():
            per_frame[name] += figure["value"] if figure else 0.0
        found.append(Earlier(before, len(found) + 1, macro_f1, dict(per_frame)))
    return found


def _comparison(registry: Registry, version: str, over: str) -> Mapping[str, Any] | None:
    """The newest comparison kept of a model with the champion that it replaced."""
    for kept in reversed(registry.evaluations(version)):
        found = (kept.report.get("comparison") or {}).get("champion")
        if found and found["champion"] == over:
            return found
    return None
