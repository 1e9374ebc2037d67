import json
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, softmax

from labels.codebook import Codebook, Frame
from serving.backends import OnnxBackend
from serving.predictor import Predictor
from serving.scorers import EncoderScorer, LinearScorer
from tests.tiny import NINE, TWO
from tests.training.small import signed
from training.bundle import (
    BASELINE,
    ENCODER,
    ENSEMBLE,
    FORMAT,
    LINEAR,
    BundleError,
    Calibration,
    Decision,
    HeldOut,
    LanguageFigures,
    Manifest,
    Member,
    decide,
    read_manifest,
    verify,
    write_manifest,
)

DECIDED = (
    (Decision(0.4, (0.3, 0.5)), Decision(0.5, (0.5, 0.5))),
    {"en": LanguageFigures(120, 0.8125, True), "zh": LanguageFigures(3, None, False)},
)
BOTH = Member(
    Calibration(
        {ENCODER: (1.5, 0.25), LINEAR: (0.0, 1 / 3)},
        (-0.1, 1e-9),
        {ENCODER: 0.75, LINEAR: 0.05},
    ),
    *DECIDED,
)
ALONE = Member(Calibration({LINEAR: (0.5, 2.0)}, (0.0, -1.0), {LINEAR: 1.25}), *DECIDED)


def manifest(codebook: Codebook = TWO) -> Manifest:
    return Manifest(
        version="v1",
        created="2026-11-01T00:00:00.000000+00:00",
        codebook=codebook,
        members={ENSEMBLE: BOTH, BASELINE: ALONE},
        max_tokens=256,
        labels_hash="l1:ab",
        test_hash="t1:cd",
        base_model="模型/tiny",
        config={"seed": 13, "epochs": 1.5, "base_model": None},
        packages={"torch": "2.0"},
        precision="fp32",
        held_out=HeldOut(("p1:a", "p1:b"), ((0.1, 0.25), (1.0, 0.0))),
    )


@pytest.fixture
def folder(tmp_path):
    """A small bundle: files that stand for weights, and a manifest."""
    (tmp_path / "baseline").mkdir()
    for name in ("model.onnx", "baseline/weights.safetensors", "README.md"):
        (tmp_path / name).write_bytes(name.encode() * 9)
    write_manifest(tmp_path, manifest())
    return tmp_path


def edit(folder, change, sign=signed):
    path = folder / "manifest.json"
    raw = json.loads(path.read_text("utf-8"))
    change(raw)
    path.write_text(json.dumps(sign(raw)), "utf-8")


@pytest.mark.parametrize("codebook", [TWO, NINE], ids=lambda codebook: codebook.name)
def test_manifest_comes_back_as_it_was_written(codebook, tmp_path):
    write_manifest(tmp_path, manifest(codebook))
    assert read_manifest(tmp_path) == manifest(codebook)


def test_every_file_but_the_manifest_is_hashed(folder):
    write_manifest(folder, manifest())
    found = read_manifest(folder)
    assert list(found.files) == ["README.md", "baseline/weights.safetensors", "model.onnx"]
    # From another program: printf "README.md%.0s" {1..9} | sha256sum
    assert found.files["README.md"] == README_HASH
    assert replace(found, files={}) == manifest()
    verify(folder, found)


README_HASH = "1b7df75b2c2c3a93a1b3df3052f55da921c0ed7e1a5dd66c7f262b5e990dc717"


def test_trained_bundle_holds_what_it_promises(trained):
    files = set(read_manifest(trained.bundle).files)
    assert files >= {
        "config.json", "model.safetensors", "tokenizer.json", "heads.safetensors", "model.onnx",
        "baseline/vocabulary.json", "baseline/weights.safetensors", "snapshot.parquet", "README.md",
    }  # fmt: skip
    assert not [name for name in files if name.endswith((".bin", ".pt", ".pth", ".pkl"))]


def test_flipped_byte_in_any_file_is_refused_by_name(trained_copy):
    known = read_manifest(trained_copy.bundle)
    for name in known.files:
        path = trained_copy.bundle / name
        kept = path.read_bytes()
        middle = len(kept) // 2
        path.write_bytes(kept[:middle] + bytes([kept[middle] ^ 1]) + kept[middle + 1 :])
        with pytest.raises(BundleError, match=rf": {re.escape(name)}; train again, or restore"):
            verify(trained_copy.bundle, known)
        path.write_bytes(kept)
    verify(trained_copy.bundle, known)


def test_damaged_bundle_is_not_loaded(trained_copy):
    path = trained_copy.bundle / "model.onnx"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BundleError, match=re.escape(f"{trained_copy.bundle}: damaged or missing")):
        Predictor.open(trained_copy.bundle)


def test_all_missing_files_are_named(folder):
    (folder / "model.onnx").unlink()
    (folder / "README.md").unlink()
    with pytest.raises(BundleError, match=r"damaged or missing files: README\.md, model\.onnx;"):
        verify(folder, read_manifest(folder))


def test_a_manifest_that_nests_without_end_is_damaged(folder):
    (folder / "manifest.json").write_text("[" * 200_000, "utf-8")
    with pytest.raises(BundleError, match=r"manifest\.json is damaged: RecursionError"):
        read_manifest(folder)


@pytest.mark.parametrize("number", [0, FORMAT + 1, "1"])
def test_unknown_format_is_refused_in_words(folder, number):
    edit(folder, lambda raw: raw.update(format=number, novelty=[]))
    with pytest.raises(BundleError) as caught:
        read_manifest(folder)
    assert str(caught.value) == (
        f"{folder}: bundle format {number}; this release reads [1, 2, 3, 4]. Train again, or use "
        "the release that wrote it"
    )


def unsigned(raw):
    return raw


def forget(raw):
    raw.pop("hash")


CHANGES = {
    "a threshold": lambda raw: raw["members"]["ensemble"]["decisions"][0].update(threshold=0.41),
    "a file left out": lambda raw: raw["files"].pop("model.onnx"),
    "a word": lambda raw: raw.update(version="v2"),
    "the hash": lambda raw: raw.update(hash="0" * 64),
    "no hash": forget,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_manifest_is_refused(folder, change):
    edit(folder, change, unsigned)
    with pytest.raises(BundleError) as caught:
        read_manifest(folder)
    assert str(caught.value) == (
        f"{folder}: manifest.json is not what was written: its hash is another; train again, or "
        "restore the bundle from a copy with: framescope models import FILE"
    )


def test_a_manifest_set_in_another_way_is_the_same(folder):
    before = read_manifest(folder)
    raw = json.loads((folder / "manifest.json").read_text("utf-8"))
    turned = dict(reversed(raw.items()))
    (folder / "manifest.json").write_text(json.dumps(turned, indent=7), "utf-8")
    assert read_manifest(folder) == before


@pytest.mark.parametrize("number", [2, 3])
def test_a_manifest_of_before_it_had_a_hash_is_read(folder, number):
    edit(folder, forget, unsigned)
    edit(folder, lambda raw: raw.update(format=number), unsigned)
    found = read_manifest(folder)
    assert replace(found, files={}, format=FORMAT) == manifest()
    verify(folder, found)


def as_format_1(raw: dict) -> None:
    """Turn a manifest into what the first release wrote: a member is a model on its own."""
    of = {"decisions": [{"threshold": 0.4, "band": [0.3, 0.5]}] * 2, "languages": {}}
    encoder = {"slopes": [1.5, 0.25], "intercepts": [-0.1, 1e-9], "temperature": 4.0}
    baseline = {"slopes": [0.5, 2.0], "intercepts": [0.0, -1.0], "temperature": 0.5}
    raw["members"] = {
        "encoder": {"calibration": encoder, **of}, "baseline": {"calibration": baseline, **of},
    }  # fmt: skip
    raw["format"] = 1


def test_manifest_of_format_1_is_read(folder):
    edit(folder, as_format_1)
    found = read_manifest(folder)
    decisions = (Decision(0.4, (0.3, 0.5)),) * 2
    of_encoder = Calibration({ENCODER: (1.5, 0.25)}, (-0.1, 1e-9), {ENCODER: 0.25})
    of_linear = Calibration({LINEAR: (0.5, 2.0)}, (0.0, -1.0), {LINEAR: 2.0})
    assert found.members == {
        ENSEMBLE: Member(of_encoder, decisions, {}), BASELINE: Member(of_linear, decisions, {}),
    }  # fmt: skip
    assert replace(found, files={}, members={}, format=FORMAT) == replace(manifest(), members={})
    verify(folder, found)


def test_bundle_of_format_1_is_served(trained_copy):
    now = read_manifest(trained_copy.bundle)
    n_frames = len(now.codebook.frames)
    calibration = {
        "slopes": [2.0] * n_frames, "intercepts": [0.5] * n_frames, "temperature": 4.0,
    }  # fmt: skip
    was = {
        "calibration": calibration,
        "decisions": [{"threshold": 0.5, "band": [0.5, 0.5]}] * n_frames,
        "languages": {},
    }
    edit(
        trained_copy.bundle,
        lambda raw: raw.update(format=1, members={"encoder": was, "baseline": was}),
    )
    text = "Chips made at home."
    scorers = {
        ENSEMBLE: EncoderScorer(
            trained_copy.bundle, OnnxBackend(trained_copy.bundle), now.codebook, now.max_tokens
        ),
        BASELINE: LinearScorer(trained_copy.bundle / "baseline", now.codebook),
    }
    for member, scorer in scorers.items():
        logits = scorer.score([text]).logits
        (answer,) = Predictor.open(trained_copy.bundle, member).predict([text])
        for frame in answer.frames:
            k = now.codebook.frame_names.index(frame.label)
            assert frame.score == pytest.approx(expit(2 * logits.frames[0, k] + 0.5), abs=2e-6)
            shares = softmax(logits.stances[0, k] / 4)
            assert list(frame.stance.scores.values()) == pytest.approx(shares, abs=2e-6)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"x"', "{}", '{"format": 1}', "\ud800", '{"format": 1, "x": 2}']
)
def test_damaged_manifest_is_refused(folder, text):
    (folder / "manifest.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(BundleError, match=r"manifest\.json is damaged: .*; train again"):
        read_manifest(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.pop("members"),
        lambda raw: raw.update(novelty=1),
        lambda raw: raw["codebook"].update(frames=[]),
        lambda raw: raw["codebook"].pop("name"),
        lambda raw: raw["members"]["ensemble"]["decisions"][0].update(band=[0.1]),
        lambda raw: raw["members"]["ensemble"].update(calibration=None),
        lambda raw: raw["members"]["ensemble"]["calibration"].update(slopes=[1.0, 1.0]),
        lambda raw: raw["members"]["ensemble"]["calibration"].pop("stance_weights"),
        lambda raw: raw.update(format=1),
        lambda raw: raw.update(held_out=[]),
    ],
    ids=[
        "key gone",
        "key too many",
        "no frames",
        "no name",
        "short band",
        "no calibration",
        "slopes of no model",
        "no stance weights",
        "format 1 by name alone",
        "kind",
    ],
)
def test_manifest_of_another_shape_is_refused(folder, change):
    edit(folder, change)
    with pytest.raises(BundleError, match=r"manifest\.json is damaged"):
        read_manifest(folder)


def test_no_bundle_at_all_is_said(tmp_path):
    with pytest.raises(BundleError, match=r"absent: no bundle here: No such file or directory"):
        read_manifest(tmp_path / "absent")
    with pytest.raises(BundleError, match="no bundle here"):
        read_manifest(tmp_path)


DECISIONS = (Decision(0.5, (0.5, 0.5)), Decision(0.8, (0.5, 0.9)), Decision(0.2, (0.1, 0.3)))
SCORES = np.array([[0.5, 0.8, 0.2], [0.49, 0.79, 0.19], [0.9, 0.1, 0.1], [0.1, 0.1, 0.05]])


def test_frame_is_present_from_its_threshold_on():
    assert decide(SCORES, DECISIONS, 0).tolist() == [
        [True, True, True], [False, False, False], [True, False, False], [False, False, False],
    ]  # fmt: skip


def test_highest_frame_is_taken_where_one_is_needed_and_none_passes():
    # The highest score, not the nearest to its threshold; the first of two that are equal.
    assert decide(SCORES, DECISIONS, 1).tolist() == [
        [True, True, True], [False, True, False], [True, False, False], [True, False, False],
    ]  # fmt: skip


def test_no_texts_need_no_frames():
    assert decide(np.zeros((0, 3)), DECISIONS, 1).shape == (0, 3)


def test_codebook_in_a_manifest_keeps_all_its_words(tmp_path):
    frame = Frame("主权", "A claim: with colon", "said\nin lines", ("one",), ("two", "three"))
    book = Codebook("words", 3, (frame, Frame("b")), TWO.stances, "zh", 0, "# Guide")
    write_manifest(tmp_path, manifest(book))
    assert read_manifest(tmp_path).codebook == book
