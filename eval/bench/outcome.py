"""What was measured as ratios, a table and a plot."""

from __future__ import annotations

import math
import os
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from eval.plots import alone, whiskers_plot
from labels.outcome import table
from serving.predictor import Predictor
from training.bundle import ENCODER

PACKAGES = ("openvino", "onnxruntime", "torch", "transformers", "tokenizers", "numpy", "bentoml")
_SETS = ("amx_bf16", "amx_int8", "avx512_bf16", "avx512_vnni", "avx512f", "avx2")


class Goal(NamedTuple):
    """What a ratio should be; `amx`: asked of processors with AMX alone, Intel's matrix units."""

    words: str
    least: float = -math.inf
    most: float = math.inf
    amx: bool = False


GOALS = {
    "in_process_vs_pipeline": Goal("6 with AMX", least=6, amx=True),
    "in_process_vs_onnxruntime": Goal("3 with AMX", least=3, amx=True),
    "in_process_fp32_vs_pipeline": Goal("2.5", least=2.5),
    "http_vs_raw": Goal("0.85", least=0.85),
    "http_vs_infinity": Goal("4", least=4),
    "http_vs_litserve": Goal("3", least=3),
    "p50_vs_forward": Goal("at most 1.5", most=1.5),
    "p99_vs_forward": Goal("at most 3", most=3),
    "p99_vs_mean": Goal("at most 2.5", most=2.5),
    "changed_decisions": Goal("at most 0.005", most=0.005),
    "macro_f1_change": Goal("within 0.003", least=-0.003, most=0.003),
}


def machine(predictor: Predictor) -> dict[str, Any]:
    """Return what the figures depend on: processor, cores, load now, engine, versions."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.is_file() else []
    known = {key.strip(): value.strip() for key, _, value in (x.partition(":") for x in lines)}
    backend = getattr(predictor.scorers.get(ENCODER), "backend", None)
    return {
        "processor": known.get("model name", platform.processor()),
        "instructions": [name for name in _SETS if name in known.get("flags", "").split()],
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "engine": type(backend).__name__,
        "precision": getattr(backend, "precision", "f32"),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def ratios(found: dict[str, Any]) -> dict[str, float]:
    """Return the ratios; those of peers that are not installed are left out.

    `in_process_fp32_vs_pipeline` is without bfloat16 and AMX. The latencies at one connection are
    over the median forward pass of one paragraph; `p99_vs_mean` is at many connections.
    """
    ways, service = found["in_process"], found["service"]
    ours, http = statistics.median(ways["framescope"]), statistics.median(service["http"])
    single, forward = service["single"], found["forward"]["p50"]
    shares = [one / other for one, other in zip(service["http"], service["raw"], strict=True)]
    return {
        "in_process_vs_pipeline": ours / statistics.median(ways["pipeline"]),
        "in_process_vs_onnxruntime": ours / statistics.median(ways["onnxruntime"]),
        "in_process_fp32_vs_pipeline": statistics.median(ways["framescope_fp32"])
        / statistics.median(ways["pipeline"]),
        "http_vs_raw": statistics.median(shares),
        **{
            f"http_vs_{name}": http / statistics.median(peer["rates"])
            for name, peer in found["peers"].items()
        },
        "p50_vs_forward": single["p50"] / forward,
        "p99_vs_forward": single["p99"] / forward,
        "p99_vs_mean": statistics.median(one["p99"] / one["mean"] for one in service["loaded"]),
        "changed_decisions": found["decisions"]["share"],
        "macro_f1_change": found["decisions"]["macro_f1"] - found["decisions"]["macro_f1_fp32"],
    }


def bench_table(found: dict[str, Any]) -> list[str]:
    """Return the lines to print: figures, ratios with their goals, machine, versions."""
    lines = [*table(figures(found)), "", *table(ratio_rows(found)), ""]
    if found["missing"]:
        lines.append(f"not installed, or not answering, left out: {', '.join(found['missing'])}")
    return [*lines, *about(found)]


def figures(found: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return what was measured as rows of a table, its head first."""
    rows: list[tuple[str, ...]] = [("paragraphs a second", "median", "lowest", "highest")]
    for name, values in _rates(found):
        rows.append((name, *(f"{of(values):.1f}" for of in (statistics.median, min, max))))
    service, forward = found["service"], found["forward"]
    start, memory = service["start"], service["resident_mb"]
    rows.append(
        ("start to ready, s", *(f"{of(start):.2f}" for of in (statistics.median, min, max)))
    )
    for name, own in (("1 connection", service["single"]), ("forward pass", forward)):
        rows.append((f"{name}, p50 and p99, ms", f"{own['p50']:.1f}", f"{own['p99']:.1f}", ""))
    rows.append((f"MB after {memory['requests']:,} requests", f"{memory['after']:.0f}", "", ""))
    rows.append(("requests that failed", str(service["failed"]), "", ""))
    return rows


def ratio_rows(found: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the ratios as rows of a table, its head first."""
    instructions = found["machine"]["instructions"]
    rows = [
        (name, f"{value:.3g}", GOALS[name].words, _met(GOALS[name], value, instructions))
        for name, value in found["ratios"].items()
    ]
    return [("ratio", "found", "goal", "met"), *rows]


def _met(goal: Goal, value: float, instructions: Sequence[str]) -> str:
    if goal.amx and "amx_bf16" not in instructions:
        return "no AMX here"
    return "yes" if goal.least <= value <= goal.most else "no"


def about(found: dict[str, Any]) -> list[str]:
    """Return sentences on the machine and the versions."""
    own = found["machine"]
    versions, peers = (
        ", ".join(f"{name} {number}" for name, number in own[kind].items())
        for kind in ("versions", "peers")
    )
    return [
        f"{own['processor']}, {own['cores']} cores ({', '.join(own['instructions'])}), load "
        f"{own['load']:.1f} at the start, {own['engine']} {own['precision']}; "
        f"{found['minutes']:.1f} minutes",
        f"Python {own['python']}, {versions}",
        *([f"peers: {peers}"] if peers else []),
    ]


def bench_plot(found: dict[str, Any]) -> str:
    """Paragraphs a second, median with lowest and highest, as an SVG document."""
    rows = [
        (name, {"value": statistics.median(v), "low": min(v), "high": max(v)}, None)
        for name, v in _rates(found)
    ]
    highest = max(figure["high"] for _, figure, _ in rows)
    step = 10 ** (len(str(int(highest))) - 1)
    ticks = [step * place for place in range(int(highest // step) + 2)]
    return alone(whiskers_plot(rows, "bench", "Paragraphs a second", ticks))


def _rates(found: dict[str, Any]) -> list[tuple[str, Sequence[float]]]:
    ways, service = found["in_process"], found["service"]
    batch = ways["pipeline_batch"]
    return [
        ("in process, framescope", ways["framescope"]),
        ("in process, framescope in fp32", ways["framescope_fp32"]),
        ("in process, ONNX Runtime fp32, sorted", ways["onnxruntime"]),
        (f"in process, pipeline fp32, batch {batch}", ways["pipeline"]),
        ("raw, load generator beside", service["raw"]),
        ("HTTP, framescope", service["http"]),
        *(
            (f"HTTP, {name}, {peer['setting']}", peer["rates"])
            for name, peer in found["peers"].items()
        ),
    ]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
