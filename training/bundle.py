"""The bundle: a folder that training writes and everything else reads.

    manifest.json            what this is; see `Manifest`
    config.json, model.safetensors, tokenizer.json ...    the encoder, as Hugging Face tools load it
    heads.safetensors        the heads for frames and stances
    model.onnx               the same model as a graph for CPU serving
    baseline/                vocabulary and weights of the linear model
    snapshot.parquet         the labels it was made from
    README.md                the model card

A bundle of the linear model alone has neither encoder nor heads nor graph, and one member.

Nothing in it is unpickled, and every file's hash is checked before any of them is opened. The
manifest holds those of the others, and one of all else that itself says. That tells a change by
accident; who changes a bundle on purpose can write hashes, too.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labels.codebook import Codebook
from labels.errors import CodebookError, FramescopeError
from labels.rows import canonical
from training.logits import Logits

# To change what is written: raise FORMAT, keep a reader for the old one in `read_manifest`, and
# add a bundle of the old format to the tests.
FORMAT = 4
READ = (1, 2, 3, FORMAT)
"""The formats that are read. In 2 the labels had no shares and did not say how they were chosen, in
3 the manifest had no hash."""

MANIFEST = "manifest.json"
_HASH = "hash"
"""Where the manifest keeps the hash of all else that it says, in canonical form."""

GRAPH = "model.onnx"
SNAPSHOT = "snapshot.parquet"
ENCODER, LINEAR = "encoder", "linear"
"""The models of a bundle: what turns a text into logits."""

ENSEMBLE, BASELINE = "ensemble", "baseline"
"""Its members: what decides, on the logits of both models, or of the linear one alone."""

LINEAR_ONLY = "linear baseline"
"""What stands for the encoder where there is none."""


class BundleError(FramescopeError):
    """A bundle that is damaged, of another format, or not there."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """From the logits of one or more models to probabilities.

    A frame's probability is `sigmoid(sum over models of slope * logit, + intercept)`; stances share
    1 within a frame, by the softmax of the sum of `stance_weight * logit`.

    slopes: model to one number a frame; intercepts: one a frame; stance_weights: model to number.
    """

    slopes: Mapping[str, tuple[float, ...]]
    intercepts: tuple[float, ...]
    stance_weights: Mapping[str, float]

    def apply(self, logits: Mapping[str, Logits]) -> Logits:
        """Return probabilities from each model's logits; models it does not name are not read."""
        first = logits[next(iter(self.slopes))]
        scaled = np.zeros(first.frames.shape) + np.asarray(self.intercepts)
        stances = np.zeros(first.stances.shape)
        for model, slopes in self.slopes.items():
            scaled += logits[model].frames * np.asarray(slopes)
            stances += logits[model].stances * np.float64(self.stance_weights[model])
        frames = 0.5 * (1 + np.tanh(scaled / 2))  # the sigmoid, without overflow
        if stances.size:
            stances = np.exp(stances - stances.max(axis=2, keepdims=True))
            stances /= stances.sum(axis=2, keepdims=True)
        return Logits(frames, stances)


@dataclass(frozen=True, slots=True)
class Decision:
    """A frame is present from `threshold` on; a score inside `band` is uncertain."""

    threshold: float
    band: tuple[float, float]


@dataclass(frozen=True, slots=True)
class LanguageFigures:
    """Frames macro-F1 on held-out texts of one language, on how many, and whether that suffices."""

    # `training.member` says how the texts are kept from what decides on them.

    n: int
    macro_f1: float | None
    supported: bool


@dataclass(frozen=True, slots=True)
class Member:
    """What turns the logits of the models it names into decisions, in codebook order.

    `by_language` holds the calibration of languages that need their own, since a model reads them
    better or worse than the rest.
    """

    calibration: Calibration
    decisions: tuple[Decision, ...]
    languages: Mapping[str, LanguageFigures]
    by_language: Mapping[str, Calibration] = field(default_factory=dict)

    def apply(self, logits: Mapping[str, Logits], languages: Sequence[str]) -> Logits:
        """Return the probabilities of texts from each model's logits and each text's language."""
        found = self.calibration.apply(logits)
        for language, calibration in self.by_language.items():
            rows = [row for row, own in enumerate(languages) if own == language]
            if rows:
                part = calibration.apply({name: own.take(rows) for name, own in logits.items()})
                found.frames[rows], found.stances[rows] = part
        return found


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores on the held-out part: `frames` is (n_texts, n_frames), rounded.

    They are cross-fitted, each calibrated on other held-out texts; those of bundles up to format 3
    were calibrated on all, themselves included.
    """

    text_ids: tuple[str, ...]
    frames: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a bundle but its weights.

    `labels_hash` identifies the resolved labels and their sides, `test_hash` the frozen test part.
    `files` holds the SHA-256 of every file in the bundle but the manifest. `max_tokens` is None
    where a text of any length is read whole.
    """

    version: str
    created: str
    codebook: Codebook
    members: Mapping[str, Member]
    max_tokens: int | None
    labels_hash: str
    test_hash: str
    base_model: str
    config: Mapping[str, Any]
    packages: Mapping[str, str]
    precision: str
    held_out: HeldOut
    files: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def main(self) -> str:
        """The member that answers: the ensemble, or the baseline where it is all there is."""
        return ENSEMBLE if ENSEMBLE in self.members else BASELINE


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Hash the files of a finished bundle and write its manifest, the last file written."""
    names = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    raw = {**asdict(manifest), "codebook": manifest.codebook.without_examples().to_dict()}
    raw["files"] = {name: sha256(folder / name) for name in names if name != MANIFEST}
    raw[_HASH] = _hash(raw)
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(raw, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())


def read_manifest(folder: Path) -> Manifest:
    """Read a bundle's manifest.

    Raises:
        BundleError: if there is none, it cannot be read or has been changed, or its format is not
            this release's.
    """
    try:
        raw = json.loads((folder / MANIFEST).read_text("utf-8"))
        if raw["format"] not in READ:
            raise BundleError(
                f"{folder}: bundle format {raw['format']}; this release reads {list(READ)}. "
                "Train again, or use the release that wrote it"
            )
        known = raw.pop(_HASH, None)
        if raw["format"] > 3 and known != _hash(raw):
            raise BundleError(
                f"{folder}: {MANIFEST} is not what was written: its hash is another; train again, "
                "or restore the bundle from a copy with: framescope models import FILE"
            )
        return _manifest(_from_format_1(raw) if raw["format"] == 1 else raw)
    except OSError as error:
        raise BundleError(f"{folder}: no bundle here: {error.strerror}") from error
    except (
        ValueError, LookupError, TypeError, AttributeError, RecursionError, CodebookError
    ) as error:  # fmt: skip
        raise BundleError(f"{folder}: {MANIFEST} is damaged: {error!r}; train again") from error


def verify(folder: Path, manifest: Manifest) -> None:
    """Check that every file is there and is what was written.

    Raises:
        BundleError: naming every file that is not.
    """

    def is_right(name: str) -> bool:
        return (folder / name).is_file() and sha256(folder / name) == manifest.files[name]

    with ThreadPoolExecutor() as several:  # hashing leaves Python's lock to others
        right = list(several.map(is_right, manifest.files))
    wrong = [name for name, so in zip(manifest.files, right, strict=True) if not so]
    if wrong:
        raise BundleError(
            f"{folder}: damaged or missing files: {', '.join(wrong)}; train again, or "
            "restore the bundle from a copy with: framescope models import FILE"
        )


def _hash(raw: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest as it is read back, whatever its white space and the order of keys."""
    return hashlib.sha256(canonical(raw).encode("utf-8", "surrogatepass")).hexdigest()


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def decide(scores: NDArray, decisions: tuple[Decision, ...], min_frames: int) -> NDArray[np.bool_]:
    """Return which frames are present from calibrated scores, both (n_texts, n_frames)."""
    present = scores >= np.asarray([decision.threshold for decision in decisions])
    if min_frames:
        none = ~present.any(axis=1)
        present[none, scores[none].argmax(axis=1)] = True
    return present


def _manifest(raw: dict[str, Any]) -> Manifest:
    held_out = raw["held_out"]
    rebuilt = {
        "codebook": Codebook.from_dict(raw["codebook"], MANIFEST),
        "members": {name: _member(member) for name, member in raw["members"].items()},
        "held_out": HeldOut(
            tuple(held_out["text_ids"]), tuple(tuple(row) for row in held_out["frames"])
        ),
    }
    return Manifest(**{**raw, **rebuilt})


def _from_format_1(raw: dict[str, Any]) -> dict[str, Any]:
    """In format 1 a member was one model, with a temperature for its stances."""
    members = {}
    for old, member, model in ((ENCODER, ENSEMBLE, ENCODER), (BASELINE, BASELINE, LINEAR)):
        was = raw["members"][old]
        calibration = {
            "slopes": {model: was["calibration"]["slopes"]},
            "intercepts": was["calibration"]["intercepts"],
            "stance_weights": {model: 1 / was["calibration"]["temperature"]},
        }
        members[member] = {**was, "calibration": calibration}
    return {**raw, "members": members}


def _member(raw: dict[str, Any]) -> Member:
    return Member(
        _calibration(raw["calibration"]),
        tuple(Decision(d["threshold"], (d["band"][0], d["band"][1])) for d in raw["decisions"]),
        {lang: LanguageFigures(**figures) for lang, figures in raw["languages"].items()},
        {lang: _calibration(own) for lang, own in raw.get("by_language", {}).items()},
    )


def _calibration(raw: dict[str, Any]) -> Calibration:
    slopes = {model: tuple(slopes) for model, slopes in raw["slopes"].items()}
    return Calibration(slopes, tuple(raw["intercepts"]), raw["stance_weights"])
