"""The bench of a corpus counts every text once, and its arithmetic is right."""

import pytest

from eval.bench.corpus import corpus_table, ratios, write_corpus
from eval.bench.counting import counting_predictor
from serving.corpus.local import LocalEngine
from serving.corpus.score import Job, score_corpus
from training.progress import Progress

FOUND = {
    "rows": 20,
    "rates": {"before": 300.0, "corpus": 190.0, "after": 150.0},
    "memory": {"rows": 10, "memory_mb": 900.4},
    "counting": {"rows": 1000, "seconds": 2.0, "memory_mb": 500.0},
    "workers": {1: 100.0, 2: 180.0},
}


def test_ratios_worked_out_by_hand():
    found = ratios(FOUND)
    # half of the texts at 300 a second and half at 150 are 200 a second; 180 of 200
    assert found == pytest.approx({"corpus_vs_engine": 0.95, "efficiency_of_two_workers": 0.9})
    lines = corpus_table({**FOUND, "ratios": found})
    assert "10 rows with the model: at most 900 MB" in lines
    assert lines[-1].endswith("only counts: at most 500 MB, 500 rows/s")


def test_without_ray_nothing_is_said_of_workers():
    assert "efficiency_of_two_workers" not in ratios({**FOUND, "workers": None})


def test_the_counting_engine_sees_each_text_once(trained, tmp_path):
    write_corpus(tmp_path / "in.jsonl", ["One text", "Another"], 30)
    predictor, backend = counting_predictor(trained.bundle)
    job = Job((tmp_path / "in.jsonl",), tmp_path / "out.jsonl")
    done = score_corpus(job, predictor, LocalEngine(predictor), Progress(quiet=True))
    assert (done.rows, done.texts, backend.texts) == (30, 30, 30)
