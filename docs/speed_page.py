"""The page on speed, from the bench run in docs/bench.json: `make docs` writes it."""

from collections.abc import Sequence
from typing import Any

from eval.bench.outcome import about, figures, ratio_rows

_HEAD = """# Speed

Made by `make docs` from [bench.json](bench.json), one run of `framescope bench`; `make speed-page`
measures again and writes both. Only ratios within one run can be compared: another machine, or the
same one on another day, gives other figures.

![Paragraphs a second, median with lowest and highest](bench.svg)"""

_HOW = """## How it is measured

All ways score the same paragraphs of the champion's frozen test part, of their real, mixed lengths,
with the same fine-tuned encoder, at the same priority, in turn and in another order in each round.

- **framescope** is what is served: encoder, linear model, language, thresholds and results.
- **pipeline** is Transformers' `text-classification`, without a linear model or a language.
- **raw** is scoring in a process beside one that takes as much of the cores as the load generator
  does, so that `http_vs_raw` is what HTTP, waiting and batching cost.
- **HTTP** is 64 connections that send one text a request, each as soon as it is answered.
- **infinity** (`/classify`) and **LitServe** (around the pipeline) run at the best of the settings
  below, each with a head of the same size, and get texts cut to what the model reads.
- A latency is that of requests one after the other; **forward pass** is the engine alone, on the
  tokens of the same texts.
- `in_process_fp32_vs_pipeline` is OpenVINO in float32: no AMX, no bfloat16."""


def speed_page(found: dict[str, Any]) -> str:
    """Return the page in Markdown. found: what `framescope bench` writes."""
    lines = [line[0].upper() + line[1:] for line in about(found)]
    languages = ", ".join(f"{n} {name}" for name, n in found["texts"]["languages"].items())
    made = found["decisions"]
    parts = [
        _HEAD,
        "\n\n".join(f"{line}." for line in lines),
        f"{found['texts']['n']} paragraphs by language: {languages}.",
        _table(ratio_rows(found)),
        _table(figures(found)),
        f"On {made['n']:,} decisions macro-F1 is {made['macro_f1']:.4f} as served and "
        f"{made['macro_f1_fp32']:.4f} in float32; no score moves by more than {made['score']:.3f}.",
    ]
    if found["missing"]:
        parts.append(f"Not installed, or not answering, left out: {', '.join(found['missing'])}.")
    parts += [_HOW, *_settings(found["peers"])]
    return "\n\n".join(parts) + "\n"


def _settings(peers: dict[str, Any]) -> list[str]:
    rows: list[Sequence[str]] = [("server", "setting", "requests a second")]
    for name, peer in peers.items():
        for setting, rate in peer["tried"].items():
            rows.append((name, setting, "does not answer" if rate is None else f"{rate:.1f}"))
    return [_table(rows)] if len(rows) > 1 else []


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{' --- |' * len(rows[0])}", *lines[1:]])
