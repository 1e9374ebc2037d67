"""Other servers on the same encoder, from an environment of their own (`make bench` makes it)."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.bench.plan import Plan
from eval.bench.service import BenchError, Server
from labels.text import normalise
from serving.predictor import Predictor
from serving.scorers import EncoderScorer
from training.bundle import ENCODER

PEERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "infinity": {
        "torch, batch 8": ("torch", "8", "float32"),
        "torch, batch 32": ("torch", "32", "float32"),
        "torch bfloat16, batch 8": ("torch", "8", "bfloat16"),
        # It gives ONNX Runtime a text at a time, whatever the batch.
        "optimum": ("optimum", "8", "float32"),
    },
    "litserve": {
        "batch 1, 1 worker": ("1", "1"),
        "batch 8, 1 worker": ("8", "1"),
        "batch 1, 2 workers": ("1", "2"),
        "batch 8, 2 workers": ("8", "2"),
    },
}
"""The settings that each is tried at."""

_HERE = Path(__file__).parent
_PROGRAMS = {"infinity": "infinity_emb", "litserve": "litserve"}


@dataclass(frozen=True, slots=True)
class Peers:
    """`best`: each one's setting and server; `tried`: its requests a second at each setting.

    None is a setting at which it did not start, or gave no answer; `missing` are those that are not
    installed, and those that no setting makes answer.
    """

    best: Mapping[str, tuple[str, Server]]
    tried: Mapping[str, Mapping[str, float | None]]
    missing: Sequence[str]


def find_best(environment: Path, standard: Path, texts: Path, plan: Plan, work: Path) -> Peers:
    """Try each peer that is installed at each of its settings.

    `standard`: a model for sequence classification that all can load; `texts`: see `peer_texts`.
    """
    best: dict[str, tuple[str, Server]] = {}
    tried: dict[str, dict[str, float | None]] = {}
    there = [
        name for name, program in _PROGRAMS.items() if (environment / "bin" / program).exists()
    ]
    if "infinity" in there:
        _run(environment, _HERE / "onnx_peer.py", standard)
    for name in there:
        tried[name] = {}
        for setting, options in PEERS[name].items():
            server = _server(environment, name, standard, options, texts)
            rate = tried[name][setting] = _rate(server, plan, work / "peer.log")
            if rate and rate >= max(other or 0 for other in tried[name].values()):
                best[name] = setting, server
    return Peers(best, tried, [name for name in PEERS if name not in best])


def peer_texts(predictor: Predictor, texts: Sequence[str], into: Path) -> Path:
    """Write texts as far as the model reads them; a peer may fail on longer ones."""
    encoder = predictor.scorers[ENCODER]
    assert isinstance(encoder, EncoderScorer)
    normal = [normalise(text) for text in texts]
    scored = zip(normal, encoder.read(normal), strict=True)
    cut = [text[: max(end for _, end in encoding.offsets)] for text, encoding in scored]
    into.write_text(json.dumps(cut), "utf-8")
    return into


def versions(environment: Path) -> dict[str, str]:
    """Return what is installed in the peers' environment, of the packages that matter."""
    code = (
        "import importlib.metadata as m, json\n"
        "names = ('infinity-emb', 'litserve', 'torch', 'transformers', 'onnxruntime')\n"
        "there = {d.metadata['Name'].replace('_', '-').lower(): d.version "
        "for d in m.distributions()}\n"
        "print(json.dumps({n: there[n] for n in names if n in there}))"
    )
    found: dict[str, str] = json.loads(_run(environment, "-c", code) or "{}")
    return found


def _rate(server: Server, plan: Plan, log: Path) -> float | None:
    options: dict[str, Any] = {"connections": plan.connections, "seconds": plan.probe}
    try:
        with server.running(log) as running:
            running.load(**options)
            return float(running.load(**options)["rate"])
    except BenchError:
        return None


def _server(
    environment: Path, name: str, standard: Path, options: Sequence[str], texts: Path
) -> Server:
    programs = environment.absolute() / "bin"
    if name == "litserve":
        batch, workers = options
        command = [str(programs / "python"), str(_HERE / "litserve_peer.py"), str(standard)]
        command += ["--batch", batch, "--workers", workers]
        return Server(command, texts, "litserve", "/health")
    engine, batch, dtype = options
    # Its warm-up is of texts longer than the engine `optimum` can take; by "." that one finds the
    # graph, which it looks for by the wrong path otherwise.
    command = [
        str(programs / "infinity_emb"), "v2", "--model-id", ".", "--served-model-name", "peer",
        "--engine", engine, "--device", "cpu", "--dtype", dtype, "--batch-size", batch,
        "--no-bettertransformer", "--no-model-warmup", "--host", "127.0.0.1",
    ]  # fmt: skip
    private = {"DO_NOT_TRACK": "1", "INFINITY_ANONYMOUS_USAGE_STATS": "0", "HF_HUB_OFFLINE": "1"}
    cache = {"HF_HOME": str(standard.parent / "cache")}
    return Server(command, texts, "infinity", "/health", standard, private | cache)


def _run(environment: Path, *arguments: object) -> str:
    """Return what a program prints in the peers' environment; nothing where it fails."""
    if not (python := environment.absolute() / "bin" / "python").exists():
        return ""
    command = [str(python), *map(str, arguments)]
    settings = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=settings, check=False)
    return done.stdout if done.returncode == 0 else ""
