"""What differs between two models: labels, settings, packages, thresholds, figures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from labels.snapshot import Snapshot
from training.bundle import SNAPSHOT, Manifest, read_manifest
from training.entries import Evaluation
from training.registry import Registry

FIGURES = (
    ("frames", "macro_f1"), ("frames", "micro_f1"), ("frames", "mean_average_precision"),
    ("stance", "macro_f1"), ("stance", "accuracy"), ("joint", "micro_f1"), ("calibration", "ece"),
)  # fmt: skip
"""Where a report has its figures, besides F1 by frame."""


def difference(registry: Registry, a: Path, b: Path) -> dict[str, Any]:
    """Compare the bundles in two folders, and the reports kept on them; plain JSON values.

    A difference of numbers is that of `b` less `a`. Of settings and packages only those that differ
    are there. `evaluations` has an entry for each data set that both were judged on.

    Raises:
        BundleError: if a bundle cannot be read.
    """
    one, two = read_manifest(a), read_manifest(b)
    settings, others = dict(one.config), dict(two.config)
    about = {
        "base_model": lambda m: m.base_model,
        "codebook": lambda m: {"name": m.codebook.name, "version": m.codebook.version},
        "max_tokens": lambda m: m.max_tokens,
        "precision": lambda m: m.precision,
        "member": lambda m: m.main,
        "bundle format": lambda m: m.format,
    }
    return {
        "a": one.version,
        "b": two.version,
        "about": _changes(*({k: read(m) for k, read in about.items()} for m in (one, two))),
        "labels": _labels((one, a), (two, b)),
        "settings": _changes(settings, others),
        "packages": _changes(one.packages, two.packages),
        "thresholds": _numbers(_thresholds(one), _thresholds(two)),
        "held_out": _held_out(one, two),
        "evaluations": evaluations(
            registry.evaluations(one.version), registry.evaluations(two.version)
        ),
    }


def label_changes(a: Snapshot, b: Snapshot) -> dict[str, int]:
    """Count the texts that only one snapshot has, and those it labels or puts on a side otherwise.

    A text that is both relabelled and on another side counts in both.
    """
    one, two = ({row.text_id: row for row in snapshot.rows} for snapshot in (a, b))
    both = [(one[key], two[key]) for key in one.keys() & two.keys()]
    return {
        "added": len(two.keys() - one.keys()),
        "removed": len(one.keys() - two.keys()),
        "relabelled": sum(dict(x.frames) != dict(y.frames) for x, y in both),
        "on_another_side": sum(x.side != y.side for x, y in both),
    }


def evaluations(a: Sequence[Evaluation], b: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """Put figures on the same data side by side, from the newest report of each model on it.

    `paired` is what the report on `b` says of their difference, if it was compared with `a` there,
    or None.
    """
    one, two = ({own.data_hash: own.report for own in kept} for kept in (a, b))
    found = []
    for data_hash in (key for key in one if key in two):
        x, y = one[data_hash], two[data_hash]
        comparison = (y.get("comparison") or {}).get("champion")
        paired = comparison if comparison and comparison["champion"] == x["model"] else None
        data = {name: y["data"][name] for name in ("name", "n")}
        figures = _numbers(_figures(x), _figures(y))
        found.append({"data": {**data, "hash": data_hash}, "figures": figures, "paired": paired})
    return found


def _figures(report: Mapping[str, Any]) -> dict[str, float | None]:
    found = {f"{part} {name}": (report[part] or {}).get(name) for part, name in FIGURES}
    for frame, own in report["frames"]["per_frame"].items():
        found[f"f1 {frame}"] = (own or {}).get("f1")
    return {name: own and own["value"] for name, own in found.items()}


def _changes(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    names = dict.fromkeys([*a, *b])
    return {
        name: {"a": a.get(name), "b": b.get(name)} for name in names if a.get(name) != b.get(name)
    }


def _numbers(
    a: Mapping[str, float | None], b: Mapping[str, float | None]
) -> dict[str, dict[str, float | None]]:
    found: dict[str, dict[str, float | None]] = {}
    for name in dict.fromkeys([*a, *b]):
        x, y = a.get(name), b.get(name)
        change = None if x is None or y is None else round(y - x, 6)
        found[name] = {"a": x, "b": y, "difference": change}
    return found


def _thresholds(manifest: Manifest) -> dict[str, float | None]:
    decisions = manifest.members[manifest.main].decisions
    names = manifest.codebook.frame_names
    return {name: own.threshold for name, own in zip(names, decisions, strict=True)}


def _held_out(a: Manifest, b: Manifest) -> dict[str, Any]:
    """Figures on the texts kept from fitting, by language; None where a model has seen none."""
    one, two = (manifest.members[manifest.main].languages for manifest in (a, b))
    found = {}
    for language in sorted({*one, *two}):
        x, y = one.get(language), two.get(language)
        f1 = _numbers({"f1": x.macro_f1 if x else None}, {"f1": y.macro_f1 if y else None})["f1"]
        found[language] = {
            "a": x and asdict(x), "b": y and asdict(y), "difference": f1["difference"],
        }  # fmt: skip
    return found


def _labels(a: tuple[Manifest, Path], b: tuple[Manifest, Path]) -> dict[str, Any]:
    snapshots = [Snapshot.read(folder / SNAPSHOT, own.codebook) for own, folder in (a, b)]
    sides = [
        {
            "hash": manifest.labels_hash,
            "texts": len(snapshot.rows),
            "train": len(snapshot.train),
            "test": len(snapshot.test),
        }
        for (manifest, _), snapshot in zip((a, b), snapshots, strict=True)
    ]
    return {"a": sides[0], "b": sides[1], **label_changes(*snapshots)}
