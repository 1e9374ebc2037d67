"""What `framescope train` and `framescope models` do."""

import argparse
import getpass
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from labels.commands import open_store
from labels.formats import read_labels
from labels.home import Home
from labels.outcome import Outcome
from labels.snapshot import Snapshot, take, take_rows
from labels.starter import starter_rows, suits
from labels.store import Store
from training.bundle import ENSEMBLE, Manifest, read_manifest
from training.card import how_fitted
from training.config import TrainConfig, TrainingError
from training.progress import Progress
from training.registry import HOW_TO_TRAIN, Registry


def train(args: argparse.Namespace) -> Outcome:
    """Train a model and put it into the registry, without making it champion."""
    from training.fit import train as fit

    store = open_store(args)
    registry = Registry(Home.find(args.home), store)
    config = recipe(args)
    snapshot = labels_to_train_on(args, store, config)
    manifest = fit(snapshot, config, registry, Progress(args.quiet))
    text = (
        f"trained {manifest.version} on {how_fitted(manifest, snapshot)}; {len(snapshot.test)} are "
        f"kept for testing, {len(snapshot.disputed)} disputed and not used\n"
        f"judge it:   framescope evaluate {manifest.version} --out reports/{manifest.version}\n"
        f"promote it: framescope models promote {manifest.version}"
    )
    return Outcome({"model": manifest.version, "labels_hash": manifest.labels_hash}, text)


def labels_to_train_on(args: argparse.Namespace, store: Store, config: TrainConfig) -> Snapshot:
    """Return the snapshot of the files given, or of the store, with the starter corpus or not."""
    files: list[Path] = args.data or []
    if not files:
        if getattr(args, "test_share", None) is not None:
            raise TrainingError("--test-share goes with --data; the store's texts have their sides")
        return take_store(store, starter=not args.no_starter)
    rows = [row for path in files for row in read_labels(path, store.codebook, args.format)]
    if not args.no_starter and suits(store.codebook):
        rows = [*starter_rows(), *rows]
    return take_rows(rows, store.codebook, config.test_share)


def take_store(store: Store, starter: bool) -> Snapshot:
    """Return the snapshot of a store, after adding the starter corpus where that is wanted."""
    if starter and suits(store.codebook):
        store.add(starter_rows())
    return take(store, starter=starter)


def recipe(args: argparse.Namespace) -> TrainConfig:
    """Return the default settings with those that the command line gives."""
    names = ("base_model", "seed", "epochs", "test_share")
    given = {name: getattr(args, name, None) for name in names}
    return TrainConfig(**{name: value for name, value in given.items() if value is not None})


def registry_of(args: argparse.Namespace) -> Registry:
    """Open the registry of the state folder that the command line names."""
    home = Home.find(args.home)
    return Registry(home, Store.open(home.database))


def list_models(args: argparse.Namespace) -> Outcome:
    """All models, the champion marked, and how each did when it was last judged."""
    registry = registry_of(args)
    champion = registry.champion()
    data: list[dict[str, Any]] = []
    lines = []
    for entry in registry.models():
        report = registry.evaluation(entry.version)
        macro_f1 = report["frames"]["macro_f1"] if report else None
        is_champion = entry.version == champion
        data.append({**asdict(entry), "champion": is_champion, "macro_f1": macro_f1})
        score = figure_text(macro_f1) if macro_f1 else "not judged"
        mark = "champion" if is_champion else ""
        lines.append(f"{entry.version}  {entry.base_model:24}  {score:24}  {mark}".rstrip())
    return Outcome(data, "\n".join(lines) or f"no models yet; {HOW_TO_TRAIN}")


def show_model(args: argparse.Namespace) -> Outcome:
    """One model: its manifest, its last report's headline, and its history as champion."""
    registry = registry_of(args)
    version = registry.resolve(args.model)
    manifest = read_manifest(registry.folder(version))
    report = registry.evaluation(version)
    history = [promotion for promotion in registry.history() if promotion.version == version]
    data = {
        "model": version,
        "folder": str(registry.folder(version)),
        "created": manifest.created,
        "codebook": {"name": manifest.codebook.name, "version": manifest.codebook.version},
        "base_model": manifest.base_model,
        "labels_hash": manifest.labels_hash,
        "config": dict(manifest.config),
        "members": {name: asdict(member) for name, member in manifest.members.items()},
        "macro_f1": report["frames"]["macro_f1"] if report else None,
        "promotions": [asdict(promotion) for promotion in history],
    }
    return Outcome(data, "\n".join(_described(data, manifest)))


def promote_model(args: argparse.Namespace) -> Outcome:
    """Make a model champion, as whoever runs the command."""
    registry = registry_of(args)
    version = registry.resolve(args.model)
    registry.promote(version, _user(), args.reason)
    return Outcome({"champion": version}, f"{version} is champion")


def rollback_model(args: argparse.Namespace) -> Outcome:
    """Go back to the champion before."""
    version = registry_of(args).rollback(_user())
    return Outcome({"champion": version}, f"{version} is champion again")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user that has a number and no name
        return f"user {os.getuid()}"


def _described(data: dict[str, Any], manifest: Manifest) -> list[str]:
    score = figure_text(data["macro_f1"]) if data["macro_f1"] else "not judged yet"
    lines = [
        f"model      {data['model']}",
        f"folder     {data['folder']}",
        f"created    {data['created']}",
        f"encoder    {data['base_model']}",
        f"labels     {data['labels_hash']}",
        f"macro-F1   {score}",
        "",
        f"{'frame':24} threshold  uncertain",
    ]
    member = manifest.members[ENSEMBLE]
    for name, decision in zip(manifest.codebook.frame_names, member.decisions, strict=True):
        low, high = decision.band
        lines.append(f"{name:24} {decision.threshold:9.2f}  {low:.2f} to {high:.2f}")
    lines.append("")
    for promotion in data["promotions"]:
        lines.append(
            f"champion since {promotion['at']} by {promotion['by']}: {promotion['reason']}"
        )
    return lines


def figure_text(figure: dict[str, Any] | None) -> str:
    """Return a figure of a report with its interval, or a dash where there is none."""
    if figure is None or figure["value"] is None:
        return "-"
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"
