"""What `framescope bench` does."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.bench.corpus import corpus_table, measure_corpus
from eval.bench.inprocess import changed_decisions, standard_model, throughputs
from eval.bench.outcome import bench_plot, bench_table, machine, ratios
from eval.bench.overload import measure_overload, overload_table
from eval.bench.peers import find_best, peer_texts, versions
from eval.bench.plan import QUICK, Plan
from eval.bench.rounds import measure_servers
from eval.bench.service import BenchError, own_server
from labels.disk import written_whole
from labels.outcome import Outcome
from labels.snapshot import Labelled, take
from labels.text import digest
from serving.predictor import Predictor
from training.bundle import ENCODER
from training.commands import registry_of
from training.progress import Progress


def bench(args: argparse.Namespace) -> Outcome:
    """Measure the champion, and write `bench.json` and `bench.svg` into a folder."""
    began = time.monotonic()
    registry = registry_of(args)
    folder = registry.bundle(registry.resolve("champion"))
    rows = sorted(take(registry.store).test, key=lambda row: digest(f"bench1:{row.text_id}"))
    if not rows:
        raise BenchError("no texts: the store has no frozen test part; run framescope retrain")
    predictor = Predictor.open(folder)
    if ENCODER not in predictor.scorers:
        raise BenchError(f"model {predictor.model} has no encoder to measure; retrain first")
    if args.corpus:
        return _corpus(predictor, folder, rows, args)
    if args.overload:
        return _overload(predictor, rows, args)
    found = _measure(predictor, folder, rows, args)
    found["minutes"] = (time.monotonic() - began) / 60
    out: Path = args.out
    for name, text in (("bench.json", _json(found)), ("bench.svg", bench_plot(found))):
        with written_whole(out / name) as file:
            file.write(text.encode("utf-8"))
    return Outcome(found, "\n".join([*bench_table(found), f"written: {out / 'bench.json'}"]))


def _measure(
    predictor: Predictor, folder: Path, rows: Sequence[Labelled], args: argparse.Namespace
) -> dict[str, Any]:
    plan = QUICK if args.quick else Plan()
    progress = Progress(args.quiet)
    some = [row.text for row in rows[: plan.texts]]
    found: dict[str, Any] = {"machine": machine(predictor), "model": predictor.model}
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        progress.stage("scoring in this process")
        standard = standard_model(folder, work / "standard", predictor.manifest.max_tokens)
        found["in_process"] = throughputs(predictor, folder, standard, some, plan)
        progress.stage("the best settings of other servers")
        theirs = peer_texts(predictor, some, work / "cut.json")
        peers = find_best(args.peers, standard, theirs, plan, work)
        progress.stage("the service beside other servers")
        texts = work / "texts.json"
        texts.write_text(json.dumps(some), "utf-8")
        own = own_server(registry_of(args).home.folder, texts)
        servers = {name: server for name, (_, server) in peers.best.items()}
        found |= measure_servers(own, servers, predictor, some, plan, work)
        found["peers"] = {
            name: {"setting": peers.best[name][0], "tried": peers.tried[name], "rates": rates}
            for name, rates in found["peers"].items()
        }
        found["missing"] = list(peers.missing)
        found["machine"]["peers"] = versions(args.peers)
        progress.stage("decisions")
        judged = rows[: plan.texts] if args.quick else rows
        found["decisions"] = changed_decisions(predictor, folder, judged)
    progress.close()
    languages = Counter(getattr(one, "language", "") for one in predictor.read(some))
    found["texts"] = {"n": len(some), "languages": dict(languages)}
    found["ratios"] = ratios(found)
    return found


def _overload(predictor: Predictor, rows: Sequence[Labelled], args: argparse.Namespace) -> Outcome:
    plan = Plan()
    some = [row.text for row in rows[: plan.texts]]
    rounds, seconds = (1, 1.0) if args.quick else (plan.rounds, plan.seconds)
    with tempfile.TemporaryDirectory() as made:
        home = registry_of(args).home.folder
        found = measure_overload(home, some, Path(made), rounds, seconds)
    found = {"machine": machine(predictor), "model": predictor.model, **found}
    with written_whole(args.out / "overload.json") as file:
        file.write(_json(found).encode("utf-8"))
    lines = [*overload_table(found), f"written: {args.out / 'overload.json'}"]
    return Outcome(found, "\n".join(lines))


def _corpus(
    predictor: Predictor, folder: Path, rows: Sequence[Labelled], args: argparse.Namespace
) -> Outcome:
    texts = [row.text for row in rows]
    number, counted = (200, 2_000) if args.quick else (args.rows, args.counted)
    progress = Progress(args.quiet)
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        found = measure_corpus(predictor, folder, texts, number, counted, work, progress)
    progress.close()
    found = {"machine": machine(predictor), "model": predictor.model, **found}
    with written_whole(args.out / "corpus.json") as file:
        file.write(_json(found).encode("utf-8"))
    return Outcome(found, "\n".join([*corpus_table(found), f"written: {args.out / 'corpus.json'}"]))


def _json(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
