"""A codebook is data: two of other shapes go the whole way, from the command line to a report."""

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

import cli
from labels.codebook import Codebook
from labels.rows import frames_value
from serving.predictor import Predictor
from tests.tiny import NINE, TWO, WORDS, rows
from training.bundle import BASELINE


def command(*words) -> SimpleNamespace:
    """Run a command in this process: its code, what it printed, and its JSON where it is JSON."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main([str(word) for word in words])
    said = out.getvalue().strip()
    data = json.loads(said) if said.startswith(("{", "[")) else None
    return SimpleNamespace(code=code, out=said, err=err.getvalue().strip(), data=data)


def write_rows(path: Path, codebook: Codebook, n: int, seed: int) -> Path:
    raw = [
        {"id": f"r{place}", "text": row.text, "frames": frames_value(row.frames, codebook)}
        for place, row in enumerate(rows(codebook, n, seed))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in raw), "utf-8")
    return path


def write_codebook(path: Path, codebook: Codebook) -> Path:
    path.write_text(yaml.safe_dump(codebook.to_dict()), "utf-8")
    return path


@dataclass(frozen=True)
class Shop:
    """A state folder in which a model of a codebook was trained and promoted by command."""

    codebook: Codebook
    home: Path
    fresh: Path
    version: str
    promoted: SimpleNamespace


@pytest.fixture(scope="module", params=[NINE, TWO], ids=lambda codebook: codebook.name)
def shop(request, encoder, tmp_path_factory) -> Shop:
    codebook, folder = request.param, tmp_path_factory.mktemp(request.param.name)
    data = write_rows(folder / "rows.jsonl", codebook, 260, seed=0)
    book = write_codebook(folder / "codebook.yaml", codebook)
    home = folder / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FRAMESCOPE_DATABASE", raising=False)
        done = command(
            "train", "--data", data, "--codebook", book, "--base-model", encoder,
            "--no-starter", "--epochs", 2, "--home", home, "--quiet", "--json",
        )  # fmt: skip
        assert (done.code, done.err) == (0, "")
        version = done.data["model"]
        promoted = command("models", "promote", version, "--home", home, "--json")
    fresh = write_rows(folder / "fresh.jsonl", codebook, 120, seed=1)
    return Shop(codebook, home, fresh, version, promoted)


def test_model_is_promoted(shop):
    assert (shop.promoted.code, shop.promoted.data) == (0, {"champion": shop.version})
    shown = command("models", "show", "--home", shop.home, "--json").data
    assert shown["codebook"] == {"name": shop.codebook.name, "version": 1}
    assert set(shown["members"]) == {"ensemble", "baseline"}


def test_files_are_scored(shop, tmp_path):
    out = tmp_path / "scored.jsonl"
    done = command("score", shop.fresh, "--out", out, "--home", shop.home, "--quiet")
    assert done.code == 0, done.err
    scored = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["id"] for row in scored] == [f"r{place}" for place in range(120)]
    names = shop.codebook.frame_names
    thresholds = Predictor.load("champion", shop.home).thresholds
    for row in scored:
        assert row["error"] is None
        assert row["model"] == shop.version
        assert all(0 <= row[name] <= 1 for name in names)
        marked = [name for name in names if row[f"{name}:present"]]
        passed = [name for name in names if row[name] >= thresholds[name]]
        fallback = [max(names, key=row.__getitem__)] if shop.codebook.min_frames else []
        assert marked == (passed or fallback)
        for name in names:
            stance = row.get(f"{name}:stance")
            assert (stance in shop.codebook.stance_names) == bool(
                shop.codebook.stances and name in marked
            )
    assert (f"{names[0]}:stance" in scored[0]) == bool(shop.codebook.stances)


@pytest.mark.parametrize("member", ["ensemble", "baseline"])
def test_results_have_the_shape_of_the_codebook(shop, member):
    predictor = Predictor.load("champion", shop.home, member)
    texts = ["🙂", "nothing of the kind", *(WORDS[name] for name in shop.codebook.frame_names)]
    for result in predictor.predict(texts):
        assert {frame.label for frame in result.frames} == set(shop.codebook.frame_names)
        passed = [frame.score >= frame.threshold for frame in result.frames]
        needed = bool(shop.codebook.min_frames)
        assert any(frame.present for frame in result.frames) == (any(passed) or needed)
        for frame in result.frames:
            if not shop.codebook.stances:
                assert frame.stance is None
            else:
                assert sum(frame.stance.scores.values()) == pytest.approx(1, abs=2e-6)
                assert (frame.stance.label is not None) == frame.present


def test_baseline_finds_the_obvious_words(shop):
    predictor = Predictor.load("champion", shop.home, BASELINE)
    for name in shop.codebook.frame_names:
        (result,) = predictor.predict([f"the plan said {WORDS[name]}"])
        assert result.frames[0].label == name
        assert result.frames[0].present


def test_report_says_how_good_it_is(shop, tmp_path):
    done = command(
        "evaluate", "--data", shop.fresh, "--out", tmp_path / "report", "--home", shop.home,
        "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert (tmp_path / "report" / "report.html").stat().st_size > 1000
    report = json.loads((tmp_path / "report" / "report.json").read_text("utf-8"))
    assert report["data"]["n"] == 120
    assert report["baseline"]["frames"]["macro_f1"]["value"] > 0.8
    assert set(report["frames"]["per_frame"]) == set(shop.codebook.frame_names)
    for judged in (report, report["baseline"]):
        assert (judged["stance"] is None) == (not shop.codebook.stances)
    if shop.codebook.stances:
        assert report["baseline"]["stance"]["macro_f1"]["value"] > 0.8


def test_state_folder_serves_one_codebook(shop, encoder, tmp_path):
    other = TWO if shop.codebook is NINE else NINE
    book = write_codebook(tmp_path / "other.yaml", other)
    data = write_rows(tmp_path / "other.jsonl", other, 60, seed=0)
    for words in (
        ["train", "--data", data, "--no-starter", "--base-model", encoder],
        ["labels", "import", data],
    ):
        done = command(*words, "--codebook", book, "--home", shop.home)
        assert done.code == 1
        assert f"this state folder serves the codebook '{shop.codebook.name}'" in done.err
        assert f"'{other.name}' has {list(other.frame_names)}" in done.err
        assert "Set FRAMESCOPE_HOME to another folder for it" in done.err
        assert "Traceback" not in done.err


def test_labels_of_another_codebook_are_refused_in_words(shop, tmp_path):
    other = TWO if shop.codebook is NINE else NINE
    data = write_rows(tmp_path / "other.jsonl", other, 3, seed=0)
    for words in (
        ["train", "--data", data, "--no-starter"],
        ["evaluate", "--data", data, "--out", tmp_path / "report"],
    ):
        done = command(*words, "--home", shop.home)
        assert done.code == 1
        assert "other.jsonl" in done.err
        assert "Traceback" not in done.err
