"""Several models judged on several data sets: a report in a folder each, and an index over them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.batch import Batch, DataSpec
from eval.bundles import Bundles, judge_bundle
from eval.datasets import DataSet, frozen_test_part, languages_in, read_data_set
from eval.judge import JudgeError
from eval.report import write_report
from labels.disk import written_whole
from labels.errors import FramescopeError
from training.bundle import Manifest, read_manifest
from training.progress import Progress
from training.registry import Registry, find_bundle

FORMAT = 1
COMPARED = (
    ("frames", "macro_f1"),
    ("frames", "micro_f1"),
    ("stance", "accuracy"),
    ("joint", "micro_f1"),
    ("calibration", "ece"),
)
"""The figures that the index shows of every report."""


@dataclass(frozen=True, slots=True)
class Run:
    """One model to be judged on one data set. `folder` is the bundle's."""

    folder: Path
    manifest: Manifest
    spec: DataSpec
    data: DataSet


def plan(batch: Batch, registry: Registry) -> list[Run]:
    """Return what is to be judged, data set by data set, once all of it is found to be readable.

    Raises:
        JudgeError: naming every model that is not there and every data set that cannot be read.
    """
    problems: list[str] = []
    models: dict[str, tuple[Path, Manifest]] = {}
    for name in batch.models:
        try:
            folder = find_bundle(name, registry)
            manifest = read_manifest(folder)
            models.setdefault(manifest.version, (folder, manifest))
        except FramescopeError as error:
            problems.append(str(error))
    runs: list[Run] = []
    read: dict[tuple[DataSpec, str], DataSet] = {}
    for spec in batch.data:
        for folder, manifest in models.values():
            key = (
                spec,
                json.dumps([manifest.codebook.frame_names, manifest.codebook.stance_names]),
            )
            try:
                read[key] = found = read.get(key) or read_spec(spec, manifest, registry)
                runs.append(Run(folder, manifest, spec, found))
            except FramescopeError as error:
                problems.append(str(error))
    if problems:
        alone = len(batch.models) == len(batch.data) == 1
        listed = list(dict.fromkeys(problems))
        head = [] if alone else [f"{len(listed)} problem(s), none judged"]
        raise JudgeError("\n".join([*head, *listed]))
    return runs


def read_spec(spec: DataSpec, manifest: Manifest, registry: Registry) -> DataSet:
    """Return the data set that is meant.

    Raises:
        LabelError: if a file of it cannot be read by the model's codebook.
        JudgeError: if nothing is in it to judge on.
    """
    if spec.files:
        found = read_data_set(spec.files, manifest.codebook, spec.format, spec.name)
    else:
        found = frozen_test_part(registry.store)
        found = replace(found, name=spec.name or found.name)
    if spec.lang:
        whole, found = found, found.in_language(spec.lang)
        if whole.rows and not found.rows:
            there = languages_in(whole.rows)
            raise JudgeError(f"{found.name}: no labelled text in this language; there are: {there}")
    if not found.rows:
        raise JudgeError(f"{found.name}: no labelled text to judge on; give other --data or --lang")
    return found


def judge_run(run: Run, registry: Registry, command: str, bundles: Bundles) -> dict[str, Any]:
    """Return the report of a run, and keep it in the registry if it is on the frozen test part."""
    champion = registry.champion()
    version = run.manifest.version
    other = registry.folder(champion) if champion and champion != version else None
    found = judge_bundle(
        run.folder, other, run.data.rows, run.data.name, command,
        answered=run.data.answered, registers=run.data.registers,
        suggested=len(run.data.suggested), bundles=bundles,
    ).report  # fmt: skip
    known = {entry.version for entry in registry.models()}
    if not run.spec.files and not run.spec.lang and version in known:
        registry.record(version, found["data"]["hash"], found)
    return found


def judge_all(
    runs: Sequence[Run], registry: Registry, command: str, out: Path, progress: Progress
) -> dict[str, Any]:
    """Judge every run, write its report below `out`, and return the index, which is written last.

    Raises:
        BundleError: if a bundle is damaged.
    """
    bundles, entries = Bundles(), []
    names = _folders(runs)
    for number, (run, name) in enumerate(zip(runs, names, strict=True), start=1):
        progress.stage(f"{number} of {len(runs)}: {run.manifest.version} on {run.data.name}")
        found = judge_run(run, registry, command, bundles)
        write_report(found, out / name)
        entries.append({"folder": name, "left_out": run.data.disputed, **_entry(found)})
    index = {"format": FORMAT, "command": command, "reports": entries}
    write_index(index, out)
    return index


def write_index(index: dict[str, Any], out: Path) -> None:
    """Write `index.json` and `index.html` into `out`, each whole or not at all."""
    from eval.html import render_index

    pages = {
        "index.json": json.dumps(index, ensure_ascii=False, indent=1, allow_nan=False) + "\n",
        "index.html": render_index(index),
    }
    for name, text in pages.items():
        with written_whole(out / name) as file:
            file.write(text.encode("utf-8"))


def _entry(found: dict[str, Any]) -> dict[str, Any]:
    figures: dict[str, dict[str, Any]] = {}
    for section, key in COMPARED:
        figures.setdefault(section, {})[key] = (found[section] or {}).get(key)
    per_frame = found["frames"]["per_frame"].items()
    champion = found["comparison"]["champion"]
    return {
        "model": found["model"],
        "data": {key: found["data"][key] for key in ("name", "hash", "n")},
        "codebook": found["codebook"],
        **figures,
        "per_frame": {name: frame and frame["f1"] for name, frame in per_frame},
        "verdict": champion
        and {
            "champion": champion["champion"],
            "text": champion["verdict"],
            "champion_seen_in_training": champion["seen_in_training"]["champion"],
        },
        "seen_in_training": found["lineage"]["rows_seen_in_training"]
        + found["lineage"]["rows_nearly_seen_in_training"],
    }


def _folders(runs: Sequence[Run]) -> list[str]:
    """A folder's name for each run: the data set and the model, told apart where names repeat."""
    names: list[str] = []
    for run in runs:
        name = re.sub(r"[^\w.-]+", "-", run.data.name).strip("-.")[:60] or "data"
        wanted = plain = f"{name}--{run.manifest.version}"
        number = 2
        while wanted in names:
            wanted, number = f"{plain}-{number}", number + 1
        names.append(wanted)
    return names
