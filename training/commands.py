"""What `framescope train` does, and what other commands share with it."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from labels.commands import open_store
from labels.formats.files import read_labels
from labels.home import Home
from labels.outcome import Outcome
from labels.snapshot import Snapshot, take, take_rows
from labels.starter import starter_rows_for, suits
from labels.store import Store
from training.card import how_fitted
from training.config import TrainConfig, TrainingError
from training.helping import led
from training.progress import Progress
from training.registry import Registry


def train(args: argparse.Namespace) -> Outcome:
    """Train a model and put it into the registry, without making it champion."""
    return led(lambda: _train(args))


def _train(args: argparse.Namespace) -> Outcome:
    if args.linear:
        from training.first import train_baseline as fit
    else:
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
        found = take_store(store, starter=not args.no_starter)
        return replace(found, soft=config.soft_labels)
    rows = [row for path in files for row in read_labels(path, store.codebook, args.format)]
    if not args.no_starter and suits(store.codebook):
        rows = [*starter_rows_for(store), *rows]
    found = take_rows(rows, store.codebook, config.test_share)
    return replace(found, soft=config.soft_labels)


def take_store(store: Store, starter: bool) -> Snapshot:
    """Return the snapshot of a store, after adding the starter corpus where that is wanted."""
    if starter:
        add_starter(store)
    return take(store, starter=starter)


def add_starter(store: Store) -> None:
    """Add the starter corpus to a store of its codebook; texts that were erased stay so."""
    if suits(store.codebook):
        store.add(starter_rows_for(store))


def recipe(args: argparse.Namespace) -> TrainConfig:
    """Return the default settings with those that the command line gives."""
    names = ("base_model", "seed", "epochs", "test_share", "soft_labels")
    given = {name: getattr(args, name, None) for name in names}
    return TrainConfig(**{name: value for name, value in given.items() if value is not None})


def registry_of(args: argparse.Namespace) -> Registry:
    """Open the registry of the state folder that the command line names."""
    home = Home.find(args.home)
    return Registry(home, Store.open(home.database))


def figure_text(figure: dict[str, Any] | None) -> str:
    """Return a figure of a report with its interval, or a dash where there is none."""
    if figure is None or figure["value"] is None:
        return "-"
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"
