import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, softmax

from labels.codebook import Codebook, Frame, Stance
from labels.rows import LabelledRow
from labels.snapshot import Labelled, Snapshot, take_rows
from labels.split import TEST, TRAIN
from tests.tiny import TWO
from training.baseline import fit_baseline
from training.bundle import SNAPSHOT
from training.config import TrainConfig
from training.first import train_baseline
from training.fit import checked_parts
from training.logits import shares, split_outputs
from training.progress import Progress
from training.registry import Registry

BOOK = Codebook("b", 1, (Frame("x"), Frame("y")), (Stance("pro"), Stance("con")))


def row(number, frames, own, side=TRAIN, text="words here", **more):
    return Labelled(f"p1:{number}", text, frames, side, f"group {number}", shares=own, **more)


def test_soft_labels_are_shares_in_the_codebooks_order():
    own = {"x": 0.75, "x:pro": 0.5, "x:con": 0.25, "y": 0.25, "y:con": 0.25}
    rows = [row(1, {"x": "pro"}, own), row(2, {"y": "con"}, {}), row(3, {}, {})]
    soft = shares(rows, BOOK, soft=True)
    assert soft.frames.tolist() == [[0.75, 0.25], [0, 1], [0, 0]]
    # Fewer than half see y: the stance they give it teaches nothing.
    assert soft.stances.tolist() == [[[0.5, 0.25], [0, 0]], [[0, 0], [0, 1]], [[0, 0], [0, 0]]]
    hard = shares(rows, BOOK, soft=False)
    assert hard.frames.tolist() == [[1, 0], [0, 1], [0, 0]]
    assert hard.stances.tolist() == [[[1, 0], [0, 0]], [[0, 0], [0, 1]], [[0, 0], [0, 0]]]


def test_without_stances_there_is_no_stance_to_teach():
    found = shares([row(1, {"x": None}, {"x": 0.5})], Codebook("b", 1, BOOK.frames), soft=True)
    assert (found.frames.tolist(), found.stances.shape) == ([[0.5, 0]], (1, 2, 0))


def test_linear_model_answers_with_the_share():
    # One text said in the same words a hundred times: marked by three quarters, a half of all pro.
    own = {"x": 0.75, "x:pro": 0.5, "x:con": 0.25}
    rows = [row(n, {"x": "pro"}, own) for n in range(100)]
    found = split_outputs(fit_baseline(rows, BOOK, 1, soft=True).outputs(["words here"])[0], BOOK)
    # Classes are balanced, so that each frame's two answers weigh as much as one another.
    assert expit(found.frames[0, 0]) == pytest.approx(0.5, abs=1e-3)
    assert softmax(found.stances[0, 0]) == pytest.approx([0.5, 0.5], abs=1e-3)
    two = [replace(one, text="other words", shares={"x": 0.25, "x:pro": 0.25}) for one in rows]
    both = fit_baseline([*rows, *two], BOOK, 1, soft=True)
    high, low = expit(both.outputs(["words here", "other words"])[0][:, 0])
    # Of 200 answers 100 mark: the shares 0.75 and 0.25 come back but for the regulariser.
    assert (high, low) == (pytest.approx(0.75, abs=0.02), pytest.approx(0.25, abs=0.02))


def test_hard_labels_are_fitted_as_before():
    rows = [row(n, {"x": "pro"} if n % 3 else {}, {"x": 0.5}, text=f"words {n}") for n in range(30)]
    plain = [replace(one, shares={}) for one in rows]
    one, other = (fit_baseline(given, BOOK, 1) for given in (rows, plain))
    assert np.array_equal(one.coefficients, other.coefficients)
    soft = fit_baseline(plain, BOOK, 1, soft=True)
    assert np.array_equal(one.coefficients, soft.coefficients)


def contested(n_texts=60):
    """Texts on one frame, every fifth in dispute between two annotators."""
    frame = TWO.frame_names[0]
    stance = TWO.stance_names[0] if TWO.stances else None
    for number in range(n_texts):
        text = f"price of goods {number} rises" if number % 2 else f"doctor {number} sees people"
        for who in ("ann", "bo"):
            marked = number % 2 and not (who == "bo" and number % 5 == 0)
            yield LabelledRow(text, {frame: stance} if marked else {}, who, document=str(number))


@pytest.fixture(scope="module")
def snapshot():
    return take_rows(contested(), TWO, 0.2)


def test_disputed_texts_are_fitted_on_and_held_out_nowhere(snapshot):
    disputed = {one.text_id for one in snapshot.contested if one.side == TRAIN}
    assert disputed
    assert {one.side for one in snapshot.contested} == {TRAIN, TEST}
    for parts_of in (1, 4):
        config = TrainConfig(soft_labels=True, cross_fits=parts_of)
        for part in checked_parts(snapshot, config):
            fitted = {one.text_id for one in part.fit}
            assert disputed & fitted == disputed
            assert not {one.text_id for one in part.held_out} & disputed
        hard = checked_parts(snapshot, replace(config, soft_labels=False))
        assert not any(one.text_id in disputed for part in hard for one in part.fit)


def test_a_disputed_text_stays_out_where_its_group_is_held_out(snapshot):
    held = checked_parts(snapshot, TrainConfig(cross_fits=1))[0].held_out[0]
    moved = replace(snapshot.contested[0], side=TRAIN, group=held.group)
    own = replace(snapshot, contested=(moved,))
    (part,) = checked_parts(own, TrainConfig(cross_fits=1, soft_labels=True))
    assert moved not in part.fit


def test_soft_bundle_says_so_and_keeps_what_it_was_fitted_on(snapshot, registry: Registry):
    quiet = Progress(quiet=True)
    soft = train_baseline(snapshot, TrainConfig(soft_labels=True), registry, quiet)
    hard = train_baseline(snapshot, TrainConfig(), registry, quiet)
    assert (soft.config["soft_labels"], hard.config["soft_labels"]) == (True, False)
    assert soft.labels_hash != hard.labels_hash == snapshot.labels_hash
    kept = Snapshot.read(registry.folder(soft.version) / SNAPSHOT, TWO)
    assert {one.text_id for one in kept.contested} == {
        one.text_id for one in snapshot.contested if one.side == TRAIN
    }
    assert kept.rows == snapshot.rows
    assert Snapshot.read(registry.folder(hard.version) / SNAPSHOT, TWO).contested == ()


def test_a_changed_share_changes_the_hash_of_soft_labels_alone(snapshot):
    first, *rest = snapshot.rows
    other = replace(snapshot, rows=(replace(first, shares={"x": 0.6}), *rest))
    assert other.labels_hash == snapshot.labels_hash
    assert replace(other, soft=True).labels_hash != replace(snapshot, soft=True).labels_hash


def test_soft_labels_on_the_command_line(tmp_path, capsys):
    from cli import main

    home = tmp_path / "home"
    lines = [
        json.dumps({"text": one.text, "frames": dict(one.frames), "annotator": one.annotator})
        for one in contested()
    ]
    (tmp_path / "labels.jsonl").write_text("\n".join(lines), "utf-8")
    (tmp_path / "two.json").write_text(json.dumps(TWO.to_dict()), "utf-8")
    words = [
        "train",
        "--linear",
        "--soft-labels",
        "--quiet",
        "--data",
        str(tmp_path / "labels.jsonl"),
    ]
    words += ["--codebook", str(tmp_path / "two.json"), "--home", str(home), "--json"]
    assert main(words) == 0, capsys.readouterr().err
    version = json.loads(capsys.readouterr().out)["model"]
    assert main(["models", "show", version, "--home", str(home), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["config"]["soft_labels"] is True
