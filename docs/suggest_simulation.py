"""Simulates what to label next on the starter corpus: `make suggest-simulation`.

Writes docs/suggest.json, the figures of decision 11, and docs/suggest.svg, its plot. Strategies of
scikit-activeml are compared where it is installed (`pip install scikit-activeml`). A strategy whose
figures on the same texts are in docs/suggest.json is not simulated again.
"""

import argparse
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from docs.make import DOCS
from eval.embeddings import embed
from eval.plots import learning_plot
from eval.simulate import REACHED, Corpus, Curves, full_score, mean_figure, simulate
from eval.strategies import STRATEGIES, Pool, Strategy, uncertainty
from eval.suggest import RANDOM_SHARE
from labels.codebook import load_codebook
from labels.language import language_of_row
from labels.snapshot import Labelled, Snapshot, rows_hash, take_rows
from labels.split import TEST_SHARE, TRAIN
from labels.starter import starter_rows
from training.config import TrainConfig
from training.logits import targets
from training.progress import Progress

N_POOL, N_TEST = 3200, 1000
"""English texts of the training side to choose from, and of the test side to judge on."""

SEEDS, BATCH, MOST = range(10), 50, 800
TARGETS = (REACHED, 0.95)
DRAWN = ("random", "least-margin", "mean-margin", "weighted-k-means", "k-means", "k-centre")
FIGURES, PLOT = DOCS / "suggest.json", DOCS / "suggest.svg"


def refresh(cache: Path, only: list[str] | None) -> None:
    """Simulate the strategies (all, or `only` these), and write figures and plot."""
    snapshot = take_rows(starter_rows(), load_codebook(), TEST_SHARE)
    rows = _drawn(snapshot)
    corpus = _corpus(snapshot, rows, cache)
    full = full_score(corpus)
    settings = {
        "texts": rows_hash(rows), "n_pool": len(corpus.gold), "n_test": len(corpus.test_gold),
        "runs": len(SEEDS), "batch": BATCH, "most": MOST, "full": full,
    }  # fmt: skip
    kept = json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}
    found = kept.get("strategies", {}) if kept.get("settings") == settings else {}
    progress = Progress()
    for name, strategy, share in _strategies():
        if name not in found and (not only or name in only):
            progress.stage(name)
            curves = simulate(corpus, strategy, SEEDS, BATCH, MOST, share)
            found[name] = {
                "labels": curves.labels.tolist(),
                "scores": curves.scores.round(4).tolist(),
            }
            FIGURES.write_text(json.dumps({"settings": settings, "strategies": found}), "utf-8")
    summary = {name: _summary(own, found["random"], full) for name, own in found.items()}
    figures = {"settings": settings, "summary": summary, "strategies": found}
    FIGURES.write_text(json.dumps(figures) + "\n", "utf-8")
    PLOT.write_text(plot(figures), "utf-8")
    print(table(summary))


def plot(figures: dict[str, Any]) -> str:
    """Return the plot of what docs/suggest.json holds."""
    found, full = figures["strategies"], figures["settings"]["full"]
    curves = {}
    for name in DRAWN:
        if name in found:
            means = [mean_figure(at) for at in zip(*found[name]["scores"], strict=True)]
            parts = {key: [figure[key] for figure in means] for key in ("low", "high")}
            mean = [figure["value"] for figure in means]
            curves[name] = {"labels": found[name]["labels"], "mean": mean, **parts}
    names = {f"{100 * target:.0f}% of all labels' score": target * full for target in TARGETS}
    return learning_plot(curves, names)


def table(summary: dict[str, Any]) -> str:
    """Return the figures as the table of decision 11."""
    heads = [f"{100 * target:.0f}%" for target in TARGETS]
    lines = [
        f"| strategy | labels to {heads[0]} | fewer than random | labels to {heads[1]} "
        f"| macro-F1 at 300 | at {MOST} | over random, all sizes |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, own in summary.items():
        near, nearer = own["reached"]
        said = [_figure(cell) for cell in (near["needed"], near["fewer"], nearer["needed"])]
        said += [_figure(own[key], 3) for key in ("at_300", "last", "gain")]
        lines.append(f"| {name} | {' | '.join(said)} |")
    return "\n".join(lines)


def _figure(figure: dict[str, Any] | None, digits: int = 0) -> str:
    if figure is None:
        return "not in all runs"
    value, low, high = (f"{figure[key]:.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _drawn(snapshot: Snapshot) -> list[Labelled]:
    """Texts in English, drawn from both sides: the encoder says little on other languages."""
    chance = np.random.default_rng(0)
    rows: list[Labelled] = []
    for side, n in ((snapshot.train, N_POOL), (snapshot.test, N_TEST)):
        english = [row for row in side if language_of_row(row.lang, row.text) == "en"]
        rows += [english[place] for place in sorted(chance.permutation(len(english))[:n])]
    return rows


def _corpus(snapshot: Snapshot, rows: list[Labelled], cache: Path) -> Corpus:
    config = TrainConfig()
    file = cache / f"{config.encoder_name}-{rows_hash(rows)[3:15]}.npy"
    if file.exists():
        vectors = np.load(file)
    else:
        progress = Progress()
        progress.stage(f"reading {len(rows)} texts")
        vectors = embed([row.text for row in rows], config, snapshot.codebook, progress)
        cache.mkdir(parents=True, exist_ok=True)
        np.save(file, vectors)
    gold = targets([row.frames for row in rows], snapshot.codebook).frames
    train = np.array([row.side == TRAIN for row in rows])
    return Corpus(vectors[train], gold[train], vectors[~train], gold[~train])


def _summary(own: dict[str, Any], chance: dict[str, Any], full: float) -> dict[str, Any]:
    curves, by_chance = (
        Curves(np.array(one["labels"]), np.array(one["scores"])) for one in (own, chance)
    )
    reached = []
    for target in TARGETS:
        needed, others = curves.needed(target * full), by_chance.needed(target * full)
        whole = None not in needed
        fewer = [b - a for a, b in zip(needed, others, strict=True) if a and b]
        reached.append(
            {
                "target": target,
                "needed": mean_figure([n for n in needed if n]) if whole else None,
                "fewer": mean_figure(fewer) if whole and None not in others else None,
            }
        )
    at = own["labels"].index(300)
    gains = (curves.scores - by_chance.scores)[:, 1:].mean(axis=1)
    return {
        "reached": reached,
        "at_300": mean_figure([run[at] for run in own["scores"]]),
        "last": mean_figure([run[-1] for run in own["scores"]]),
        "gain": mean_figure(gains.tolist()),
    }


def _strategies() -> Iterator[tuple[str, Strategy, float]]:
    for name, strategy in STRATEGIES.items():
        yield name, strategy, 0.0
    for name in ("mean-margin", "weighted-k-means"):
        yield f"{name}, a fifth at random", STRATEGIES[name], RANDOM_SHARE
    try:
        import skactiveml  # noqa: F401
    except ImportError:
        return
    for name, strategy in _library().items():
        yield f"scikit-activeml {name}", strategy, 0.0


def _library() -> dict[str, Strategy]:
    """Strategies of scikit-activeml, called as ours are.

    They know one label a text. CoreSet looks at vectors alone and is asked as it is; CLUE takes our
    uncertainty; the others are given, of each text, the most uncertain frame.
    """
    from skactiveml.pool import Badge, Clue, CoreSet, Falcun

    def made(kind: Any, **options: Any) -> Strategy:
        def choose(pool: Pool, n: int, chance: np.random.Generator) -> Any:
            seed = int(chance.integers(2**31))
            if "cluster_algo_dict" in options:
                options["cluster_algo_dict"]["random_state"] = seed
            query = kind(random_state=seed, **options).query
            new = pool.vectors(np.arange(len(pool))).astype(float)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if kind in (Badge, Clue, Falcun):
                    model = _given(pool, with_mean=kind is Clue)
                    return query(new, np.full(len(new), np.nan), model, False, batch_size=n)
                old = pool.labelled().astype(float)
                known = np.concatenate([np.zeros(len(old)), np.full(len(new), np.nan)])
                return query(np.concatenate([old, new]), known, batch_size=n) - len(old)

        return choose

    return {
        "CoreSet": made(CoreSet),
        "CLUE": made(Clue, cluster_algo_dict={"n_init": 1, "max_iter": 30}),
        "BADGE": made(Badge),
        "FALCUN": made(Falcun),
    }


def _given(pool: Pool, with_mean: bool) -> Any:
    """A classifier of two classes that has its answers already."""
    from skactiveml.base import SkactivemlClassifier

    unsure = uncertainty(pool.scores, pool.thresholds)
    scores = pool.scores[np.arange(len(pool)), unsure.argmax(axis=1)]
    known = np.stack([1 - scores, scores], axis=1)

    class Given(SkactivemlClassifier):
        def fit(self, *_: Any) -> "Given":
            return self

        def predict_proba(self, *_: Any) -> Any:
            return (known, unsure.mean(axis=1)) if with_mean else known

    return Given()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("var/vectors"), metavar="DIR")
    parser.add_argument("--only", nargs="+", metavar="STRATEGY")
    arguments = parser.parse_args()
    refresh(arguments.cache, arguments.only)
