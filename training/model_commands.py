"""What `framescope models` does."""

import argparse
import getpass
import os
from dataclasses import asdict
from typing import Any

from labels.commands import open_store
from labels.home import Home
from labels.outcome import Outcome
from training.bundle import Manifest, read_manifest
from training.commands import figure_text, registry_of
from training.registry import HOW_TO_TRAIN, Registry, find_bundle


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
        mark = "champion" if is_champion else "pruned" if entry.pruned else ""
        lines.append(f"{entry.version}  {entry.base_model:24}  {score:24}  {mark}".rstrip())
    return Outcome(data, "\n".join(lines) or f"no models yet; {HOW_TO_TRAIN}")


def show_model(args: argparse.Namespace) -> Outcome:
    """One model: its manifest, its last report's headline, and its history as champion.

    Of a pruned model what the manifest said is gone.
    """
    registry = registry_of(args)
    entry = registry.entry(registry.resolve(args.model))
    manifest = None if entry.pruned else read_manifest(registry.folder(entry.version))
    report = registry.evaluation(entry.version)
    history = [one for one in registry.history() if one.version == entry.version]
    data = {
        "model": entry.version,
        "folder": manifest and str(registry.folder(entry.version)),
        "created": entry.at,
        "imported": entry.imported,
        "pruned": entry.pruned and asdict(entry.pruned),
        "codebook": manifest
        and {"name": manifest.codebook.name, "version": manifest.codebook.version},
        "base_model": entry.base_model,
        "labels_hash": entry.labels_hash,
        "config": manifest and dict(manifest.config),
        "members": manifest and {name: asdict(own) for name, own in manifest.members.items()},
        "macro_f1": report["frames"]["macro_f1"] if report else None,
        "promotions": [asdict(promotion) for promotion in history],
    }
    return Outcome(data, "\n".join(_described(data, manifest)))


def model_history(args: argparse.Namespace) -> Outcome:
    """Every promotion: which model, when, by whom, why, and the comparison that led to it."""
    registry = registry_of(args)
    pruned = {entry.version for entry in registry.models() if entry.pruned}
    grounds = registry.grounds()
    data: list[dict[str, Any]] = []
    lines = []
    for one in registry.history():
        found = grounds.get(one.number)
        gone = one.version in pruned
        data.append({**asdict(one), "pruned": gone, "comparison": found and asdict(found)})
        mark = "  (pruned)" if gone else ""
        lines.append(f"{one.number:>3}  {one.at[:19]}  {one.version}{mark}")
        lines.append(f"     by {one.by}: {one.reason}")
        if found and found.verdict not in one.reason:
            lines.append(f"     beside {found.over} on {found.n} texts: {found.verdict}")
    return Outcome(data, "\n".join(lines) or "no model was ever promoted")


def promote_model(args: argparse.Namespace) -> Outcome:
    """Make a model champion, as whoever runs the command."""
    registry = registry_of(args)
    version = registry.resolve(args.model)
    registry.promote(version, _user(), args.reason)
    return Outcome({"champion": version}, f"{version} is champion")


def rollback_model(args: argparse.Namespace) -> Outcome:
    """Go back to the champion before."""
    version = registry_of(args).rollback(_user(), args.reason)
    return Outcome({"champion": version}, f"{version} is champion again")


def diff_models(args: argparse.Namespace) -> Outcome:
    """What differs between two models."""
    from training.difference import difference
    from training.difference_text import difference_text

    registry = registry_of(args)
    found = difference(registry, *(find_bundle(name, registry) for name in (args.a, args.b)))
    return Outcome(found, difference_text(found))


def export_model(args: argparse.Namespace) -> Outcome:
    """Write a model to one file."""
    from training.transfer import export_model as export

    registry = registry_of(args)
    out = export(registry, find_bundle(args.model, registry), args.out)
    size = out.stat().st_size
    text = f"{out}: {bytes_text(size)}\ntake it in elsewhere: framescope models import {out.name}"
    return Outcome({"out": str(out), "bytes": size}, text)


def import_model(args: argparse.Namespace) -> Outcome:
    """Take in a model from a file, without making it champion."""
    from training.transfer import import_model as take_in

    found = take_in(Registry(Home.find(args.home), open_store(args)), args.file, _user())
    if not found.new:
        return Outcome(asdict(found), f"{found.version} is already here; nothing was changed")
    text = (
        f"imported {found.version} with {found.evaluations} report(s); it is not champion\n"
        f"promote it: framescope models promote {found.version}"
    )
    return Outcome(asdict(found), text)


def prune_models(args: argparse.Namespace) -> Outcome:
    """Remove the bundles of models that are not needed."""
    from training.prune import prune

    done = prune(registry_of(args), _user(), args.keep, args.dry_run)
    size = sum(done.removed.values())
    verb, freed = ("would remove", "would free") if args.dry_run else ("removed", "freed")
    lines = [f"{verb} {version}: {bytes_text(own)}" for version, own in done.removed.items()]
    lines += [f"kept {version}: it is in use" for version in done.in_use]
    if not done.removed:
        lines.append("nothing to remove")
    else:
        lines.append(f"{freed} {bytes_text(size)}; what is known of the models is kept")
    data = {**asdict(done), "bytes": size, "dry_run": args.dry_run}
    return Outcome(data, "\n".join(lines))


def bytes_text(size: int) -> str:
    """Return a number of bytes for people, with the exact one."""
    return f"{size / 1e6:,.1f} MB ({size:,} bytes)"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user that has a number and no name
        return f"user {os.getuid()}"


def _described(data: dict[str, Any], manifest: Manifest | None) -> list[str]:
    facts = {
        "model": data["model"],
        "folder": data["folder"],
        "created": data["created"],
        "imported": data["imported"],
        "pruned": data["pruned"] and "{at} by {by}, {bytes:,} bytes".format(**data["pruned"]),
        "encoder": data["base_model"],
        "labels": data["labels_hash"],
        "macro-F1": figure_text(data["macro_f1"]) if data["macro_f1"] else "not judged yet",
    }
    lines = [f"{name:10} {value}" for name, value in facts.items() if value]
    if manifest:
        lines += ["", f"{'frame':24} threshold  uncertain"]
        decisions = manifest.members[manifest.main].decisions
        for name, decision in zip(manifest.codebook.frame_names, decisions, strict=True):
            low, high = decision.band
            lines.append(f"{name:24} {decision.threshold:9.2f}  {low:.2f} to {high:.2f}")
    else:
        lines.append("its bundle is gone; bring it back with: framescope models import FILE")
    lines.append("")
    for promotion in data["promotions"]:
        lines.append(
            f"champion since {promotion['at']} by {promotion['by']}: {promotion['reason']}"
        )
    return lines
